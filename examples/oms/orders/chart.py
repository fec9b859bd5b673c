"""Where the bars of the chart go. The template draws them as SVG: no script, no library."""

from dataclasses import dataclass
from decimal import Decimal

from orders.figures import Bucket

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 4, 12, 26


@dataclass(frozen=True)
class Bar:
    bucket: Bucket
    x: float
    y: float
    width: float
    height: float
    middle: float
    labelled: bool


@dataclass(frozen=True)
class GridLine:
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    grid: list[GridLine]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    label_y: int = HEIGHT - 7


def bar_chart(buckets: list[Bucket]) -> Chart:
    step = nice_step(max((bucket.total for bucket in buckets), default=Decimal(0)))
    top = float(step * 4)
    inner = HEIGHT - TOP - BOTTOM
    slot = (WIDTH - LEFT - RIGHT) / max(len(buckets), 1)
    # With many bars, every fifth has a label, counted from the latest.
    every = 1 if len(buckets) <= 16 else 5
    bars = []
    for index, bucket in enumerate(buckets):
        height = float(bucket.total) / top * inner
        bars.append(
            Bar(
                bucket=bucket,
                x=round(LEFT + slot * (index + 0.15), 1),
                y=round(TOP + inner - height, 1),
                width=round(slot * 0.7, 1),
                height=round(height, 1),
                middle=round(LEFT + slot * (index + 0.5), 1),
                labelled=(len(buckets) - 1 - index) % every == 0,
            )
        )
    grid = [GridLine(y=round(TOP + inner * (4 - n) / 4, 1), label=short_money(step * n)) for n in range(5)]
    return Chart(bars=bars, grid=grid)


def nice_step(largest: Decimal) -> int:
    """A round number of which four reach the top."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 4 >= largest:
                return step * factor
        step *= 10


def short_money(amount: int) -> str:
    """Such as €50, €25k or €1.5M."""
    if amount >= 1_000_000:
        return f"€{amount / 1_000_000:g}M"
    return f"€{amount / 1000:g}k" if amount >= 1000 else f"€{amount}"
