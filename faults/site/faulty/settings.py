"""The example's settings, with views that hang, leak, stream and count what they are sent."""

from oms.settings import *  # noqa: F403
from oms.settings import MIDDLEWARE as OMS_MIDDLEWARE

ROOT_URLCONF = "faulty.urls"

MIDDLEWARE = ["faulty.middleware.signed", *OMS_MIDDLEWARE]
