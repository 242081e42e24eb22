"""Runs every static check side by side and prints one line for each; the output only of failures.

Usage: lint.py [name ...]   Without names, all of them.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

_HERE = Path(sys.executable).parent
_PYTHON = sys.executable

# The slowest first, so that the others run beside it.
CHECKS = {
    "types": (_PYTHON, "-m", "mypy"),
    "imports": (str(_HERE / "lint-imports"), "--no-cache"),
    "migrations": (_PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"),
    "deploy": (_PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
    "templates": (str(_HERE / "djlint"), "templates", "--lint", "--quiet"),
    "template-format": (str(_HERE / "djlint"), "templates", "--check", "--quiet"),
    "ruff": (str(_HERE / "ruff"), "check", "--quiet"),
    "format": (str(_HERE / "ruff"), "format", "--check", "--quiet"),
}

# What a deployment would say. Nothing here is used to keep anything.
_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "capi_admin.settings",
    "SECRET_KEY": "".join(chr(33 + number) for number in range(80)),
    "ENCRYPTION_KEYS": base64.b64encode(bytes(range(32))).decode(),
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "ALLOWED_HOSTS": "admin.example",
    "HTTPS": "yes",
    "DEBUG": "no",
}


def main(names: list[str]) -> int:
    """Run the named checks, or all; return 1 when one fails."""
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        sys.stderr.write(f"No such check: {', '.join(unknown)}. There are {', '.join(CHECKS)}.\n")
        return 2
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        jobs = [pool.submit(_run, name) for name in names or CHECKS]
        return 1 if [job for job in as_completed(jobs) if not job.result()] else 0


def _run(name: str) -> bool:
    began = time.monotonic()
    result = subprocess.run(
        CHECKS[name],
        env={**os.environ, **_SETTINGS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = result.returncode == 0
    word = "ok" if passed else "FAILED"
    detail = "" if passed else f"{result.stdout.rstrip()}\n"
    sys.stdout.write(f"{name:<16} {word} ({time.monotonic() - began:.1f} s)\n{detail}")
    sys.stdout.flush()
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
