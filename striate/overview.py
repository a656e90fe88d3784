"""The overview of a lesson: each exercise with a mark, its points, and what the first test that does not hold says.

A lesson's last cell shows it (`check.progress()`, see notebook.py), and so does JupyterLab's Validate button (see
validate.py). Both read the exercises from the notebook's file (outline.py) and say how each test ended.
"""
import html
import re
import textwrap
from dataclasses import dataclass

WIDTH = 88                   # characters; JupyterLab breaks longer lines in the middle of a word
LONGEST_TITLE, LONGEST_MESSAGE = 46, 400
CELL = "text-align: left; vertical-align: top"             # notebooks show tables flush right
FAILED_CHECKS = ("CheckFailed", "NotAllowed")
HIDDEN_TESTS = "When your notebook is graded, hidden tests look at more than this."
#          mark, words; in the order in which a test that does not hold decides about its exercise
STATES = {
    "changed": ("!", "its test was changed"),
    "failed": ("✗", "not right yet"),
    "not done": ("○", "not done yet"),
    "stale": ("↻", "run its tests again"),
    "not run": ("○", "not run yet"),
    "noted": ("•", "noted"),
    "passed": ("✓", "passed"),
    "unwritten": ("○", "not written yet"),
    "written": ("•", "a teacher reads it"),
}
MESSAGES = {
    "changed": "The grader uses the original test, whatever this one says. To get it back, copy the cell from a fresh "
               "copy of the lesson.",
    "stale": "The answer was run again after its tests. Run its test cells once more.",
    "unwritten": "In the saved file the answer is still empty.",
}


@dataclass(frozen=True)
class Ended:
    """How a test cell ended: one of the STATES, and a message for the student."""
    state: str
    message: str = ""


NOT_RUN = Ended("not run")


def how_it_ended(error="", text="", noted=False):
    """How a cell ended, from the name of its error's class and the error's text, "" and "" for none.

    noted: nothing was checked but that there is a number, so the cell says nothing about right or wrong.
    """
    if not error:
        return Ended("noted" if noted else "passed")
    if error == "NotDoneYet" or error == "NotImplementedError" and re.fullmatch(r"Exercise \d+\.\d+", text):
        return Ended("not done", text)
    if error in FAILED_CHECKS:
        return Ended("failed", _short(text))
    if error == "NameError" and "is not defined" in text:
        text += ". Run the cell that defines it, then this test"
    if error in ("KeyboardInterrupt", "CellTimeoutError"):
        return Ended("failed", "It was stopped before it came to its end. Does a loop never end?")
    return Ended("failed", _short(f"{error}: {text}" if text.strip() else error))


@dataclass(frozen=True)
class Row:
    state: str
    number: str
    title: str
    points: str
    message: str

    @property
    def mark(self):
        return STATES[self.state][0]

    @property
    def words(self):
        return STATES[self.state][1]


class Overview:
    """The rows of one lesson and the sentences below them, as text and as HTML.

    parts: what outline.read_outline gives; ended: a function from a Test to an Ended; remark: one more sentence, shown
    first.
    """

    def __init__(self, parts, ended, remark=""):
        self.rows, self.remark = [], remark
        self._sums = dict.fromkeys(("passed", "noted", "tests", "written"), 0)
        for part in parts:
            self.rows.append(self._written(part) if part.kind == "Written question" else self._tested(part, ended))

    def _tested(self, part, ended):
        """The row of an exercise or a prediction: its first test that does not hold decides."""
        results = [Ended("changed") if test.changed else ended(test) for test in part.tests]
        decides = min(results, key=lambda result: list(STATES).index(result.state))
        given = {state: sum(test.points for test, result in zip(part.tests, results) if result.state == state)
                 for state in ("passed", "noted")}
        for state, points in given.items():
            self._sums[state] += points
        self._sums["tests"] += part.points
        points = f"{given['passed']:g} of {part.points:g}" if decides.state != "noted" else f"? of {part.points:g}"
        return Row(decides.state, part.number, _name(part), points, _message(decides, part))

    def _written(self, part):
        self._sums["written"] += part.points
        state = "unwritten" if part.unwritten else "written"
        return Row(state, part.number, _name(part), f"? of {part.points:g}", MESSAGES.get(state, ""))

    @property
    def sentences(self):
        """What stands below the table: the points, and what is only known when the notebook is graded."""
        passed, noted, tests, written = self._sums.values()
        lines = [f"The tests that you can see give {passed:g} of {_points(tests)}. {HIDDEN_TESTS}"]
        if noted:
            lines.append(f"{_points(noted).capitalize()} for predictions: they are noted now, and compared with the "
                         "right numbers when your notebook is graded.")
        if written:
            lines.append(f"{_points(written).capitalize()} for what you write: a teacher reads it.")
        return lines

    def text(self):
        width = max([len(row.title) for row in self.rows if len(row.title) <= LONGEST_TITLE], default=LONGEST_TITLE)
        lines = [_wrapped(self.remark), ""] if self.remark else []
        for row in self.rows:
            title = textwrap.shorten(row.title, width, placeholder="…")
            lines.append(f"{row.mark} {row.number:<5} {title:<{width}} {row.points:>8}  {row.words}".rstrip())
            if row.message:
                lines.append(_wrapped(row.message, " " * 8))
        return "\n".join([*lines, "", *map(_wrapped, self.sentences)])

    def html(self):
        """A plain table: no scripts, no colours, so that it reads well in every theme and aloud."""
        head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in ("", "Exercise", "Points", "How it stands"))
        rows = []
        for row in self.rows:
            message = f"<br>{html.escape(row.message)}" if row.message else ""
            rows.append(f'<tr><td style="{CELL}" aria-hidden="true">{row.mark}</td>'
                        f'<th scope="row" style="{CELL}; font-weight: normal">{row.number} {html.escape(row.title)}</th>'
                        f'<td style="{CELL}; white-space: nowrap">{row.points}</td>'
                        f'<td style="{CELL}"><strong>{row.words}</strong>{message}</td></tr>')
        remark = f"<p><strong>{html.escape(self.remark)}</strong></p>" if self.remark else ""
        below = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences)
        return f"{remark}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{below}"


def _name(part):
    prefix = {"Exercise": "", "Predict": "Predict: ", "Written question": "In words: "}[part.kind]
    return prefix + (part.title or part.kind.lower())


def _message(result, part):
    if result.state == "not done":
        missing = result.message.removeprefix("Exercise ")
        return f"It needs exercise {missing} first." if re.fullmatch(r"[\d.]+", missing) and missing != part.number else ""
    return result.message or MESSAGES.get(result.state, "")


def _points(number):
    return f"{number:g} point" + ("" if number == 1 else "s")


def _short(text):
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first_line if len(first_line) <= LONGEST_MESSAGE else first_line[:LONGEST_MESSAGE - 1] + "…"


def _wrapped(text, indent=""):
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
