"""JupyterLab as `make lab` starts it, run for a test."""
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 120


class Lab:
    """A running JupyterLab: the URL that it tells its user, and what it wrote into the terminal it was started in."""

    def __init__(self, url, log):
        self.url, self._log = url, log
        self._address, _, self._token = url.partition("/lab?token=")

    @property
    def terminal(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask(self, path):
        """(status, text) of a page of the server."""
        try:
            request = urllib.request.Request(self._address + path, headers={"Authorization": f"token {self._token}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def ask_json(self, path):
        return json.loads(self.ask(path)[1])


@contextlib.contextmanager
def running_lab(home, *options):
    """JupyterLab with lab_config.py and a new user's empty settings, in the folder `home` → a Lab."""
    log = home / "log"
    environment = os.environ | {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home),
                                "JUPYTER_RUNTIME_DIR": str(home), "IPYTHONDIR": str(home / "ipython")}
    command = [sys.executable, "-m", "jupyterlab", "--config=lab_config.py", "--no-browser", "--port=0", *options]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=COURSE, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Lab(found[0], log)
    finally:
        server.terminate()
        server.wait(30)
