"""The rules for lessons, checked without running anything.

`check_notebook` gives a list of findings, each with the file, the cell, what is wrong and what to do. The rules keep
three promises: a test cell gets the same verdict in the notebook, in plain nbgrader and in our grader; a release never
leaks; and a second run of a lesson prints what the first one did. Rules for one cell are here, those between the cells
of a lesson in lint_lesson.py, those that let everybody read it in lint_reading.py.
"""
import ast
import re
from dataclasses import dataclass

from autograde import lint_lesson, lint_reading
from autograde.tidy import COURSE, MAY_WARN, shown
from striate.notebook import PASSED

MAX_CELL_LINES = 30
MAX_PNG = 160_000             # characters of base64, that is about 120 kB
REGIONS = {"SOLUTION": ("exercise", "predict"), "HIDDEN TESTS": ("test",), "MARK SCHEME": ("question",)}
GRADED_ID = re.compile(r"(exercise|predict|test|question|written)-(\d+)-(\d+)(p?)-[a-z0-9-]+")
#              grade, solution, locked, cell type
FLAGS = {
    "imports": (False, False, True, "code"),
    "exercise": (False, True, False, "code"),
    "predict": (False, True, False, "code"),
    "test": (True, False, True, "code"),
    "question": (False, False, True, "markdown"),
    "written": (True, True, False, "markdown"),
}


@dataclass(frozen=True)
class Finding:
    path: object
    cell: str
    problem: str       # what is wrong, and what to do

    def __str__(self):
        return f"{shown(self.path)}, {'cell ' + self.cell if self.cell else 'notebook'}: {self.problem}"


class Cell:
    """One cell of the raw notebook, with what the rules ask of it."""

    def __init__(self, raw):
        self.id = raw.get("id", "")
        self.type = raw["cell_type"]
        self.source = raw["source"] if isinstance(raw["source"], str) else "".join(raw["source"])
        self.nbgrader = raw["metadata"].get("nbgrader")
        self.tags = raw["metadata"].get("tags", [])
        self.outputs = raw.get("outputs", [])
        named = GRADED_ID.fullmatch(self.id)
        self.kind = "imports" if self.id == "imports" else named[1] if named else ""
        self.lesson = named[2] if named else ""
        self.number = named[3] if named else ""
        self.of_prediction = bool(named and named[4])        # test-2-1p-side belongs to predict-2-1-…
        self.tree = None                       # of a code cell that parses

    @property
    def visible(self):
        """The source without hidden tests."""
        return re.sub(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS$", "", self.source, flags=re.S | re.M)

    @property
    def code_lines(self):
        """The lines of a cell, without the marks around solutions and hidden tests and without lines of mere text.

        A caption may take the lines that it needs: text in quotes is no code to be understood.
        """
        return [line for line in self.source.split("\n") if not re.match(r"\s*### (BEGIN|END) ", line)
                and not re.fullmatch(r"""\s*f?("([^"\\]|\\.)*"|'([^'\\]|\\.)*')[),]*""", line)]

    @property
    def demo(self):
        return "demo" in self.tags


def check_notebook(notebook, path, course=COURSE):
    """Check one notebook (as JSON). `path` is solutions/NN_name/name.ipynb; mutants are looked up in `course`."""
    cells = [Cell(raw) for raw in notebook["cells"]]
    problems = []

    def complain(cell, problem):
        problems.append(Finding(path, cell.id if cell else "", problem))

    for cell in cells:
        if cell.type == "code":
            try:
                cell.tree = ast.parse(cell.source)
            except SyntaxError as error:
                complain(cell, f"is not plain Python ({error.msg}, line {error.lineno}). Magics do not run when grading.")
        _check_identity(cell, complain)
        _check_regions(cell, complain)
        _check_statements(cell, complain)
        _check_length(cell, complain)
        _check_outputs(cell, complain)
    lint_lesson.check(cells, path, course, complain)
    lint_reading.check(cells, complain)
    return problems


def _check_identity(cell, complain):
    if not re.fullmatch(r"[a-z0-9-]{1,64}", cell.id):
        complain(cell, "the id must be 1 to 64 of the characters a-z, 0-9 and -. Give it one, or run tidy.")
    if cell.nbgrader is None:
        if cell.kind:
            complain(cell, "has the id of a graded cell but no nbgrader metadata. Add it, or give it another id.")
        return
    if not cell.kind:
        complain(cell, "has nbgrader metadata but its id is not imports, exercise-, predict-, test-, question- or "
                       "written-LESSON-NUMBER-name.")
        return
    if cell.nbgrader.get("grade_id") != cell.id:
        complain(cell, f"has the grade_id {cell.nbgrader.get('grade_id')!r}. Id and grade_id must be the same: run tidy.")
    if cell.nbgrader.get("schema_version") != 3:
        complain(cell, "must have nbgrader schema_version 3.")
    flags = (*(cell.nbgrader.get(key) for key in ("grade", "solution", "locked")), cell.type)
    if flags != FLAGS[cell.kind]:
        complain(cell, "must be grade {}, solution {}, locked {}, cell type {}, ".format(*FLAGS[cell.kind])
                 + "but is {}, {}, {}, {}.".format(*flags))
    points = cell.nbgrader.get("points")
    if FLAGS[cell.kind][0] and (type(points) is not int or points < 1):
        complain(cell, f"has {points!r} points. Give it a whole number of at least 1.")


def _check_regions(cell, complain):
    lines = cell.source.split("\n")
    for region, kinds in REGIONS.items():
        marks = [(number, line.strip()) for number, line in enumerate(lines)
                 if re.search(rf"(BEGIN|END)\s+{region}", line, re.I)]
        words = [line for _, line in marks]
        begin, end = f"### BEGIN {region}", f"### END {region}"
        wanted = cell.kind in ("exercise", "predict", "question") and cell.kind in kinds
        if cell.kind not in kinds:
            if marks:
                complain(cell, f"{words[0]!r} belongs into a cell {'- or '.join(kinds)}-… only.")
        elif (marks or wanted) and words != [begin, end]:
            complain(cell, f"must have one line {begin!r} and after it one line {end!r}, spelled just so.")
        elif marks and not "".join(lines[marks[0][0] + 1:marks[1][0]]).strip():
            complain(cell, f"nothing stands between {begin!r} and {end!r}.")
    if cell.kind == "exercise" and "NotImplementedError" in cell.source:
        complain(cell, "the release writes the NotImplementedError. Leave it out.")
    if cell.kind == "predict" and not re.match(r"\w+ = None   # your prediction: \S", cell.source):
        complain(cell, "the first line must be `name = None   # your prediction: ` and what is asked for.")
    if cell.kind == "test" and not cell.visible.strip():
        complain(cell, "shows the student nothing. Start with a visible check or a comment.")


def _says_passed(output):
    """Whether an output is the line that a notebook shows when all checks of a cell held."""
    return output.get("name") == "stdout" and "".join(output.get("text", "")).strip() == PASSED


def _check_outputs(cell, complain):
    if cell.kind == "test" and any(not _says_passed(output) for output in cell.outputs):
        complain(cell, "a test cell must not print or show anything itself: plain nbgrader would read it as a score.")
    for output in cell.outputs:
        texts = [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
        text = "".join("".join(part) for part in texts)
        if output["output_type"] == "error" and "nbval-raises-exception" not in cell.tags:
            complain(cell, f"ended with {output.get('ename')}. Run the lesson again, top to bottom.")
        if output.get("name") == "stderr" and MAY_WARN not in cell.tags:
            complain(cell, f"warns on stderr: {text.strip().splitlines()[-1][:80]!r}. Repair the cause.")
        if re.search(r"\b0x[0-9a-f]{6,}", text) and MAY_WARN not in cell.tags:
            complain(cell, "prints a memory address, which differs in every run. End on plt.show() or a value.")
        if len(output.get("data", {}).get("image/png", "")) > MAX_PNG:
            complain(cell, "shows a picture of more than 120 kB. Lower its dpi or size.")


def _check_statements(cell, complain):
    if cell.tree is None:
        return
    if cell.kind == "imports":
        if any(not isinstance(node, (ast.Import, ast.ImportFrom)) for node in cell.tree.body):
            complain(cell, "may hold import statements only.")
    elif any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(cell.tree)):
        complain(cell, "imports something. Only the imports cell does.")
    if cell.kind == "test" and any(_ends_on_value(source) for source in (cell.source, cell.visible)):
        complain(cell, "ends with an expression: plain nbgrader would read its value as the score. "
                       "End with a check.… call.")


def _ends_on_value(source):
    """True if a notebook would show the value of the last statement. A check's value is None."""
    body = ast.parse(source).body
    if not body or not isinstance(body[-1], ast.Expr):
        return False
    call = body[-1].value
    return not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name) and call.func.value.id == "check")


def _check_length(cell, complain):
    if cell.type == "code" and len(cell.code_lines) > MAX_CELL_LINES:
        complain(cell, f"has {len(cell.code_lines)} lines of code. {MAX_CELL_LINES} is the most: split it.")
