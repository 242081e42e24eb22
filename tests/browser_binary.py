"""A real Chromium for the browser journeys: one that is here, or one that can be had.

Run it to get the browser before the tests: ``python -m tests.browser_binary`` prints its path, and
what it does meanwhile on stderr.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_TRY_SECONDS = 60
_DOWNLOAD_SECONDS = 900
_PLAYWRIGHT_PATH = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)


class NoBrowserError(Exception):
    """There is no Chromium here and none could be had; one line says what to do."""


@cache
def find_browser() -> Path:
    """Return a Chromium that runs: ``CHROMIUM``, one on PATH, Playwright's own, or Debian's.

    Raises:
        NoBrowserError: none of these.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        return _named(named)
    for source in (_installed, _from_playwright, _from_debian):
        path = source()
        if path is not None:
            return path
    raise NoBrowserError(
        "The browser tests need Chromium, and it could be neither found nor installed. Install it "
        "(apt install chromium), or set CHROMIUM to its path."
    )


def main() -> int:
    """Print the path of the browser; 1 when there is none."""
    try:
        sys.stdout.write(f"{find_browser()}\n")
    except NoBrowserError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def _named(name: str) -> Path:
    found = shutil.which(name)
    if found is None or not _runs(found):
        raise NoBrowserError(f"CHROMIUM is {name!r}, which is not a browser that runs.")
    return Path(found)


def _installed() -> Path | None:
    candidates = (*map(shutil.which, _NAMES), str(_MAC) if _MAC.exists() else None)
    return next((Path(path) for path in candidates if path and _runs(path)), None)


def _from_playwright() -> Path | None:
    _tell("No Chromium on PATH; asking Playwright for its own …")
    if not _succeeds(sys.executable, "-m", "playwright", "install", "chromium"):
        return None
    result = subprocess.run(
        (sys.executable, "-c", _PLAYWRIGHT_PATH), capture_output=True, text=True, check=False
    )
    path = result.stdout.strip()
    # The download may lack libraries that a bare system does not have; then Debian's is tried.
    return Path(path) if result.returncode == 0 and _runs(path) else None


def _from_debian() -> Path | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    _tell("Installing Debian's chromium …")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _succeeds("apt-get", "update", "-qq")
    _succeeds("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    return _installed()


def _runs(path: str) -> bool:
    """Say whether the program starts: some systems ship a stub under the browser's name."""
    return _succeeds(path, "--version", seconds=_TRY_SECONDS)


def _succeeds(*command: str, seconds: int = _DOWNLOAD_SECONDS) -> bool:
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
