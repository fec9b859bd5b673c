"""Middleware of the project's own, made of WhiteNoise's."""

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware


class GalleryFiles(WhiteNoiseMiddleware):
    def __init__(self, get_response):
        super().__init__(get_response)
        self.add_files(settings.MEDIA_ROOT, prefix=settings.MEDIA_URL)
