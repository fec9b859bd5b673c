from django.urls import path

from orders import api, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("orders/", views.OrderListView.as_view(), name="order-list"),
    path("orders/new/", views.edit_order, name="order-new"),
    path("orders/export.csv", views.export_orders, name="order-export"),
    path("orders/<slug:number>/", views.order_detail, name="order-detail"),
    path("orders/<slug:number>/edit/", views.edit_order, name="order-edit"),
    path("orders/<slug:number>/move/", views.move_order, name="order-move"),
    path("orders/<slug:number>/invoice/", views.invoice, name="order-invoice"),
    path("api/orders/", api.order_list, name="api-order-list"),
    path("api/orders/<slug:number>/", api.order_detail, name="api-order-detail"),
]
