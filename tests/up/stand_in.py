"""An `up` whose processes are a few lines each: what is tested is who keeps them.

The variable STAND_IN_MIGRATE replaces the migration's command.
"""

from __future__ import annotations

import os
import shlex
import sys

from capi_admin.up import options
from capi_admin.up.console import Console
from capi_admin.up.problem import CannotStart
from capi_admin.up.processes import Process
from capi_admin.up.start import Plan, up

# Each writes its number into DATA_DIR/pids, so that a test can look for it later.
_REMEMBER = """
import os, pathlib, subprocess, sys
pids = pathlib.Path(os.environ["DATA_DIR"], "pids")
def remember(name, pid):
    pids.mkdir(exist_ok=True)
    pathlib.Path(pids, name).write_text(str(pid))
remember(sys.argv[1], os.getpid())
"""
_WEB = f"""{_REMEMBER}
from http.server import BaseHTTPRequestHandler, HTTPServer
class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
print("serving", flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[2])), Healthy).serve_forever()
"""
# Deaf to SIGTERM, as is the child it leaves in its group.
_DEAF = f"""{_REMEMBER}
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
remember("grandchild", subprocess.Popen(["sleep", "300"]).pid)
time.sleep(300)
"""
_WORKER = f"{_REMEMBER}\nimport time\ntime.sleep(300)"

PLAN = Plan(
    migrate=tuple(shlex.split(os.environ.get("STAND_IN_MIGRATE", "true"))),
    seed=("true",),
    processes=(
        Process("ui", (sys.executable, "-c", _WEB, "ui", "{port}"), port="UI_PORT"),
        Process("worker", (sys.executable, "-c", _WORKER, "worker")),
        Process("deaf", (sys.executable, "-c", _DEAF, "deaf"), grace_seconds=0.5),
    ),
)

if __name__ == "__main__":
    try:
        up(options.read(os.environ), Console(sys.stdout), PLAN)
    except CannotStart as problem:
        sys.exit(str(problem))
