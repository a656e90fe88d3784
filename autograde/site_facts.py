"""What the landing page says of a lesson, read from where it is written: the lesson's opening, and README.md's table.

The opening is all text before the first section. It says how long the lesson takes, "About three hours" or a row
`| **Time** | about 200 minutes |`, and what one needs, "You need …." or a row `| **You need** | … |`.
"""
import re
from dataclasses import dataclass

from autograde.errors import UserError
from autograde.feedback_page import lesson_title

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
PARTS = {"a quarter": 15, "a half": 30, "three quarters": 45}


@dataclass(frozen=True)
class Facts:
    name: str        # "02_convolution"
    title: str       # "Convolution: a matrix multiplication in disguise"
    minutes: int
    points: int      # of the tests and of the written answers
    needs: str       # "NumPy indexing and slicing, and lesson 01", Markdown
    builds: str      # Markdown

    @property
    def number(self):
        return self.name[:2]

    @property
    def time(self):
        return shown_time(self.minutes)


def read_facts(lesson, builds):
    """Facts of a lesson; `builds` is what README.md says. Raises UserError if the opening is silent on one of them."""
    opening = _opening(lesson)
    minutes, needs = _minutes(opening), _needs(opening)
    if minutes is None:
        raise UserError(f"the opening of {lesson.name} does not say how long the lesson takes. "
                        "Write “About three hours” or a row “| **Time** | about 200 minutes |” before its first section.")
    if needs is None:
        raise UserError(f"the opening of {lesson.name} does not say what one needs. "
                        "Write “You need …” or a row “| **You need** | … |” before its first section.")
    title = re.sub(r"^Lesson \d+\. ", "", lesson_title(lesson))
    return Facts(lesson.name, title, minutes, sum(cell.points for cell in lesson.cells), needs, builds)


def shown_time(minutes):
    """200 → "3 h 20 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (rest > 0))


def what_one_builds(readme):
    """{"02_convolution": "correlation by loops and …"} from the table of README.md that has a column "you build"."""
    builds, column = {}, None
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if "you build" in cells:
            column = cells.index("you build")
        elif column is not None and len(cells) > column and (name := re.search(r"\b(\d\d_\w+)", cells[0])):
            builds[name[1]] = cells[column]
        elif not cells:
            column = None
    return builds


def _opening(lesson):
    texts = []
    for cell in lesson.with_role("text"):
        before, section, _ = cell.source.partition("\n## ")
        if cell.source.startswith("## "):
            break
        texts.append(before)
        if section:
            break
    return "\n\n".join(texts)


def _minutes(opening):
    found = re.search(r"\b[Aa]bout\s+(\d+)\s+minutes", opening)
    if found:
        return int(found[1])
    hours, parts = "|".join(NUMBERS), "|".join(PARTS)
    found = re.search(rf"\b[Aa]bout\s+({hours})(?:\s+and\s+({parts}))?\s+hours?", opening)
    return NUMBERS[found[1]] * 60 + PARTS.get(found[2], 0) if found else None


def _needs(opening):
    found = (re.search(r"^\| \*\*You need\*\* \| (.+?) \|$", opening, re.MULTILINE)
             or re.search(r"\bYou need\s+(.+?)\.(?:\s|$)", opening, re.DOTALL))
    return " ".join(found[1].split()) if found else None
