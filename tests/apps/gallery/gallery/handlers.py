"""What else serves files around an application: Django's own handler, and Werkzeug's middleware."""

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from werkzeug.middleware.shared_data import SharedDataMiddleware

from gallery.wsgi import application

handler = StaticFilesHandler(application)
shared = SharedDataMiddleware(application, {"/media": settings.MEDIA_ROOT})
