from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
    path("orders/", views.orders, name="orders"),
    path("orders/<int:number>/", views.order, name="order"),
    path("buy/", views.buy, name="buy"),
    path("upload/", views.upload, name="upload"),
]
