from django.urls import include, path

from faulty import views

urlpatterns = [
    path("faults/upload/", views.upload),
    path("faults/stream/", views.stream),
    path("faults/download/", views.download),
    path("faults/hang/", views.hang),
    path("faults/leak/", views.leak),
    path("", include("oms.urls")),
]
