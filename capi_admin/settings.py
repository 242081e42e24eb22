"""Settings, in reading order: what the environment says, Django, our own, Celery, logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import reset_tzpath

import django_stubs_ext
import structlog

from capi_admin import env, tallies
from capi_admin.redaction import redact_values
from vault import KeyRing

# Lets forms and querysets be written as generics, as in `ModelForm[Property]`.
django_stubs_ext.monkeypatch()

# Rules may name any time zone, and must give the same on every server: the zones of the `tzdata`
# package count, not those of the machine.
reset_tzpath(to=())

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR")).absolute()

# --- Safety -------------------------------------------------------------------------------

SECRET_KEY = env.text("SECRET_KEY")
DEBUG = env.boolean("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("TRUSTED_ORIGINS")

HTTPS = env.boolean("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# The proxy that ends TLS sends visitors on to https; see docs/production.md.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # Tabler's stylesheet holds small drawings as data addresses.
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],  # the code editor checks what is typed beside the page
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# --- Django -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "accounts",
    "rules",
    "delivery",
    "collector",
    "demo",
    "capi_admin",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "capi_admin.middleware.refuse_nul",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "capi_admin.urls"
WSGI_APPLICATION = "capi_admin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rules.context.shell",
            ],
        },
    }
]


def database(url: str) -> dict[str, object]:
    """Return Django's settings for ``postgresql://user:password@host:port/name``.

    The host may also be a socket's folder, given as ``?host=/folder``.
    """
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(options.pop("host", parts.hostname or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "capi_admin", **options},
    }


DATABASE_URL = env.text("DATABASE_URL")
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "rules:properties"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files are served from where they stand; a deployment needs no collecting step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# A form may hold several lists, tables and objects of up to 500 rows, each of a few controls.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Our own ------------------------------------------------------------------------------

KEY_RING = KeyRing.from_text(env.text("ENCRYPTION_KEYS"))
META_GRAPH_URL = env.text("META_GRAPH_URL").rstrip("/")
# Which server stands behind a package's destination. Never a field of a form: it would let an
# editor point the worker at the inside of the network.
DESTINATION_URLS = {"facebook_conversions_api_extension": META_GRAPH_URL}
# Servers inside the network that calls of the Cloud Connector may reach; see delivery/guarding.py.
FETCH_ALLOWED = env.words("FETCH_ALLOWED")
COLLECTOR_URL = env.text("COLLECTOR_URL").rstrip("/")
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
DUPLICATE_HOURS = env.number("DUPLICATE_HOURS", most=168)
RETENTION_BODY_DAYS = env.number("RETENTION_BODY_DAYS", most=3650)
RETENTION_LOG_DAYS = env.number("RETENTION_LOG_DAYS", most=3650)
BACKLOG_EVENTS = env.number("BACKLOG_EVENTS", most=10**12)
BACKLOG_HOURS = env.number("BACKLOG_HOURS", most=24 * 365)
DISK_FREE_PERCENT = env.number("DISK_FREE_PERCENT", most=90)
DISK_FOLDER = env.text("DISK_FOLDER")
CUSTOM_CODE = env.boolean("CUSTOM_CODE")

VERSION = "0.1.0"
# What processes count together. Chosen here, before anything declares a metric.
METRICS_FOLDER = DATA_DIR / "metrics"
METRICS_TOKEN = env.text("METRICS_TOKEN")
tallies.share(METRICS_FOLDER)

# --- Celery -------------------------------------------------------------------------------

_VISIBILITY_SECONDS = 120
_TRANSPORT = {
    "visibility_timeout": _VISIBILITY_SECONDS,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "capi_admin.broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = _TRANSPORT
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = _TRANSPORT
CELERY_VISIBILITY_TIMEOUT = _VISIBILITY_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A wake-up that cannot be sent is not worth a wait: the sweep finds the work.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
# No soft limit: it is an exception that may be raised in the middle of any line, where it would be
# taken for the failure of a rule or of an event (docs/decisions/0010). What handles events budgets
# its own time.
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "capi_admin.rhythm:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep-events": {"task": "delivery.sweep", "schedule": 2.0, "options": {"expires": 2}},
    "sweep-builds": {"task": "rules.sweep_builds", "schedule": 5.0, "options": {"expires": 5}},
    "keep-partitions": {"task": "delivery.keep_partitions", "schedule": 3600.0},
}

# --- Logs ---------------------------------------------------------------------------------

LOG_LEVEL = env.text("LOG_LEVEL")
LOG_FORMAT = env.choice("LOG_FORMAT", "json", "text")
_SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact_values,
                structlog.processors.JSONRenderer(),
            ],
        },
        "text": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact_values,
                structlog.dev.ConsoleRenderer(colors=False),
            ],
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "WARNING", "propagate": True, "handlers": []},
        "django.request": {"level": "ERROR", "propagate": True},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # The servers would write lines of their own form; they go the way of all others.
        "uvicorn": {"level": "WARNING", "propagate": True, "handlers": []},
        "uvicorn.error": {"level": "WARNING", "propagate": True, "handlers": []},
        "_granian": {"level": "ERROR", "propagate": True, "handlers": []},
    },
}
structlog.configure(
    processors=[*_SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
