"""
The states of an order, and the moves between them.

    draft ──▶ placed ──▶ paid ──▶ shipped ──▶ delivered
      │          │         │
      └──────────┴─────────┴──▶ cancelled

Placing takes the stock, cancelling gives it back. `Order.move_to()` is the only code that changes a status.
"""

from django.db import models


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    PLACED = "placed", "Placed"
    PAID = "paid", "Paid"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    CANCELLED = "cancelled", "Cancelled"


MOVES: dict[str, list[str]] = {
    Status.DRAFT: [Status.PLACED, Status.CANCELLED],
    Status.PLACED: [Status.PAID, Status.CANCELLED],
    Status.PAID: [Status.SHIPPED, Status.CANCELLED],
    Status.SHIPPED: [Status.DELIVERED],
    Status.DELIVERED: [],
    Status.CANCELLED: [],
}

# The orders that count as sold. These, and only these, have taken stock.
SOLD = [Status.PLACED, Status.PAID, Status.SHIPPED, Status.DELIVERED]

# What a button or an action for the move says.
VERBS: dict[str, str] = {
    Status.PLACED: "Place order",
    Status.PAID: "Mark as paid",
    Status.SHIPPED: "Ship",
    Status.DELIVERED: "Mark as delivered",
    Status.CANCELLED: "Cancel order",
}


class MoveRefused(Exception):
    """The move is not possible, and nothing has changed. The message is for the person who asked."""


class InsufficientStock(MoveRefused):
    """There is less in stock than the order needs."""
