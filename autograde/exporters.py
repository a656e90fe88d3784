"""Tables of all grades that an LMS takes back, as nbgrader export plugins.

    python -m autograde report --work DIR --exporter canvas
    nbgrader export --exporter=autograde.exporters.CanvasExport --to=canvas.csv

Points include those that people gave, less late penalties. Identity columns come from the roster in the folder of the
gradebook (or where `c.RosterExport.work` says), else from the gradebook's own students. A column of the roster that
names a lesson, as `02 Convolution (98765)` in Canvas' export, is kept as the column's name, so that points land in that
assignment. Who handed in nothing has an empty cell. What is matched to nobody on the roster is in the table `csv` only:
both LMSs look for a name or an id where we found two people, or none.

Canvas (lib/gradebook_importer.rb in github.com/instructure/canvas-lms, and for teachers
https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades):
Student, ID, SIS User ID, SIS Login ID and Section in this order, then assignments. The line Points Possible changes an
assignment that exists, so what the roster says there is kept. People are found by ID, SIS ID, login, and last by name.

Moodle (grade/import/csv/classes/load_data.php in github.com/moodle/moodle, https://docs.moodle.org/311/en/Grade_import):
any columns; the teacher maps one of Email address, ID number or Username to the user, and each lesson to a grade item.
One unknown person stops the whole import, and a line with an empty id gives its points to the person of the line before:
so an identity column is there only if it is filled in every line, and who has no id of their own is left out, and named.
"""
import csv
import io
import re
from collections import Counter
from pathlib import Path

from nbgrader.api import Assignment
from nbgrader.plugins import ExportPlugin
from sqlalchemy import select
from traitlets import Bool, Unicode

from autograde.classroom import classroom
from autograde.deadlines import facts_of
from autograde.files import write_whole
from autograde.layouts import LessonNames
from autograde.record import harmless
from autograde.results import read_results
from autograde.roster import Person, Roster

BY_NAME = {"csv": "autograde.exporters.CsvExport", "canvas": "autograde.exporters.CanvasExport",
           "moodle": "autograde.exporters.MoodleExport"}
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class RosterExport(ExportPlugin):
    """What these plugins share: points by person and lesson, and a table that no spreadsheet takes for a formula."""

    work = Unicode("", help="the folder that grade wrote, with roster.csv and results/ (default: the gradebook's)"
                   ).tag(config=True)
    finished_only = Bool(False, help="leave a cell empty while something in it waits for a person's points"
                         ).tag(config=True)
    default_name = "grades.csv"

    def export(self, gradebook):
        self.left_out = []                 # (student, lesson) whose points are not in the table
        rows = self.table(gradebook)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([harmless(cell) for cell in row] for row in rows)
        write_whole(Path(self.to or self.default_name), text.getvalue())
        for student, lesson in self.left_out:
            self.log.warning("Not in the table, since nobody on the roster is %s: %s", student, lesson)

    def table(self, gradebook):
        """The rows, header first. Subclasses must say it."""
        raise NotImplementedError

    def folder(self, gradebook):
        url = gradebook.db.get_bind().url
        return Path(self.work or (Path(url.database).parent if url.drivername.startswith("sqlite") else "."))

    def read(self, gradebook):
        """(people in the roster's order, lessons, {(person, lesson): submission}, the Roster)."""
        lessons = [one for one in gradebook.db.execute(select(Assignment).order_by(Assignment.name)).scalars()
                   if (one.name in self.assignment or not self.assignment) and one.notebooks]
        handed_in = {(one.student_id, lesson.name): one for lesson in lessons for one in lesson.submissions}
        known = {(result["student"], result["lesson"]): result for result in read_results(self.folder(gradebook))}
        here = classroom(self.folder(gradebook), [known.get(key) or _bare(*key) for key in handed_in])
        roster, owners = here.roster, here.people
        if roster is None:
            people = {student.id: _person(student, known.values()) for student in gradebook.students}
            roster, owners = Roster(list(people.values()), [], True), {key: people[key[0]] for key in handed_in}
        wanted = set(map(str, self.student))
        points = {}
        for key, submission in handed_in.items():
            if wanted and key[0] not in wanted:
                continue
            if key in owners:
                points[owners[key], key[1]] = submission
            else:
                self.left_out.append(key)
        people = [person for person in roster.people if not wanted or any(person == owner for owner, _ in points)]
        return people, lessons, points, roster

    def points(self, submission):
        """What a cell says: points after the late penalty, or "" of nothing handed in."""
        if submission is None or (self.finished_only and submission.needs_manual_grade):
            return ""
        points = round(max(0.0, submission.score - submission.late_submission_penalty), 4)
        return int(points) if points == int(points) else points


class CanvasExport(RosterExport):
    """Canvas' gradebook import."""

    default_name = "canvas.csv"

    def table(self, gradebook):
        people, lessons, points, roster = self.read(gradebook)
        columns = [_column(lesson.name, roster) for lesson in lessons]
        yield [*CANVAS, *columns]
        yield ["    Points Possible", "", "", "", "", *(roster.points.get(column) or lesson.max_score
                                                        for column, lesson in zip(columns, lessons))]
        for person in people:
            yield [person.full or ", ".join(filter(None, person.names[::-1])), person.id if roster.is_canvas else "",
                   person.sis or ("" if roster.is_canvas else person.id), person.login, person.section,
                   *(self.points(points.get((person, lesson.name))) for lesson in lessons)]


class MoodleExport(RosterExport):
    """Moodle's grade import from CSV."""

    default_name = "moodle.csv"

    def table(self, gradebook):
        people, lessons, points, roster = self.read(gradebook)
        ids = {"Email address": lambda person: person.email, "Username": lambda person: person.login,
               "ID number": lambda person: person.sis or person.id}
        usable = {column: _usable([value(person) for person in people]) for column, value in ids.items()}
        best = max(ids, key=lambda column: len(usable[column]))
        self.left_out += [(person.name, lesson.name) for person in people if ids[best](person) not in usable[best]
                          for lesson in lessons if (person, lesson.name) in points]
        people = [person for person in people if ids[best](person) in usable[best]]
        ids = {column: value for column, value in ids.items() if all(value(person) in usable[column] for person in people)}
        yield ["First name", "Last name", *ids, *(_column(lesson.name, roster) for lesson in lessons)]
        for person in people:
            yield [*person.names, *(value(person) for value in ids.values()),
                   *(self.points(points.get((person, lesson.name))) for lesson in lessons)]


class CsvExport(RosterExport):
    """nbgrader's own table, one line per person and lesson, quoted so that no name can break it or be a formula."""

    def table(self, gradebook):
        people, lessons, points, roster = self.read(gradebook)
        yield ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
               "late_submission_penalty", "score", "max_score"]
        for lesson in lessons:
            for submission in sorted(lesson.submissions, key=lambda one: one.student_id):
                student = submission.student
                yield [lesson.name, _text(lesson.duedate), _text(submission.timestamp), student.id, student.last_name or "",
                       student.first_name or "", student.email or "", submission.score,
                       submission.late_submission_penalty, self.points(submission), lesson.max_score]
            for person in people:
                if (person, lesson.name) not in points:
                    yield [lesson.name, _text(lesson.duedate), "", person.sis or person.id or person.login,
                           *person.names[::-1], person.email, "", "", "", lesson.max_score]
        self.left_out = []                 # this table has everybody


def _column(lesson, roster):
    """The roster's own column for this lesson, or the lesson's name if none or several could be it."""
    names = LessonNames({lesson: lesson + ".ipynb"})
    found = [column for column in roster.columns
             if names.of_file(column)[0] and "read only" not in roster.points.get(column, "")]
    exact = [column for column in found if names.of_folder(re.sub(r"^[^:]*: *|\s*\([^()]*\)\s*$", "", column))]
    return exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else lesson


def _usable(values):
    """Ids that are there, one person's only, and no spreadsheet's formula."""
    counts = Counter(values)
    return {value for value, count in counts.items() if value and count == 1 and harmless(value) == value}


def _person(student, results):
    """Who a student of the gradebook is, where there is no roster; Canvas' number from the download's names."""
    numbers = {facts_of(result).get("number") for result in results if result["student"] == student.id
               and "_assignsubmission_" not in result["provenance"].get("origin", "")}
    number = numbers.pop() if len(numbers) == 1 else ""
    return Person(first=student.first_name or "", last=student.last_name or student.id, login=student.id,
                  id=student.lms_user_id or number or "", email=student.email or "")


def _bare(student, lesson):
    """A submission that only the gradebook knows, as from nbgrader's own autograde."""
    return {"student": student, "lesson": lesson, "flags": [], "provenance": {}}


def _text(moment):
    return moment.isoformat(sep=" ") if moment else ""

