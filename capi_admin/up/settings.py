"""Just enough of Django to run the `up` command, which makes what the real settings need."""

INSTALLED_APPS = ["capi_admin"]
USE_TZ = True
