"""Who buys."""

from django.db import models
from django.utils import timezone


class Customer(models.Model):
    name = models.CharField(max_length=120, db_index=True)
    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=40, blank=True)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def address_lines(self) -> list[str]:
        """The postal address, without empty lines."""
        lines = [self.street, f"{self.postcode} {self.city}".strip(), self.country]
        return [line for line in lines if line]
