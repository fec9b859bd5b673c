from orders.models import Order
from orders.tests.base import ShopTestCase


class ApiTest(ShopTestCase):
    def test_401_rather_than_the_login_page(self) -> None:
        self.client.logout()
        for path in ("/api/orders/", "/api/orders/SO-000001/"):
            response = self.client.get(path)
            self.assertEqual((response.status_code, response.json()), (401, {"error": "Log in first."}))

    def test_list(self) -> None:
        self.make_order("placed")
        Order.objects.bulk_create(Order(number=f"X-{n}", customer=self.customer) for n in range(60))
        with self.assertNumQueries(4):
            first = self.client.get("/api/orders/").json()
        self.assertEqual(
            (first["count"], first["page"], first["pages"], len(first["results"])), (61, 1, 2, 50)
        )
        self.assertEqual(len(self.client.get("/api/orders/?page=2").json()["results"]), 11)
        (placed,) = self.client.get("/api/orders/?status=placed").json()["results"]
        self.assertEqual((placed["status"], placed["total"]), ("placed", "910.00"))
        self.assertEqual(placed["customer"], {"name": "Nadia Blanc", "email": "nadia@example.com"})

    def test_unknown_status(self) -> None:
        response = self.client.get("/api/orders/?status=lost")
        self.assertEqual(response.status_code, 400)
        self.assertIn("draft, placed", response.json()["error"])

    def test_one(self) -> None:
        order = self.make_order("placed")
        data = self.client.get(f"/api/orders/{order.number}/").json()
        self.assertEqual([line["sku"] for line in data["lines"]], ["GTR-1", "PCK-1"])
        self.assertEqual(data["lines"][1]["total"], "10.00")
        self.assertEqual(data["moves"], ["paid", "cancelled"])

    def test_not_there(self) -> None:
        response = self.client.get("/api/orders/SO-999999/")
        self.assertEqual(
            (response.status_code, response.json()), (404, {"error": "There is no order SO-999999."})
        )
