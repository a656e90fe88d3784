"""What intake knows of one handed-in file, and how much of it may be read."""
import re
from collections.abc import Callable
from dataclasses import dataclass

MEGABYTE = 1_000_000
NOTEBOOK_LIMIT = 20 * MEGABYTE
DEPTH_LIMIT = 12                      # folders within folders
NOTEBOOK_NAME = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)      # some browsers add the second ending
CLUTTER = re.compile(r"__MACOSX$|\.ipynb_checkpoints$|__pycache__$|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.git$|\._")


TIMESTAMP = "timestamp.txt"           # nbgrader writes the time of handing in there


class Unreadable(Exception):
    """A file could not be read; its text is one sentence for the student."""


@dataclass(frozen=True)
class Entry:
    """One file or empty folder, at `parts` below the given path: ("anna", "02_convolution", "convolution.ipynb")."""
    parts: tuple[str, ...]
    kind: str                         # "notebook", "other" or "folder" (an empty one, or one that was not opened)
    problem: str | None = None        # why it was refused, if it was
    read: Callable[[], bytes] | None = None      # of a notebook or timestamp; raises Unreadable
    modified: float | None = None     # seconds since 1970, as the file system or the archive says
    owner_depth: int = 0              # so many leading parts name the student; deeper names are the student's own

    @property
    def origin(self):
        return "/".join(self.parts)


def kind_of(name):
    return "notebook" if NOTEBOOK_NAME.search(name) else "other"


def is_opened(name):
    """Notebooks are, and nbgrader's note of the time; no other file is opened."""
    return kind_of(name) == "notebook" or name == TIMESTAMP


def at_most(file, limit):
    """The content of an open file; Unreadable if it is longer than `limit` bytes, whatever any header says."""
    content = file.read(limit + 1)
    if len(content) > limit:
        raise Unreadable(f"The file is larger than {limit // MEGABYTE} MB; clear the notebook's outputs, save it and "
                         "hand it in again.")
    return content


def printable(name):
    """A file name as text that can be stored: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")
