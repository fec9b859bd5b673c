from django.contrib import admin

from customers.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "city", "country", "created_at"]
    list_filter = ["country"]
    search_fields = ["name", "email", "city"]
    date_hierarchy = "created_at"
    readonly_fields = ["created_at"]
    fieldsets = [
        (None, {"fields": ["name", "email", "phone"]}),
        ("Address", {"fields": ["street", ("postcode", "city"), "country"]}),
        (None, {"fields": ["created_at"]}),
    ]
