"""What a specimen is, and how it is made from the pristine lesson, so that it never goes stale.

A specimen is a submission of one student: the lesson's released notebook with some changes, and the result that it must
get. `lost` says which tests lose their points and with which status; every other test must be correct. Its keys are
exercises ("2.3"), test cells ("test-2-3-values") or ALL.
"""
import copy
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from autograde.lesson import load_lesson

LESSON, NOTEBOOK = "02_convolution", "convolution.ipynb"
PLACE = f"{LESSON}/{NOTEBOOK}"
ALL = "every test"
NOT_DONE = {ALL: "not attempted"}

SIZE, PAD, LOOPS, IM2COL = "exercise-2-1-output-size", "exercise-2-2-pad2d", "exercise-2-3-correlate2d-loops", "exercise-2-4-im2col"
PRODUCT, CONVOLVE = "exercise-2-5-correlate2d", "exercise-2-6-convolve2d"
TOEPLITZ, VIEW = "exercise-2-7-toeplitz-matrix", "exercise-2-8-im2col-view"


@dataclass(frozen=True)
class Link:
    """A symbolic link to write in place of a file; `target` is relative to the folder that holds all students."""
    target: str


@dataclass(frozen=True)
class Specimen:
    name: str                                # the student's folder
    trick: str                               # one sentence
    status: str                              # of the submission
    lost: dict = field(default_factory=dict)
    blank: bool = False                      # start from the blank release, not from the full solution
    answers: dict = field(default_factory=dict)      # cell id -> source, in place of what is there
    first: str = ""                          # a code cell added behind the imports
    last: str = ""                           # a code cell added at the end
    edit: Callable | None = None             # function(notebook as a dict), changes it in place
    pack: Callable | None = None             # function(notebook as bytes) -> {path: bytes or Link}
    flags: tuple = ()                        # a part of each flag that must be there
    no_flags: tuple | None = None            # parts that no flag may have; None: no flag but those in `flags`
    message: str = ""                        # a part of the message of each lost test
    timeout: float | None = None             # longest seconds the submission may take, if that is the point

    def files(self):
        """{path below the folder of all students: bytes or Link}."""
        notebook = as_bytes(self.notebook())
        files = {PLACE: notebook} if self.pack is None else self.pack(notebook)
        return {path if path.startswith(self.name) else f"{self.name}/{path}": content for path, content in files.items()}

    def notebook(self):
        book = handed_in(self.blank, self.answers)
        if self.first:
            book["cells"].insert(index(book, "imports") + 1, code(self.first, "my-first-cell"))
        if self.last:
            book["cells"].append(code(self.last, "my-last-cell"))
        if self.edit:
            self.edit(book)
        return book

    def expected(self):
        """{test id: status} and the score."""
        tests = load(LESSON).with_role("test")
        statuses = {test.id: self.lost.get(test.id, self.lost.get(test.exercise, self.lost.get(ALL, "correct"))) for test in tests}
        return statuses, sum(test.points for test in tests if statuses[test.id] == "correct")


@cache
def load(lesson):
    return load_lesson(lesson)


@cache
def _released(name):
    """The notebook a student gets, as JSON text, made from solutions/ without the notebooks/ folder."""
    lesson = load(name)
    book = json.loads(lesson.path.read_text(encoding="utf-8"))
    for cell, raw in zip(lesson.cells, book["cells"], strict=True):
        raw["source"] = cell.released
        if raw["cell_type"] == "code":
            raw.update(outputs=[], execution_count=None)
            raw["metadata"]["tags"] = [*raw["metadata"].get("tags", []), "raises-exception"]
    return json.dumps(book)


def handed_in(blank=False, answers=(), lesson=LESSON):
    """A submission's notebook as a dict: blank, or with the solutions, in both cases with some other answers."""
    book = json.loads(_released(lesson))
    for cell in load(lesson).with_role("answer", "written"):
        if not blank:
            find(book, cell.id)["source"] = without_marks(cell.source)
    for cell_id, source in dict(answers).items():
        find(book, cell_id)["source"] = source
    return book


def solution(cell_id):
    """The course's own answer, as a student would have typed it."""
    return next(without_marks(cell.source) for cell in load(LESSON).cells if cell.id == cell_id)


def without_marks(source):
    return "\n".join(line for line in source.split("\n") if "### BEGIN" not in line and "### END" not in line)


def index(book, cell_id):
    return next(number for number, cell in enumerate(book["cells"]) if cell["id"] == cell_id)


def find(book, cell_id):
    return book["cells"][index(book, cell_id)]


def code(source, cell_id, **metadata):
    return {"cell_type": "code", "id": cell_id, "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def duplicate(book, cell_id, **changes):
    """Copy a cell, with its metadata, and paste it below."""
    where = index(book, cell_id)
    book["cells"].insert(where + 1, copy.deepcopy(book["cells"][where]) | changes)


def graded(book):
    """The cells that have nbgrader metadata."""
    return [cell for cell in book["cells"] if "nbgrader" in cell["metadata"]]


def as_bytes(book):
    return json.dumps(book, indent=1).encode()


def zipped(files):
    """The bytes of a zip file of {name: bytes}."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


def write(specimens, folder):
    """Write the submissions below `folder`, as a download of a class."""
    for specimen in specimens:
        for path, content in specimen.files().items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                os.symlink(folder.resolve() / content.target, target)
            else:
                target.write_bytes(content)
