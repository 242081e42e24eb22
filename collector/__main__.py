"""Serve the collector: ``python -m collector --host 127.0.0.1 --port 8001``."""

from __future__ import annotations

import argparse

from collector.server import serve


def main() -> None:
    """Read the arguments, and serve."""
    parser = argparse.ArgumentParser(prog="collector", description="Takes events in.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    options = parser.parse_args()
    serve(options.host, options.port)


if __name__ == "__main__":
    main()
