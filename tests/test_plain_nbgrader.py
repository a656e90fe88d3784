"""Honest work gets the same points from plain `nbgrader autograde` in this repository as from the grader.

nbgrader runs a whole notebook, tests and all, in one kernel and trusts what it finds there; the grader runs the tests
elsewhere and trusts nothing. For honest notebooks the two must agree, test by test.
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
STUDENTS = ("full", "half", "blank", "wrong")    # plain nbgrader runs whole lessons: all four hand in the first two lessons


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
    path = folder / student / lesson.name / lesson.path.name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


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
    lesson, students = load_lesson(name), STUDENTS if name in LESSONS[:2] else STUDENTS[:2]
    course = tmp_path / "course"
    shutil.copytree(COURSE / "solutions" / name, course / "solutions" / name)
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
    assert all(0 < scores[student] < lesson.max_score for student in students if student in ("half", "wrong"))
