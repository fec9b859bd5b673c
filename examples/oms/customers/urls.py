from django.urls import path

from customers.views import CustomerListView

urlpatterns = [
    path("", CustomerListView.as_view(), name="customer-list"),
]
