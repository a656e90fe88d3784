"""The rules between the cells of a lesson; see lint.py for those of a single cell."""
import builtins

from autograde.lesson import bound_names, free_names

MAX_LESSON_LINES = 270        # of code that is not a test; about 250, and lines are short
OVERVIEW = "your-progress"    # the last code cell, one line that every lesson has
NOTEBOOK_NAMES = {"display", "get_ipython"}


def check(cells, path, course, complain):
    """Call `complain(cell or None, problem)` for each broken rule. `cells` are lint.Cell objects in order."""
    _check_ids(cells, complain)
    _check_names(cells, complain)
    _check_pairs(cells, complain)
    _check_folder(cells, path.parent.name, course, complain)
    _check_whole(cells, complain)


def _check_ids(cells, complain):
    seen = set()
    for cell in cells:
        if cell.id in seen:
            complain(cell, "its id is used twice. Give one of the cells another.")
        seen.add(cell.id)
    code = [cell for cell in cells if cell.type == "code"]
    if not code or code[0].id != "imports" or "imports" not in code[0].tags:
        complain(None, "the first code cell must have the id imports and the tag imports.")


def _check_names(cells, complain):
    """Who may use whose names: tests the imports and answers before them; others whatever stands before, tests apart.

    Demos are left out when grading, so only demos may use what demos bind.
    """
    imports, answers, graded, shown_only = set(), {}, set(), set()
    for cell in cells:
        if cell.tree is None:
            continue
        bound, free = bound_names(cell.source), set(free_names(cell.source)) - NOTEBOOK_NAMES
        if cell.kind == "test":
            for name in sorted(free - imports - set(answers)):
                complain(cell, f"uses {name!r}, which is neither imported nor an answer before it. "
                               "A test makes its own data and helpers.")
            for name in sorted(bound & (imports | set(answers) | graded)):
                complain(cell, f"binds {name!r}, which the lesson already has. Choose another name.")
            continue
        known = imports | graded | (shown_only if cell.demo else set())
        for name in sorted(free - known):
            complain(cell, f"uses {name!r}, which no {'' if cell.demo else 'demo or '}test may provide and no cell "
                           "before it binds.")
        if cell.kind == "imports":
            imports |= bound
        elif cell.demo:
            shown_only |= bound
        else:
            graded |= bound
        if cell.kind in ("exercise", "predict"):
            answers |= dict.fromkeys(bound, cell.id)
        for name in sorted(bound & set(dir(builtins))):
            complain(cell, f"binds {name!r}, a name of Python's own. Choose another.")


def _check_pairs(cells, complain):
    """Every answer has a test after it, every test an answer before it, every question a written answer."""
    answered, tested = {}, set()
    for cell in cells:
        if cell.kind in ("exercise", "predict"):
            answered[cell.kind, cell.number] = cell
        elif cell.kind == "test":
            wanted = [("predict", cell.number)] if cell.of_prediction else [("exercise", cell.number), ("predict", cell.number)]
            found = [answer for answer in wanted if answer in answered][:1]
            tested.update(found)
            if not found:
                complain(cell, f"there is no exercise or prediction {cell.lesson}.{cell.number} before it.")
    for answer, cell in answered.items():
        if answer not in tested:
            complain(cell, "has no test cell of its number after it.")
    for one, other in (("question", "written"), ("written", "question")):
        partners = {cell.id.partition("-")[2] for cell in cells if cell.kind == other}
        for cell in cells:
            if cell.kind == one and cell.id.partition("-")[2] not in partners:
                complain(cell, f"has no cell {other}-{cell.id.partition('-')[2]}.")


def _check_folder(cells, folder, course, complain):
    """A lesson's number is its folder's, and its wrong answers are in tests/mutants/."""
    lesson = str(int(folder[:2])) if folder[:2].isdigit() else folder
    mutants = course / "tests" / "mutants" / f"{folder}.py"
    text = mutants.read_text(encoding="utf-8") if mutants.exists() else ""
    for cell in cells:
        if cell.lesson and cell.lesson != lesson:
            complain(cell, f"its number says lesson {cell.lesson}, but its folder is {folder}.")
        if cell.kind == "exercise" and f'"{cell.id}"' not in text:
            complain(cell, f"tests/mutants/{folder}.py has no wrong answer for it. Add some.")


def _check_whole(cells, complain):
    total = sum(1 for cell in cells if cell.type == "code" and cell.kind != "test" and cell.id != OVERVIEW
                for line in cell.code_lines if line.strip())
    if total > MAX_LESSON_LINES:
        complain(None, f"has {total} lines of code besides its tests. {MAX_LESSON_LINES} is the most.")
    if not any(cell.outputs for cell in cells):
        complain(None, "has no outputs. Run it top to bottom and save it, or nbval has nothing to compare.")
