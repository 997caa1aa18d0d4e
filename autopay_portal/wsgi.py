"""The WSGI application: every page and call but the long poll of the message feed (see asgi.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autopay_portal.settings")
application = get_wsgi_application()
