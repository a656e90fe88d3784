"""make lab: JupyterLab as students get it, started for real and asked over HTTP."""
import json
import re

import pytest
from lab_server import COURSE, running_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab):
    return settings(lab)


def settings(lab):
    """The settings that JupyterLab sends to the browser."""
    status, html = lab.ask("/lab")
    assert status == 200
    return json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', html, re.S)[1])


def test_it_opens_on_the_lessons(lab, page):
    assert page["serverRoot"] == str(COURSE / "notebooks")
    listed = {entry["name"] for entry in lab.ask_json("/api/contents")["content"]}
    assert {path.name for path in (COURSE / "notebooks").glob("[0-9]*")} <= listed


def test_the_validate_button_is_there_and_matches_its_server(lab, page):
    nbgrader = [part for part in page["federated_extensions"] if part["name"] == "@jupyter/nbgrader"]
    assert nbgrader and "@jupyter/nbgrader:validate-assignment" not in page["disabledExtensions"]
    from nbgrader import __version__
    assert lab.ask_json(f"/nbgrader_version?version={__version__}") == {"success": True}


@pytest.mark.parametrize("part", ["formgrader", "assignment-list", "course-list", "create-assignment"])
def test_what_only_teachers_need_is_hidden(page, part):
    assert f"@jupyter/nbgrader:{part}" in page["disabledExtensions"]


def test_authors_get_the_panel_that_makes_a_cell_an_exercise(tmp_path_factory):
    """`make lab DIR=solutions`: the Makefile passes the folder on as it was typed."""
    with running_lab(tmp_path_factory.mktemp("home"), "--ServerApp.root_dir=solutions") as lab:
        page = settings(lab)
        assert page["serverRoot"] == str(COURSE / "solutions")
        assert "@jupyter/nbgrader:create-assignment" not in page["disabledExtensions"]
        assert "@jupyter/nbgrader:formgrader" in page["disabledExtensions"]


def test_there_is_no_formgrader_for_students(lab):
    assert lab.ask("/formgrader")[0] == 404


def test_it_asks_nothing_and_fetches_nothing(page):
    assert "@jupyterlab/apputils-extension:announcements" in page["disabledExtensions"]
    assert page["news"] == {"disabled": True}
    assert page["extensionManager"]["can_install"] is False
