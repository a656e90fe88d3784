"""A course of one small lesson, complete with every kind of cell, for the tests of tidy, lint and release."""
import copy
import json
import shutil
from pathlib import Path

from autograde.tidy import KERNELSPEC, LANGUAGE_INFO

COURSE = Path(__file__).resolve().parent.parent
LESSON = "02_tiny"

IMPORTS = "import numpy as np\n\nfrom striate import check"
EXERCISE = '''def double(values):
    """Twice each number.

    values: (N,) float; returns (N,).
    """
    ### BEGIN SOLUTION
    secret_result = [2 * value for value in values]
    return np.array(secret_result)
    ### END SOLUTION'''
TEST = '''check.equal(double([1, 2]), [2, 4], "double")
### BEGIN HIDDEN TESTS
hidden_numbers = check.rng().standard_normal(7)
check.equal(double(hidden_numbers), 2 * hidden_numbers, "double")
### END HIDDEN TESTS'''
PREDICTION = '''half = None   # your prediction: a whole number
### BEGIN SOLUTION
half = 4242
### END SOLUTION'''
PREDICTION_TEST = '''check.is_number(half, "half")
### BEGIN HIDDEN TESTS
check.number(half, 4242, "half")
### END HIDDEN TESTS'''
QUESTION = '''**Question 2.3.** Why twice?
### BEGIN MARK SCHEME
Two points for the marvellous reason.
### END MARK SCHEME'''


def nbgrader(grade_id, grade=False, solution=False, locked=False, points=None):
    data = {"grade": grade, "grade_id": grade_id, "locked": locked, "schema_version": 3, "solution": solution,
            "task": False}
    return {"nbgrader": data | ({} if points is None else {"points": points})}


def markdown(cell_id, source, metadata=None):
    return {"cell_type": "markdown", "id": cell_id, "metadata": metadata or {}, "source": source}


def code(cell_id, source, metadata=None, outputs=()):
    return {"cell_type": "code", "execution_count": None, "id": cell_id, "metadata": metadata or {},
            "outputs": list(outputs), "source": source}


def printed(text, name="stdout"):
    return {"name": name, "output_type": "stream", "text": text}


def notebook():
    """The lesson as a JSON value; each call gives a fresh one to spoil."""
    cells = [
        markdown("intro", "# Doubling\nOne function."),
        code("imports", IMPORTS, nbgrader("imports", locked=True) | {"tags": ["imports"]}),
        code("exercise-2-1-double", EXERCISE, nbgrader("exercise-2-1-double", solution=True)),
        code("test-2-1-double", TEST, nbgrader("test-2-1-double", grade=True, locked=True, points=2)),
        code("set-up", "weights = np.arange(3)"),
        code("demo-double", "print(double(weights))", {"tags": ["demo"]}, [printed("[0 2 4]\n")]),
        code("predict-2-2-half", PREDICTION, nbgrader("predict-2-2-half", solution=True)),
        code("test-2-2p-half", PREDICTION_TEST, nbgrader("test-2-2p-half", grade=True, locked=True, points=1)),
        markdown("question-2-3-why", QUESTION, nbgrader("question-2-3-why", locked=True)),
        markdown("written-2-3-why", "Because of the wonderful model answer.",
                 nbgrader("written-2-3-why", grade=True, solution=True, points=4)),
    ]
    return copy.deepcopy({"cells": cells, "metadata": {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO},
                          "nbformat": 4, "nbformat_minor": 5})


def cell(book, cell_id):
    return next(cell for cell in book["cells"] if cell["id"] == cell_id)


def write_course(root, book=None):
    """A course folder at `root` with the lesson in solutions/, our nbgrader_config.py, and an empty notebooks/."""
    folder = root / "solutions" / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    (root / "notebooks").mkdir(exist_ok=True)
    shutil.copy(COURSE / "nbgrader_config.py", root)
    (folder / "tiny.ipynb").write_text(json.dumps(book or notebook(), indent=1), encoding="utf-8")
    return root
