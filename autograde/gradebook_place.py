"""Where the gradebook is: DIR/gradebook.db, or a database server by its URL (--db, or the variable STRIATE_GRADEBOOK).

SQLite serves one machine. Where several write at once, or formgrader runs elsewhere, PostgreSQL does:
postgresql://user:password@host/database; it needs the package psycopg (`pip install "striate[cluster]"`).
"""
import contextlib
import os
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from autograde.errors import UserError
from autograde.files import STAYS
from autograde.options import GRADEBOOK

COURSE_ID = "striate"


def gradebook_url(work):
    """The SQLAlchemy URL of a work folder's gradebook. Another writer of a SQLite file is waited for up to a minute."""
    given = os.environ.get(GRADEBOOK)
    if not given:
        return URL.create("sqlite", database=str(Path(work, "gradebook.db")), query={"timeout": "60"})
    try:
        url = make_url(given)
    except ArgumentError:
        raise UserError("The gradebook's URL cannot be read; it should look like postgresql://user@host/name.") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def is_there(work):
    """Whether a work folder has a gradebook; one on a server counts as there."""
    return bool(os.environ.get(GRADEBOOK)) or Path(work, "gradebook.db").is_file()


@contextlib.contextmanager
def open_gradebook(work):
    """nbgrader's Gradebook of a work folder for a `with` block, made if need be. UserError where it cannot be used."""
    url = gradebook_url(work)
    try:
        with Gradebook(url.render_as_string(hide_password=False), COURSE_ID) as gradebook:
            yield gradebook
    except (SQLAlchemyError, NoSuchModuleError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise UserError(f"The gradebook at {url.render_as_string()} cannot be used: {reason}. {STAYS}") from error
