"""Honest students of a lesson, and plain `nbgrader autograde` at work on what they handed in."""
import json
import os
import shutil
import subprocess
import sys

from class_run import COURSE
from nbgrader.api import Gradebook

from autograde.lesson import load_lesson

KINDS = ("full", "half", "blank", "wrong")


def answers_of(lesson, kind):
    """{cell id: source} that a student of this kind writes into the release."""
    solutions = {cell.id: cell.source for cell in lesson.with_role("answer")}
    exercises = [cell for cell in solutions if cell.startswith("exercise-")]
    if kind == "blank":
        return {}
    if kind == "half":
        return {cell: solutions[cell] for cell in list(solutions)[:len(solutions) // 2]}
    if kind == "wrong":                          # the last exercise gives nothing back; every other one is right
        def_line = solutions[exercises[-1]].split("\n    ", 1)[0]
        return solutions | {exercises[-1]: f"{def_line}\n    return None"}
    return solutions | {cell.id: "Because a kernel is learned." for cell in lesson.with_role("written")}


def filled_in(lesson, kind):
    """The release without demonstrations, answered as a student of this kind would: a notebook as a dict."""
    notebook = json.loads((COURSE / "notebooks" / lesson.name / lesson.path.name).read_text(encoding="utf-8"))
    answers = answers_of(lesson, kind)
    for cell in notebook["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
    return without_demos(notebook, lesson)


def hand_in(notebook, lesson, student, folder):
    """Save a notebook where nbgrader looks for this student's submission of the lesson."""
    path = folder / student / lesson.name / lesson.path.name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def without_demos(notebook, lesson):
    """No point needs the demonstrations; the grader leaves them out as well, and some train networks for a minute."""
    demos = {cell.id for cell in lesson.with_role("demo")}           # a release no longer carries the tag
    return notebook | {"cells": [cell for cell in notebook["cells"] if cell["id"] not in demos]}


class PlainCourse:
    """A course of one lesson in a folder of its own, for nbgrader as anybody would run it."""

    def __init__(self, root, name):
        self.root, self.lesson = root, load_lesson(name)
        self.submitted = root / "work" / "submitted"
        source = root / "solutions" / name / self.lesson.path.name
        source.parent.mkdir(parents=True)
        notebook = json.loads(self.lesson.path.read_text(encoding="utf-8"))
        source.write_text(json.dumps(without_demos(notebook, self.lesson)), encoding="utf-8")
        shutil.copy(COURSE / "nbgrader_config.py", root)

    def run(self, *arguments):
        """`nbgrader …` in this course."""
        done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=self.root, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(COURSE), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"})
        assert done.returncode == 0, done.stderr[-3000:]

    def points(self, student):
        """{graded cell: points} in the gradebook that nbgrader wrote."""
        with Gradebook(f"sqlite:///{self.root / 'work' / 'gradebook.db'}", "striate") as gradebook:
            grades = gradebook.find_submission_notebook(self.lesson.path.stem, self.lesson.name, student).grades
            return {grade.name: grade.auto_score for grade in grades}
