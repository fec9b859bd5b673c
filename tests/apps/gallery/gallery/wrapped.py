"""A wsgi.py with WhiteNoise around the application, and a middleware of the project's own around that."""

from whitenoise import WhiteNoise

from gallery.settings import STATIC_ROOT
from gallery.wsgi import application as django


def timed(application):
    def call(environ, start_response):
        return application(environ, start_response)

    return call


application = timed(WhiteNoise(django, root=STATIC_ROOT, prefix="static/"))
