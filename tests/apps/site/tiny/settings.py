"""A small Django project; where its files are, and whether it is in debug mode, comes from the environment."""

import os

SECRET_KEY = "no secret"
DEBUG = os.environ.get("SITE_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tiny.urls"
WSGI_APPLICATION = "tiny.wsgi.application"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = os.environ.get("SITE_STATIC_URL", "static/")
STATIC_ROOT = os.path.join(os.environ["SITE_ROOT"], "static") if "SITE_ROOT" in os.environ else None
MEDIA_URL = os.environ.get("SITE_MEDIA_URL", "media/")
MEDIA_ROOT = os.path.join(os.environ["SITE_ROOT"], "media") if "SITE_ROOT" in os.environ else ""
