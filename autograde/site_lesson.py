"""A lesson as the site shows it: the cells of its release, with the figures and texts of its demonstrations.

The text and the code are those of the released notebook, so no solution, hidden test or mark scheme is among them. What
demonstrations and set-up cells printed when the author last ran the lesson comes from solutions/. What answer cells and
tests printed is left out, and so is a printed text that holds the answer to a prediction (`given_away`).
"""
import ast
import base64
import io
import re
from dataclasses import dataclass
from html import escape

import numpy as np
from nbconvert.filters.highlight import Highlight2HTML
from PIL import Image

from autograde.errors import UserError
from autograde.site_markdown import Page
from striate.notebook import wrapped
from striate.outline import WRITTEN_STUB

SHOWN = ("demo", "set-up")       # roles of the cells whose outputs are shown
WIDGET = "Here the notebook has sliders to play with."
KEPT_BACK = "What this cell prints holds the answer to a prediction. Run the notebook to see it."


@dataclass(frozen=True)
class Figure:
    file: str          # address inside the site, such as "02_convolution/demo-opening-1.png"
    png: bytes
    alt: str           # the caption, or what can be said without one
    caption: str

    @property
    def size(self):
        """(width, height) in pixels."""
        return Image.open(io.BytesIO(self.png)).size


def cells_of(lesson, solved, released):
    """(cells, Page, kept back) of a lesson's page.

    lesson: a lesson.Lesson; solved, released: its notebooks in solutions/ and as students get it, read by nbformat.
    Each cell is a dict with "id", "role", "html" and "outputs"; an output is a Figure or a dict with "text" or "note".
    Page knows the headings. kept back: ids of the cells whose printed text was left out.
    """
    page, answers = Page(), given_away(lesson)
    roles = {cell.id: cell for cell in lesson.cells}
    outputs = {cell.id: cell.get("outputs", []) for cell in solved.cells}
    highlight = Highlight2HTML(pygments_lexer="python")
    cells, kept_back = [], []
    for cell in released.cells:
        known = roles[cell.id]
        shown = {"id": known.id, "role": known.role, "exercise": known.exercise, "points": known.points, "outputs": [],
                 "predicted": known.id.startswith("predict-"), "words": known.words}
        if cell.cell_type == "code":
            shown["html"] = highlight(cell.source)
        elif known.role == "written":
            shown["html"] = f"<p>{escape(WRITTEN_STUB.capitalize())}.</p>"
        else:
            shown["html"] = page.html(cell.source)
        if known.role in SHOWN:
            section = re.sub(r"<[^>]+>", "", page.headings(2)[-1][1]) if page.headings(2) else "the opening"
            shown["outputs"] = _outputs(outputs[known.id], f"{lesson.name}/{known.id}", section, answers)
            if {"note": KEPT_BACK} in shown["outputs"]:
                kept_back.append(known.id)
        cells.append(shown)
    return cells, page, kept_back


def _outputs(outputs, file, section, answers):
    """What the site shows of a cell's outputs: figures with their captions, texts, and notes in place of the rest."""
    shown, caption = [], ""
    for output in outputs:
        if "image/png" in output.get("data", {}):
            stored = output.metadata.get("image/png", {}).get("alt", "")         # and printed below it, by striate.plot
            caption = "" if _holds(stored, answers) else stored
            count = sum(isinstance(item, Figure) for item in shown) + 1
            shown.append(Figure(f"{file}-{count}.png", base64.b64decode(output.data["image/png"]),
                                caption or f"A figure of the section “{section}”.", caption))
        elif output.output_type == "stream":
            _add_text(shown, output.text.removeprefix(wrapped(caption)), answers)
            caption = ""
        else:
            _add_text(shown, output.data["text/plain"], answers)
    return shown


def _add_text(shown, text, answers):
    """Add a printed text to `shown`: to the text before it, if there is one, or a note in its place."""
    text = text.strip("\n")
    if text.startswith("interactive("):
        shown.append({"note": WIDGET})
    elif _holds(text, answers):
        shown.append({"note": KEPT_BACK})
    elif text.strip() and shown and not isinstance(shown[-1], Figure) and "text" in shown[-1]:
        shown[-1]["text"] += "\n" + text
    elif text.strip():
        shown.append({"text": text})


# ------------------------------------------------------------------------------------------------ predictions

def given_away(lesson):
    """Answers to the lesson's predictions as a demonstration might print them: ["34_944", "34944", "34,944"].

    A reader of the site sees what demonstrations print before he has predicted anything. Whole numbers below 100 are
    left out: they stand in nearly every text, and tell nobody that they are the answer.
    """
    found = []
    for cell in lesson.with_role("answer"):
        if cell.id.startswith("predict-"):
            found += [text for value, written in _predicted(cell) for text in _written_forms(value, written)]
    return found


def _predicted(cell):
    """[(value, how the author wrote it)] of what a prediction's solution assigns."""
    region = cell.source.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0].strip()
    try:
        assigned = [statement.value for statement in ast.parse(region).body if isinstance(statement, ast.Assign)]
        return [(eval(ast.unparse(value), {"np": np}), ast.get_source_segment(region, value)) for value in assigned]
    except Exception as error:
        raise UserError(f"the prediction {cell.id} cannot be computed without the rest of its lesson ({error}); "
                        "write its solution as a number, or as arithmetic.") from error


def _written_forms(value, written):
    """5.30 stays as the author wrote it: a table that shows 5.3 somewhere gives nothing away."""
    if value == int(value):
        return [f"{value:.0f}", f"{value:,.0f}"] if abs(value) >= 100 else []
    return [written if re.fullmatch(r"-?[\d.]+", written) else f"{value}"]


def _holds(text, answers):
    return any(re.search(rf"(?<![\w.,-]){re.escape(answer)}(?![\w]|[.,]\d)", text) for answer in answers)
