"""An order's invoice as a PDF."""

from typing import BinaryIO

from django.utils import timezone

from orders.models import Order
from orders.pdf import Pdf

LEFT, RIGHT = 56, 539
QUANTITY, PRICE = 380, 460
FIRST_Y, LAST_Y = 560, 90


def invoice_pdf(order: Order) -> BinaryIO:
    pdf = Pdf(f"Invoice {order.number}")
    _head(pdf, order)
    y = _heading(pdf, FIRST_Y)
    for line in order.lines.select_related("product"):
        if y < LAST_Y:
            pdf.add_page()
            y = _heading(pdf, 780)
        pdf.text(LEFT, y, _cut(line.product.name, 48))
        pdf.text(LEFT + 240, y, line.product.sku, size=8)
        pdf.text_right(QUANTITY, y, str(line.quantity))
        pdf.text_right(PRICE, y, f"{line.unit_price:,.2f}")
        pdf.text_right(RIGHT, y, f"{line.total:,.2f}")
        y -= 18
    pdf.line(LEFT, y + 6, RIGHT, y + 6)
    pdf.text(LEFT, y - 12, "Total in euro", size=12, bold=True)
    pdf.text_right(RIGHT, y - 12, f"{order.total:,.2f}", size=12, bold=True)
    return pdf.file()


def _head(pdf: Pdf, order: Order) -> None:
    pdf.text(LEFT, 780, "Hot Club Supply", size=20, bold=True)
    pdf.text(LEFT, 764, "An example shop: nothing here is for sale.", size=8)
    customer = order.customer
    pdf.text(LEFT, 720, customer.name, bold=True)
    for index, line in enumerate(customer.address_lines):
        pdf.text(LEFT, 706 - 14 * index, line)
    pdf.text(LEFT, 630, f"Invoice {order.number}", size=16, bold=True)
    placed = timezone.localtime(order.placed_at)
    pdf.text(LEFT, 612, f"Placed on {placed:%d %B %Y}. {order.get_status_display()}.")


def _heading(pdf: Pdf, y: float) -> float:
    """The heading of the table. Gives where its first row goes."""
    for x, text in ((LEFT, "Product"), (LEFT + 240, "SKU"), (QUANTITY - 20, "Qty"), (PRICE - 26, "Price")):
        pdf.text(x, y, text, size=9, bold=True)
    pdf.text(RIGHT - 34, y, "Amount", size=9, bold=True)
    pdf.line(LEFT, y - 6, RIGHT, y - 6)
    return y - 22


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
