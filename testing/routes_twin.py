"""What django_routes says of routes: a list of them in each line of stdin, an answer in each line of stdout.

A route is a text for path(), one that begins with ``re:`` for re_path(); ``[route, [routes]]`` is an include().
"""

import json
import os
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "python"))

from django.conf import settings  # noqa: E402
from django.conf.urls.i18n import i18n_patterns  # noqa: E402
from django.urls import clear_url_caches, include, path, re_path, register_converter  # noqa: E402
from quintet.worker.django.routes import routes_below  # noqa: E402

settings.configure(ROOT_URLCONF="routes", LANGUAGES=[("en-us", "English"), ("de", "German")])


class Kind:
    regex = "media|static"
    to_python = to_url = str


register_converter(Kind, "kind")


def view(request, **kwargs):
    raise NotImplementedError


def route(given):
    text, nested = given if isinstance(given, list) else (given, None)
    what = view if nested is None else include([route(each) for each in nested])
    if text.startswith("i18n:"):
        return i18n_patterns(*[route(each) for each in nested], prefix_default_language=text == "i18n:all")[0]
    return re_path(text[3:], what) if text.startswith("re:") else path(text, what)


for line in sys.stdin:
    urls = types.ModuleType("routes")
    urls.urlpatterns = [route(each) for each in json.loads(line)]
    sys.modules["routes"] = urls
    clear_url_caches()
    print(json.dumps([(each["below"], each["exact"]) for each in routes_below("media/")]), flush=True)
