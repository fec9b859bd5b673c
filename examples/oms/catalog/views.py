from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import ListView

from catalog import imports
from catalog.forms import ImportForm
from catalog.models import Product
from oms.search import search_query


class ProductListView(LoginRequiredMixin, ListView):
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Product]:
        products = Product.objects.all()
        if query := search_query(self.request):
            products = products.filter(Q(name__icontains=query) | Q(sku__icontains=query))
        if self.request.GET.get("low"):
            products = products.filter(stock__lte=Product.LOW_STOCK).order_by("stock", "name")
        return products

    def get_context_data(self, **kwargs):
        low = bool(self.request.GET.get("low"))
        return super().get_context_data(query=search_query(self.request), low=low, **kwargs)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_products(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    errors: list[imports.RowError] = []
    if form.is_valid():
        try:
            result = imports.import_products(form.cleaned_data["file"])
        except imports.ImportRefused as refused:
            errors = refused.errors
        else:
            messages.success(request, f"{result.created} products created, {result.updated} updated.")
            return redirect("product-list")
    status = 422 if errors or form.errors else 200
    context = {"form": form, "row_errors": errors, "columns": imports.COLUMNS}
    return render(request, "catalog/product_import.html", context, status=status)


@login_required
@require_safe
def datasheet(request: HttpRequest, sku: str) -> FileResponse:
    """The data sheet, to be saved under the product's SKU rather than as whatever was uploaded."""
    product = get_object_or_404(Product, sku=sku)
    if not product.datasheet:
        raise Http404(f"{product} has no data sheet.")
    return FileResponse(product.datasheet.open("rb"), as_attachment=True, filename=f"{product.sku}.pdf")
