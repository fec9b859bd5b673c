"""Reads a Django project without running it: its wsgi.py, its manage.py, its settings, and how it is deployed."""
