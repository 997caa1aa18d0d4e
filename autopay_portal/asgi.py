"""The ASGI application that the web server runs: the thin front before the WSGI application.

`granian --interface asginl autopay_portal.asgi:application`
"""

# First: it sets Django up, without which nothing below can be imported.
from autopay_portal.wsgi import application as wsgi_application

# isort: split
from django.conf import settings

from autopay_portal.front import Front

application = Front(
    wsgi_application,
    polls_per_company=settings.LONG_POLLS_PER_COMPANY,
    polls_total=settings.LONG_POLLS_TOTAL,
)
