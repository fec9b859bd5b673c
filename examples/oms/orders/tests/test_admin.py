from decimal import Decimal

from orders.models import Order
from orders.tests.base import ShopTestCase


class AdminTest(ShopTestCase):
    def act(self, action: str, *orders: Order):
        data = {"action": action, "_selected_action": [order.pk for order in orders]}
        return self.client.post("/admin/orders/order/", data, follow=True)

    def test_actions_move_what_can_be_moved(self) -> None:
        placed, shipped = self.make_order("placed"), self.make_order("shipped")
        response = self.act("move_to_paid", placed, shipped)
        self.assertContains(response, "1 order moved to paid.")
        self.assertContains(response, f"{shipped} is shipped: it cannot become paid.")
        placed.refresh_from_db()
        self.assertEqual((placed.status, placed.events.last().by), ("paid", self.user))

    def test_cancelling_gives_the_stock_back(self) -> None:
        self.act("move_to_cancelled", self.make_order("placed", guitars=3))
        self.assertEqual(self.stock(), (3, 100))

    def test_pages(self) -> None:
        order = self.make_order("placed")
        for path in (
            "/admin/orders/order/?q=nadia&status__exact=placed",
            f"/admin/orders/order/{order.pk}/change/",
            "/admin/orders/order/add/",
            "/admin/catalog/product/?q=guitar",
            "/admin/customers/customer/?q=nadia",
        ):
            with self.subTest(path=path):
                self.assertEqual(self.client.get(path).status_code, 200)

    def data(self, *quantities: int, **extra) -> dict:
        data = {"customer": self.customer.pk, "note": "", "lines-TOTAL_FORMS": len(quantities)}
        data |= {"lines-INITIAL_FORMS": 0, "events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
        for n, quantity in enumerate(quantities):
            data |= {f"lines-{n}-product": self.picks.pk, f"lines-{n}-quantity": quantity}
        return data | extra

    def test_add_and_change(self) -> None:
        self.client.post("/admin/orders/order/add/", self.data(10))
        order = Order.objects.get()
        self.assertEqual((order.total, order.events.get().status), (Decimal("25.00"), "draft"))
        line = {"lines-INITIAL_FORMS": 1, "lines-0-id": order.lines.get().pk, "lines-0-order": order.pk}
        self.client.post(f"/admin/orders/order/{order.pk}/change/", self.data(20, **line))
        order.refresh_from_db()
        self.assertEqual(order.total, Decimal("50.00"))

    def test_what_has_taken_stock_keeps_its_lines(self) -> None:
        order = self.make_order("placed", guitars=0)
        line = {"lines-INITIAL_FORMS": 1, "lines-0-id": order.lines.get().pk, "lines-0-order": order.pk}
        self.client.post(f"/admin/orders/order/{order.pk}/change/", self.data(20, note="Hello.", **line))
        order.refresh_from_db()
        self.assertEqual((order.note, order.lines.get().quantity), ("Hello.", 4))

    def test_only_what_holds_no_stock_can_be_deleted(self) -> None:
        draft, placed = self.make_order(), self.make_order("placed")
        for order, status in ((draft, 302), (placed, 403)):
            path = f"/admin/orders/order/{order.pk}/delete/"
            self.assertEqual(self.client.post(path, {"post": "yes"}).status_code, status)
        self.assertEqual(Order.objects.get(), placed)
