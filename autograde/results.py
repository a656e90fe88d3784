"""What a result is, before anything has run and on disk: one JSON file per submission, written whole or not at all.

    DIR/results/STUDENT/LESSON.json     the truth; everything else can be made again from it
"""
import ast
import hashlib
import importlib.metadata
import json
import platform
from functools import cache
from pathlib import Path

from autograde.errors import UserError
from autograde.files import write_whole
from autograde.lesson import COURSE

PACKAGES = ("numpy", "torch", "torchvision", "scipy", "ipython")
GRADER_FAILED = "the grader failed"
LONGEST_MESSAGE = 2000       # characters; a student can make an error with any message
STATUSES = {"correct", "wrong", "crashed", "timed out", "out of memory", "not attempted", "suspicious", "unreadable",
            "incomplete"}
SHAPE = {"student": str, "lesson": str, "status": str, "score": (int, float), "max_score": (int, float), "tests": list,
         "flags": list, "answers": dict, "verdicts": dict, "provenance": dict}
TEST_SHAPE = {"id": str, "exercise": str, "points": (int, float), "max_points": (int, float), "status": str,
              "message": str}
BULK = ("tests", "answers", "verdicts")      # what makes a result large
JUDGES = ("worker", "forkserver_main")       # the modules of autograde that run where verdicts are made


def blank_result(submission, lesson, seed, timeout):
    """The result of a submission before anything has run."""
    return {
        "student": submission.student, "lesson": lesson.name, "status": "not attempted",
        "score": 0, "max_score": lesson.max_score, "tests": [], "flags": list(submission.flags),
        "answers": {}, "verdicts": {},
        "provenance": {**identity(submission, lesson, seed, timeout), "seconds": 0.0,
                       "origin": submission.origin, "submitted": submission.submitted},
    }


def failed_result(submission, lesson, seed, timeout, why):
    """The result of a submission that the grader itself could not deal with: no points, and a flag for a person."""
    result = blank_result(submission, lesson, seed, timeout)
    message = "This could not be graded automatically; a teacher will look at it."
    result["status"] = "crashed"
    result["flags"].append(f"{GRADER_FAILED}: {why}")
    result["tests"] = [result_of_test(test, "crashed", message) for test in lesson.with_role("test")]
    return result


def result_of_test(test, status, message):
    """The result of one test, a Cell, whose points count if its status is "correct"."""
    return {"id": test.id, "exercise": test.exercise, "points": test.points if status == "correct" else 0,
            "max_points": test.points, "status": status, "message": message[:LONGEST_MESSAGE]}


def identity(submission, lesson, seed, timeout):
    """Everything that a verdict depends on. Two runs with the same identity give the same result.

    The seed of the tests' random inputs is drawn from the rest of it, so nobody can know it without the hidden tests.
    """
    content = hashlib.sha256(bytes(submission.notebook)).hexdigest()
    drawn = hashlib.sha256(f"{seed} {content} {lesson.tests_hash}".encode()).digest()
    return {"submission": content, "tests": lesson.tests_hash, "environment": environment(),
            "seed": int.from_bytes(drawn[:4], "big"), "timeout": timeout}


@cache
def environment():
    """{name: version} of what can change a verdict; our own code by a hash."""
    code = hashlib.sha256()
    for path in code_behind_verdicts():
        code.update(path.read_bytes())
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"python": platform.python_version(), **versions, "striate": code.hexdigest()[:16]}


def code_behind_verdicts():
    """The files of striate, and those of autograde that JUDGES import, directly or through others, sorted."""
    modules, waiting = set(), set(JUDGES)
    while waiting:
        modules |= waiting
        waiting = {name for module in waiting for name in _imported_by(module)} - modules
    return sorted([*(COURSE / "striate").glob("*.py"), *(COURSE / "autograde" / f"{module}.py" for module in modules)])


def _imported_by(module):
    """The modules of autograde that one of them imports, wherever in its text."""
    for node in ast.walk(ast.parse((COURSE / "autograde" / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "autograde":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograde."):
            yield node.module.split(".")[1]


def write_result(work, result):
    """Write DIR/results/STUDENT/LESSON.json; a reader sees the old file or the new one, never a part."""
    problem = _problem(result)
    if problem:
        raise ValueError(f"This is not a result: {problem}.")
    write_whole(result_path(work, result["student"], result["lesson"]), json.dumps(result, indent=1, allow_nan=False))


def result_path(work, student, lesson):
    for part in (student, lesson):
        if not part or part.startswith(".") or "/" in part or "\0" in part:
            raise ValueError(f"{part!r} cannot be a file name.")
    return Path(work, "results", student, f"{lesson}.json")


def read_results(work):
    """All results below DIR/results, sorted by student and lesson; see `results_in_turn`."""
    return list(results_in_turn(work))


def results_in_turn(work):
    """The same, one after the other: a large class need not be in memory at once.

    A file that is damaged, or that does not belong where it lies, counts as absent: its submission is graded again.
    """
    for path in sorted(Path(work, "results").glob("*/*.json")):
        try:
            result = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        except (OSError, ValueError, RecursionError):
            continue
        if not _problem(result) and (result["student"], result["lesson"]) == (path.parent.name, path.stem):
            yield result


def brief(result):
    """A result without its tests and answers, so that a large class needs little memory; `complete` gives them back.

    Of what could not be read one test stays: all of them say the same, why.
    """
    tests = result["tests"][:1] if result["status"] == "unreadable" else []
    return {**{key: value for key, value in result.items() if key not in BULK}, "tests": tests}


def complete(work, result):
    """A brief result with the tests and answers that its file holds; one that is complete is given back as it is."""
    if all(key in result for key in BULK):
        return result
    path = result_path(work, result["student"], result["lesson"])
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {**result, **{key: stored[key] for key in BULK}}
    except (OSError, ValueError, LookupError):
        raise UserError(f"The result {path} was damaged or removed while it was in use; run the same command again.") from None


def _problem(result):
    """Why this is not a result, or None."""
    if not isinstance(result, dict):
        return "it is no dict"
    for key, kind in SHAPE.items():
        if not isinstance(result.get(key), kind) or isinstance(result[key], bool):
            return f"{key} is missing or of a wrong type"
    if result["status"] not in STATUSES:
        return f"its status is {result['status']!r}"
    for test in result["tests"]:
        if not isinstance(test, dict) or any(not isinstance(test.get(key), kind) or isinstance(test[key], bool)
                                             for key, kind in TEST_SHAPE.items()):
            return "a test is incomplete"
        if test["status"] not in STATUSES or not 0 <= test["points"] <= test["max_points"]:
            return f"the test {test['id']} has an impossible status or points"
    if abs(sum(test["points"] for test in result["tests"]) - result["score"]) > 1e-6:
        return "its score is not the sum of its tests"
    if not isinstance(result["provenance"].get("submission"), str):
        return "it does not say of which file it is"
    texts = [*result["flags"], *result["answers"].items(), *result["verdicts"].items()]
    if not all(isinstance(text, str) for item in texts for text in ([item] if not isinstance(item, tuple) else item)):
        return "a flag or an answer is not text"
    return None


def _refuse(constant):
    raise ValueError(f"{constant} is no number")
