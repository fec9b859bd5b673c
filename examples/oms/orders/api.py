"""The same orders as JSON, for programs that have a session."""

from collections.abc import Callable
from functools import wraps

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from oms.search import search_query
from orders.models import Order
from orders.states import Status


def api_login_required(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Like login_required, but a program is told so; it could do nothing with the login page."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> JsonResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"error": "Log in first."}, status=401)
        return view(request, *args, **kwargs)

    return wrapper


def summary(order: Order) -> dict:
    return {
        "number": order.number,
        "status": order.status,
        "customer": {"name": order.customer.name, "email": order.customer.email},
        # As text: a JSON number would be read as a binary float.
        "total": f"{order.total:.2f}",
        "created_at": order.created_at,
        "placed_at": order.placed_at,
        "url": order.get_absolute_url(),
    }


@require_safe
@api_login_required
def order_list(request: HttpRequest) -> JsonResponse:
    status = request.GET.get("status", "")
    if status and status not in Status.values:
        return JsonResponse({"error": f"status must be one of {', '.join(Status.values)}."}, status=400)
    orders = Order.objects.matching(search_query(request), status).select_related("customer")
    page = Paginator(orders, 50).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "count": page.paginator.count,
            "page": page.number,
            "pages": page.paginator.num_pages,
            "results": [summary(order) for order in page],
        }
    )


@require_safe
@api_login_required
def order_detail(request: HttpRequest, number: str) -> JsonResponse:
    order = Order.objects.select_related("customer").filter(number=number).first()
    if order is None:
        return JsonResponse({"error": f"There is no order {number}."}, status=404)
    lines = [
        {
            "sku": line.product.sku,
            "name": line.product.name,
            "quantity": line.quantity,
            "unit_price": f"{line.unit_price:.2f}",
            "total": f"{line.total:.2f}",
        }
        for line in order.lines.select_related("product")
    ]
    moves = [status for status, _ in order.moves]
    return JsonResponse({**summary(order), "note": order.note, "lines": lines, "moves": moves})
