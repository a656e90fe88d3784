"""A course with one small lesson, written where a test wants it, and results of it, as the grader makes them."""
import functools
import hashlib
import json

import nbgrader.api

# A new gradebook asks the program alembic for its version, which takes seconds; once for all tests is enough.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)

LESSON, STEM = "02_tiny", "tiny"
SOLUTION = 'def double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION'
STUB = 'def double(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError("Exercise 2.1")'
ANSWER = 'def double(x):\n    """Twice x."""\n    return 2 * x'
HIDDEN = "double(-21)"
TESTS = {"test-2-1-one": ("2.1", 2), "test-2-1-signs": ("2.1", 3), "test-2-2p-four": ("2.2p", 1)}


def cell(kind, cell_id, source, **nbgrader):
    metadata = {}
    if nbgrader:
        metadata["nbgrader"] = {"grade": False, "solution": False, "locked": False, "task": False, "grade_id": cell_id,
                                "schema_version": 3, **nbgrader}
        if not nbgrader.get("grade"):
            metadata["nbgrader"]["cell_type"] = kind
    new = {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}
    return new | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook():
    imports = cell("code", "imports", "import numpy as np", locked=True)
    imports["metadata"]["tags"] = ["imports"]
    demo = cell("code", "demo-one", "double(3)")
    demo["metadata"]["tags"] = ["demo"]
    demo["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                        "data": {"text/plain": "AUTHORS-OUTPUT"}}]
    cells = [
        cell("markdown", "intro", "# A tiny lesson\n\nTwice as much."),
        imports,
        cell("markdown", "about-2-1", "### Exercise 2.1: double\n\nWrite it."),
        cell("code", "exercise-2-1-double", SOLUTION, solution=True),
        cell("code", "test-2-1-one", "assert double(1) == 2", grade=True, locked=True, points=2),
        cell("code", "test-2-1-signs", f"### BEGIN HIDDEN TESTS\nassert {HIDDEN} == -42\n### END HIDDEN TESTS",
             grade=True, locked=True, points=3),
        demo,
        cell("code", "predict-2-2-four", "four = None   # your prediction: a whole number\n### BEGIN SOLUTION\nfour = 4\n"
             "### END SOLUTION", solution=True),
        cell("code", "test-2-2p-four", "assert four is not None\n### BEGIN HIDDEN TESTS\nassert four == 4\n"
             "### END HIDDEN TESTS", grade=True, locked=True, points=1),
        cell("markdown", "question-2-3-why", "Why?\n\n### BEGIN MARK SCHEME\nFour points for SECRET-SCHEME.\n"
             "### END MARK SCHEME", locked=True),
        cell("markdown", "written-2-3-why", "SECRET-MODEL-ANSWER", grade=True, solution=True, points=4),
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "cells": cells,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}}


def write_course(root):
    """Write solutions/02_tiny/tiny.ipynb below `root` and return `root`."""
    folder = root / "solutions" / LESSON
    folder.mkdir(parents=True)
    (folder / f"{STEM}.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    return root


def result(student, statuses=("correct", "wrong", "not attempted"), written="Because of $x^2$.", code=ANSWER,
           messages=("", "double: expected -42, got 42.", "Exercise 2.2 waits for your prediction."), flags=(), **more):
    """A grading result of `student`; statuses and messages in the order of TESTS."""
    tests = [{"id": name, "exercise": exercise, "points": points if status == "correct" else 0, "max_points": points,
              "status": status, "message": message}
             for (name, (exercise, points)), status, message in zip(TESTS.items(), statuses, messages, strict=True)]
    answers = {"exercise-2-1-double": code, "predict-2-2-four": "four = None   # your prediction: a whole number",
               "written-2-3-why": written}
    verdicts = {"exercise-2-1-double": "answered", "predict-2-2-four": "as released",
                "written-2-3-why": "answered" if written else "missing", **dict.fromkeys(TESTS, "as released")}
    content = hashlib.sha256(json.dumps([student, answers]).encode()).hexdigest()
    return {"student": student, "lesson": LESSON, "status": "wrong", "score": sum(test["points"] for test in tests),
            "max_score": sum(points for _, points in TESTS.values()), "tests": tests, "flags": list(flags),
            "answers": answers, "verdicts": verdicts,
            "provenance": {"submission": content, "tests": "0" * 64, "environment": {"python": "3"}, "seed": 1,
                           "seconds": 0.1, "origin": f"{student}/{LESSON}/tiny.ipynb", "submitted": None}, **more}
