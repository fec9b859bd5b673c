from decimal import Decimal
from tempfile import TemporaryDirectory

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from catalog.models import Product

GOOD = 'sku,name,price,stock\r\nGTR-1,Guitar Mk II,950.00,7\r\nVLN-1,"Violin, full size",500,2\r\n'


class ImportTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_user("nin", password="not-needed")
        Product.objects.create(sku="GTR-1", name="Guitar", price=Decimal("900.00"), stock=3, active=False)

    def setUp(self) -> None:
        self.client.force_login(self.user)

    def upload(self, content: str | bytes):
        content = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile("products.csv", content, content_type="text/csv")
        return self.client.post("/products/import/", {"file": file}, follow=True)

    def test_creates_and_updates(self) -> None:
        for content in (GOOD, "\ufeff" + GOOD):
            self.assertRedirects(self.upload(content), "/products/")
        guitar, violin = Product.objects.order_by("sku")
        self.assertEqual((guitar.name, guitar.price, guitar.stock), ("Guitar Mk II", Decimal("950.00"), 7))
        # What the file does not tell stays as it is.
        self.assertFalse(guitar.active)
        self.assertEqual((violin.name, violin.active), ("Violin, full size", True))

    def test_says_how_many(self) -> None:
        self.assertContains(self.upload(GOOD), "1 products created, 1 updated.")

    def test_columns_in_any_order(self) -> None:
        self.upload("Stock,Name,SKU,Price\n5,Bow,BOW-1,60\n")
        self.assertEqual(Product.objects.get(sku="BOW-1").stock, 5)

    def test_all_or_nothing_with_the_line_of_each_error(self) -> None:
        response = self.upload(
            "sku,name,price,stock\n"
            "VLN-1,Violin,500,2\n"
            "\n"
            "vln 2,Violin,500,2\n"
            "VLN-3,,0,-1\n"
            'VLN-4,"Violin\nwith two lines",abc,1\n'
            "VLN-1,Violin,500,2\n"
        )
        self.assertEqual(response.status_code, 422)
        errors = [(error.line, error.message.split(":")[0]) for error in response.context["row_errors"]]
        self.assertEqual(
            errors, [(4, "sku"), (5, "name"), (5, "price"), (5, "stock"), (7, "price"), (8, "sku")]
        )
        self.assertContains(response, "VLN-1 is on line 2 already.", status_code=422)
        self.assertEqual(Product.objects.get().name, "Guitar")

    def test_what_is_no_such_file(self) -> None:
        for content, message in (
            ("", "The submitted file is empty."),
            ("sku,name\nA,B\n", "the heading must name the columns"),
            ("sku,name,price,stock\n", "there are no rows"),
            ("sku,name,price,stock\nA,B\n", "4 columns were expected, and 2 are there"),
            (b"sku,name,price,stock\nA,\xff,1,1\n", "this is not UTF-8 text"),
            ('sku,name,price,stock\nA,"B,1,1\n', "this is not CSV"),
            ("sku,name,price,stock\n" + "a,a,a,a\n" * 200, "too many errors"),
        ):
            with self.subTest(message=message):
                self.assertContains(self.upload(content), message, status_code=422)
        self.assertEqual(Product.objects.count(), 1)

    def test_many_rows(self) -> None:
        rows = "".join(f"P-{n},Product {n},1.00,{n}\n" for n in range(1200))
        self.assertContains(self.upload(f"sku,name,price,stock\n{rows}"), "1200 products created, 0 updated.")


class DatasheetTest(TestCase):
    def test_download(self) -> None:
        with TemporaryDirectory() as media, self.settings(MEDIA_ROOT=media):
            user = get_user_model().objects.create_superuser("nin", password="not-needed")
            product = Product.objects.create(sku="GTR-1", name="Guitar", price=900)
            path = "/products/GTR-1/datasheet/"
            self.assertEqual(self.client.get(path).status_code, 302)
            self.client.force_login(user)
            self.assertEqual(self.client.get(path).status_code, 404)

            file = SimpleUploadedFile("guitar.pdf", b"%PDF-1.4 made of wood")
            data = {"sku": "GTR-1", "name": "Guitar", "price": "900", "stock": "1", "datasheet": file}
            self.client.post(f"/admin/catalog/product/{product.pk}/change/", data)
            response = self.client.get(path)
            self.assertEqual(response.getvalue(), b"%PDF-1.4 made of wood")
            self.assertEqual(response["Content-Disposition"], 'attachment; filename="GTR-1.pdf"')
