from django.urls import include, path, re_path

from probe import views

urlpatterns = [
    re_path(r"^probe/environ(/.*)?$", views.environ),
    path("probe/echo", views.echo),
    path("probe/stream", views.stream),
    path("probe/cut", views.cut),
    path("probe/file", views.file),
    path("probe/cookies", views.cookies),
    path("probe/boom", views.boom),
    path("probe/errors", views.errors),
    path("", include("oms.urls")),
]
