"""What belongs to the project and to none of its applications."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import never_cache

logger = logging.getLogger(__name__)


def favicon(request: HttpRequest) -> HttpResponse:
    """For pages that name no icon, such as those of the admin: browsers ask for this address."""
    return redirect(static("oms/favicon.svg"))


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this worker can answer a request that needs the database: for load balancers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("healthz: the database does not answer")
        return HttpResponse("database unavailable\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
