"""DIR/intake.html: what of the handed-in files was not understood, and why, with what to do about each thing.

Written by `grade`, for teachers; one file without scripts that loads nothing, like the class report.
"""
from pathlib import Path

from autograde.deadlines import facts_of, key_of
from autograde.feedback import page_as_html
from autograde.feedback_page import with_code
from autograde.files import write_whole
from autograde.times import now_shown

MOST = 400                            # rows of one table


def write_intake_page(work, here, source, nobodys=()):
    """Write the page. here: a Classroom; source: what was given; nobodys: files in it that are no student's."""
    write_whole(Path(work, "intake.html"), page_as_html("intake.html", "report.css", intake_page(here, source, nobodys)))


def intake_page(here, source, nobodys):
    """What the page says, as a dict: `sections` with a title, what to do, and rows (who, lesson, sentence)."""
    results = [{**result, "name": here.people[key_of(result)].shown if key_of(result) in here.people else result["name"]}
               for result in here.results]
    unread = [_row(result, result["tests"][0]["message"] if result["tests"] else "") for result in results
              if result["status"] == "unreadable"]
    flags = [(result, flag) for result in results for flag in facts_of(result).get("flags", [])]
    several = [_row(*pair) for pair in flags if " notebooks were handed in: " in pair[1] or pair[1].startswith("The latest")]
    left = [_row(*pair) for pair in flags if _row(*pair) not in several]
    strangers = [(student, lesson, why or "Nobody on the roster has this name or number.")
                 for (student, lesson), why in here.strangers.items()]
    late = [_row(result, here.late[key_of(result)]) for result in results if key_of(result) in here.late]
    absent = [(person.shown, lesson, person.email) for lesson, people in here.absent.items() for person in people]
    sections = [
        _section("unread", "Could not be read", unread, "These have no points yet. Ask for the notebook again, put it in "
                 "place, and run the same command: only these are graded."),
        _section("strangers", "Not matched to the roster", strangers, "Their points are safe, but not in the tables for the "
                 "LMS. Add a column `submitted as` to the roster and write there, in the right person's line, the name as it "
                 "stands here; then grade again with --roster. Nothing is graded twice."),
        _section("absent", "Handed in nothing", absent, "On the roster, without a submission; an empty cell in the tables."),
        _section("late", "Late", late, "No points are taken off unless you say so with --late-penalty. An extension given in "
                 "formgrader counts from the next run on. A file's own time is weak evidence: copying and unpacking change it."),
        _section("several", "Several attempts", several, "The latest that can be read counts. If another should, leave only "
                 "that one in the folder and run the same command."),
        _section("ignored", "Files that were not used", left, "Only the lesson's notebook is graded; the rest of a "
                 "student's files is never run."),
        _section("nobodys", "Files of nobody", [(name, "", "") for name in nobodys], "They lie beside the submissions, like "
                 "a list of grades. If one is a submission, put it into a folder with the student's name."),
        _section("doubts", "About the roster itself", [(text, "", "") for text in (here.roster.warnings if here.roster else [])],
                 "An id that two people share tells neither; their names are used."),
    ]
    return {"source": str(source), "when": now_shown(), "count": len(results), "has_roster": here.roster is not None,
            "students": len({result["student"] for result in results}),
            "matched": len(here.people), "on_roster": len(here.roster.people) if here.roster else 0,
            "sections": [section for section in sections if section["count"]]}


def _section(anchor, title, rows, advice):
    shown = [{"who": who, "lesson": lesson, "text": with_code(text)} for who, lesson, text in rows[:MOST]]
    return {"anchor": anchor, "title": title, "advice": with_code(advice), "rows": shown, "count": len(rows)}


def _row(result, text):
    return result["name"], result["lesson"], text
