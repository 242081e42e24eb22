"""A pytest plugin, loaded before Django's settings are read: gives the tests real servers.

Without `DATABASE_URL` or `REDIS_URL` the embedded servers are started in a temporary folder and
ended with the run. The workers of a parallel run inherit the addresses and start nothing.
"""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path


def _give(name: str, value: str) -> None:
    os.environ.setdefault(name, value)


def _start_servers() -> None:
    from capi_admin.up.postgres import EmbeddedPostgres
    from capi_admin.up.redis import EmbeddedRedis

    folder = Path(tempfile.mkdtemp(prefix="capi-test-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, server_class in (("DATABASE_URL", EmbeddedPostgres), ("REDIS_URL", EmbeddedRedis)):
        if name in os.environ:
            continue
        server = server_class(folder / name.lower(), durable=False)
        os.environ[name] = server.start()
        atexit.register(server.stop)


_give("SECRET_KEY", "a key for tests that signs nothing of value, and is long enough")
_give("ENCRYPTION_KEYS", base64.b64encode(b"tests only, thirty-two bytes key").decode())
_give("META_GRAPH_URL", "http://127.0.0.1:9")  # nobody listens: a test names its own
_give("LOG_LEVEL", "INFO")
if "DATA_DIR" not in os.environ:
    _give("DATA_DIR", tempfile.mkdtemp(prefix="capi-test-data-"))
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
_start_servers()
