"""`python -m autograde new LESSON`: lay out a new lesson that passes every check, for its author to change.

The lesson is that of skeleton.py: small, complete and run, with its wrong answers, its tests, its release and its row in
the README's table. Nothing that is there already is overwritten, and nothing is written before the lesson has run.
"""
import argparse
import json
import re
import tempfile
from pathlib import Path

import nbformat

from autograde import release, skeleton, skeleton_tests
from autograde.errors import UserError
from autograde.files import write_whole
from autograde.lesson import lesson_names
from autograde.rerun import Stopped, execute
from autograde.tidy import COURSE, TO_DO, shown, tidy_text

NAME = re.compile(r"(\d\d)_([a-z][a-z0-9_]*)")
ROW = re.compile(r"\| *\[?`(\d\d)_\w+`")              # a row of the README's table of lessons


def configure(parser):
    parser.add_argument("lesson", metavar="LESSON", help="two digits and a name, for example 15_transformers")
    parser.add_argument("--title", help='for example "Attention is a kernel that looks" (default: made from the name)')
    parser.add_argument("--course", type=Path, default=COURSE, help="folder of the course (default: this checkout)")


def run(args):
    course = args.course.resolve()
    number, name = _number_and_name(args.lesson, course)
    title = args.title or name.replace("_", " ").capitalize()
    if "|" in title or len(title.splitlines()) != 1:
        raise UserError("a title is one line of text without the character |.")
    paths = {
        "lesson": course / "solutions" / args.lesson / f"{name}.ipynb",
        "mutants": course / "tests" / "mutants" / f"{args.lesson}.py",
        "test": course / "tests" / f"test_lesson_{number:02d}.py",
    }
    for path in (*paths.values(), course / "notebooks" / args.lesson):
        if path.exists():
            raise UserError(f"{shown(path)} is there already; nothing was changed.")

    write_whole(paths["lesson"], _executed(skeleton.notebook(number, title), paths["lesson"]))
    write_whole(paths["mutants"], skeleton.filled(skeleton_tests.MUTANTS, number, title, args.lesson))
    write_whole(paths["test"], skeleton.filled(skeleton_tests.LESSON_TEST, number, title, args.lesson))
    for path in paths.values():
        print(f"{shown(path)} written")
    release.run(argparse.Namespace(lessons=[args.lesson], check=False, course=course))
    listed = _add_row(course / "README.md", args.lesson, title)
    _say_what_is_left([*paths.values(), *listed], args.lesson)
    return 0


def _number_and_name(lesson, course):
    """(15, "transformers") of "15_transformers"; raises UserError for a bad or taken name, and where no course is."""
    if not (course / "nbgrader_config.py").exists():
        raise UserError(f"{course} is not the folder of a course: it has no nbgrader_config.py.")
    named = NAME.fullmatch(lesson)
    if not named or named[1] == "00":
        raise UserError(f"{lesson!r} is no name for a lesson: it is two digits from 01, _, and small letters, digits or _, "
                        "for example 15_transformers.")
    taken = {other[:2]: other for other in lesson_names(course / "solutions")}
    if taken.get(named[1], lesson) != lesson:
        raise UserError(f"the number {named[1]} is taken by {taken[named[1]]}; the last one taken is {max(taken)}.")
    return int(named[1]), named[2]


def _executed(notebook, path):
    """The text of a notebook, run from top to bottom and in its normal form."""
    book = nbformat.from_dict(notebook)
    with tempfile.TemporaryDirectory(prefix="striate-new-") as scratch:
        nbformat.write(book, Path(scratch, path.name))            # its last cell reads the exercises from the file
        try:
            execute(book, scratch)
        except Stopped as reason:
            raise UserError(f"the new lesson could not be run, and nothing was written: {reason}") from reason
    return tidy_text(nbformat.writes(book), path)


# ------------------------------------------------------------------------------------------------ README and report

def _add_row(readme, lesson, title):
    """Add the lesson to the README's table of lessons, in order. Returns [readme], or [] where there is no such table."""
    lines = readme.read_text(encoding="utf-8").split("\n") if readme.exists() else []
    rows = [place for place, line in enumerate(lines) if ROW.match(line)]
    if not rows:
        print(f"{shown(readme)} has no table of lessons; there the lesson is not listed.")
        return []
    earlier = [place for place in rows if ROW.match(lines[place])[1] < lesson[:2]]
    headings = [heading.strip().lower() for heading in lines[rows[0] - 2].strip("|").split("|")]
    filling = {"points": str(skeleton.POINTS), "minutes": "45", "time": "45 min"}
    cells = [f"`{lesson}`: {title}", *(filling.get(heading, f"{TO_DO} ({heading})") for heading in headings[1:])]
    lines.insert(earlier[-1] + 1 if earlier else rows[0], "| " + " | ".join(cells) + " |")
    write_whole(readme, "\n".join(lines))
    print(f"{shown(readme)}: a row added to the table of lessons")
    return [readme]


def _say_what_is_left(paths, lesson):
    print("\nThe lesson works as it is: a small one about smoothing. What to put in its place:")
    for path in paths:
        print(f"  {shown(path)}")
        for place, text in _marked(path):
            print(f"    {place}: {text}")
    print("\nOpen it:       make lab DIR=solutions\n"
          "After changes: make tidy release\n"
          f"               .venv/bin/python -m autograde mutants {lesson}\n"
          "How to write exercises, tests and wrong answers: docs/authors.md")


def _marked(path):
    """(where, what) for each line of a file that says TO DO; in a notebook the cell's id tells where."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        parts = [(f"cell {cell['id']}", "".join(cell["source"]).split("\n")) for cell in json.loads(text)["cells"]]
    else:
        parts = [(f"line {number}", [line]) for number, line in enumerate(text.split("\n"), 1)]
    return [(place, re.search(rf"{TO_DO}[^*|\"]*", line)[0].strip())
            for place, lines in parts for line in lines if TO_DO in line]
