from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase, skipUnlessDBFeature

from catalog.models import Product
from customers.models import Customer
from orders.models import Order, OrderLine
from orders.states import MOVES, InsufficientStock, MoveRefused, Status
from orders.tests.base import ShopTestCase


class MovesTest(ShopTestCase):
    def test_from_draft_to_delivered(self) -> None:
        order = self.make_order()
        for status in ("placed", "paid", "shipped", "delivered"):
            order.move_to(status, by=self.user)
            self.assertEqual(Order.objects.get(pk=order.pk).status, status)
        self.assertEqual(
            list(order.events.values_list("status", "by__username")),
            [(status, "stephane") for status in ("placed", "paid", "shipped", "delivered")],
        )
        self.assertIsNotNone(order.placed_at)

    def test_every_other_move_is_refused_and_changes_nothing(self) -> None:
        Product.objects.update(stock=1000)
        for status in Status.values:
            for target in set(Status.values) - set(MOVES[status]):
                with self.subTest(status=status, target=target):
                    order = self.make_order(status)
                    before = self.stock(), order.events.count()
                    with self.assertRaisesMessage(MoveRefused, f"is {status}: it cannot become {target}"):
                        order.move_to(target)
                    self.assertEqual(Order.objects.get(pk=order.pk).status, status)
                    self.assertEqual((self.stock(), order.events.count()), before)

    def test_a_status_that_does_not_exist(self) -> None:
        with self.assertRaisesMessage(MoveRefused, "cannot become 'lost'"):
            self.make_order().move_to("lost")

    def test_an_order_without_lines_is_not_placed(self) -> None:
        with self.assertRaisesMessage(MoveRefused, "has no lines"):
            self.make_order(guitars=0, picks=0).move_to("placed")


class StockTest(ShopTestCase):
    def test_placing_takes_it(self) -> None:
        self.make_order("placed", guitars=2, picks=10)
        self.assertEqual(self.stock(), (1, 90))

    def test_cancelling_gives_it_back(self) -> None:
        for status in ("placed", "paid"):
            with self.subTest(status=status):
                order = self.make_order(status, guitars=2, picks=10)
                self.assertEqual(self.stock(), (1, 90))
                order.move_to("cancelled")
                self.assertEqual(self.stock(), (3, 100))

    def test_a_cancelled_draft_gives_nothing_back(self) -> None:
        self.make_order("cancelled", guitars=2)
        self.assertEqual(self.stock(), (3, 100))

    def test_too_little_is_refused_and_nothing_is_taken(self) -> None:
        order = self.make_order(guitars=4, picks=10)
        with self.assertRaisesMessage(InsufficientStock, "Guitar: 4 ordered, 3 in stock"):
            order.move_to("placed")
        self.assertEqual(self.stock(), (3, 100))
        order.refresh_from_db()
        self.assertEqual((order.status, order.placed_at, order.events.count()), ("draft", None, 0))

    def test_the_second_of_two_who_press_the_same_button(self) -> None:
        order = self.make_order()
        stale = Order.objects.get(pk=order.pk)
        order.move_to("placed")
        with self.assertRaises(MoveRefused):
            stale.move_to("placed")
        self.assertEqual(self.stock(), (2, 96))


class OrderTest(ShopTestCase):
    def test_numbers_follow_the_key(self) -> None:
        first, second = self.make_order(), self.make_order()
        self.assertEqual(first.number, f"SO-{first.pk:06d}")
        self.assertNotEqual(first.number, second.number)

    def test_the_price_stays_as_it_was(self) -> None:
        order = self.make_order(guitars=1, picks=4)
        Product.objects.update(price=Decimal("1.00"))
        self.assertEqual(order.lines.first().unit_price, Decimal("900.00"))
        order.update_total()
        self.assertEqual(order.total, Decimal("910.00"))

    def test_a_product_is_on_one_line(self) -> None:
        order = self.make_order()
        with self.assertRaises(IntegrityError), transaction.atomic():
            OrderLine.objects.create(order=order, product=self.guitar, quantity=1)


@skipUnlessDBFeature("test_db_allows_multiple_connections", "has_select_for_update")
class ConcurrencyTest(TransactionTestCase):
    """With a database that really works in parallel: PostgreSQL, by DATABASE_URL."""

    def race(self, *moves) -> list[str]:
        barrier = Barrier(len(moves))

        def run(move) -> str:
            try:
                order, status = move
                order = Order.objects.get(pk=order.pk)
                barrier.wait(timeout=10)
                order.move_to(status)
            except MoveRefused as refused:
                return type(refused).__name__
            else:
                return "moved"
            finally:
                connection.close()

        with ThreadPoolExecutor(len(moves)) as threads:
            return sorted(threads.map(run, moves))

    def setUp(self) -> None:
        self.customer = Customer.objects.create(name="Nadia Blanc", email="nadia@example.com")
        self.products = [
            Product.objects.create(sku=f"P-{n}", name=f"Product {n}", price=1, stock=5) for n in range(3)
        ]

    def make_order(self, products: list[Product], quantity: int) -> Order:
        order = Order.objects.create(customer=self.customer)
        for product in products:
            order.lines.create(product=product, quantity=quantity)
        return order

    def test_two_orders_for_the_same_stock(self) -> None:
        orders = [self.make_order(products, 3) for products in (self.products, self.products[::-1])]
        self.assertEqual(self.race(*((order, "placed") for order in orders)), ["InsufficientStock", "moved"])
        self.assertEqual(set(Product.objects.values_list("stock", flat=True)), {2})

    def test_one_order_placed_four_times_at_once(self) -> None:
        order = self.make_order(self.products, 1)
        self.assertEqual(self.race(*[(order, "placed")] * 4), ["MoveRefused"] * 3 + ["moved"])
        self.assertEqual(set(Product.objects.values_list("stock", flat=True)), {4})

    def test_shipped_and_cancelled_at_once(self) -> None:
        order = self.make_order(self.products, 1)
        order.move_to("placed")
        order.move_to("paid")
        self.assertEqual(self.race((order, "shipped"), (order, "cancelled")), ["MoveRefused", "moved"])
        order.refresh_from_db()
        expected = 5 if order.status == "cancelled" else 4
        self.assertEqual(set(Product.objects.values_list("stock", flat=True)), {expected})
