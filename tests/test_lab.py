"""make lab: JupyterLab as students get it, started for real and asked over HTTP."""
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

import pytest

COURSE = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A function from a path to (status, text), asked of a JupyterLab that runs with lab_config.py."""
    with serve(tmp_path_factory) as ask:
        yield ask


@contextlib.contextmanager
def serve(tmp_path_factory, *options):
    """Start JupyterLab with lab_config.py and these options; gives the function that asks it, and stops it at the end."""
    home = tmp_path_factory.mktemp("home")
    log = home / "log"
    environment = os.environ | {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home),
                                "JUPYTER_RUNTIME_DIR": str(home)}
    command = [sys.executable, "-m", "jupyterlab", "--config=lab_config.py", "--no-browser", "--port=0",
               "--IdentityProvider.token=secret", *options]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=COURSE, env=environment, stdout=output, stderr=output)
    try:
        address = None
        for _ in range(600):
            found = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+", log.read_text())
            if found or server.poll() is not None:
                address = found and found[0]
                break
            time.sleep(0.1)
        assert address, log.read_text()

        def ask(path):
            try:
                request = urllib.request.Request(address + path, headers={"Authorization": "token secret"})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""
        yield ask
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def page(lab):
    return settings(lab)


def settings(lab):
    """The settings that JupyterLab sends to the browser."""
    status, html = lab("/lab")
    assert status == 200
    return json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', html, re.S)[1])


def test_it_opens_on_the_lessons(lab, page):
    assert page["serverRoot"] == str(COURSE / "notebooks")
    listed = {entry["name"] for entry in json.loads(lab("/api/contents")[1])["content"]}
    assert {path.name for path in (COURSE / "notebooks").glob("[0-9]*")} <= listed


def test_the_validate_button_is_there_and_matches_its_server(lab, page):
    nbgrader = [part for part in page["federated_extensions"] if part["name"] == "@jupyter/nbgrader"]
    assert nbgrader and "@jupyter/nbgrader:validate-assignment" not in page["disabledExtensions"]
    from nbgrader import __version__
    assert json.loads(lab(f"/nbgrader_version?version={__version__}")[1]) == {"success": True}


@pytest.mark.parametrize("part", ["formgrader", "assignment-list", "course-list", "create-assignment"])
def test_what_only_teachers_need_is_hidden(page, part):
    assert f"@jupyter/nbgrader:{part}" in page["disabledExtensions"]


def test_authors_get_the_panel_that_makes_a_cell_an_exercise(tmp_path_factory):
    """`make lab DIR=solutions`: the Makefile passes the folder on as it was typed."""
    with serve(tmp_path_factory, "--ServerApp.root_dir=solutions") as ask:
        page = settings(ask)
        assert page["serverRoot"] == str(COURSE / "solutions")
        assert "@jupyter/nbgrader:create-assignment" not in page["disabledExtensions"]
        assert "@jupyter/nbgrader:formgrader" in page["disabledExtensions"]


def test_there_is_no_formgrader_for_students(lab):
    assert lab("/formgrader")[0] == 404


def test_it_asks_nothing_and_fetches_nothing(page):
    assert "@jupyterlab/apputils-extension:announcements" in page["disabledExtensions"]
    assert page["news"] == {"disabled": True}
    assert page["extensionManager"]["can_install"] is False
