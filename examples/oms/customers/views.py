from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.views.generic import ListView

from customers.models import Customer
from oms.search import search_query
from orders.models import Order


class CustomerListView(LoginRequiredMixin, ListView):
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Customer]:
        # A subquery is worked out for the rows of the page only; a GROUP BY would be for all customers.
        counts = Order.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
        customers = Customer.objects.annotate(
            order_count=Coalesce(Subquery(counts.annotate(n=Count("pk")).values("n")), 0)
        )
        if query := search_query(self.request):
            customers = customers.filter(
                Q(name__icontains=query) | Q(email__icontains=query) | Q(city__icontains=query)
            )
        return customers

    def get_context_data(self, **kwargs):
        return super().get_context_data(query=search_query(self.request), **kwargs)
