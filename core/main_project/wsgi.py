"""The WSGI application, for ``serve`` and for whatever other server somebody prefers."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
