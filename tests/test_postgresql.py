"""The gradebook on a real PostgreSQL server, which the test starts: points, manual points, export, as with SQLite."""
import csv
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from nbgrader.plugins.export import CsvExportPlugin
from test_record import LESSON, give_points, store
from tiny_course import result, write_course

from autograde import gradebook_place, options
from autograde.errors import UserError
from autograde.gradebook import given_by_people
from autograde.gradebook_place import open_gradebook
from autograde.options import GRADEBOOK
from autograde.report import export_grades


def programs():
    """The folder of PostgreSQL's programs, the newest version; None if there is no server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else shutil.which("initdb") and Path(shutil.which("initdb")).parent


@pytest.fixture(scope="module")
def server():
    """The URL of a fresh server, reachable through a socket in its own folder only; it ends with the test."""
    folder = programs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server is missing in CI")
        pytest.skip("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="striate-pg-", dir="/tmp"))
    user = {}
    if os.geteuid() == 0:                            # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(home)}

    def do(program, *arguments):
        done = subprocess.run([folder / program, *arguments], cwd=home, env=environment, capture_output=True, text=True,
                              timeout=120, **user)
        assert done.returncode == 0, done.stdout + done.stderr

    do("initdb", "-D", home / "data", "-U", "striate", "-A", "trust", "-E", "UTF8")
    try:
        do("pg_ctl", "-D", home / "data", "-w", "-l", home / "log", "-o", f"-c listen_addresses='' -k {home} -F", "start")
        do("createdb", "-h", home, "-U", "striate", "gradebook")
        yield f"postgresql://striate@/gradebook?host={home}"
    finally:
        subprocess.run([folder / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"], env=environment, cwd=home,
                       capture_output=True, **user)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def on_server(server, monkeypatch):
    monkeypatch.setenv(GRADEBOOK, server)


def test_points_manual_points_and_export_live_on_the_server(on_server, tmp_path):
    course = write_course(tmp_path)
    work = course / "work"
    store(course, result("anna"), result("ben"))
    assert not (work / "gradebook.db").exists()
    give_points(work, "anna", "written-2-3-why", 3.0)
    store(course, result("anna"), result("ben"))                 # a second time: what a person gave survives
    assert [given["score"] for given in given_by_people(work)["anna", LESSON]["points"].values()] == [3.0]
    with open_gradebook(work) as gradebook:
        assert {one.student_id: one.score for one in gradebook.find_assignment(LESSON).submissions} == {"anna": 5.0, "ben": 2.0}
    assert export_grades(work, CsvExportPlugin, tmp_path / "grades.csv")
    rows = list(csv.DictReader((tmp_path / "grades.csv").open()))
    assert [(row["student_id"], float(row["score"])) for row in rows] == [("anna", 5.0), ("ben", 2.0)]


def test_the_option_is_remembered_for_the_whole_program(server, tmp_path, monkeypatch):
    monkeypatch.setenv(GRADEBOOK, "")
    options._remember(server)
    assert gradebook_place.gradebook_url(tmp_path).drivername == "postgresql+psycopg"
    assert gradebook_place.is_there(tmp_path)


@pytest.mark.parametrize("url, words", [
    ("postgresql://striate:secret@127.0.0.1:1/gradebook", "cannot be used"), ("no url", "cannot be read"),
    ("nosuchdatabase://x/y", "cannot be used"),
])
def test_a_gradebook_that_cannot_be_used_is_one_sentence_without_the_password(url, words, tmp_path, monkeypatch):
    monkeypatch.setenv(GRADEBOOK, url)
    with pytest.raises(UserError) as error, open_gradebook(tmp_path):
        pass
    assert words in str(error.value) and "secret" not in str(error.value) and "\n" not in str(error.value)
