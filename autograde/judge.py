"""Grade one submission: lay it over its lesson, run it in a sandboxed process, judge it with the pristine tests."""
import collections
import contextlib
import time
from functools import cache

from autograde.check import import_names
from autograde.code_look import look
from autograde.lesson import Cell
from autograde.notebook_json import decode_notebook
from autograde.reconcile import reconcile
from autograde.results import blank_result, result_of_test
from autograde.session import Session

GRAVEST_FIRST = ("suspicious", "out of memory", "timed out", "crashed", "wrong")


def grade_submission(submission, lesson, server, timeout, seed):
    """Grade one submission -> its result, a JSON-able dict.

    submission: an intake.Submission; lesson: a Lesson; server: a ForkServer; timeout: seconds for a cell or a test.
    """
    start = time.monotonic()
    result = blank_result(submission, lesson, seed, timeout)
    problem = submission.problem
    if problem is None:
        try:
            laid = reconcile(lesson, decode_notebook(bytes(submission.notebook)))
        except ValueError as error:
            problem = str(error)
    if problem is not None:
        result["status"] = "unreadable"
        result["tests"] = [result_of_test(test, "unreadable", problem) for test in lesson.with_role("test")]
    else:
        result["flags"] += laid.flags + _look_at_code(lesson, laid)
        result["answers"], result["verdicts"] = laid.answers, laid.verdicts
        result["tests"] = run_tests(lesson, laid.cells, server, timeout, result["provenance"]["seed"])
        result["score"] = sum(test["points"] for test in result["tests"])
        result["status"] = overall_status([test["status"] for test in result["tests"]])
    result["provenance"]["seconds"] = round(time.monotonic() - start, 2)
    return result


def run_tests(lesson, cells, server, timeout, seed):
    """Run a notebook's cells and then every test of the lesson -> a list of test results.

    cells: (cell id, source) in order.
    """
    names = _imports(lesson)
    results = []
    with contextlib.closing(Session(server, cells, timeout, seed)) as session:
        for number, test in enumerate(lesson.with_role("test")):
            status, message = session.run_test(test, names, number)
            if status == "not attempted":
                status, message = _because_of_cell(test, session.errors, status, message)
            results.append(result_of_test(test, status, message))
    return results


def overall_status(statuses):
    """One word for a submission: the gravest of its tests' statuses, among the exercises that were attempted."""
    counts = collections.Counter(statuses)
    for status in GRAVEST_FIRST:
        if counts[status]:
            return status
    if not counts["correct"]:
        return "not attempted"
    return "incomplete" if counts["not attempted"] else "correct"


def _because_of_cell(test, errors, status, message):
    """When an exercise's own cell stopped with an error, that is what the student should read."""
    for cell, (cell_status, cell_message) in errors.items():
        if _exercise_of(cell) == test.exercise.rstrip("p") and cell_status != "not attempted":
            return cell_status, f"The cell of exercise {test.exercise} did not run to its end. {cell_message}"
    return status, message


def _exercise_of(cell_id):
    return Cell(cell_id, "answer", "").exercise.rstrip("p")


def _look_at_code(lesson, laid):
    by_hand = {test.exercise for test in lesson.with_role("test") if "check.CONVOLUTIONS" in test.source}
    return [flag for cell, source in laid.cells if cell in laid.answers or cell.startswith("added-")
            for flag in look(cell, source, library_counts=bool(by_hand) and _exercise_of(cell) in by_hand | {""})]


@cache
def _imports(lesson):
    return import_names(lesson)
