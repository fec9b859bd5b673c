"""
URL configuration for oms project.

The `urlpatterns` list routes URLs to views. For more information please see:
    https://docs.djangoproject.com/en/5.2/topics/http/urls/
"""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from oms.views import favicon, healthz

admin.site.site_header = "Hot Club Supply"
admin.site.site_title = "Hot Club Supply"
admin.site.index_title = "Administration"

urlpatterns = [
    path("", include("orders.urls")),
    path("customers/", include("customers.urls")),
    path("products/", include("catalog.urls")),
    path("accounts/login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("healthz", healthz, name="healthz"),
    # For runserver: nothing unless DEBUG is on.
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
