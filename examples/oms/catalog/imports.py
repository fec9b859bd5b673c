"""The import of products and their stock from a CSV file: every row or none."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.db import transaction

from catalog.forms import RowForm
from catalog.models import Product

COLUMNS = ["sku", "name", "price", "stock"]
MAX_ERRORS = 100


@dataclass(frozen=True)
class RowError:
    line: int
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}"


class ImportRefused(Exception):
    """The file has errors, and nothing of it was imported."""

    def __init__(self, errors: list[RowError]):
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


@dataclass(frozen=True)
class ImportResult:
    created: int
    updated: int


def import_products(file: BinaryIO) -> ImportResult:
    """Create the products that are new, and update name, price and stock of those whose SKU is known."""
    products = parse(file)
    with transaction.atomic():
        before = Product.objects.count()
        Product.objects.bulk_create(
            products,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["sku"],
            update_fields=["name", "price", "stock"],
        )
        created = Product.objects.count() - before
    return ImportResult(created=created, updated=len(products) - created)


def parse(file: BinaryIO) -> list[Product]:
    """The products in the file, or ImportRefused with what is wrong, line by line."""
    products: list[Product] = []
    errors: list[RowError] = []
    first_seen: dict[str, int] = {}

    for line, row in read_rows(file):
        form = RowForm(row)
        if not form.is_valid():
            for field, messages in form.errors.items():
                errors.extend(RowError(line, f"{field}: {message}") for message in messages)
        elif (sku := form.cleaned_data["sku"]) in first_seen:
            errors.append(RowError(line, f"sku: {sku} is on line {first_seen[sku]} already."))
        else:
            first_seen[sku] = line
            products.append(Product(**form.cleaned_data))
        if len(errors) >= MAX_ERRORS:
            errors = errors[:MAX_ERRORS] + [RowError(line, "too many errors, the rest was not read.")]
            break

    if not products and not errors:
        errors.append(RowError(1, "there are no rows under the heading."))
    if errors:
        raise ImportRefused(errors)
    return products


def read_rows(file: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row that is not empty, by column, with the number of the line on which it ends."""
    try:
        # utf-8-sig, because spreadsheets put a byte order mark first.
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ImportRefused([RowError(line, "this is not UTF-8 text.")]) from error

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heading = [name.strip().lower() for name in next(reader, [])]
        if sorted(heading) != sorted(COLUMNS):
            raise ImportRefused([RowError(1, f"the heading must name the columns {', '.join(COLUMNS)}.")])
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(heading):
                    message = f"{len(heading)} columns were expected, and {len(cells)} are there."
                    raise ImportRefused([RowError(reader.line_num, message)])
                yield reader.line_num, dict(zip(heading, cells, strict=True))
    except csv.Error as error:
        raise ImportRefused([RowError(reader.line_num, f"this is not CSV: {error}.")]) from error
