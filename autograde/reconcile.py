"""Lay a student's cells over the pristine lesson: what runs, in which order, and what became of each graded cell.

From the student's file comes only the source text of answer cells, of written answers, and of code cells the student
added. Tests, imports and set-up are the pristine ones; metadata, tags, outputs and points of the file count for
nothing. Cells are recognised by their grade_id, else by their cell id, else by their text.
"""
import ast
import re
from dataclasses import dataclass, field

from striate.outline import plain_source

MOST_CELLS = 2_000            # a lesson has about a hundred; reading and running these costs the grader time
MOST_CODE = 2_000_000         # characters in all code cells together


@dataclass
class Laid:
    """A submission laid over its lesson."""
    cells: list = field(default_factory=list)       # (cell id, source) to run, in order
    answers: dict = field(default_factory=dict)     # grade_id -> source as handed in
    verdicts: dict = field(default_factory=dict)    # grade_id -> what became of the cell
    flags: list = field(default_factory=list)       # sentences for the teaching assistant


def reconcile(lesson, notebook):
    """lesson: a Lesson; notebook: the student's notebook as a dict, see intake.decode_notebook. Returns a Laid.

    Raises ValueError, with one sentence for the student, for a notebook that is too large to be an answer.
    """
    cells = [raw for raw in notebook["cells"] if isinstance(raw, dict)]
    _refuse_too_large(cells)
    known = {cell.id: cell for cell in lesson.cells}
    by_text = {plain_source(cell.released): cell for cell in lesson.cells if cell.source.strip()}
    laid, order, copies, previous = Laid(), [], {}, None
    for number, raw in enumerate(cells):
        source = _source(raw)
        cell = _recognise(raw, known) or by_text.get(plain_source(source))
        if cell is None and raw.get("cell_type") == "code" and source.strip():
            order.append((f"added-{number}", source))
        elif cell is None and previous and raw.get("cell_type") == "markdown":
            cell = _written_after(lesson, previous)          # a written answer that lost its metadata
            if cell and cell.id not in copies:
                copies[cell.id] = [source]
        elif cell is not None:
            copies.setdefault(cell.id, []).append(source)
            order.append((cell.id, source))
            previous = cell
    for cell in lesson.with_role("answer", "written"):
        laid.answers[cell.id], laid.verdicts[cell.id] = _judge_answer(cell, copies.get(cell.id, []), order)
    for cell in lesson.with_role("test"):
        laid.verdicts[cell.id] = _judge_test(cell, copies.get(cell.id, []))
    _note_moved(lesson, order, laid)
    laid.cells = _cells_to_run(lesson, known, order)
    laid.flags = [f"{verdict}: {', '.join(cell for cell in laid.verdicts if laid.verdicts[cell] == verdict)}"
                  for verdict in sorted(set(laid.verdicts.values()) - {"as released", "answered"})]
    return laid


def _refuse_too_large(cells):
    code = sum(len(_source(raw)) for raw in cells if raw.get("cell_type") != "markdown")
    if len(cells) > MOST_CELLS:
        raise ValueError(f"The notebook has {len(cells):,} cells; delete those that do not belong to it and hand it in again.")
    if code > MOST_CODE:
        raise ValueError(f"The notebook has {code:,} characters of code; delete what does not belong to it and hand it in again.")


def _recognise(raw, known):
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    nbgrader = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    for identity in nbgrader.get("grade_id"), raw.get("id"):
        if isinstance(identity, str) and identity in known:
            return known[identity]
    return None


def _judge_answer(cell, sources, order):
    """The source that counts, and the verdict, for an answer or a written answer."""
    answered = [source for source in sources if plain_source(source) != plain_source(cell.released)]
    if len(sources) > 1:
        return (answered or sources)[-1], "duplicated"
    if answered:
        return answered[0], "answered"
    if sources:
        return sources[0], "as released"
    if cell.role == "answer":
        for identity, source in reversed(order):             # its code may live on in a cell with another name
            if identity.startswith("added-") and defined_names(source) & defined_names(cell.source):
                return source, "renamed"
    return "", "missing"


def _judge_test(cell, sources):
    if not sources:
        return "missing"
    if len(sources) > 1:
        return "duplicated"
    return "as released" if plain_source(sources[0]) == plain_source(cell.released) else "restored"


def _note_moved(lesson, order, laid):
    """Mark the answer cells that no longer stand in the lesson's order."""
    expected = [cell.id for cell in lesson.with_role("answer", "test")]
    places = [expected.index(identity) for identity, _ in order if identity in expected]
    for before, after in zip(places, places[1:]):
        if after < before and laid.verdicts[expected[after]] in ("answered", "as released"):
            laid.verdicts[expected[after]] = "moved"


def _cells_to_run(lesson, known, order):
    """Imports first, then the student's order; set-up cells that are gone come back behind their old neighbour."""
    imports = [(cell.id, cell.source) for cell in lesson.with_role("imports")]
    run = []
    for identity, source in order:
        role = known[identity].role if identity in known else "added"
        if role == "set-up" and identity not in dict(run):
            run.append((identity, known[identity].source))
        elif role == "added" or role == "answer" and _counts(known[identity], source, order):
            run.append((identity, source))
    for cell in lesson.with_role("set-up"):
        if cell.id not in dict(run):
            run.insert(_place_after_neighbour(lesson, cell, run), (cell.id, cell.source))
    return imports + run


def _counts(cell, source, order):
    """An untouched copy of an answer cell does not undo an answer given in another copy."""
    others = [other for identity, other in order if identity == cell.id]
    plain = plain_source(source)
    return plain != plain_source(cell.released) or all(plain_source(other) == plain for other in others)


def _place_after_neighbour(lesson, cell, run):
    ids = [identity for identity, _ in run]
    before = [other.id for other in lesson.cells[:lesson.cells.index(cell)] if other.id in ids]
    return ids.index(before[-1]) + 1 if before else 0


def _written_after(lesson, previous):
    following = lesson.cells[lesson.cells.index(previous) + 1:]
    return following[0] if following and following[0].role == "written" else None


def _source(raw):
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def defined_names(source):
    """Names of functions, classes and variables that a cell defines at top level, also where it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"(?m)^(?:def|class)\s+(\w+)", source))
    named = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))}
    return named | {target.id for node in body if isinstance(node, ast.Assign)
                    for target in node.targets if isinstance(target, ast.Name)}
