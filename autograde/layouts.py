"""Whose file is this, and of which lesson? Told from the names of folders and files alone.

Layouts: student/lesson/name.ipynb (nbgrader's submitted/), student/name.ipynb, lesson/student/name.ipynb, each inside
any number of outer folders; flat downloads of Canvas (lastfirst_12345_67890_convolution-1.ipynb, …_LATE_…), Moodle
(Name Surname_12345_assignsubmission_file_/…), Blackboard (…_login_attempt_2026-11-01-12-00-00_…), nbgrader's exchange
(anna+02_convolution+2026-…/…) and anna_convolution.ipynb. A zip per student counts as that student's folder.

A name counts as a student's only where the download put it. Below that, names are what a student chose, so that a
folder "bob" inside anna's folder is still anna's.
"""
import contextlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace

from autograde.entry import NOTEBOOK_NAME
from autograde.times import read_time

CANVAS = re.compile(r"(?P<name>[^_]+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)", re.DOTALL)
BLACKBOARD = re.compile(r".+_(?P<name>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<rest>.*))?", re.DOTALL)
EXCHANGE = re.compile(r"(?P<name>[^+]+)\+(?P<rest>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d [^+]+)(?:\+.*)?", re.DOTALL)
PATTERNS = (MOODLE, BLACKBOARD, EXCHANGE, CANVAS)
DOWNLOADED_TWICE = re.compile(r"\s*\((\d{1,3})\)$")             # "convolution (1)", by a browser
ATTEMPT = re.compile(r"-(\d{1,3})$")                            # "convolution-1", by Canvas
COPY = re.compile(r"^copy of\s+|[\s_-]+copy\s*\d*$", re.IGNORECASE)      # by Google, JupyterLab, a file manager


@dataclass(frozen=True)
class Place:
    """Where a file belongs: `student` is (name, the LMS's number or ""), `lesson` None where the names do not say."""
    student: tuple[str, str]
    lesson: str | None
    order: tuple = (0, 0)        # attempt, upload number: the greater is the later
    is_copy: bool = False
    is_exact: bool = False       # the file has the name that the lesson gave it
    late: bool = False
    time: str | None = None      # ISO time of handing in with its zone, if a name tells it
    beside: bool = False         # the file lies beside the students' folders, and no LMS named its student


class LessonNames:
    """Recognises the lessons {"02_convolution": "convolution.ipynb", …} by the names of folders and files."""

    def __init__(self, lessons):
        self.files = lessons
        self.by_words = {}
        for lesson, file in lessons.items():
            number, _, title = lesson.partition("_")
            by_number = [f"lesson {number}", f"lesson {number.lstrip('0')}"]
            for words in (lesson, title, NOTEBOOK_NAME.sub("", file), *by_number):
                self.by_words[_words(words)] = lesson
        self.by_words.pop("", None)
        longest_first = sorted(self.by_words, key=len, reverse=True)
        self.patterns = [(re.compile(r"(?<![^\W_])" + words.replace("_", r"[\W_]+") + r"(?![^\W_])", re.IGNORECASE),
                          self.by_words[words]) for words in longest_first]

    def of_folder(self, name):
        """The lesson whose folder this is, or None."""
        return self.by_words.get(_words(COPY.sub("", DOWNLOADED_TWICE.sub("", name))))

    def of_file(self, stem):
        """(lesson, what stands before its name, what stands after it); (None, stem, "") if no lesson is named."""
        for pattern, lesson in self.patterns:
            found = pattern.search(stem)
            if found:
                return lesson, stem[:found.start()], stem[found.end():]
        return None, stem, ""


def place_all(entries, lessons, given_name):
    """A Place for each entry; `given_name` is the student where the given folder turns out to be one student's own."""
    names = LessonNames(lessons)
    skip = _outer_folders([entry for entry in entries if entry.parts], names)
    places = [_place(entry, entry.parts[skip:], names, given_name) for entry in entries]
    if any(place.student == (given_name, "") for place in places):     # files beside it are the same student's
        places = [replace(place, student=(given_name, ""), beside=False) if place.beside and not place.lesson else place
                  for place in places]
    return places


def _outer_folders(entries, names):
    """How many leading folders are common to all and belong to the download, not to a student."""
    skip = 0
    while entries:
        tops = {entry.parts[skip] for entry in entries if len(entry.parts) > skip}
        inside = [entry.parts[skip + 1:] for entry in entries]
        if len(tops) != 1 or not all(inside) or any(0 < entry.owner_depth <= skip + 1 for entry in entries):
            break
        top, below = next(iter(tops)), defaultdict(list)
        for parts in inside:
            below[parts[0]].append(parts[1:])
        if _lms(top) or not (_holds_students(below, names) or _holds_one_class(below, names)):
            break
        skip += 1
    return skip


def _holds_students(below, names):
    """Is each folder in this one a student's, and does each notebook directly in it name its student?"""
    flat = [name for name, inside in below.items() if () in inside and (_lms(name) or NOTEBOOK_NAME.search(name))]
    folders = [name for name, inside in below.items() if () not in inside]
    students = {match["name"] if (match := _lms(name)) else _flat_student(name, names) for name in flat}
    if "" in students or any(map(names.of_folder, folders)):
        return False
    return bool(folders) or len(students) > 1 or any(map(_lms, flat))


def _holds_one_class(below, names):
    """Is there nothing but one lesson's folder, with students in it and no notebook of its own?"""
    if len(below) != 1 or not names.of_folder(next(iter(below))):
        return False
    students = defaultdict(list)
    for parts in next(iter(below.values())):
        if not parts:
            return False
        students[parts[0]].append(parts[1:])
    return (len(students) > 1 or bool(_lms(next(iter(students))))) and _holds_students(students, names)


def _place(entry, parts, names, given_name):
    file = parts[-1] if parts else ""
    folders = parts if entry.kind == "folder" else parts[:-1]
    outer = entry.parts[:len(entry.parts) - len(parts)]
    lesson = next(filter(None, map(names.of_folder, reversed((*outer, *folders)))), None)
    while folders and names.of_folder(folders[0]):                 # lesson/student/name.ipynb
        folders = folders[1:]
    stem = NOTEBOOK_NAME.sub("", file)
    is_flat = not folders and entry.kind != "folder"
    owner = stem if is_flat else folders[0] if folders else ""
    lms = _lms(owner)
    found = lms.groupdict() if lms else {}
    own_name = (found.get("rest") or "") if is_flat and lms else stem
    order, rest = _marks(own_name)
    by_file, before, after = names.of_file(rest)
    if not by_file and lms:
        by_file = names.of_file(found.get("rest") or "")[0]
    if lms:
        student = (found["name"], found.get("number") or "")
    else:
        student = ((_flat_student(file, names) if is_flat else owner) or given_name, "")
    time = re.findall(r"\d+", found.get("time") or "")[:6]
    upload = int(found.get("file") or "".join(time) or 0)
    return Place(student, lesson or by_file, (order if by_file or lms or not is_flat else 0, upload),
                 bool(COPY.search(rest)), file in names.files.values(), bool(found.get("late")),
                 _time(found.get("time")),
                 is_flat and not lms)


def _time(text):
    with contextlib.suppress(ValueError):
        return read_time(text).isoformat() if text else None


def _marks(stem):
    """(attempt number, the stem without it) of "convolution-1" and "convolution (1)"."""
    found = DOWNLOADED_TWICE.search(stem) or ATTEMPT.search(stem)
    return (int(found[1]), stem[:found.start()]) if found else (0, stem)


def _flat_student(file, names):
    """anna of anna_convolution.ipynb, convolution_anna.ipynb and anna.ipynb; "" of convolution (1).ipynb."""
    stem = DOWNLOADED_TWICE.sub("", re.sub(r"\.[^.]*$", "", NOTEBOOK_NAME.sub("", file)))
    lesson, before, after = names.of_file(stem)
    if lesson:
        before, after = COPY.sub("", before), COPY.sub("", ATTEMPT.sub("", after) if re.match(r"-\d", after) else after)
    return " ".join(filter(None, (text.strip(" _-.+") for text in (before, after))))


def _lms(name):
    stem = NOTEBOOK_NAME.sub("", name)
    return next(filter(None, (pattern.fullmatch(stem) for pattern in PATTERNS)), None)


def _words(text):
    """Letters and digits in lower case, everything else as one underscore."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKC", text).casefold()).strip("_")
