"""A Django project with files of its own; what its routes and its middleware are comes from the environment."""

import os

ROOT = os.environ["GALLERY_ROOT"]
SECRET_KEY = "no secret"
DEBUG = os.environ.get("GALLERY_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "gallery.urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = [each for each in os.environ.get("GALLERY_MIDDLEWARE", "").split() if each]
STATIC_URL = os.environ.get("GALLERY_URL", "/") + "static/"
STATIC_ROOT = os.path.join(ROOT, os.environ.get("GALLERY_STATIC", "static"))
STATICFILES_DIRS = [os.path.join(ROOT, "assets")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_URL = os.environ.get("GALLERY_URL", "/") + "media/"
MEDIA_ROOT = os.path.join(ROOT, "media")
LANGUAGES = [("en-us", "English"), ("de", "German")]
FORCE_SCRIPT_NAME = os.environ.get("GALLERY_SCRIPT_NAME")
