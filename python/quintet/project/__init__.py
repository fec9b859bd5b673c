"""Reads a Django project without running it: its wsgi.py, manage.py, settings and deployment files."""
