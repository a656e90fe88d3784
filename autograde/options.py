"""Options that several commands share. Nothing here is slow to import: commands ask for help and usage without delay."""
import argparse
import os
from pathlib import Path

from autograde.times import read_time

GRADEBOOK = "STRIATE_GRADEBOOK"       # the environment variable with the gradebook's URL


def add_roster(parser):
    parser.add_argument("--roster", type=Path, metavar="FILE",
                        help="the class list, a CSV exported from your LMS; remembered in DIR/roster.csv")


def add_gradebook(parser):
    parser.add_argument("--db", metavar="URL", type=_remember, help="a gradebook on a database server, such as "
                        f"postgresql://user@host/name (default: the variable {GRADEBOOK}, else DIR/gradebook.db)")


def add_deadlines(parser):
    parser.add_argument("--due", action="append", default=[], type=_due, metavar="[LESSON=]TIME",
                        help="the deadline, such as 2026-11-20 (the end of that day) or 02_convolution=2026-11-20T18:00; "
                        "this machine's time unless a zone follows: 2026-11-20T18:00+01:00")
    parser.add_argument("--late-penalty", metavar="PLUGIN",
                        help="take points off late submissions: 'zero' all, 'none' again, or the dotted name of an "
                        "nbgrader LateSubmissionPlugin (default: leave them as they are)")


def _remember(text):
    """The option's value goes into the environment, where every part of this program finds it, formgrader's server too."""
    os.environ[GRADEBOOK] = text
    return text


def _due(text):
    lesson, equals, when = text.rpartition("=")
    try:
        return lesson.strip() if equals else None, read_time(when)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error} Write 2026-11-20 or 2026-11-20T23:59") from None
