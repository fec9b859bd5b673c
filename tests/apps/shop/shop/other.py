"""The same shop under another sign."""

from .settings import *  # noqa: F403

SIGN = "Other shop"
