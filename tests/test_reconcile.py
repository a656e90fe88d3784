"""What becomes of a student's cells: only the text of answers and of added cells counts, whatever else was changed."""
import copy
import json
from pathlib import Path

import pytest

from autograde.lesson import Cell, Lesson, free_names, stub
from autograde.reconcile import reconcile

LESSON = Lesson("02_tiny", Path("tiny.ipynb"), (
    Cell("intro", "text", "# Tiny"),
    Cell("imports", "imports", "import numpy as np"),
    Cell("numbers", "set-up", "numbers = [1, 2]"),
    Cell("exercise-2-1-double", "answer", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
    Cell("test-2-1-values", "test", "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS", 2),
    Cell("demo-plot", "demo", "print(double(5))"),
    Cell("exercise-2-2-half", "answer", "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION"),
    Cell("test-2-2-values", "test", "assert half(2) == 1", 1),
    Cell("question-2-3-why", "text", "Why?\n### BEGIN MARK SCHEME\nsecret\n### END MARK SCHEME"),
    Cell("written-2-3-why", "written", "Because.", 4),
))
DOUBLE, HALF = "def double(x):\n    return x + x", "def half(x):\n    return x / 2"


def handed_in(**answers):
    """The released notebook with answers filled in: {"double": source, "half": source, "why": source}."""
    cells = []
    for cell in LESSON.cells:
        source = answers.get(cell.id.split("-")[-1], cell.released) if cell.role in ("answer", "written") else cell.released
        kind = "markdown" if cell.role in ("text", "written") else "code"
        graded = {"nbgrader": {"grade_id": cell.id}} if cell.role in ("answer", "test", "written", "imports") else {}
        cells.append({"cell_type": kind, "id": cell.id, "metadata": graded, "source": source.splitlines(keepends=True)})
    return {"cells": cells, "nbformat": 4}


def index(notebook, identity):
    return next(number for number, cell in enumerate(notebook["cells"]) if cell["id"] == identity)


def code(source, identity="new", **metadata):
    return {"cell_type": "code", "id": identity, "metadata": metadata, "source": source}


def ids(laid):
    return [identity for identity, _ in laid.cells]


ALL = ["imports", "numbers", "exercise-2-1-double", "exercise-2-2-half"]


def test_an_untouched_release_is_as_released():
    laid = reconcile(LESSON, handed_in())
    assert ids(laid) == ALL and not laid.flags
    assert set(laid.verdicts.values()) == {"as released"}
    assert 'raise NotImplementedError("Exercise 2.1")' in dict(laid.cells)["exercise-2-1-double"]


def test_answers_are_taken_and_demos_and_tests_do_not_run():
    laid = reconcile(LESSON, handed_in(double=DOUBLE, half=HALF, why="For fun."))
    assert laid.cells == [("imports", "import numpy as np"), ("numbers", "numbers = [1, 2]"),
                          ("exercise-2-1-double", DOUBLE), ("exercise-2-2-half", HALF)]
    assert laid.answers["written-2-3-why"] == "For fun."
    assert laid.verdicts["exercise-2-1-double"] == laid.verdicts["written-2-3-why"] == "answered" and not laid.flags


@pytest.mark.parametrize("cell", ["imports", "numbers", "test-2-1-values", "demo-plot"])
def test_changes_in_the_courses_own_cells_count_for_nothing(cell):
    notebook = handed_in(double=DOUBLE)
    notebook["cells"][index(notebook, cell)]["source"] = "np = None; numbers = None; evil = 1"
    laid = reconcile(LESSON, notebook)
    assert "evil" not in json.dumps(laid.cells) and ids(laid) == ALL
    assert laid.verdicts.get(cell, "restored") == "restored"


@pytest.mark.parametrize("cell", ALL + ["test-2-1-values", "demo-plot", "written-2-3-why"])
def test_a_deleted_cell(cell):
    notebook = handed_in(double=DOUBLE, half=HALF, why="x")
    del notebook["cells"][index(notebook, cell)]
    laid = reconcile(LESSON, notebook)
    assert ids(laid) == [identity for identity in ALL if identity != cell or not cell.startswith("exercise")]
    assert laid.verdicts.get(cell, "missing") == "missing"


def test_metadata_of_the_file_counts_for_nothing():
    notebook = handed_in(double=DOUBLE, half=HALF)
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "demo", "imports"]
        cell["metadata"].get("nbgrader", {}).update(grade=True, solution=False, points=100, locked=True, checksum="0")
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "100"}}]
    laid = reconcile(LESSON, notebook)
    assert ids(laid) == ALL and laid.verdicts["exercise-2-1-double"] == "answered"


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": None}, {"nbgrader": {"grade_id": ["a"]}}, {"nbgrader": 5}])
def test_odd_metadata_is_survived_by_the_cells_id(metadata):
    notebook = handed_in(double=DOUBLE)
    notebook["cells"][index(notebook, "exercise-2-1-double")]["metadata"] = metadata
    assert reconcile(LESSON, notebook).answers["exercise-2-1-double"] == DOUBLE


@pytest.mark.parametrize("cell", [5, None, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": None}, {"source": [1, None, "x"]},
                                  {"cell_type": 7, "source": {"a": 1}, "metadata": {}}])
def test_malformed_cells_are_ignored(cell):
    notebook = handed_in(double=DOUBLE)
    notebook["cells"].insert(3, cell)
    assert ids(reconcile(LESSON, notebook)) == ALL


@pytest.mark.parametrize("cells, part", [
    ([code("x = 1")] * 2001, "2,001 cells"), ([code("x" * 1_000_001)] * 2, "2,000,002 characters")])
def test_a_notebook_that_would_cost_the_grader_much_time_is_refused(cells, part):
    with pytest.raises(ValueError, match=part):
        reconcile(LESSON, {"cells": cells})


def test_a_copied_answer_runs_in_order_and_the_last_one_counts():
    notebook = handed_in(double="def double(x): return 0")
    where = index(notebook, "exercise-2-1-double")
    second = copy.deepcopy(notebook["cells"][where]) | {"id": "copy", "source": DOUBLE}
    notebook["cells"].insert(where + 1, second)
    laid = reconcile(LESSON, notebook)
    assert [source for identity, source in laid.cells if identity == "exercise-2-1-double"][-1] == DOUBLE
    assert laid.answers["exercise-2-1-double"] == DOUBLE and laid.verdicts["exercise-2-1-double"] == "duplicated"


@pytest.mark.parametrize("offset", [0, 1, 4])
def test_an_untouched_copy_does_not_undo_an_answer(offset):
    notebook = handed_in(double=DOUBLE)
    where = index(notebook, "exercise-2-1-double")
    stub_copy = copy.deepcopy(handed_in()["cells"][where]) | {"id": "copy"}
    notebook["cells"].insert(where + offset, stub_copy)
    laid = reconcile(LESSON, notebook)
    assert [source for identity, source in laid.cells if identity == "exercise-2-1-double"] == [DOUBLE]
    assert laid.answers["exercise-2-1-double"] == DOUBLE


def test_added_cells_run_where_they_stand():
    notebook = handed_in(double="def double(x):\n    return helper(x)")
    notebook["cells"].insert(index(notebook, "exercise-2-1-double"), code("def helper(x): return 2 * x"))
    notebook["cells"].append(code("print('scratch')"))
    laid = reconcile(LESSON, notebook)
    assert [source for _, source in laid.cells][2] == "def helper(x): return 2 * x"
    assert laid.cells[-1][1] == "print('scratch')" and len(laid.cells) == 6


def test_an_answer_in_a_cell_that_lost_its_name_still_counts():
    notebook = handed_in()
    notebook["cells"][index(notebook, "exercise-2-1-double")] = code(DOUBLE, "other", nbgrader={"grade_id": "my-cell"})
    laid = reconcile(LESSON, notebook)
    assert laid.verdicts["exercise-2-1-double"] == "renamed" and laid.answers["exercise-2-1-double"] == DOUBLE
    assert DOUBLE in [source for _, source in laid.cells]


def test_a_notebook_without_any_metadata_still_counts():
    notebook = handed_in(double=DOUBLE, why="For fun.")
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"], cell["id"] = {}, f"cell{number}"
    laid = reconcile(LESSON, notebook)
    assert laid.answers["exercise-2-1-double"] == DOUBLE and laid.answers["written-2-3-why"] == "For fun."
    sources = [source for _, source in laid.cells]
    assert DOUBLE in sources and not any("print(double(5))" in source or "assert" in source for source in sources)


def test_an_answer_turned_into_text_is_code_again():
    notebook = handed_in(double=DOUBLE)
    notebook["cells"][index(notebook, "exercise-2-1-double")]["cell_type"] = "markdown"
    assert ("exercise-2-1-double", DOUBLE) in reconcile(LESSON, notebook).cells


def test_a_moved_answer_is_noted_and_runs_in_the_students_order():
    notebook = handed_in(double=DOUBLE, half=HALF)
    notebook["cells"].append(notebook["cells"].pop(index(notebook, "exercise-2-1-double")))
    laid = reconcile(LESSON, notebook)
    assert ids(laid) == ["imports", "numbers", "exercise-2-2-half", "exercise-2-1-double"]
    assert laid.verdicts["exercise-2-1-double"] == "moved"


def test_imports_come_first_wherever_they_were_moved():
    notebook = handed_in(double=DOUBLE)
    notebook["cells"].append(notebook["cells"].pop(index(notebook, "imports")))
    assert ids(reconcile(LESSON, notebook)) == ALL


def test_the_stub_names_the_exercise_and_keeps_what_surrounds_it():
    source = "def f(x):\n    \"\"\"doc\"\"\"\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\nF = 1"
    assert stub("exercise-12-3-f", source) == (
        'def f(x):\n    """doc"""\n    # YOUR CODE HERE\n    raise NotImplementedError("Exercise 12.3")\n\nF = 1')
    assert stub("predict-2-1-n", "n = None\n### BEGIN SOLUTION\nn = 5\n### END SOLUTION") == "n = None"


@pytest.mark.parametrize("source, names", [
    ("check.equal(f(x), 2)", ["check", "f", "x"]), ("x = 1\ncheck(x)", ["check"]), ("[y for y in z]", ["z"]),
    ("def g(a, *b, c=d): return a + b + c", ["d"]), ("print(len(q))", ["q"]), ("for i in range(3): h(i)", ["h"]),
])
def test_free_names(source, names):
    assert free_names(source) == names
