from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    return f"€{amount:,.2f}"


@register.filter
def whole_money(amount: Decimal) -> str:
    return f"€{amount:,.0f}"
