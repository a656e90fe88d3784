"""`autograde new` lays out a lesson that passes what CI asks of every lesson; tried on a copy of the course."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograde import cell_kinds, new, skeleton
from autograde.__main__ import main
from autograde.tidy import TO_DO, notebooks

COURSE = Path(__file__).resolve().parent.parent
OTHER, LESSON, TITLE = "02_convolution", "15_transformers", "Attention, please"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with one of its lessons, and the new one laid out by the command; .said is what it printed."""
    course = tmp_path_factory.mktemp("course")
    for folder in ("striate", "autograde", "tests", f"solutions/{OTHER}", f"notebooks/{OTHER}"):
        shutil.copytree(COURSE / folder, course / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for file in ("nbgrader_config.py", "pyproject.toml", "constraints.txt", "Makefile"):
        shutil.copy(COURSE / file, course)
    (course / "README.md").write_text(f"# A course\n\n| lesson | you build | time | points |\n|---|---|---|---|\n"
                                      f"| `{OTHER}`: a matrix product in disguise | kernels | 3 h | 24 |\n\nThe end.\n")
    done = run(course, "-m", "autograde", "new", LESSON, "--title", TITLE)
    assert done.returncode == 0, done.stderr
    (course / "said.txt").write_text(done.stdout)
    assert done.stderr == ""
    return course


def run(course, *command):
    """Python with the copy's own modules, in the copy."""
    return subprocess.run([sys.executable, *command], cwd=course, capture_output=True, text=True, timeout=600,
                          env=os.environ | ONE_THREAD | {"PYTHONPATH": str(course)})


def test_it_says_what_was_made_and_everything_that_is_left(course):
    said = (course / "said.txt").read_text()
    made = [f"solutions/{LESSON}/transformers.ipynb", f"notebooks/{LESSON}/transformers.ipynb",
            f"tests/mutants/{LESSON}.py", "tests/test_lesson_15.py"]
    assert all(f"{path} written\n" in said and (course / path).exists() for path in made)
    assert "docs/authors.md" in said and "make lab DIR=solutions" in said
    marks = sum((course / path).read_text().count(TO_DO) for path in [made[0], *made[2:], "README.md"])
    assert said.count(f"{TO_DO}") == marks > 10


def test_the_site_takes_it_in(course, tmp_path):
    done = run(course, "-m", "autograde", "site", "--to", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    landing = (tmp_path / "site" / "index.html").read_text()
    assert f'href="{LESSON}.html"' in landing and TITLE in landing and (tmp_path / "site" / f"{LESSON}.html").exists()


@pytest.mark.parametrize("command", [("tidy", "--check"), ("release", "--check")])
def test_tidy_and_release_have_nothing_to_change(course, command):
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    done = run(course, "-m", "autograde", *command)
    assert done.returncode == 0, done.stdout
    if command[0] == "tidy":
        assert "everything is tidy" in done.stdout and f"says {TO_DO} in" in done.stdout
    assert {path: path.read_bytes() for path in course.rglob("*.ipynb")} == before


def test_the_kill_table_is_complete(course, server):
    done = run(course, "-m", "autograde", "mutants", LESSON)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_keeps_every_promise(course):
    """The tests of every lesson's form, in the copy: points, enough wrong answers, fair tests, the README's table."""
    done = run(course, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_promises.py", "tests/test_lesson_15.py",
               "tests/test_overview.py", "tests/test_house.py", "-k", f"{LESSON} or test_lesson_15 or lists_the_lessons")
    assert done.returncode == 0 and "9 passed" in done.stdout, done.stdout


def test_the_solution_earns_everything_and_the_release_nothing(course, server):
    blank, solved = (json.loads((course / folder / LESSON / "transformers.ipynb").read_text()) for folder in ("notebooks", "solutions"))
    answers = {cell["id"]: cell for cell in solved["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")}
    full = blank | {"cells": [answers.get(cell["id"], cell) for cell in blank["cells"]]}
    for student, book in [("full", full), ("blank", blank)]:
        (course / "submissions" / student / LESSON).mkdir(parents=True)
        (course / "submissions" / student / LESSON / "transformers.ipynb").write_text(json.dumps(book))
    done = run(course, "-m", "autograde", "grade", LESSON, "--from", "submissions", "--work", "work")
    assert done.returncode == 0, done.stderr
    full, blank = (json.loads((course / "work/results" / student / f"{LESSON}.json").read_text()) for student in ("full", "blank"))
    assert full["status"] == "correct" and full["score"] == full["max_score"] == 14 and full["flags"] == []
    assert blank["status"] == "not attempted" and blank["score"] == 0 and blank["max_score"] == 14


def test_it_runs_again_and_prints_the_same(course):
    done = run(course, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", f"solutions/{LESSON}")
    assert done.returncode == 0, done.stdout


def test_its_python_files_are_as_we_write_them(course):
    done = run(course, "-m", "ruff", "check", "tests")
    if "No module named ruff" in done.stderr:
        pytest.skip("ruff is not installed")
    assert done.returncode == 0, done.stdout


def test_the_release_holds_the_title_and_no_solution(course):
    released = (course / "notebooks" / LESSON / "transformers.ipynb").read_text()
    assert f"# Lesson 15. {TITLE}" in released and 'NotImplementedError(\\"Exercise 15.3\\")' in released
    assert "starts = range" not in released and "HIDDEN" not in released


# ------------------------------------------------------------------------------------------------ what it refuses

@pytest.mark.parametrize("lesson, words", [
    ("transformers", "is no name for a lesson"), ("15-transformers", "for example 15_transformers"),
    ("15_Transformers", "is no name"), ("5_x", "is no name"), ("00_x", "from 01"), ("15_../x", "is no name"),
    ("02_tiny", "the number 02 is taken by 02_convolution; the last one taken is "),
    ("02_convolution", "convolution.ipynb is there already"),
])
def test_a_bad_or_taken_name_is_one_sentence(lesson, words, capsys):
    before = notebooks([COURSE / "solutions"])
    assert main(["new", lesson]) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and said.out == ""
    assert notebooks([COURSE / "solutions"]) == before


@pytest.mark.parametrize("there", [f"solutions/{LESSON}/transformers.ipynb", f"notebooks/{LESSON}", f"tests/mutants/{LESSON}.py",
                                   "tests/test_lesson_15.py"])
def test_nothing_is_overwritten(there, tmp_path, capsys):
    shutil.copy(COURSE / "nbgrader_config.py", tmp_path)
    path = tmp_path / there
    path.mkdir(parents=True)
    assert main(["new", LESSON, "--course", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and path.name in said and "is there already; nothing was changed." in said
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / "nbgrader_config.py"]


def test_a_folder_that_is_no_course(tmp_path, capsys):
    assert main(["new", LESSON, "--course", str(tmp_path)]) == 2
    assert "is not the folder of a course" in capsys.readouterr().err and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["two\nlines", "a | b"])
def test_a_title_that_would_break_the_table(title, tmp_path, capsys):
    shutil.copy(COURSE / "nbgrader_config.py", tmp_path)
    assert main(["new", LESSON, "--title", title, "--course", str(tmp_path)]) == 2
    assert "one line of text" in capsys.readouterr().err


def test_a_lesson_that_cannot_run_leaves_nothing_behind(tmp_path, capsys, monkeypatch):
    shutil.copy(COURSE / "nbgrader_config.py", tmp_path)
    broken = skeleton.notebook(15, "x")
    broken["cells"].insert(0, cell_kinds.code("broken", "1 / 0"))
    monkeypatch.setattr(skeleton, "notebook", lambda number, title: broken)
    assert main(["new", LESSON, "--course", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["nbgrader_config.py"]


# ------------------------------------------------------------------------------------------------ the README's row

TABLE = "Text\n\n| lesson | minutes | you build | points |\n|---|---|---|---|\n{}\n\n| other | table |\n|---|---|\n"


@pytest.mark.parametrize("rows, place", [(["02_b", "20_c"], 1), (["20_c", "30_d"], 0), (["01_a", "02_b"], 2)])
def test_the_row_stands_in_order(rows, place, tmp_path, capsys):
    readme = tmp_path / "README.md"
    lines = [f"| `{row}`: name | 90 | thing | 20 |" for row in rows]
    readme.write_text(TABLE.format("\n".join(lines)))
    assert new._add_row(readme, "15_x", "A title") == [readme]
    lines.insert(place, f"| `15_x`: A title | 45 | {TO_DO} (you build) | 18 |")
    assert readme.read_text() == TABLE.format("\n".join(lines))


def test_without_a_table_it_says_so(tmp_path, capsys):
    assert new._add_row(tmp_path / "README.md", "15_x", "A title") == []
    assert "no table of lessons" in capsys.readouterr().out and not (tmp_path / "README.md").exists()


def test_the_points_are_those_of_the_skeleton():
    cells = skeleton.notebook(7, "x")["cells"]
    assert sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in cells) == skeleton.POINTS
    assert not re.search("<(N|NN|TITLE|FOLDER)>", json.dumps(cells))
