from django.urls import path

from djangohello.views import hello

urlpatterns = [path("", hello)]
