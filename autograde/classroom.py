"""The class around the results: whose each one is, who handed in nothing, what came late.

None of this is graded, and none of it is stored in a result: the roster lies in DIR/roster.csv, deadlines in nbgrader's
gradebook, and a result keeps what intake told about its submission (name, number, time). So a roster or a deadline may
come, change or be wrong at any time, and nothing has to be graded again.
"""
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Student
from sqlalchemy import select, update

from autograde.deadlines import facts_of, key_of, lateness, read_due
from autograde.errors import UserError
from autograde.files import write_whole
from autograde.gradebook_place import is_there, open_gradebook
from autograde.roster import Roster
from autograde.roster_file import LARGEST, decoded, parse_roster

ROSTER = "roster.csv"


@dataclass
class Classroom:
    results: list            # with `name`, `late` (what a student may be told), and flags of the class after their own
    roster: Roster | None
    people: dict             # {(student, lesson): Person} of those matched
    strangers: dict          # {(student, lesson): why not matched, or ""}
    late: dict               # {(student, lesson): a sentence}
    absent: dict             # {lesson: [Person, …]} who handed in nothing


def read_text(path):
    """The text of a roster's file; a UserError says if it cannot be read, or names nobody."""
    try:
        with open(path, "rb") as file:
            text = decoded(file.read(LARGEST + 1), path)
    except OSError as error:
        raise UserError(f"The roster {path} cannot be read: {error.strerror}.") from None
    parse_roster(text, path)
    return text


def remember_roster(work, text):
    write_whole(Path(work, ROSTER), text)


def roster_of(work):
    """The roster that was given for this work folder, or None."""
    path = Path(work, ROSTER)
    return parse_roster(read_text(path), path) if path.is_file() else None


def with_facts(result, submission):
    """A result with what intake tells about its submission now; the same file may have come at another time or place."""
    before = facts_of(result).get("flags", list(submission.flags))
    flags = result["flags"]
    if flags[:len(before)] == before:
        flags = [*submission.flags, *flags[len(before):]]
    facts = {"name": submission.name, "number": submission.number, "submitted": submission.submitted,
             "time_from": submission.time_from, "is_late": submission.is_late, "flags": list(submission.flags)}
    provenance = {**result["provenance"], "origin": submission.origin, "submitted": submission.submitted, "intake": facts}
    return {**result, "flags": flags, "provenance": provenance}


def classroom(work, results):
    """The class of a work folder. results: as they are stored."""
    roster = roster_of(work)
    late = lateness(results, *read_due(work))
    matched = roster.match({key_of(result): _names(result) for result in results}) if roster else {}
    people = {key: person for key, (person, _) in matched.items() if person}
    strangers = {key: why for key, (person, why) in matched.items() if not person}
    shown = []
    for result in results:
        key = key_of(result)
        flags = [late[key]] if key in late else []
        if key in strangers:
            flags.append(f"not matched to the roster: {strangers[key]}" if strangers[key] else "not on the roster.")
        name = people[key].name if key in people else facts_of(result).get("name") or result["student"]
        told = late.get(key, "") if facts_of(result).get("time_from") != "file" else ""
        shown.append({**result, "flags": result["flags"] + flags, "name": name, "late": told})
    return Classroom(shown, roster, people, strangers, late, _absent(roster, people, strangers, results))


def _absent(roster, people, strangers, results):
    """Who handed in nothing; not those who may have, because a submission that could be theirs is matched to nobody."""
    there, doubts = defaultdict(set), defaultdict(list)
    for (_, lesson), person in people.items():
        there[lesson].add(person)
    for (_, lesson), why in strangers.items():
        doubts[lesson].append(why)
    return {lesson: [person for person in roster.people if person not in there[lesson]
                     and not any(person.shown in why for why in doubts[lesson])]
            for lesson in sorted({result["lesson"] for result in results})} if roster else {}


def enter_people(work, people, replace=False):
    """Put names, addresses and the LMS's numbers into the gradebook, for formgrader and exports.

    people: of a Classroom. A name that somebody gave in formgrader stays, unless `replace`.
    """
    if not people or not is_there(work):
        return
    owners = defaultdict(set)
    for (student, _), person in people.items():
        owners[student].add(person)
    with open_gradebook(work) as gradebook:
        for row in gradebook.db.execute(select(Student.id, Student.first_name, Student.last_name)).all():
            if len(owners.get(row.id, ())) != 1:
                continue
            person = next(iter(owners[row.id]))
            values = {"email": person.email, "lms_user_id": person.id or person.sis or person.login or None}
            if replace or f"{row.first_name or ''} {row.last_name or ''}".strip() in ("", row.id):
                values |= dict(zip(("first_name", "last_name"), person.names))
            gradebook.db.execute(update(Student).where(Student.id == row.id).values(**values))
        gradebook.db.commit()


def _names(result):
    """(name, number, whether the number is Moodle's) as handed in."""
    facts = facts_of(result)
    origin = result["provenance"].get("origin") or ""
    return facts.get("name") or result["student"], facts.get("number") or "", "_assignsubmission_" in origin
