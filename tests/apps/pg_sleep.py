"""A Django project in a file: a view whose query takes a minute, on the PostgreSQL of DATABASE_URL."""

import os
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="tests",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "USER": url.username,
            "HOST": unquote(url.netloc.split("@")[1]),
            "OPTIONS": {"application_name": "hung"},
        },
        "other": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "USER": url.username,
            "HOST": unquote(url.netloc.split("@")[1]),
            "OPTIONS": {"application_name": "onlooker"},
        },
    },
)
django.setup()


def slow(request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    return HttpResponse("slept")


def sessions(request):
    """What the server knows of those that slow() has opened."""
    from django.db import connections

    with connections["other"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hung'")
        return HttpResponse(str(cursor.fetchone()[0]))


request_finished.connect(lambda **_: print("request_finished"), weak=False)
urlpatterns = [path("slow", slow), path("sessions", sessions)]
application = get_wsgi_application()
