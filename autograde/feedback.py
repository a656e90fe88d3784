"""`python -m autograde feedback --work DIR`: a page for every student and lesson, DIR/feedback/STUDENT/LESSON.html.

A page shows points, the tests' messages, the student's own code, and what a person gave and wrote in formgrader. It
never shows a test's source or a mark scheme. It is one file without scripts that loads nothing: its
Content-Security-Policy allows one style sheet, by its hash, and everything in it that is a student's is escaped.
"""
import base64
import hashlib
import urllib.parse
from collections import defaultdict
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from autograde import options
from autograde.errors import UserError
from autograde.feedback_page import CODE_STYLE, lesson_page, lesson_title
from autograde.files import write_whole
from autograde.gradebook import given_by_people
from autograde.lesson import SOLUTIONS, lesson_names, load_lesson
from autograde.record import results_to_show

HERE = Path(__file__).parent


def configure(parser):
    parser.add_argument("students", nargs="*", metavar="STUDENT", help="students to write pages for (default: all)")
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="the folder that grade wrote")
    options.add_gradebook(parser)


def run(args):
    results = results_to_show(args.work).results
    known = {result["student"] for result in results}
    for student in args.students:
        if student not in known:
            raise UserError(f"There is no result of a student {student!r} in {args.work}.")
    pages = write_feedback(args.work, [result for result in results
                                       if not args.students or result["student"] in args.students])
    folder = args.work / "feedback"
    print(f"{len(pages)} pages written: open {folder}/STUDENT/index.html, or send each student the folder "
          f"{folder}/STUDENT.")
    waiting = sum(page["waits"] > 0 for page in pages)
    if waiting:
        print(f"{waiting} of them say that an answer waits for a person: python -m autograde formgrader --work "
              f"{args.work}, then feedback again.")
    return 0


def write_feedback(work, results, solutions=SOLUTIONS):
    """Write all pages; returns the list of them as dicts."""
    manual = given_by_people(work)
    load = cache(lambda name: load_lesson(name, solutions))
    pages, by_student = [], defaultdict(list)
    names = {result["student"]: result.get("name", result["student"]) for result in results}
    for result in results:
        if result["lesson"] not in lesson_names(solutions):
            continue
        page = lesson_page(result, load(result["lesson"]), manual.get((result["student"], result["lesson"]), {}))
        write_whole(page_path(work, result["student"], result["lesson"]), render(page))
        by_student[result["student"]].append({
            "link": urllib.parse.quote(f"{result['lesson']}.html"), "title": lesson_title(load(result["lesson"])),
            "points": f"{page['score']} of {page['max_score']}", "word": page["word"]})
        pages.append(page)
    for student, lessons in by_student.items():
        index = {"title": "Your lessons", "student": names[student], "submitted": "", "lessons": lessons}
        write_whole(page_path(work, student, "index"), render(index))
    return pages


def page_path(work, student, name):
    return Path(work, "feedback", student, f"{name}.html")


def render(page):
    """A page's dict as HTML."""
    return page_as_html("feedback.html", "", page)


def page_as_html(template, more_style, page, images="'none'"):
    """Fill a template of this folder.

    more_style: a style sheet that comes after feedback.css, or "". images: where the page may take images from, in
    words of the Content-Security-Policy.
    """
    style = _read("feedback.css") + (_read(more_style) if more_style else "") + _highlighting()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (f"default-src 'none'; style-src 'sha256-{digest}'; img-src {images}; script-src 'none'; base-uri 'none'; "
              "form-action 'none'")
    return templates().get_template(template).render(page=page, style=Markup(style), policy=policy)


@cache
def templates():
    """The templates of this folder. Those of grading fill in page.html, which has the head and the security policy."""
    return jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


@cache
def _highlighting():
    from pygments.formatters import HtmlFormatter
    return HtmlFormatter(style=CODE_STYLE, nobackground=True).get_style_defs(".code")


@cache
def _read(name):
    return (HERE / name).read_text(encoding="utf-8")
