"""What a test of a lesson needs of it: the cells' texts, what they printed, and the names that the solution defines."""
import contextlib
import functools
import io
import json

from autograde.lesson import load_lesson


class _NoPlot:
    """In place of striate.plot: every helper is there and draws nothing."""

    def __getattr__(self, name):
        return lambda *arguments, **keywords: None


def _text(output):
    """What an output shows as text: a stream, or the text of a value or of a progress bar; not that of a figure."""
    data = output.get("data", {})
    if "text" in output or "image/png" in data or "text/plain" not in data:
        return "".join(output.get("text", []))
    return "".join(data["text/plain"]) + "\n"


class Reader:
    """One solved lesson, by its folder's name such as "02_convolution"."""

    def __init__(self, name):
        self.name, self.lesson = name, load_lesson(name)
        cells = json.loads(self.lesson.path.read_text(encoding="utf-8"))["cells"]
        self.texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
        self._printed = {cell["id"]: "".join(map(_text, cell.get("outputs", []))) for cell in cells}

    def text(self, cell):
        """A cell as it is written."""
        return self.texts[cell]

    def source(self, cell):
        """A cell's text on one line, so that it does not matter where its lines break."""
        return " ".join(self.texts[cell].split())

    def printed(self, cell):
        """What a cell printed when the notebook was last run, values and progress included."""
        return self._printed[cell]

    @functools.cached_property
    def _names(self):
        names = {"__name__": f"lesson_{self.name}"}
        for cell in self.lesson.with_role("imports", "set-up", "answer"):
            exec(compile(cell.source, cell.id, "exec"), names)
        return names

    def names(self):
        """A fresh dict of the names that imports, set-up cells and solutions define."""
        return dict(self._names)

    def run_demo(self, cell, names):
        """Run a demonstration without its figures, on a copy of `names`; returns the names it leaves."""
        names = {**names, "plot": _NoPlot()}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(self.texts[cell], cell, "exec"), names)
        return names
