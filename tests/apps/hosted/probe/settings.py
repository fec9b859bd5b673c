"""The example's settings, and addresses that show what a host does. Chosen from outside, by DJANGO_SETTINGS_MODULE."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "probe.urls"
# Bodies of 10 MB are read at once here.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
