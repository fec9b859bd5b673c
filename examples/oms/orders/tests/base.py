from decimal import Decimal

from django.contrib.auth import get_user_model
from django.test import TestCase

from catalog.models import Product
from customers.models import Customer
from orders.models import Order


class ShopTestCase(TestCase):
    """A small shop: a guitar, picks, a customer, and somebody who is logged in."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_superuser("stephane", "stephane@example.com", "grappelli")
        cls.customer = Customer.objects.create(name="Nadia Blanc", email="nadia@example.com", city="Lyon")
        cls.guitar = Product.objects.create(sku="GTR-1", name="Guitar", price=Decimal("900.00"), stock=3)
        cls.picks = Product.objects.create(sku="PCK-1", name="Pick", price=Decimal("2.50"), stock=100)

    def setUp(self) -> None:
        self.client.force_login(self.user)

    def make_order(self, status: str = "draft", guitars: int = 1, picks: int = 4, **fields) -> Order:
        order = Order.objects.create(customer=self.customer, **fields)
        if guitars:
            order.lines.create(product=self.guitar, quantity=guitars)
        if picks:
            order.lines.create(product=self.picks, quantity=picks)
        order.update_total()
        path = {
            "draft": [],
            "placed": ["placed"],
            "paid": ["placed", "paid"],
            "shipped": ["placed", "paid", "shipped"],
            "delivered": ["placed", "paid", "shipped", "delivered"],
            "cancelled": ["cancelled"],
        }
        for step in path[status]:
            order.move_to(step)
        return order

    def stock(self) -> tuple[int, int]:
        self.guitar.refresh_from_db()
        self.picks.refresh_from_db()
        return self.guitar.stock, self.picks.stock
