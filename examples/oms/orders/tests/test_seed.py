import io

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import TestCase

from catalog.models import Product
from customers.models import Customer
from orders.models import Order, OrderLine


def seed(**options) -> str:
    out = io.StringIO()
    call_command("seed", stdout=out, **{"orders": 60, "password": "a-password", **options})
    return out.getvalue()


def data() -> list:
    return [
        list(Order.objects.order_by("pk").values_list("number", "customer", "status", "total", "created_at")),
        list(OrderLine.objects.order_by("order", "product").values_list("order", "product", "quantity")),
        list(Product.objects.order_by("pk").values_list("pk", "sku", "name", "price", "stock")),
        list(Customer.objects.order_by("pk").values_list("pk", "name", "email", "street")),
    ]


class SeedTest(TestCase):
    def test_the_same_seed_makes_the_same_data(self) -> None:
        seed()
        first = data()
        self.assertEqual(len(first[0]), 60)
        seed(force=True)
        self.assertEqual(data(), first)
        seed(force=True, seed=2)
        self.assertNotEqual(data(), first)

    def test_progress_without_a_terminal(self) -> None:
        lines = seed(orders=4000).splitlines()
        self.assertEqual(
            [line for line in lines if "/" in line], [f"seed: {n}000/4000" for n in (1, 2, 3, 4)]
        )

    def test_does_nothing_twice(self) -> None:
        seed()
        before = data()
        output = seed(orders=100, seed=5)
        self.assertIn("nothing to do", output)
        self.assertIn("keeps its password", output)
        self.assertEqual(data(), before)

    def test_totals_and_user(self) -> None:
        self.assertNotIn("a-password", seed())
        for order in Order.objects.prefetch_related("lines"):
            self.assertEqual(order.total, sum(line.total for line in order.lines.all()))
        user = get_user_model().objects.get(username="django")
        self.assertTrue(user.is_superuser and user.check_password("a-password"))

    def test_new_orders_are_numbered_on(self) -> None:
        seed()
        self.assertEqual(Order.objects.create(customer=Customer.objects.first()).number, "SO-000061")

    def test_wrong_options(self) -> None:
        for options in ({"until": "tomorrow"}, {"orders": -1}):
            with self.assertRaises(CommandError):
                seed(**options)
