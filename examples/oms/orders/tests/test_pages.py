from decimal import Decimal

from django.db import DatabaseError, connection
from django.test import TestCase, override_settings
from django.urls import reverse

from catalog.models import Product
from customers.models import Customer
from orders.models import Order
from orders.tests.base import ShopTestCase


class AccessTest(TestCase):
    def test_pages_ask_for_a_login(self) -> None:
        for path in ("/", "/orders/", "/orders/new/", "/orders/export.csv", "/products/", "/customers/"):
            with self.subTest(path=path):
                self.assertRedirects(self.client.get(path), f"/accounts/login/?next={path}")

    def test_health_does_not(self) -> None:
        response = self.client.get("/healthz")
        self.assertEqual((response.status_code, response.content), (200, b"ok\n"))

    def test_health_without_a_database(self) -> None:
        def refuse(*args):
            raise DatabaseError("gone")

        with connection.execute_wrapper(refuse), self.assertLogs("oms", "ERROR"):
            self.assertEqual(self.client.get("/healthz").status_code, 503)


class LoginTest(ShopTestCase):
    def test_in_and_out(self) -> None:
        self.client.logout()
        wrong = self.client.post("/accounts/login/", {"username": "stephane", "password": "wrong"})
        self.assertContains(wrong, "Please enter a correct username and password")
        right = {"username": "stephane", "password": "grappelli", "next": "/orders/"}
        self.assertRedirects(self.client.post("/accounts/login/", right), "/orders/")
        self.assertRedirects(self.client.post("/accounts/logout/"), "/accounts/login/")


class DashboardTest(ShopTestCase):
    def test_without_orders(self) -> None:
        self.assertContains(self.client.get("/"), "No orders yet")

    def test_figures_and_chart(self) -> None:
        self.make_order("placed")
        self.make_order("paid")
        self.make_order("cancelled")
        for path in ("/", "/?span=days"):
            with self.subTest(path=path):
                response = self.client.get(path)
                figures = response.context["figures"]
                self.assertEqual(figures["sales"], Decimal("1820.00"))
                self.assertEqual((figures["orders"], figures["unpaid"], figures["unshipped"]), (2, 1, 1))
                self.assertEqual(response.context["sales"][-1].total, Decimal("1820.00"))
                self.assertContains(response, 'id="sales-chart"')
                self.assertContains(response, "€1,820 in 2 orders")

    def test_low_stock(self) -> None:
        self.assertContains(self.client.get("/"), "3 left")


class ListTest(ShopTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        other = Customer.objects.create(name="Jan Vermeer", email="jan@example.com")
        for n in range(30):
            Order.objects.create(customer=other if n == 7 else cls.customer)

    def test_pages(self) -> None:
        first = self.client.get("/orders/")
        self.assertEqual(len(first.context["page_obj"]), 25)
        self.assertContains(first, "Page 1 of 2")
        second = self.client.get("/orders/?status=draft&page=2")
        self.assertEqual(len(second.context["page_obj"]), 5)
        self.assertContains(second, "?status=draft&amp;page=1")
        self.assertEqual(self.client.get("/orders/?page=3").status_code, 404)

    def test_search_and_status(self) -> None:
        number = Order.objects.first().number
        for query, count in (
            ("", 30),
            ("q=vermeer", 1),
            ("q=JAN@example", 1),
            (f"q={number}", 1),
            ("q=nobody", 0),
            ("status=draft", 30),
            ("status=paid", 0),
            ("status=nonsense", 30),
            ("q=%00", 30),
            ("q=vermeer&status=paid", 0),
        ):
            with self.subTest(query=query):
                self.assertEqual(self.client.get(f"/orders/?{query}").context["paginator"].count, count)

    def test_queries_do_not_grow_with_the_orders(self) -> None:
        # The session, the user, the count, the page.
        with self.assertNumQueries(4):
            self.client.get("/orders/")

    def test_products_and_customers(self) -> None:
        with self.assertNumQueries(4):
            self.assertContains(self.client.get("/products/?q=gtr"), "Guitar")
        self.assertNotContains(self.client.get("/products/?low=1"), "PCK-1")
        with self.assertNumQueries(4):
            response = self.client.get("/customers/?q=nadia")
        self.assertEqual(response.context["page_obj"][0].order_count, 29)


class OrderPageTest(ShopTestCase):
    def data(self, lines: list[tuple[int | str, int | str]], initial: int = 0, **extra) -> dict:
        data = {"customer": self.customer.pk, "note": "Ring twice.", "lines-TOTAL_FORMS": len(lines)}
        data |= {"lines-INITIAL_FORMS": initial}
        for n, (product, quantity) in enumerate(lines):
            data |= {f"lines-{n}-product": product, f"lines-{n}-quantity": quantity}
        return data | extra

    def test_create(self) -> None:
        rows = [(self.guitar.pk, 2), ("", 1), (self.picks.pk, 10)]
        response = self.client.post("/orders/new/", self.data(rows))
        order = Order.objects.get()
        self.assertRedirects(response, f"/orders/{order.number}/")
        self.assertEqual((order.status, order.total), ("draft", Decimal("1825.00")))
        self.assertEqual(order.events.get().by, self.user)
        # A draft takes nothing yet.
        self.assertEqual(self.stock(), (3, 100))

    def test_refused(self) -> None:
        for rows, message in (
            ([(self.guitar.pk, 0)], "greater than or equal to 1"),
            ([(self.guitar.pk, 10**6)], "less than or equal to 99999"),
            ([(self.guitar.pk, 1), (self.guitar.pk, 2)], "only once"),
            ([(99999, 1)], "Select a valid choice"),
        ):
            with self.subTest(message=message):
                response = self.client.post("/orders/new/", self.data(rows))
                self.assertContains(response, message, status_code=422)
                self.assertFalse(Order.objects.exists())

    def test_the_form_asks_for_the_choices_once(self) -> None:
        # The session, the user, the customers, the products.
        with self.assertNumQueries(4):
            response = self.client.get("/orders/new/")
        self.assertContains(
            response, "Guitar · €900.00 · 3 in stock", count=4
        )  # Three rows and the template.

    def test_edit(self) -> None:
        order = self.make_order(guitars=1, picks=4)
        Product.objects.update(price=1)
        guitar, picks = order.lines.all()
        data = self.data(
            [(self.guitar.pk, 2), (self.picks.pk, 4)],
            initial=2,
            **{"lines-0-id": guitar.pk, "lines-1-id": picks.pk, "lines-1-DELETE": "on"},
        )
        self.assertRedirects(
            self.client.post(f"/orders/{order.number}/edit/", data), f"/orders/{order.number}/"
        )
        order.refresh_from_db()
        # Two guitars, at the price that was agreed.
        self.assertEqual((order.total, order.lines.count()), (Decimal("1800.00"), 1))

    def test_what_is_no_longer_sold_may_stay(self) -> None:
        order = self.make_order(picks=0)
        Product.objects.filter(pk=self.guitar.pk).update(active=False)
        self.assertNotContains(self.client.get("/orders/new/"), "Guitar")
        self.assertContains(
            self.client.get(f"/orders/{order.number}/edit/"), "Guitar (GTR-1) · no longer sold"
        )
        data = self.data([(self.guitar.pk, 3)], initial=1, **{"lines-0-id": order.lines.get().pk})
        self.client.post(f"/orders/{order.number}/edit/", data)
        self.assertEqual(order.lines.get().quantity, 3)

    def test_only_a_draft_can_be_edited(self) -> None:
        order = self.make_order("placed")
        response = self.client.post(
            f"/orders/{order.number}/edit/", self.data([(self.picks.pk, 1)]), follow=True
        )
        self.assertContains(response, "only a draft can be changed")
        self.assertEqual(order.lines.count(), 2)

    def test_show_and_move(self) -> None:
        order = self.make_order()
        page = self.client.get(order.get_absolute_url())
        self.assertContains(page, 'name="to" value="placed"')
        self.assertNotContains(page, 'value="shipped"')
        move = reverse("order-move", args=[order.number])
        self.assertContains(self.client.post(move, {"to": "placed"}, follow=True), "is placed now")
        self.assertContains(
            self.client.post(move, {"to": "delivered"}, follow=True), "cannot become delivered"
        )
        self.assertContains(self.client.post(move, follow=True), "cannot become")
        self.assertEqual(self.client.get(move).status_code, 405)

    def test_not_there(self) -> None:
        self.assertContains(self.client.get("/orders/SO-999999/"), "Not found", status_code=404)

    @override_settings(DEBUG=False)
    def test_error_page(self) -> None:
        self.client.raise_request_exception = False

        def refuse(*args):
            raise DatabaseError("gone")

        with connection.execute_wrapper(refuse), self.assertLogs("django.request", "ERROR"):
            response = self.client.get("/orders/")
        self.assertContains(response, "Something went wrong", status_code=500)
