"""The WSGI application, for ``serve`` and for whatever other server somebody prefers."""

import django

from user_auth.web.wsgi import Handler

django.setup(set_prefix=False)
application = Handler()
