"""The numbers on the dashboard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.dateformat import format as date_format

from catalog.models import Product
from orders.models import Order
from orders.states import Status


@dataclass(frozen=True)
class Bucket:
    """The sales of a month or a day."""

    start: datetime
    label: str
    title: str
    total: Decimal
    count: int


def reference_time() -> datetime:
    """
    The time the figures are for: that of the latest sale.

    A shop that sells would take the clock. The example's data end on a fixed day, and their chart should not
    empty itself with the years.
    """
    latest = Order.objects.aggregate(latest=Max("placed_at"))["latest"]
    return timezone.localtime(latest or timezone.now())


def key_figures(now: datetime) -> dict:
    month = timedelta(days=30)
    sold = Order.objects.sold()
    recent = sold.filter(placed_at__gt=now - month, placed_at__lte=now)
    before = sold.filter(placed_at__gt=now - 2 * month, placed_at__lte=now - month)
    found = recent.aggregate(sum=Sum("total"), n=Count("pk"))
    sales, orders = found["sum"] or Decimal(0), found["n"]
    previous = before.aggregate(sum=Sum("total"))["sum"]
    waiting = Order.objects.aggregate(
        unpaid=Count("pk", filter=Q(status=Status.PLACED)),
        unshipped=Count("pk", filter=Q(status=Status.PAID)),
    )
    return {
        "sales": sales,
        "change": round((sales - previous) / previous * 100) if previous else None,
        "orders": orders,
        "average": sales / orders if orders else Decimal(0),
        **waiting,
    }


def low_stock(limit: int = 6) -> QuerySet[Product]:
    return Product.objects.filter(active=True, stock__lte=Product.LOW_STOCK).order_by("stock", "name")[:limit]


def sales_by_month(now: datetime, months: int = 12) -> list[Bucket]:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [_months_before(first, n) for n in reversed(range(months))]
    return _sales(starts, end=_months_before(first, -1), label="M", title="F Y")


def sales_by_day(now: datetime, days: int = 30) -> list[Bucket]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - timedelta(days=n) for n in reversed(range(days))]
    return _sales(starts, end=today + timedelta(days=1), label="j", title="j F Y")


def _months_before(first: datetime, n: int) -> datetime:
    month = first.year * 12 + first.month - 1 - n
    return first.replace(year=month // 12, month=month % 12 + 1)


def _sales(starts: list[datetime], end: datetime, label: str, title: str) -> list[Bucket]:
    """
    One query for all: a filtered sum for each bucket.

    Truncating dates in the database would be shorter, but on SQLite it calls back into Python for every row.
    """
    aggregates = {}
    for index, (start, stop) in enumerate(zip(starts, [*starts[1:], end], strict=True)):
        within = Q(placed_at__gte=start, placed_at__lt=stop)
        aggregates[f"total_{index}"] = Sum("total", filter=within)
        aggregates[f"count_{index}"] = Count("pk", filter=within)
    found = Order.objects.sold().filter(placed_at__gte=starts[0], placed_at__lt=end).aggregate(**aggregates)
    return [
        Bucket(
            start=start,
            label=date_format(start, label),
            title=date_format(start, title),
            total=found[f"total_{index}"] or Decimal(0),
            count=found[f"count_{index}"],
        )
        for index, start in enumerate(starts)
    ]
