from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.forms import OrderLineForm
from orders.models import Order, OrderEvent, OrderLine
from orders.states import VERBS, MoveRefused, Status


def move_action(status: str) -> Callable[["OrderAdmin", HttpRequest, QuerySet[Order]], None]:
    """An action that moves the selected orders, each by itself: a refusal does not stop the rest."""

    @admin.action(description=f"{VERBS[status]} (selected)", permissions=["change"])
    def action(modeladmin: "OrderAdmin", request: HttpRequest, queryset: QuerySet[Order]) -> None:
        moved = 0
        for order in queryset.order_by("pk"):
            try:
                order.move_to(status, by=request.user)
            except MoveRefused as refused:
                modeladmin.message_user(request, str(refused), messages.ERROR)
            else:
                moved += 1
        if moved:
            text = f"{moved} order{'s' if moved > 1 else ''} moved to {Status(status).label.lower()}."
            modeladmin.message_user(request, text, messages.SUCCESS)

    action.__name__ = f"move_to_{status}"
    return action


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    form = OrderLineForm
    extra = 1
    autocomplete_fields = ["product"]
    readonly_fields = ["unit_price", "line_total"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("product")

    @admin.display(description="total")
    def line_total(self, line: OrderLine):
        return line.total if line.pk else "-"

    # The lines of a draft can be changed; those of an order that has taken stock cannot.

    def has_add_permission(self, request: HttpRequest, obj: Order | None) -> bool:
        return super().has_add_permission(request, obj) and (obj is None or obj.is_draft)

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)


class OrderEventInline(admin.TabularInline):
    model = OrderEvent
    verbose_name_plural = "history"
    fields = readonly_fields = ["status", "at", "by"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderEvent]:
        return super().get_queryset(request).select_related("by")

    def has_add_permission(self, request: HttpRequest, obj: Order | None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "customer", "status", "total", "created_at", "placed_at"]
    list_filter = ["status", "created_at", "customer__country"]
    list_select_related = ["customer"]
    list_per_page = 50
    search_fields = ["number", "customer__name", "customer__email"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["customer"]
    readonly_fields = ["number", "status", "total", "created_at", "placed_at"]
    fieldsets = [
        (None, {"fields": ["number", "customer", "note"]}),
        (None, {"fields": [("status", "total"), ("created_at", "placed_at")]}),
    ]
    inlines = [OrderLineInline, OrderEventInline]
    actions = [move_action(status) for status in VERBS]

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Only of what holds no stock; hence not as an action either, which does not ask for each order."""
        return super().has_delete_permission(request, obj) and (
            obj is not None and obj.status in (Status.DRAFT, Status.CANCELLED)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> list[str]:
        return [*self.readonly_fields, *([] if obj is None or obj.is_draft else ["customer"])]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Order | None:
        """When the admin is to change or delete an order, hold it: it must not be moved in the meantime."""
        order = super().get_object(request, object_id, from_field)
        if order is not None and request.method == "POST" and transaction.get_connection().in_atomic_block:
            order.refresh_from_db(from_queryset=Order.objects.select_for_update())
        return order

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        order: Order = form.instance
        order.update_total()
        if not change:
            order.events.create(status=order.status, by=request.user)
