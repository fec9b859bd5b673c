"""Orders, their lines, and what happened to them."""

import logging
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product
from orders.states import MOVES, SOLD, VERBS, InsufficientStock, MoveRefused, Status

logger = logging.getLogger(__name__)


class OrderQuerySet(models.QuerySet):
    def matching(self, query: str = "", status: str = "") -> "OrderQuerySet":
        """A search and a status, either may be empty: for the list, the export and the API."""
        orders = self
        if status:
            orders = orders.filter(status=status)
        if query:
            orders = orders.filter(
                Q(number__icontains=query)
                | Q(customer__name__icontains=query)
                | Q(customer__email__icontains=query)
            )
        return orders

    def sold(self) -> "OrderQuerySet":
        return self.filter(status__in=SOLD)


class Order(models.Model):
    number = models.CharField(max_length=32, unique=True, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    note = models.TextField(blank=True)
    # The sum of the lines, kept here so that lists, exports and figures need not add them up.
    # Wide enough for the most lines of the largest quantity at the highest price.
    total = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0), editable=False)
    created_at = models.DateTimeField("created", default=timezone.now, editable=False)
    placed_at = models.DateTimeField("placed", null=True, blank=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="order_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="order_status_newest"),
            # Holds all that the dashboard adds up, so that it is answered from the index alone.
            models.Index(fields=["placed_at", "status", "total"], name="order_sales"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="order_status_known"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args, **kwargs) -> None:
        """Number a new order after its primary key, which no two workers can be given at once."""
        if self.number:
            return super().save(*args, **kwargs)
        with transaction.atomic():
            self.number = uuid4().hex
            super().save(*args, **kwargs)
            self.number = self.number_for(self.pk)
            super().save(update_fields=["number"])

    def get_absolute_url(self) -> str:
        return reverse("order-detail", args=[self.number])

    @staticmethod
    def number_for(pk: int) -> str:
        return f"SO-{pk:06d}"

    @property
    def state(self) -> str:
        """The status within a sentence."""
        return self.get_status_display().lower()

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    @property
    def has_invoice(self) -> bool:
        return self.status in SOLD

    @property
    def moves(self) -> list[tuple[str, str]]:
        """The statuses that can follow, each with what its button says."""
        return [(status, VERBS[status]) for status in MOVES[self.status]]

    def update_total(self) -> None:
        """Add up the lines again, after they have changed."""
        self.total = self.lines.aggregate(sum=Sum(F("quantity") * F("unit_price")))["sum"] or Decimal(0)
        self.save(update_fields=["total"])

    def move_to(self, status: str, by=None) -> None:
        """
        Move to another status, with all that follows from it, or raise MoveRefused and change nothing.

        What counts is the order as it is in the database now, not as it was when this instance was loaded:
        of two people who press a button at the same time, the second is refused.
        """
        with transaction.atomic():
            order = Order.objects.select_for_update().get(pk=self.pk)
            before = order.status
            if status not in MOVES[before]:
                target = Status(status).label.lower() if status in Status.values else repr(status)
                raise MoveRefused(f"{order} is {order.state}: it cannot become {target}.")
            if status == Status.PLACED:
                order._take_stock()
                order.placed_at = timezone.now()
            elif status == Status.CANCELLED and before in SOLD:
                order._give_stock_back()
            order.status = status
            order.save(update_fields=["status", "placed_at"])
            order.events.create(status=status, by=by)
        self.status, self.placed_at = order.status, order.placed_at
        logger.info("%s: %s -> %s", order, before, status)

    def _take_stock(self) -> None:
        lines = list(self.lines.all())
        if not lines:
            raise MoveRefused(f"{self} has no lines: there is nothing to place.")
        stock = self._lock_stock()
        short = [
            f"{product.name}: {line.quantity} ordered, {product.stock} in stock"
            for line in lines
            if (product := stock[line.product_id]).stock < line.quantity
        ]
        if short:
            raise InsufficientStock(f"{self} cannot be placed. {'; '.join(short)}.")
        for line in lines:
            Product.objects.filter(pk=line.product_id).update(stock=F("stock") - line.quantity)

    def _give_stock_back(self) -> None:
        self._lock_stock()
        for line in self.lines.all():
            Product.objects.filter(pk=line.product_id).update(stock=F("stock") + line.quantity)

    def _lock_stock(self) -> dict[int, Product]:
        """This order's products, locked. In the same sequence always, so that two orders cannot deadlock."""
        products = Product.objects.filter(pk__in=self.lines.values("product")).order_by("pk")
        return {product.pk: product for product in products.select_for_update()}


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(99_999)]
    )
    # Copied from the product, because what was agreed must not change when the product's price does.
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="order_line_product_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"

    def save(self, *args, **kwargs) -> None:
        if self.unit_price is None:
            self.unit_price = self.product.price
        super().save(*args, **kwargs)

    @property
    def total(self) -> Decimal:
        return self.quantity * self.unit_price


class OrderEvent(models.Model):
    """That an order came to a status: when, and who did it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    status = models.CharField(max_length=10, choices=Status.choices)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_status_display()}"
