"""The admin as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capi_admin.settings")

application = get_wsgi_application()

from delivery import heartbeats, keys  # noqa: E402 - they need Django to be set up

keys.require()
heartbeats.Pulse("web", works_by_itself=True).start()
