import csv
import io
import re

from customers.models import Customer
from orders.models import Order
from orders.pdf import Pdf
from orders.tests.base import ShopTestCase
from orders.views import plain_cell


class ExportTest(ShopTestCase):
    def rows(self, path: str) -> list[dict[str, str]]:
        response = self.client.get(path)
        self.assertTrue(response.streaming)
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn('filename="orders.csv"', response["Content-Disposition"])
        return list(csv.DictReader(io.StringIO(response.getvalue().decode())))

    def test_all_and_filtered(self) -> None:
        placed = self.make_order("placed")
        draft = self.make_order()
        self.assertEqual(
            [row["number"] for row in self.rows("/orders/export.csv")], [draft.number, placed.number]
        )
        (row,) = self.rows("/orders/export.csv?status=placed&q=nadia")
        self.assertEqual(row["total"], "910.00")
        self.assertEqual(row["placed"], placed.placed_at.isoformat(timespec="seconds"))

    def test_is_streamed_in_one_query(self) -> None:
        Order.objects.bulk_create(Order(number=f"X-{n}", customer=self.customer) for n in range(250))
        with self.assertNumQueries(3):
            chunks = list(self.client.get("/orders/export.csv").streaming_content)
        self.assertEqual(len(chunks), 4)
        self.assertEqual(b"".join(chunks).count(b"\r\n"), 251)

    def test_names_are_no_formulas(self) -> None:
        Customer.objects.update(name="=1+1")
        self.make_order()
        self.assertEqual(self.rows("/orders/export.csv")[0]["customer"], "'=1+1")
        self.assertEqual(plain_cell("Nadia"), "Nadia")


class InvoiceTest(ShopTestCase):
    def test_download(self) -> None:
        order = self.make_order("paid")
        response = self.client.get(f"/orders/{order.number}/invoice/")
        body = response.getvalue()
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertEqual(
            response["Content-Disposition"], f'attachment; filename="invoice-{order.number}.pdf"'
        )
        self.assertEqual(response["Content-Length"], str(len(body)))
        self.assertTrue(body.startswith(b"%PDF-1.4"))
        self.assertIn(f"(Invoice {order.number})".encode(), body)
        self.assertIn(b"(910.00)", body)

    def test_not_for_what_is_not_sold(self) -> None:
        for status in ("draft", "cancelled"):
            with self.subTest(status=status):
                order = self.make_order(status)
                self.assertEqual(self.client.get(f"/orders/{order.number}/invoice/").status_code, 404)

    def test_the_table_of_offsets_is_right(self) -> None:
        pdf = Pdf("Ça (et là)")
        pdf.add_page()
        body = pdf.file().read()
        self.assertIn(b"(\xc7a \\(et l\xe0\\))", body)
        start = int(re.search(rb"startxref\n(\d+)", body)[1])
        self.assertTrue(body[start:].startswith(b"xref\n0 10\n"))
        for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", body), start=1):
            self.assertTrue(body[int(offset) :].startswith(b"%d 0 obj" % number))
