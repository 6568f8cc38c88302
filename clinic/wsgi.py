"""The WSGI application for production: gunicorn clinic.wsgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
os.environ.setdefault("SERVES_PAGES", "1")  # the database limits how long a page may keep others waiting
application = get_wsgi_application()
