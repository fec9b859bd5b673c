"""The smallest Django project with static files, in one file: the server answers for them, not this code."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    STATIC_URL="/static/",
    STATIC_ROOT=os.environ["BENCH_STATIC_ROOT"],
)
urlpatterns = []

application = get_wsgi_application()
