"""The outline of a lesson, read from its notebook: every exercise, prediction and written question with its tests.

Only what the release locks is needed of the file (headings, test cells, points), so a file that is saved a little later
than the screen shows is as good. Cells that a student copied, deleted or spoilt are no error.
"""
import ast
import re
from dataclasses import dataclass, field

HEADING = re.compile(r"^#+ (Exercise|Predict|Written question) (\d+\.\d+): (.+?)(?: \([^()]*\bpoints?\b[^()]*\))?\s*$",
                     re.MULTILINE)
GRADED = re.compile(r"(test|written)-(\d+)-(\d+)(p?)(?:-|$)")
WRITTEN_STUB = "YOUR ANSWER HERE"            # what nbgrader puts in place of a written answer


@dataclass(frozen=True)
class Test:
    """One test cell: what it says in this notebook, and whether that is what the release said."""
    id: str
    source: str
    points: float
    uses: frozenset = frozenset()            # names that the student's answers define
    changed: bool = False


@dataclass
class Part:
    """One exercise, prediction or written question."""
    kind: str                                # "Exercise", "Predict" or "Written question"
    number: str                              # "2.3"
    title: str
    tests: list = field(default_factory=list)
    written_points: float = 0
    unwritten: bool = False                  # the written answer is still empty in the file

    @property
    def points(self):
        return self.written_points + sum(test.points for test in self.tests)


def read_notebook(path):
    """The notebook of a file, in version 4; raises ValueError with a sentence if there is none in it."""
    import nbformat                                            # here, because only the last cell of a lesson needs it

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:                                 # damaged files make nbformat fail in many ways
        raise ValueError(f"{path} is not a notebook, or it is damaged.") from error


def read_outline(notebook):
    """notebook: what read_notebook gives → a list of Parts in the notebook's order; [] if it is no lesson."""
    titles = {(kind, number): title.replace("`", "")
              for cell in notebook.cells if cell.cell_type == "markdown"
              for kind, number, title in HEADING.findall(cell.source)}
    answers = frozenset().union(*(defined_names(cell.source) for cell in notebook.cells
                                  if cell.cell_type == "code" and _nbgrader(cell).get("solution")))
    parts, seen = {}, set()
    for cell in notebook.cells:
        name = _nbgrader(cell).get("grade_id")
        found = GRADED.match(name) if isinstance(name, str) and _nbgrader(cell).get("grade") else None
        if not found or name in seen:                          # a copy of a cell counts once
            continue
        seen.add(name)
        number = f"{found[2]}.{found[3]}"
        kind = _kind(found, number, titles)
        part = parts.setdefault((kind, number), Part(kind, number, titles.get((kind, number), "")))
        if kind == "Written question":
            part.written_points, part.unwritten = _points(cell), cell.source.strip() in ("", WRITTEN_STUB)
        else:
            part.tests.append(Test(name, cell.source, _points(cell), used_names(cell.source) & answers, _changed(cell)))
    return list(parts.values())


def _kind(found, number, titles):
    """What a graded cell belongs to, by the match of its id: test-2-1p-… is the test of a prediction."""
    if found[1] == "written":
        return "Written question"
    only_predicted = ("Predict", number) in titles and ("Exercise", number) not in titles
    return "Predict" if found[4] or only_predicted else "Exercise"


def _nbgrader(cell):
    data = cell.metadata.get("nbgrader")
    return data if isinstance(data, dict) else {}


def _points(cell):
    points = _nbgrader(cell).get("points")
    return points if isinstance(points, (int, float)) else 0


def _changed(cell):
    """Whether a released test cell differs from what was released: nbgrader left its checksum in the metadata."""
    if cell.cell_type != "code":
        return True
    if "checksum" not in cell.metadata.nbgrader:               # in solutions/ there is none
        return False
    from nbgrader.utils import compute_checksum                # here, because it takes a second

    try:
        return compute_checksum(cell) != cell.metadata.nbgrader["checksum"]
    except (TypeError, ValueError):                            # its points are no number any more
        return True


# ---------------------------------------------------------------------------------------------- code as text, and its names

def plain_source(source):
    """Source text for comparing: without spaces at line ends and empty lines around it."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def defined_names(source):
    """Names that code defines at its top level: functions, classes, variables. Empty for what is no plain Python."""
    names = set()
    for node in _body(source):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return frozenset(names)


def used_names(source):
    return frozenset(part.id for node in _body(source) for part in ast.walk(node) if isinstance(part, ast.Name))


def _body(source):
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
