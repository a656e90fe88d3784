"""Honest work gets the same points from plain `nbgrader autograde` in this repository as from the grader.

nbgrader runs a whole notebook, tests and all, in one kernel and trusts what it finds there; the grader runs the tests
elsewhere and trusts nothing. For honest notebooks the two must agree, test by test. Demonstrations are taken out of the
lessons first: no point needs them, the grader leaves them out as well, and some train networks for a minute.
"""
import json
import os
import shutil
import subprocess
import sys

import pytest
from class_run import COURSE, grade
from nbgrader.api import Gradebook

from autograde.lesson import lesson_names, load_lesson

LESSONS = list(lesson_names())
OTHERS = ("half", "blank", "wrong")


def students_of(name):
    """Who hands in a lesson: all four the first two, after that the full solution and one of the others in turn."""
    number = LESSONS.index(name)
    return ("full", *OTHERS) if number < 2 else ("full", OTHERS[number % 3])


def answers_of(lesson, student):
    """{cell id: source} that a student writes into the release."""
    solutions = {cell.id: cell.source for cell in lesson.with_role("answer")}
    exercises = [cell for cell in solutions if cell.startswith("exercise-")]
    if student == "blank":
        return {}
    if student == "half":
        return {cell: solutions[cell] for cell in list(solutions)[:len(solutions) // 2]}
    if student == "wrong":                       # the last exercise gives nothing back; every other one is right
        def_line = solutions[exercises[-1]].split("\n    ", 1)[0]
        return solutions | {exercises[-1]: f"{def_line}\n    return None"}
    return solutions | {cell.id: "Because a kernel is learned." for cell in lesson.with_role("written")}


def hand_in(lesson, student, folder):
    """Fill in the release as `student` would, and save it where nbgrader looks for submissions."""
    notebook = json.loads((COURSE / "notebooks" / lesson.name / lesson.path.name).read_text(encoding="utf-8"))
    answers = answers_of(lesson, student)
    for cell in notebook["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
    without_demos(notebook)
    path = folder / student / lesson.name / lesson.path.name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def without_demos(notebook):
    notebook["cells"] = [cell for cell in notebook["cells"] if "demo" not in cell["metadata"].get("tags", ())]


def nbgrader(course, *arguments):
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course, capture_output=True, text=True,
                          timeout=900, env={**os.environ, "PYTHONPATH": str(COURSE), "OMP_NUM_THREADS": "1",
                                            "MPLBACKEND": "agg"})
    assert done.returncode == 0, done.stderr[-3000:]


def plain_points(course, lesson, student):
    """{test: points} in the gradebook that plain nbgrader wrote."""
    with Gradebook(f"sqlite:///{course / 'work' / 'gradebook.db'}", "striate") as gradebook:
        grades = gradebook.find_submission_notebook(lesson.path.stem, lesson.name, student).grades
        return {grade.name: grade.auto_score for grade in grades}


@pytest.mark.parametrize("name", LESSONS)
def test_the_same_points_as_plain_nbgrader(name, tmp_path):
    lesson, students = load_lesson(name), students_of(name)
    course = tmp_path / "course"
    source = course / "solutions" / name / lesson.path.name
    source.parent.mkdir(parents=True)
    solved = json.loads(lesson.path.read_text(encoding="utf-8"))
    without_demos(solved)
    source.write_text(json.dumps(solved), encoding="utf-8")
    shutil.copy(COURSE / "nbgrader_config.py", course)
    submitted = course / "work" / "submitted"
    for student in students:
        hand_in(lesson, student, submitted)

    run = grade(submitted, tmp_path / "ours", "--jobs", "2")
    assert run.code == 0, run.complained
    nbgrader(course, "generate_assignment", name, "--force")
    nbgrader(course, "autograde", name)

    scores = {}
    for student in students:
        ours = {test["id"]: test["points"] for test in run.results[student, name]["tests"]}
        plain = plain_points(course, lesson, student)
        assert ours == {test: plain[test] for test in ours}, student
        scores[student] = run.results[student, name]["score"]
        written = {cell.id for cell in lesson.with_role("written")}
        with Gradebook(f"sqlite:///{run.work / 'gradebook.db'}", "striate") as gradebook:
            grades = gradebook.find_submission_notebook(lesson.path.stem, name, student).grades
            assert {grade.name: grade.auto_score for grade in grades if grade.name in written} == {
                cell: plain[cell] for cell in written}, student
    assert scores["full"] == lesson.max_score and scores.get("blank", 0) == 0
    assert all(0 < scores[student] < lesson.max_score for student in scores if student in ("half", "wrong"))
