"""The form for an order and its lines, on the pages and in the admin."""

from django import forms
from django.db import transaction

from catalog.models import Product
from customers.models import Customer
from orders.models import Order, OrderLine
from orders.states import MoveRefused


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["customer", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["customer"].empty_label = "Choose a customer"
        self.fields["customer"].queryset = Customer.objects.only("name", "email")
        self.fields["customer"].label_from_instance = lambda customer: f"{customer.name} · {customer.email}"


class OrderLineForm(forms.ModelForm):
    class Meta:
        model = OrderLine
        fields = ["product", "quantity"]

    def _post_clean(self) -> None:
        super()._post_clean()
        # A line gets today's price when its product is chosen, and keeps it when only the quantity changes.
        if "product" in self.changed_data and (product := self.cleaned_data.get("product")):
            self.instance.unit_price = product.price


class BaseLineFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Give every row the same choices, read once: a row of its own would query for them."""
        super().add_fields(form, index)
        form.fields["product"].queryset = Product.objects.filter(active=True)
        form.fields["product"].choices = self.product_choices
        if form.instance.product_id and form.instance.product_id not in self.active_products:
            # On the order since before it was taken out of the catalogue: it may stay.
            form.fields["product"].queryset = Product.objects.all()
            form.fields["product"].choices = [
                *self.product_choices,
                (form.instance.product_id, f"{form.instance.product} · no longer sold"),
            ]

    def get_unique_error_message(self, unique_check: tuple[str, ...]) -> str:
        return "A product can be on an order only once."

    def get_form_error(self) -> str:
        return "This product is on a line above already."

    @property
    def active_products(self) -> dict[int, str]:
        if not hasattr(self, "_active_products"):
            self._active_products = {
                product.pk: f"{product.name} · €{product.price:,.2f} · {product.stock} in stock"
                for product in Product.objects.filter(active=True)
            }
        return self._active_products

    @property
    def product_choices(self) -> list[tuple[int | str, str]]:
        return [("", "Choose a product"), *self.active_products.items()]


LineFormSet = forms.inlineformset_factory(
    Order,
    OrderLine,
    form=OrderLineForm,
    formset=BaseLineFormSet,
    extra=3,
    # A new row is not wanted if it is empty: no need to say so.
    can_delete_extra=False,
    min_num=0,
    max_num=200,
    validate_max=True,
    absolute_max=200,
)


def save_order(form: OrderForm, lines: forms.BaseInlineFormSet, by=None) -> Order:
    """Save a new or changed draft with its lines, both already valid."""
    with transaction.atomic():
        is_new = form.instance.pk is None
        if not is_new:
            lock_draft(form.instance)
        order = form.save()
        lines.instance = order
        lines.save()
        order.update_total()
        if is_new:
            order.events.create(status=order.status, by=by)
    return order


def lock_draft(order: Order) -> None:
    """Hold the order until the transaction ends, unless it is no draft any more."""
    current = Order.objects.select_for_update().get(pk=order.pk)
    if not current.is_draft:
        raise MoveRefused(f"{order} is {current.state}: only a draft can be changed.")
