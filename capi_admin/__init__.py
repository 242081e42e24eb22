"""The project: settings, routes, processes. Importing it makes the Celery app known to tasks."""

from capi_admin.celery import app as celery_app

__all__ = ["celery_app"]
