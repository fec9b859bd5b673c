"""A Django project in a file, on the PostgreSQL of DATABASE_URL, which keeps its connections.

PG_KEEP says how. PG_IMPORT has it use the database when it is imported, as some applications do.
"""

import json
import os
import random
import time
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.urls import path

url = urlsplit(os.environ["DATABASE_URL"])


def database(name, **more):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": url.username,
        "HOST": unquote(url.netloc.split("@")[1]),
        **more,
        "OPTIONS": {"application_name": name, **more.get("OPTIONS", {})},
    }


KEEPING = {
    "persistent": {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True},
    "pool": {"OPTIONS": {"pool": {"min_size": 1, "max_size": 3}}, "CONN_HEALTH_CHECKS": True},
}
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="tests",
    DATABASES={
        "default": database("site", **KEEPING[os.environ["PG_KEEP"]]),
        "onlooker": database("onlooker"),
    },
)
django.setup()


def ask(query, *values, alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


if os.environ.get("PG_IMPORT"):
    ask("SELECT 1")
    connection.connection.execute("SET application_name = 'of the import'")


def echo(request):
    """What goes to the database and comes back, several times: two who share a connection are found out."""
    seen = []
    with transaction.atomic():
        for _ in range(3):
            number = random.randrange(10**9)
            seen.append(ask("SELECT %s::bigint, pg_backend_pid(), pg_sleep(0.002)", number)[0][:2])
            if seen[-1][0] != number:
                return HttpResponse("%d became %d" % (number, seen[-1][0]), status=500)
    return HttpResponse(json.dumps({"worker": os.getpid(), "backends": sorted({pid for _, pid in seen})}))


def slow(request):
    ask("SELECT pg_sleep(%s)", float(request.META["QUERY_STRING"]))
    return echo(request)


def sessions(request):
    """The server's, by the name that they have."""
    rows = ask("SELECT pid, application_name FROM pg_stat_activity WHERE usename = %s", url.username, alias="onlooker")
    names = {}
    for pid, name in rows:
        names.setdefault(name, []).append(pid)
    return HttpResponse(json.dumps(names))


def later(request):
    """A response that asks the database while it is sent."""

    def rows():
        for _ in range(5):
            time.sleep(0.02)
            yield "%d " % ask("SELECT pg_backend_pid()")[0][0]

    return django.http.StreamingHttpResponse(rows())


urlpatterns = [path("echo", echo), path("slow", slow), path("sessions", sessions), path("later", later)]
application = get_wsgi_application()
