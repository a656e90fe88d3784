"""`python -m autograde formgrader --work DIR`: nbgrader's formgrader on the gradebook of a work folder.

A Jupyter server with the formgrader extension and nothing else of nbgrader, reachable from this computer only, for as
long as the command runs. Its settings are in DIR/nbgrader_config.py, written once and then left to you. Points and
comments go into DIR/gradebook.db; `feedback` shows them to the students.
"""
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from autograde import options
from autograde.errors import UserError
from autograde.files import write_whole
from autograde.gradebook_place import is_there
from autograde.lesson import COURSE

CONFIG = '''\
"""Settings for nbgrader's formgrader on this work folder. Written once by `autograde formgrader`; edit it as you like."""
from pathlib import Path

from autograde.formgrader import TEMPLATES
from autograde.gradebook_place import gradebook_url
from autograde.lesson import SOLUTIONS

work = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "striate"
c.CourseDirectory.root = str(work)
c.CourseDirectory.db_url = gradebook_url(work).render_as_string(hide_password=False)
c.CourseDirectory.source_directory = str(SOLUTIONS)
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "nbgrader_feedback"      # feedback/ holds the pages of `autograde feedback`
c.CourseDirectory.submitted_directory = "not_here"              # grading runs students' code behind walls, not here
c.Exchange.root = str(work / ".exchange")
c.ExportPlugin.to = str(work / "nbgrader_grades.csv")            # grades.csv is the grader's own
c.FormgradeExtension.debug = False
c.HTMLExporter.extra_template_basedirs.prepend([str(TEMPLATES)])     # formulas without internet
'''
TEMPLATES = Path(__file__).resolve().parent / "templates"
EXTENSIONS = ("assignment_list", "course_list", "validate_assignment")
FIRST_PORT = 8899
SECONDS_TO_START = 90


def configure(parser):
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="the folder that grade wrote")
    options.add_gradebook(parser)
    parser.add_argument("--port", type=int, help=f"port on this computer (default: the first free one from {FIRST_PORT})")
    parser.add_argument("options", nargs="*", metavar="-- OPTION", help="options for jupyter server, after --")


def run(args):
    work = args.work.resolve()
    if not is_there(work):
        raise UserError(f"There is no gradebook in {args.work}; first run: python -m autograde grade --from PATH --work "
                        f"{args.work}")
    if not (work / "nbgrader_config.py").exists():
        write_whole(work / "nbgrader_config.py", CONFIG)
    (work / ".exchange").mkdir(exist_ok=True)          # formgrader complains without one; it is not used
    port = _free_port(args.port)
    token = secrets.token_hex(24)
    log = work / "formgrader.log"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))         # so that the server ends with us
    with open(log, "wb") as output:
        server = subprocess.Popen(_command(work, port, args.options), cwd=work, env=_environment(token), stdout=output,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            _wait_until_ready(server, port, token, log)
            print(f"Open this in a browser on this computer (Ctrl-C here ends it):\n\n  {address(port, token)}\n",
                  flush=True)
            return 0 if server.wait() == 0 else 1
        except KeyboardInterrupt:
            print("\nThe points are in the gradebook. To show them to the students: python -m autograde feedback --work "
                  f"{args.work}")
            return 0
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def address(port, token):
    """The page with the list of lessons. It goes through /login, which keeps the token in a cookie; formgrader's own
    pages do not, and their lists would stay empty."""
    return f"http://127.0.0.1:{port}/login?next=%2Fformgrader%2Fgradebook&token={token}"


def _command(work, port, options):
    command = [sys.executable, "-m", "jupyter", "server", *options, f"--ServerApp.root_dir={work}",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
               "--ServerApp.open_browser=False", "--ServerApp.allow_remote_access=False",
               "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True",
               "--ServerApp.jpserver_extensions=jupyter_server_mathjax=True"]
    command += [f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{name}=False" for name in EXTENSIONS]
    return command + (["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])


def _environment(token):
    """The token goes through the environment, where other users of this computer cannot read it."""
    paths = [str(COURSE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "JUPYTER_TOKEN": token, "PYTHONPATH": os.pathsep.join(paths)}


def _free_port(wanted):
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 50):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
                return port
            except (OSError, OverflowError):
                continue
    raise UserError(f"Port {wanted} is in use or not allowed; choose another with --port." if wanted
                    else f"No port from {FIRST_PORT} to {FIRST_PORT + 49} is free; choose one with --port.")


def _wait_until_ready(server, port, token, log):
    """Wait until the server answers; UserError with the reason from its log if it ends before."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
            raise UserError(f"Jupyter did not start ({lines[-1].strip() if lines else 'no message'}); see {log}.")
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise UserError(f"Jupyter did not answer within {SECONDS_TO_START} seconds; see {log}.")
