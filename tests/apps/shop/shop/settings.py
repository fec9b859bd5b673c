"""A Django project without a database: links, redirects, static files."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "for the tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
STATIC_URL = os.environ.get("SHOP_STATIC_URL", "static/")
STATIC_ROOT = BASE_DIR / "collected"
SIGN = os.environ.get("SHOP_SIGN", "Shop")
FORCE_SCRIPT_NAME = os.environ.get("SHOP_SCRIPT_NAME")
