"""Due dates, how late a submission is, and what nbgrader takes off for it.

Due dates live in nbgrader's gradebook (Assignment.duedate, in UTC), where formgrader shows and changes them, and so do
a student's extensions. Times of handing in are trusted where the LMS or nbgrader noted them; a file's own time says
less, since copying, unpacking and downloading change it: it makes a flag, but never reaches the gradebook, so that no
penalty rests on it. Points are taken off only where asked for, by nbgrader's own LateSubmissionPlugin.
"""
import importlib
from collections import defaultdict
from datetime import UTC, timedelta

from nbgrader.api import Assignment, SubmittedAssignment
from sqlalchemy import select

from autograde.errors import UserError
from autograde.gradebook_place import is_there, open_gradebook
from autograde.times import how_long, read_time, shown

NONE, ZERO = "none", "zero"
SAME_MINUTES = 10           # if all files of a lesson are so near in time, it is that of a copy or a download
FEWEST = 3


def due_of_lessons(given, lessons, found):
    """{lesson: time} of the option's values. lessons: all of the course; found: those a date without a lesson is for."""
    result = {lesson: when for name, when in given if name is None for lesson in found}
    for name, when in given:
        if name is not None and name not in lessons:
            raise UserError(f"There is no lesson {name!r} to give a deadline; the lessons are: {', '.join(lessons)}.")
        result |= {name: when} if name else {}
    return result


def set_due(work, due):
    """Write deadlines, {lesson: time}, into the gradebook."""
    if due:
        with open_gradebook(work) as gradebook:
            for lesson, when in due.items():
                gradebook.update_or_create_assignment(lesson, duedate=when.astimezone(UTC).replace(tzinfo=None))


def read_due(work):
    """({lesson: time}, {(student, lesson): how much longer}) as the gradebook has them."""
    if not is_there(work):
        return {}, {}
    with open_gradebook(work) as gradebook:
        due = {name: when.replace(tzinfo=UTC) for name, when in gradebook.db.execute(
            select(Assignment.name, Assignment.duedate)) if when}
        longer = {(student, lesson): extra for student, lesson, extra in gradebook.db.execute(
            select(SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.extension)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)) if extra}
    return due, longer


def lateness(results, due, longer):
    """{(student, lesson): a sentence} of what came late. results: with the facts of intake (see classroom)."""
    useless = _useless_times(results)
    late = {}
    for result in results:
        key, facts = key_of(result), facts_of(result)
        limit = due.get(result["lesson"])
        limit = limit and limit + longer.get(key, timedelta())
        when = moment(facts)
        after = (when - limit).total_seconds() if when and limit else 0
        if facts.get("time_from") != "file" and when and limit:
            if after > 0:
                late[key] = f"{how_long(after)} late (due {shown(limit)})."
        elif facts.get("is_late"):
            late[key] = "The LMS marks it as late."
        elif after > 0 and result["lesson"] not in useless:
            late[key] = f"{how_long(after)} late (due {shown(limit)}), if the file's own time is that of handing in."
    return late


def _useless_times(results):
    """Lessons whose files all have nearly the same time, which is then that of the download or of a copy."""
    times = defaultdict(list)
    for result in results:
        if facts_of(result).get("time_from") == "file" and moment(facts_of(result)):
            times[result["lesson"]].append(moment(facts_of(result)))
    return {lesson for lesson, found in times.items()
            if len(found) >= FEWEST and (max(found) - min(found)).total_seconds() < 60 * SAME_MINUTES}


def key_of(result):
    """What tells one result from all others."""
    return result["student"], result["lesson"]


def facts_of(result):
    """What intake told about a submission, {} of a result that is older than these facts."""
    return result["provenance"].get("intake") or {}


def moment(facts):
    """The time of handing in, with its zone, or None."""
    try:
        return read_time(facts.get("submitted") or "")
    except ValueError:
        return None


def trusted_time(result):
    """The time that may cost points, as ISO text, or None: not a file's own."""
    facts = facts_of(result)
    when = moment(facts) if facts.get("time_from") != "file" else None
    return when.astimezone(UTC).isoformat() if when else None


def penalty_plugin(name):
    """The nbgrader plugin that an option names, None if it names none; UserError for anything else."""
    from nbgrader.plugins import LateSubmissionPlugin
    if name is None:
        return None
    if name in (NONE, ZERO):
        plugin = LateSubmissionPlugin()
        plugin.penalty_method = name
        return plugin
    module, _, kind = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError, ValueError):
        raise UserError(f"There is no late-penalty plugin {name}; give 'zero', 'none' or a dotted name.") from None
    if not (isinstance(found, type) and hasattr(found, "late_submission_penalty")):
        raise UserError(f"{name} is not a class derived from nbgrader.plugins.LateSubmissionPlugin.")
    return found()


def apply_penalties(work, plugin):
    """As nbgrader's AssignLatePenalties: none, or between 0 and the notebook's score; returns how many were given."""
    given = 0
    with open_gradebook(work) as gradebook:
        for submission in gradebook.db.execute(select(SubmittedAssignment)).scalars():
            late = submission.total_seconds_late
            for notebook in submission.notebooks:
                taken = plugin.late_submission_penalty(submission.student_id, notebook.score, late) if late > 0 else None
                notebook.late_submission_penalty = None if taken is None else min(max(taken, 0), notebook.score)
                given += bool(notebook.late_submission_penalty)
        gradebook.db.commit()
    return given
