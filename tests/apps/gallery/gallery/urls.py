"""The routes of the gallery: ROUTES of GALLERY_ROOT names those that there are, so a new release may have others."""

import os

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.views import View
from django.views.static import serve


def text(body, status=200):
    return HttpResponse(body + "\n", content_type="text/plain; charset=utf-8", status=status)


class MediaView(View):
    """As NetBox has it: media for those who have logged in."""

    def get(self, request, path=""):
        if "X-Login" not in request.headers:
            return text("log in", 403)
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
        response["X-From"] = "view"
        return response


def page(request, path=""):
    return text("page " + path, 404 if path.startswith(("media", "static")) else 200)


guarded = MediaView.as_view()
catch_all = [
    re_path(r"^((?:[\w\-]+/)*)$", page),  # Wagtail's
    path("<path:path>", page),  # flat pages
    re_path(r"^(?P<path>.*)$", page),  # a single-page application
]

ROUTES = {
    "none": [],
    # The form of NetBox: everything below BASE_PATH, which is empty, in an include().
    "netbox": [path("", include([path("media/<path:path>", guarded), path("media-failure/", page)]))],
    "some": [
        path("media/private/<path:path>", lambda request, path: guarded(request, "private/" + path)),
        re_path(r"^static/js/(?:config|i18n)\.js$", lambda request: text("made by a view")),
        *i18n_patterns(path("about/", page), *catch_all, prefix_default_language=False),
    ],
    "debug": [*static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT), *staticfiles_urlpatterns()],
}

with open(os.path.join(settings.ROOT, "ROUTES")) as file:
    urlpatterns = [*ROUTES[file.read().strip()], *catch_all]
