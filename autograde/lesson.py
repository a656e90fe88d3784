"""A lesson as its author wrote it: the pristine notebook in solutions/, read into one object.

Every cell has a role, told from its nbgrader metadata and tags:

imports   the import statements; run in the grader and in the student's process
set-up    other course code that later cells need; run in the student's process
demo      figures, timings, training; left out when grading
answer    the student's code (exercise or prediction)
test      a graded test cell; run in the grader's process only
written   a written answer, graded by a person
text      everything else
"""
import ast
import builtins
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from striate.outline import WRITTEN_STUB

from autograde.errors import UserError

COURSE = Path(__file__).resolve().parent.parent
SOLUTIONS = COURSE / "solutions"


@dataclass(frozen=True)
class Cell:
    id: str
    role: str
    source: str            # as in solutions/, with solutions and hidden tests
    points: int = 0        # of a test or a written answer

    @property
    def exercise(self):
        """"2.3" for exercise-2-3-im2col and test-2-3-shape, else ""."""
        found = re.match(r"[a-z]+-(\d+)-(\d+[a-z]?)-", self.id + "-")
        return f"{found[1]}.{found[2]}" if found else ""

    @property
    def words(self):
        """"stride padding" of test-2-1-stride-padding."""
        return re.sub(r"^[a-z]+-\d+-\d+[a-z]?-", "", self.id).replace("-", " ")

    @cached_property
    def released(self):
        """The source as students get it."""
        if self.role == "answer":
            return stub(self.id, self.source)
        if self.role == "written":
            return WRITTEN_STUB
        return _without_region(self.source, "HIDDEN TESTS" if self.role == "test" else "MARK SCHEME")


@dataclass(frozen=True)
class Lesson:
    name: str              # "02_convolution"
    path: Path             # solutions/02_convolution/convolution.ipynb
    cells: tuple[Cell, ...]

    def with_role(self, *roles):
        return [cell for cell in self.cells if cell.role in roles]

    @property
    def max_score(self):
        """Points of the automatic tests."""
        return sum(cell.points for cell in self.with_role("test"))

    @cached_property
    def tests_hash(self):
        """sha256 of everything in the lesson that can change a verdict."""
        content = [(cell.id, cell.role, cell.source, cell.points) for cell in self.cells if cell.role != "text"]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def stub(cell_id, source):
    """What a student gets in place of an answer cell's SOLUTION region.

    The number in the message comes from the cell's id: exercise-2-3-im2col raises "Exercise 2.3". A prediction keeps
    only the lines around the region.
    """
    number = Cell(cell_id, "answer", "").exercise
    lines, inside = [], False
    for line in source.split("\n"):
        if "### BEGIN SOLUTION" in line:
            inside = True
            if not cell_id.startswith("predict-"):
                indent = line[:len(line) - len(line.lstrip())]
                lines += [f"{indent}# YOUR CODE HERE", f'{indent}raise NotImplementedError("Exercise {number}")']
        elif "### END SOLUTION" in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines).rstrip("\n")


def _without_region(source, name):
    """The source without what stands between `### BEGIN name` and `### END name`, these lines included."""
    return re.sub(rf"(?ms)^[^\n]*### BEGIN {name}.*?### END {name}[^\n]*\n?", "", source).rstrip("\n")


def lesson_names(solutions=SOLUTIONS):
    """{"02_convolution": "convolution.ipynb", ...} in teaching order."""
    return {path.parent.name: path.name for path in sorted(solutions.glob("[0-9][0-9]_*/*.ipynb"))
            if path.parent.name[3:] == path.stem}


def load_lesson(name, solutions=SOLUTIONS):
    """Read one lesson by its folder's name; raises UserError if there is no such lesson."""
    known = lesson_names(solutions)
    if name not in known:
        raise UserError(f"There is no lesson {name!r}. The lessons are: {', '.join(known) or 'none yet'}.")
    path = solutions / name / known[name]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return Lesson(name, path, tuple(map(_read_cell, notebook["cells"])))


def _read_cell(cell):
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    nbgrader = cell["metadata"].get("nbgrader", {})
    tags = cell["metadata"].get("tags", [])
    role = "text"
    if cell["cell_type"] == "markdown":
        role = "written" if nbgrader.get("grade") else "text"
    elif nbgrader.get("grade"):
        role = "test"
    elif nbgrader.get("solution"):
        role = "answer"
    elif cell["cell_type"] == "code":
        role = "imports" if "imports" in tags else "demo" if "demo" in tags else "set-up"
    points = nbgrader.get("points", 0) if nbgrader.get("grade") else 0
    return Cell(cell.get("id", ""), role, source, points)


@cache
def bound_names(source):
    """Names that a cell's code binds at its top level (imports, functions, classes, assignments)."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(name for statement in ast.parse(source).body
                     for node in ([statement] if isinstance(statement, definitions) else ast.walk(statement))
                     for name in _binds(node))


@cache
def free_names(source):
    """Names that a cell's code uses but neither binds anywhere itself nor finds among Python's builtins."""
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {name for node in ast.walk(tree) for name in _binds(node)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return sorted(name for name in used - bound if not hasattr(builtins, name))


def _binds(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name.split(".")[0]) for alias in node.names]
    if isinstance(node, ast.ExceptHandler) and node.name:
        return [node.name]
    return []

