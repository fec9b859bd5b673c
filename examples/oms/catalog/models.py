"""What is sold, and how many of it are left."""

from decimal import Decimal

from django.core.validators import FileExtensionValidator, MinValueValidator, RegexValidator
from django.db import models

validate_sku = RegexValidator(
    r"\A[A-Z0-9][A-Z0-9-]*\Z", "Use capital letters, digits and hyphens only, such as GTR-0042."
)


class Product(models.Model):
    # At or under this many, the dashboard and the list of products show a warning.
    LOW_STOCK = 5

    sku = models.CharField("SKU", max_length=20, unique=True, validators=[validate_sku])
    name = models.CharField(max_length=120, db_index=True)
    price = models.DecimalField(
        max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    stock = models.PositiveIntegerField(default=0, db_index=True)
    active = models.BooleanField(default=True, help_text="Offered on new orders.")
    datasheet = models.FileField(
        upload_to="datasheets/", blank=True, validators=[FileExtensionValidator(["pdf"])], help_text="A PDF."
    )

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    @property
    def is_low(self) -> bool:
        return self.stock <= self.LOW_STOCK
