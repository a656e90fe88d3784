"""Results on disk: one JSON file per submission, written whole or not at all, and the tables made from them.

    DIR/results/STUDENT/LESSON.json     the truth; everything else can be made again from it
    DIR/grades.csv                      automatic points of every submission
    DIR/gradebook.db                    nbgrader's gradebook, see autograde.gradebook
    DIR/autograded/STUDENT/LESSON/      what formgrader shows, see autograde.marked
"""
import csv
import io
import json
from pathlib import Path

from autograde.classroom import classroom
from autograde.errors import UserError
from autograde.files import write_whole
from autograde.gradebook import update_gradebook

__all__ = ["write_result", "read_results", "write_grades_csv", "update_gradebook"]

STATUSES = {"correct", "wrong", "crashed", "timed out", "out of memory", "not attempted", "suspicious", "unreadable",
            "incomplete"}
SHAPE = {"student": str, "lesson": str, "status": str, "score": (int, float), "max_score": (int, float), "tests": list,
         "flags": list, "answers": dict, "verdicts": dict, "provenance": dict}
TEST_SHAPE = {"id": str, "exercise": str, "points": (int, float), "max_points": (int, float), "status": str,
              "message": str}
COLUMNS = ("student", "lesson", "score", "max_score", "status", "flags")


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
    """All results below DIR/results, sorted by student and lesson.

    A file that is damaged, or that does not belong where it lies, counts as absent: its submission is graded again.
    """
    results = []
    for path in sorted(Path(work, "results").glob("*/*.json")):
        try:
            result = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        except (OSError, ValueError, RecursionError):
            continue
        if not _problem(result) and (result["student"], result["lesson"]) == (path.parent.name, path.stem):
            results.append(result)
    return results


def results_to_show(work, lessons=None):
    """The Classroom of all results below DIR/results, or of some lessons; a UserError if there are none."""
    results = [result for result in read_results(work) if lessons is None or result["lesson"] in lessons]
    if not results:
        raise UserError(f"There are no results in {work}; first run: python -m autograde grade --from PATH --work {work}")
    return classroom(work, results)


def write_grades_csv(work, results):
    """Write DIR/grades.csv: student, lesson, score, max_score, status, flags; automatic points only."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for result in sorted(results, key=lambda result: (result["lesson"], result["student"])):
        row = {**result, "flags": "; ".join(result["flags"])}
        table.writerow(harmless(row[column]) for column in COLUMNS)
    write_whole(Path(work, "grades.csv"), text.getvalue())


def harmless(value):
    """A table cell that no spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    if not isinstance(value, str):
        return value
    value = "".join(character if character.isprintable() else " " for character in value)
    return "'" + value if value.lstrip().startswith(("=", "+", "-", "@")) else value


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
