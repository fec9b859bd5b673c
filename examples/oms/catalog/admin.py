from django.contrib import admin

from catalog.models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "sku", "price", "stock", "active", "has_datasheet"]
    list_editable = ["active"]
    list_filter = ["active"]
    search_fields = ["name", "sku"]

    @admin.display(boolean=True, description="data sheet")
    def has_datasheet(self, product: Product) -> bool:
        return bool(product.datasheet)
