from django.urls import path

from catalog.views import ProductListView, datasheet, import_products

urlpatterns = [
    path("", ProductListView.as_view(), name="product-list"),
    path("import/", import_products, name="product-import"),
    path("<slug:sku>/datasheet/", datasheet, name="product-datasheet"),
]
