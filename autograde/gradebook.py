"""Results into nbgrader's gradebook, by one writer, a hundred submissions in one transaction.

nbgrader's own tables are used (nbgrader.api), so that formgrader, exports and late penalties work on them. Rows are
written in bulk: through nbgrader's add_submission three hundred submissions take most of a minute. Points and comments
given by a person are never touched; when the answer or the automatic points under them changed, the question asks for
a person again, as after `nbgrader autograde`.
"""
import json
from collections import defaultdict
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import bindparam, delete, insert, select, update

from striate.outline import WRITTEN_STUB

from autograde.deadlines import trusted_time
from autograde.files import write_whole
from autograde.gradebook_place import is_there, open_gradebook
from autograde.lesson import lesson_names, load_lesson
from autograde.marked import answer_hashes, is_answered, marked_notebook, marked_path, recorded_hashes
from autograde.results import complete

AT_ONCE = 100                         # submissions in memory and in one transaction
NO_RESPONSE = "No response."          # nbgrader's own words


def enter_lessons(work, course_root, names):
    """Enter lessons and their cells. `update_gradebook` does so too; this is for the time while nothing is graded yet."""
    solutions = Path(course_root, "solutions")
    with open_gradebook(work) as gradebook:
        for name in sorted(names):
            _update_lesson(gradebook, load_lesson(name, solutions))


def update_gradebook(work, course_root, results):
    """Bring gradebook.db and autograded/ up to date; doing it twice changes nothing.

    results: complete or brief, see autograde.results.
    """
    solutions = Path(course_root, "solutions")
    known = lesson_names(solutions)
    with open_gradebook(work) as gradebook:
        for name in sorted({result["lesson"] for result in results} & known.keys()):
            lesson = load_lesson(name, solutions)
            here = [result for result in results if result["lesson"] == name]
            cells = _update_lesson(gradebook, lesson)
            for start in range(0, len(here), AT_ONCE):
                some = [complete(work, result) for result in here[start:start + AT_ONCE]]
                notebooks = _update_submissions(gradebook.db, lesson, cells, some)
                _update_points(gradebook.db, lesson, cells, some, notebooks, work)


def _update_lesson(gradebook, lesson):
    """The assignment and its cells as the lesson has them now → {"grade" | "solution": {cell id: database id}}."""
    notebook = nbformat.read(lesson.path, as_version=4)
    name, released = lesson.path.stem, {cell.id: cell.released for cell in lesson.cells}
    gradebook.update_or_create_assignment(lesson.name)
    stored = gradebook.update_or_create_notebook(name, lesson.name, kernelspec=json.dumps(
        notebook.metadata.get("kernelspec", {})))
    before = {cell.name: (cell.cell_type, cell.source, cell.checksum) for cell in stored.source_cells}
    current = set()
    for cell in notebook.cells:
        if "nbgrader" not in cell.metadata:
            continue
        cell_id = cell.metadata.nbgrader.grade_id
        if utils.is_solution(cell):
            cell.source = WRITTEN_STUB if cell.cell_type == "markdown" else released[cell_id]
        current.add(cell_id)
        checksum = utils.compute_checksum(cell)
        if before.get(cell_id) == (cell.cell_type, cell.source, checksum):
            continue
        if utils.is_grade(cell):
            gradebook.update_or_create_grade_cell(cell_id, name, lesson.name, cell_type=cell.cell_type,
                                                  max_score=float(cell.metadata.nbgrader.points))
        if utils.is_solution(cell):
            gradebook.update_or_create_solution_cell(cell_id, name, lesson.name)
        gradebook.update_or_create_source_cell(cell_id, name, lesson.name, cell_type=cell.cell_type, source=cell.source,
                                               locked=utils.is_locked(cell), checksum=checksum)
    _forget_cells(gradebook.db, stored, current)
    return {"notebook": stored.id, "assignment": stored.assignment_id,
            "grade": {cell.name: cell.id for cell in stored.grade_cells},
            "solution": {cell.name: cell.id for cell in stored.solution_cells}}


def _forget_cells(database, stored, current):
    """Remove the cells that the lesson no longer has, with their points."""
    for cell in [*stored._base_cells, *stored.source_cells]:
        if cell.name not in current:
            if isinstance(cell, BaseCell):
                database.execute(delete(Grade).where(Grade.cell_id == cell.id))
                database.execute(delete(Comment).where(Comment.cell_id == cell.id))
            database.delete(cell)
    database.commit()
    database.refresh(stored)


def _update_submissions(database, lesson, cells, results):
    """A student, a submission and its rows for each result → {student: id of the submitted notebook}."""
    students = {result["student"]: trusted_time(result) for result in results}
    named = {row.id: row for row in database.execute(select(Student.id, Student.first_name, Student.last_name))}
    _insert(database, Student, [{"id": student, **_name(student)} for student in students.keys() - named.keys()])
    for student in students.keys() & named.keys():
        if named[student].first_name is None and named[student].last_name is None:
            database.execute(update(Student).where(Student.id == student).values(**_name(student)))
    database.execute(update(Student).where(Student.email.is_(None)).values(email=""))     # formgrader would show "None"
    submitted = _ids(database, SubmittedAssignment.student_id, SubmittedAssignment.id,
                     SubmittedAssignment.assignment_id == cells["assignment"])
    times = {student: utils.parse_utc(time) if time else None for student, time in students.items()}
    for student in students.keys() & submitted.keys():
        if times[student]:
            database.execute(update(SubmittedAssignment).where(SubmittedAssignment.id == submitted[student])
                             .values(timestamp=times[student]))
    new = [{"id": new_uuid(), "student_id": student, "assignment_id": cells["assignment"], "timestamp": time}
           for student, time in times.items() if student not in submitted]
    _insert(database, SubmittedAssignment, new)
    submitted |= {row["student_id"]: row["id"] for row in new}
    notebooks = _ids(database, SubmittedNotebook.assignment_id, SubmittedNotebook.id,
                     SubmittedNotebook.notebook_id == cells["notebook"])
    new = [{"id": new_uuid(), "assignment_id": assignment, "notebook_id": cells["notebook"], "flagged": False}
           for assignment in submitted.values() if assignment not in notebooks]
    _insert(database, SubmittedNotebook, new)
    notebooks |= {row["assignment_id"]: row["id"] for row in new}
    return {student: notebooks[submitted[student]] for student in students}


def _update_points(database, lesson, cells, results, notebooks, work):
    """Points and comments of every graded cell, and the notebook that formgrader shows."""
    pristine = json.loads(lesson.path.read_text(encoding="utf-8"))
    grades, comments = _rows(database, Grade, notebooks), _rows(database, Comment, notebooks)
    new_grades, changed_grades, new_comments, changed_comments = [], [], [], []
    for result in results:
        notebook = notebooks[result["student"]]
        path = marked_path(work, result["student"], lesson.name, lesson.path.stem)
        before, now = recorded_hashes(path), answer_hashes(result)
        for name, cell in cells["grade"].items():
            old = grades.get((notebook, cell))
            score, waits = _points(result, name)
            if old and old["manual_score"] is not None:
                waits = old["needs_manual_grade"] or old["auto_score"] != score or before.get(name) != now.get(name)
            row = {"auto_score": score, "needs_manual_grade": waits}
            _note(row, old, notebook, cell, new_grades, changed_grades)
        for name, cell in cells["solution"].items():
            row = {"auto_comment": None if is_answered(result, name) else NO_RESPONSE}
            _note(row, comments.get((notebook, cell)), notebook, cell, new_comments, changed_comments)
    for table, new, changed in ((Grade, new_grades, changed_grades), (Comment, new_comments, changed_comments)):
        _insert(database, table, new)
        if changed:
            database.execute(update(table.__table__).where(table.__table__.c.id == bindparam("row")), changed)
    database.commit()                 # first the gradebook: if we die here, the old hashes ask for a person again
    for result in results:
        path = marked_path(work, result["student"], lesson.name, lesson.path.stem)
        write_whole(path, json.dumps(marked_notebook(pristine, result), indent=1) + "\n")


def _rows(database, table, notebooks):
    """{(submitted notebook, cell): the row as a dict} of a table of grades or comments."""
    columns = table.__table__
    rows = database.execute(select(columns).where(columns.c.notebook_id.in_(list(notebooks.values())))).mappings()
    return {(row["notebook_id"], row["cell_id"]): row for row in rows}


def _note(row, old, notebook, cell, new, changed):
    """Put a row among the new or the changed ones, or nowhere if the table says the same already."""
    if old is None:
        new.append({"id": new_uuid(), "notebook_id": notebook, "cell_id": cell, **row})
    elif any(old[key] != value for key, value in row.items()):
        changed.append({"row": old["id"], **row})


def _points(result, name):
    """(automatic points or None, whether a person is waited for) of one graded cell."""
    test = next((test for test in result["tests"] if test["id"] == name), None)
    if test:
        return float(test["points"]), test["status"] == "suspicious"
    if name.startswith("test-"):
        return 0.0, False             # the lesson has this test only since the result was made
    return (None, True) if is_answered(result, name) else (0.0, False)


def given_by_people(work):
    """{(student, lesson): {"points": {cell: {"score", "waits"}}, "comments": {cell: text}, "penalty": points}}.

    Only what a person gave or wrote in formgrader, and late penalties; {} if there is no gradebook.
    """
    found = defaultdict(lambda: {"points": {}, "comments": {}, "penalty": 0})
    if not is_there(work):
        return {}
    with open_gradebook(work) as gradebook:
        def ask(table, *columns):
            return gradebook.db.execute(
                select(SubmittedAssignment.student_id, Assignment.name, BaseCell.name, *columns).select_from(table)
                .join(BaseCell, BaseCell.id == table.cell_id)
                .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
                .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id))
        for student, lesson, cell, auto, manual, extra, waits in ask(
                Grade, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade):
            if manual is not None or extra:
                score = (manual if manual is not None else auto or 0) + (extra or 0)
                found[student, lesson]["points"][cell] = {"score": score, "waits": bool(waits)}
        for student, lesson, cell, comment in ask(Comment, Comment.manual_comment):
            if comment:
                found[student, lesson]["comments"][cell] = comment
        for student, lesson, penalty in gradebook.db.execute(
                select(SubmittedAssignment.student_id, Assignment.name, SubmittedNotebook.late_submission_penalty)
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)):
            if penalty:
                found[student, lesson]["penalty"] += penalty
    return dict(found)


def _name(student):
    """What formgrader shows: "Surname, Name" of "Name Surname", the id itself where there is one word."""
    first, _, last = student.rpartition(" ")
    return {"first_name": first, "last_name": last}


def _ids(database, key, value, condition):
    return {row[0]: row[1] for row in database.execute(select(key, value).where(condition))}


def _insert(database, table, rows):
    if rows:
        database.execute(insert(table.__table__), rows)
