"""The tables made from results (see autograde.results), and the results as a class.

    DIR/grades.csv                      automatic points of every submission
    DIR/gradebook.db                    nbgrader's gradebook, see autograde.gradebook
    DIR/autograded/STUDENT/LESSON/      what formgrader shows, see autograde.marked
"""
import csv
import io
from pathlib import Path

from autograde.classroom import classroom
from autograde.errors import UserError
from autograde.files import write_whole
from autograde.results import read_results

COLUMNS = ("student", "lesson", "score", "max_score", "status", "flags")


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
