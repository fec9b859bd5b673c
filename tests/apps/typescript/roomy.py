"""The settings of the small Django project, without its limit for uploads."""

from tiny.settings import *  # noqa: F403

DATA_UPLOAD_MAX_MEMORY_SIZE = None
