"""`python -m autograde release [LESSON…] [--check]`: the students' notebooks/ from solutions/.

nbgrader's own generate_assignment does the work, with the settings of nbgrader_config.py, in a scratch folder and without
a gradebook. Only then is the result compared with notebooks/, and copied there. A student's own files in notebooks/ are
never deleted.
"""
import json
import logging
import re
import tempfile
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets import log as traitlets_log
from traitlets.config.loader import PyFileConfigLoader

from autograde.errors import UserError
from autograde.lesson import lesson_names
from autograde.tidy import COURSE, shown

NOT_OURS = (".*", "__pycache__", "*.pyc", "*~")           # what JupyterLab, Python and editors leave in notebooks/
SECRET_REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")


def configure(parser):
    parser.add_argument("lessons", metavar="LESSON", nargs="*", help="for example 02_convolution (default: all)")
    parser.add_argument("--check", action="store_true",
                        help="change nothing; exit with 1 and list the files of notebooks/ that solutions/ does not give")
    parser.add_argument("--course", type=Path, default=COURSE, help="folder of the course (default: this checkout)")


def run(args):
    course = args.course.resolve()
    known = lesson_names(course / "solutions")
    for lesson in args.lessons:
        if lesson not in known:
            raise UserError(f"there is no lesson {lesson!r}; the lessons are {', '.join(known) or 'none yet'}.")
    lessons = args.lessons or list(known)
    with tempfile.TemporaryDirectory(prefix="striate-release-") as scratch:
        fresh = Path(scratch, "notebooks")
        generate(lessons, course, fresh)
        differences = compare(fresh, course / "notebooks", lessons if args.lessons else None)
        if args.check:
            return _report(differences, course)
        return _copy(differences, fresh, course)


# ------------------------------------------------------------------------------------------------ making it

def generate(lessons, course, destination):
    """Write the release of `lessons` into the folder `destination`; raises UserError when nbgrader cannot do it."""
    if not (course / "nbgrader_config.py").exists():
        raise UserError(f"{course} is not the folder of a course: it has no nbgrader_config.py.")
    destination.mkdir(parents=True, exist_ok=True)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.release_directory = str(destination)
    config.GenerateAssignment.no_database = True                # as nbgrader generate_assignment --no-db
    config.SaveCells.enabled = False
    for lesson in lessons:
        _generate_lesson(lesson, config)
        for notebook in sorted((course / "solutions" / lesson).glob("*.ipynb")):
            _refuse_leaks(notebook, destination / lesson / notebook.name)


def _generate_lesson(lesson, config):
    with _nbgrader_log() as messages:
        folders = CourseDirectory(config=config)
        folders.assignment_id = lesson
        try:
            GenerateAssignment(coursedir=folders, config=config).start()
        except NbGraderException as error:
            # nbgrader logs a traceback; its last line is what the author needs.
            reasons = [line for text in messages for line in text.splitlines()
                       if re.match(r"\w*(Error|Exception)\b.*: ", line)]
            raise UserError(f"the lesson {lesson} cannot be released: {(reasons or [str(error)])[-1]}") from error


@contextmanager
def _nbgrader_log():
    """Collect what nbgrader logs instead of showing it."""
    messages = []

    class Collect(logging.Handler):
        def emit(self, record):
            messages.append(record.getMessage())

    logger, handler = traitlets_log.get_logger(), Collect()
    handlers, propagate, level = logger.handlers, logger.propagate, logger.level
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        yield messages
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


# ------------------------------------------------------------------------------------------------ keeping secrets

def secret_lines(notebook):
    """Lines of a lesson (as JSON) that must not reach students: solutions, hidden tests, mark schemes, model answers.

    A line that also stands in the public part, as a line or as part of one, is no secret.
    """
    secret, public = [], []
    for cell in notebook["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        nbgrader = cell["metadata"].get("nbgrader", {})
        hidden = cell["cell_type"] == "markdown" and bool(nbgrader.get("solution"))
        for line in source.splitlines():
            if any(f"BEGIN {region}" in line for region in SECRET_REGIONS):
                hidden = True
            elif any(f"END {region}" in line for region in SECRET_REGIONS):
                hidden = False
            else:
                (secret if hidden else public).append(line.strip())
    public_text = "\n".join(public)
    return sorted({line for line in secret if line and line not in public_text})


def leaks(notebook, released):
    """The secret lines of `notebook` that the text of the released file holds, in a source or anywhere else."""
    strings = "\n".join(_strings(json.loads(released)))
    lines = {line.strip() for line in strings.splitlines()}
    found = [line for line in secret_lines(notebook) if line in lines or (len(line) >= 12 and line in strings)]
    return found + [f"{word} {region}" for region in SECRET_REGIONS for word in ("BEGIN", "END")
                    if f"{word} {region}" in strings]


def _strings(value):
    """All strings of a JSON value, keys too; a list of lines is one text."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ["".join(value)]
    items = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _strings(item)]


def _refuse_leaks(source, released):
    found = leaks(json.loads(source.read_text(encoding="utf-8")), released.read_text(encoding="utf-8"))
    if found:
        raise UserError(f"the release of {source.parent.name} would show students {found[0]!r}; nothing was written.")


# ------------------------------------------------------------------------------------------------ comparing, copying

def compare(fresh, release, lessons=None):
    """{path relative to notebooks/: "missing" | "different" | "extra"} for `lessons`, or for all of notebooks/."""
    made, there = _files(fresh, lessons), _files(release, lessons)
    differences = {path: "missing" for path in made - there}
    differences |= {path: "extra" for path in there - made}
    differences |= {path: "different" for path in made & there
                    if (fresh / path).read_bytes() != (release / path).read_bytes()}
    return dict(sorted(differences.items()))


def _files(folder, lessons):
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in paths
            if not any(fnmatch(part, pattern) for part in path.parts for pattern in NOT_OURS)
            and (lessons is None or path.parts[0] in lessons)}


def _report(differences, course):
    advice = {"missing": "is missing", "different": "is not what solutions/ gives",
              "extra": "is not made from solutions/: delete it, or add its lesson there"}
    for path, kind in differences.items():
        print(f"{shown(course / 'notebooks' / path)} {advice[kind]}")
    if differences:
        print("To make notebooks/ anew: python -m autograde release")
        return 1
    print("notebooks/ is what solutions/ gives.")
    return 0


def _copy(differences, fresh, course):
    for path, kind in differences.items():
        target = course / "notebooks" / path
        if kind == "extra":
            print(f"{shown(target)} is not made from solutions/; it was left alone.")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((fresh / path).read_bytes())
        print(f"{shown(target)} written")
    if not differences:
        print("notebooks/ is up to date.")
    return 0
