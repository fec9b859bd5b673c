"""The pages."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import ListView

from oms.search import search_query
from orders import figures
from orders.chart import bar_chart
from orders.forms import LineFormSet, OrderForm, save_order
from orders.invoice import invoice_pdf
from orders.models import Order
from orders.states import MoveRefused, Status


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    span = "days" if request.GET.get("span") == "days" else "months"
    now = figures.reference_time()
    sales = figures.sales_by_day(now) if span == "days" else figures.sales_by_month(now)
    context = {
        "span": span,
        "now": now,
        "sales": sales,
        "chart": bar_chart(sales),
        "figures": figures.key_figures(now),
        "low_stock": figures.low_stock(),
        "recent": Order.objects.select_related("customer")[:8],
    }
    return render(request, "orders/dashboard.html", context)


def filters(request: HttpRequest) -> dict[str, str]:
    """The search and the status in a query string; a status that does not exist is no filter."""
    status = request.GET.get("status", "")
    return {
        "query": search_query(request),
        "status": status if status in Status.values else "",
    }


class OrderListView(LoginRequiredMixin, ListView):
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.matching(**filters(self.request)).select_related("customer")

    def get_context_data(self, **kwargs):
        return super().get_context_data(statuses=Status.choices, **filters(self.request), **kwargs)


@login_required
@require_safe
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("customer"), number=number)
    context = {
        "order": order,
        "lines": order.lines.select_related("product"),
        "events": order.events.select_related("by"),
    }
    return render(request, "orders/order_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_order(request: HttpRequest, number: str | None = None) -> HttpResponse:
    """A new order, or a change to a draft."""
    order = get_object_or_404(Order, number=number) if number else Order()
    if not order.is_draft:
        messages.error(request, f"{order} is {order.state}: only a draft can be changed.")
        return redirect(order)

    data = request.POST if request.method == "POST" else None
    form = OrderForm(data, instance=order)
    lines = LineFormSet(data, instance=order)
    # Both are asked, so that the page shows what is wrong with either.
    if data is not None and all([form.is_valid(), lines.is_valid()]):
        try:
            order = save_order(form, lines, by=request.user)
        except MoveRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{order} is saved.")
        return redirect(order)
    context = {"order": order, "form": form, "lines": lines}
    return render(request, "orders/order_form.html", context, status=200 if data is None else 422)


@login_required
@require_POST
def move_order(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order, number=number)
    try:
        order.move_to(request.POST.get("to", ""), by=request.user)
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{order} is {order.state} now.")
    return redirect(order)


@login_required
@require_safe
def invoice(request: HttpRequest, number: str) -> FileResponse:
    order = get_object_or_404(Order.objects.select_related("customer"), number=number)
    if not order.has_invoice:
        raise Http404(f"{order} has no invoice: it is {order.state}.")
    return FileResponse(invoice_pdf(order), as_attachment=True, filename=f"invoice-{order.number}.pdf")


@login_required
@require_safe
def export_orders(request: HttpRequest) -> StreamingHttpResponse:
    """The orders as CSV, as they come from the database: as many as there are, in little memory."""
    orders = Order.objects.matching(**filters(request)).select_related("customer")
    return StreamingHttpResponse(
        csv_lines(orders.iterator(chunk_size=1000)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="orders.csv"'},
    )


class Echo:
    """A file for csv.writer that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def csv_lines(orders: Iterable[Order]) -> Iterator[str]:
    write = csv.writer(Echo()).writerow
    yield write(["number", "created", "placed", "status", "customer", "email", "total"])
    rows = (
        write(
            [
                order.number,
                order.created_at.isoformat(timespec="seconds"),
                order.placed_at.isoformat(timespec="seconds") if order.placed_at else "",
                order.status,
                plain_cell(order.customer.name),
                plain_cell(order.customer.email),
                order.total,
            ]
        )
        for order in orders
    )
    # Some rows at a time: a chunk a row would be thousands of tiny writes.
    while chunk := "".join(islice(rows, 100)):
        yield chunk


def plain_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
