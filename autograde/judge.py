"""Grade one submission: lay it over its lesson, run it in a sandboxed process, judge it with the pristine tests."""
import collections
import contextlib
import hashlib
import importlib.metadata
import platform
import time
from functools import cache

from autograde.check import import_names
from autograde.code_look import look
from autograde.lesson import COURSE, Cell
from autograde.notebook_json import decode_notebook
from autograde.reconcile import reconcile
from autograde.session import Session

PACKAGES = ("numpy", "torch", "torchvision", "scipy", "ipython")
GRADER_FAILED = "the grader failed"
LONGEST_MESSAGE = 2000       # characters; a student can make an error with any message
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
            laid = reconcile(lesson, decode_notebook(submission.notebook))
        except ValueError as error:
            problem = str(error)
    if problem is not None:
        result["status"] = "unreadable"
        result["tests"] = [_test_result(test, "unreadable", problem) for test in lesson.with_role("test")]
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
            results.append(_test_result(test, status, message))
    return results


def failed_result(submission, lesson, seed, timeout, why):
    """The result of a submission that the grader itself could not deal with: no points, and a flag for a person."""
    result = blank_result(submission, lesson, seed, timeout)
    message = "This could not be graded automatically; a teacher will look at it."
    result["status"] = "crashed"
    result["flags"].append(f"{GRADER_FAILED}: {why}")
    result["tests"] = [_test_result(test, "crashed", message) for test in lesson.with_role("test")]
    return result


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


def _test_result(test, status, message):
    return {"id": test.id, "exercise": test.exercise, "points": test.points if status == "correct" else 0,
            "max_points": test.points, "status": status, "message": message[:LONGEST_MESSAGE]}


def blank_result(submission, lesson, seed, timeout):
    """The result of a submission before anything has run."""
    return {
        "student": submission.student, "lesson": lesson.name, "status": "not attempted",
        "score": 0, "max_score": lesson.max_score, "tests": [], "flags": list(submission.flags),
        "answers": {}, "verdicts": {},
        "provenance": {**identity(submission, lesson, seed, timeout), "seconds": 0.0,
                       "origin": submission.origin, "submitted": submission.submitted},
    }


def identity(submission, lesson, seed, timeout):
    """Everything that a verdict depends on. Two runs with the same identity give the same result.

    The seed of the tests' random inputs is drawn from the rest of it, so nobody can know it without the hidden tests.
    """
    content = hashlib.sha256(submission.notebook).hexdigest()
    drawn = hashlib.sha256(f"{seed} {content} {lesson.tests_hash}".encode()).digest()
    return {"submission": content, "tests": lesson.tests_hash, "environment": environment(),
            "seed": int.from_bytes(drawn[:4], "big"), "timeout": timeout}


@cache
def environment():
    """{name: version} of what can change a verdict; striate and autograde by a hash of their code."""
    code = hashlib.sha256()
    for path in sorted([*(COURSE / "striate").glob("*.py"), *(COURSE / "autograde").glob("*.py")]):
        code.update(path.read_bytes())
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"python": platform.python_version(), **versions, "striate": code.hexdigest()[:16]}


@cache
def _imports(lesson):
    return import_names(lesson)
