"""A folder, or a download of an LMS, turned into submissions: whose notebook, of which lesson, and what was odd.

Every student who handed in anything gets a submission: with the notebook's bytes, or with a `problem`, one sentence
that says what to do. Only a wrong path is an error. Files other than the notebook are never used; see safe_files and zips
for how files are read, layouts for how names are understood, notebook_json for what a notebook is.
"""
import contextlib
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograde.entry import TIMESTAMP, Entry, Unreadable
from autograde.layouts import place_all
from autograde.notebook_json import decode_notebook, lesson_numbers
from autograde.safe_files import scan
from autograde.times import read_time

__all__ = ["Submission", "read", "read_all", "decode_notebook"]

NOTEBOOKS_PER_STUDENT = 60           # so many files are opened at most
BYTES_PER_STUDENT = 200_000_000
OTHER_LESSON = "?"                   # a notebook of a lesson that is not asked for
SAME_TIME = 60                       # seconds within which times of files say nothing about their order
CODE = re.compile(r"\.(py|pyc|pth|so|pyd|ipy|egg|whl|sh)$", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(pdf|docx?|odt|rtf|txt|md|html?|py|zip|rar|7z|t?gz|jpe?g|png|heic)$", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one lesson."""
    student: str                     # safe as a file name, unique in this batch
    lesson: str                      # "02_convolution"
    origin: str                      # where it was found, relative to the given folder or zip
    notebook: bytes                  # the file as handed in, or a spool.Kept; b"" when it could not be read
    problem: str | None              # why it could not be read: one sentence, else None
    flags: tuple[str, ...] = ()
    submitted: str | None = None     # ISO time with its zone, if known
    time_from: str = ""              # who says so: "LMS" (a name in the download), "nbgrader", or "file" (its own time)
    is_late: bool = False            # the LMS marked it as late
    name: str = ""                   # the student's, as the download has it
    number: str = ""                 # the LMS's, as the download has it


def read(path, lessons):
    """Submissions below `path` (folder, zip or notebook), sorted by student and lesson.

    lessons: {"02_convolution": "convolution.ipynb", ...}. Give all lessons of the course and choose from the result: the
    folder of an unknown lesson looks like any other folder. Raises UserError if `path` holds nothing at all.
    """
    return read_all(path, lessons)[0]


def read_all(path, lessons, keep=bytes):
    """(submissions as `read` gives them, where the files lie that are nobody's).

    keep: what to do with a notebook's bytes that count, such as a Spool's `keep`.
    """
    path = Path(path)
    entries = scan(path)
    places = place_all(entries, lessons, path.resolve().name.removesuffix(".zip") or "student")
    students, nobodys = defaultdict(list), []
    for entry, place in zip(entries, places, strict=True):
        if not _is_nobodys(entry, place):
            students[place.student].append((entry, place))
        elif entry.parts:
            nobodys.append(entry.origin)
    handed_in = {place.lesson for place in places if place.lesson}
    ids = student_ids(students)
    result = []
    for student, files in students.items():
        result += _Desk(ids[student], files, lessons, handed_in, keep).submissions()
    return sorted(result, key=lambda submission: (submission.student, submission.lesson)), nobodys


def _is_nobodys(entry, place):
    """A list, a log or a read-me that lies beside the submissions."""
    if not entry.parts or not place.beside or entry.kind != "other" or place.lesson or entry.problem:
        return not entry.parts
    name = entry.parts[-1].lower()
    return not DOCUMENT.search(name) or name.startswith("readme")


class _Desk:
    """One student's files, sorted into submissions."""

    def __init__(self, student, files, lessons, handed_in, keep):
        self.student, self.lessons, self.handed_in, self.keep = student, lessons, handed_in, keep
        self.contents, self.refused = {}, {}       # by the file's index: bytes, or the sentence why not
        self.files = files
        self.by_lesson = defaultdict(list)         # lesson → indices of notebooks
        self.others = defaultdict(list)            # lesson or None → everything else, and unknown notebooks
        for index, (entry, place) in enumerate(files):
            lesson = place.lesson or self._lesson_by_content(index, entry)
            if lesson != OTHER_LESSON:
                (self.by_lesson if entry.kind == "notebook" and lesson else self.others)[lesson].append(index)

    def submissions(self):
        """At least one submission, unless everything is of lessons that are not in the list."""
        found = [self._submission(lesson, indices) for lesson, indices in self.by_lesson.items()]
        missing = {lesson for lesson in self.others if lesson} - set(self.by_lesson)
        if not found and not missing and self.others:
            missing = self.handed_in or set(self.lessons)
        return found + [self._nothing_for(lesson) for lesson in missing]

    def _lesson_by_content(self, index, entry):
        if entry.kind != "notebook" or self._content(index) is None:
            return None
        numbers = lesson_numbers(self._content(index))
        best = max(numbers, key=numbers.get, default=None)
        return next((name for name in self.lessons if _number(name) == best), OTHER_LESSON) if numbers else None

    def _content(self, index):
        """The bytes of one file, read once; None if it cannot be read."""
        entry = self.files[index][0]
        if index not in self.contents and index not in self.refused:
            try:
                if entry.problem or not entry.read:
                    raise Unreadable(entry.problem or "The file cannot be read.")
                if (len(self.contents) >= NOTEBOOKS_PER_STUDENT
                        or sum(map(len, self.contents.values())) > BYTES_PER_STUDENT):
                    raise Unreadable("Too many notebooks were handed in; hand in only the one.")
                self.contents[index] = entry.read()
            except Unreadable as error:
                self.refused[index] = str(error)
        return self.contents.get(index)

    def _submission(self, lesson, indices):
        ranked = sorted(indices, key=lambda index: self._rank(index, lesson, indices), reverse=True)
        readable = [index for index in ranked if self._content(index) is not None]
        sound = [index for index in readable if len(ranked) == 1 or _decodes(self._content(index))]
        chosen = (sound or readable or ranked)[0]
        entry, place = self.files[chosen]
        flags = []
        if len(ranked) > 1:
            others = ", ".join(_show(self.files[index][0].origin) for index in ranked[:4] if index != chosen)
            flags.append(f"{len(ranked)} notebooks were handed in: {_show(entry.origin)} counts, not {others}.")
        if chosen != ranked[0]:
            flags.append(f"The latest notebook, {_show(self.files[ranked[0]][0].origin)}, cannot be read.")
        content, problem = self._content(chosen), self.refused.get(chosen)
        numbers = lesson_numbers(content) if content is not None else {}
        if numbers and _number(lesson) not in numbers:
            problem = (f"This is the notebook of lesson {max(numbers, key=numbers.get)}, not of {lesson}; "
                       f"hand in {self.lessons[lesson]}.")
        if content == b"":
            problem = f"The file is empty; hand in {self.lessons[lesson]} again."
        return Submission(self.student, lesson, entry.origin, b"" if problem else self.keep(content), problem,
                          tuple(flags + self._other_flags(lesson)), *self._time(lesson, entry, place), place.late,
                          *place.student)

    def _time(self, lesson, entry, place):
        """(when it was handed in, who says so): the download's names, nbgrader's timestamp, or else the file itself."""
        if place.time:
            return place.time, "LMS"
        for index in self.others.get(lesson, ()):
            stamp, at = self.files[index]
            if stamp.parts[-1] == TIMESTAMP and not stamp.owner_depth and at.student[0] in stamp.parts[-3:-1]:
                with contextlib.suppress(ValueError, Unreadable):
                    return read_time(stamp.read().decode("utf-8")).isoformat(), "nbgrader"
        if entry.modified is None:
            return None, ""
        return datetime.fromtimestamp(entry.modified).astimezone().isoformat(timespec="seconds"), "file"

    def _rank(self, index, lesson, indices):
        """The greater, the better: this lesson's cells, attempt, upload, no copy, newer, the right name, less nested."""
        entry, place = self.files[index]
        content = self._content(index)
        is_unrelated = content is not None and _number(lesson) not in lesson_numbers(content) and _decodes(content)
        newest = max((self.files[other][0].modified or 0) for other in indices)
        is_new = entry.modified is None or newest - entry.modified < SAME_TIME
        return (not is_unrelated, place.order, not place.is_copy, is_new, place.is_exact, -len(entry.parts),
                entry.modified or 0, index)

    def _nothing_for(self, lesson):
        indices = self.others[lesson] or self.others[None]
        found = [self.files[index][0] for index in indices]
        files = [entry for entry in found if entry.kind != "folder" and entry.parts[-1] != TIMESTAMP]
        asked = self.lessons[lesson]
        refused = [entry.problem for entry in found if entry.problem]
        if refused:
            problem = refused[0]
        elif not files:
            problem = f"The folder that was handed in is empty; hand in {asked}."
        elif any(entry.kind == "notebook" for entry in files):
            problem = f"{_show(files[0].parts[-1])} is not recognised as this lesson's notebook; hand in {asked}."
        else:
            names = ", ".join(_show(entry.parts[-1]) for entry in files[:3])
            problem = f"No notebook was handed in, only {names}; hand in {asked}."
        entry, place = self.files[indices[0]] if indices else (Entry((), "folder"), self.files[0][1])
        return Submission(self.student, lesson, entry.origin, b"", problem,
                          tuple(self._other_flags(lesson, bool(refused))), *self._time(lesson, entry, place), place.late,
                          *place.student)

    def _other_flags(self, lesson, told=False):
        """One sentence each for code beside the notebook and for files that were refused."""
        entries = [self.files[index][0] for index in self.others[lesson] + self.others[None]]
        code = [_show(entry.parts[-1]) for entry in entries if entry.kind == "other" and CODE.search(entry.parts[-1])]
        refused = [entry for entry in entries if entry.problem]
        unknown = [_show(entry.parts[-1]) for entry in entries if entry.kind == "notebook" and not entry.problem]
        flags = [f"Code beside the notebook was not used: {_list(code)}."] if code else []
        flags += [f"{_show(entry.origin)}: {entry.problem}" for entry in refused[:3] if not told]
        return flags + ([f"Not this lesson's notebook, ignored: {_list(unknown)}."] if unknown else [])


def student_ids(students):
    """{(name, number): id}: NFC, fit as a file name on any system, no two alike even where case does not count.

    The LMS's number is added only where two students have one name, or none.
    """
    names = {student: safe_name(student[0]) for student in sorted(students)}
    owners = Counter(name.casefold() for name in names.values())
    result, taken = {}, set()
    for (name, number), wanted in names.items():
        if number and (owners[wanted.casefold()] > 1 or wanted.casefold() in ("participant", "unnamed")):
            wanted = f"{wanted}_{number}"
        mark = hashlib.sha256(f"{name}/{number}".encode()).hexdigest()
        for length in (0, 6, 12, 64):
            student = f"{wanted}_{mark[:length]}" if length else wanted
            if student.casefold() not in taken:
                break
        taken.add(student.casefold())
        result[name, number] = student
    return result


def safe_name(name, limit=100):
    """`name` as a file name: NFC, without separators, control and glob characters, at most `limit` bytes of UTF-8."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if character.isspace() else "_" if character in '/\\:*?"<>|[]{}%#&+$`\'' else character
                   for character in name if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
                   or character.isspace() or character in "\u200c\u200d")       # Persian and Indic names need these
    name = re.sub(r"\s+", " ", name).strip(" .") or "unnamed"
    if len(name.encode()) > limit:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = name.encode()[:limit - 9].decode("utf-8", "ignore") + "_" + mark
    return name.lstrip("-~") or "unnamed"


def _number(lesson):
    found = re.match(r"\d+", lesson)
    return int(found[0]) if found else None


def _decodes(content):
    try:
        return bool(decode_notebook(content))
    except ValueError:
        return False


def _list(names):
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _show(name):
    """A name for a message: no control characters, at most 60 characters."""
    name = "".join(character if character.isprintable() else "?" for character in name)
    return name if len(name) <= 60 else f"{name[:30]}…{name[-29:]}"
