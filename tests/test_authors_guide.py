"""docs/authors.md says what is: its example is the exercise that `autograde new` lays out, its commands and names exist."""
import re
from pathlib import Path

import pytest

from autograde import skeleton, skeleton_tests
from autograde.__main__ import COMMANDS
from autograde.lint import FLAGS, MAX_CELL_LINES
from autograde.lint_lesson import MAX_LESSON_LINES, OVERVIEW
from autograde.lint_reading import FEWEST_WORDS, MAX_SENTENCE
from striate import check, modules, plot

COURSE = Path(__file__).resolve().parent.parent
GUIDE = (COURSE / "docs" / "authors.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.*?)\n```$", GUIDE, re.S | re.M)


def test_the_example_is_the_exercise_of_a_new_lesson():
    """So it is run and tested with it (tests/test_new.py), and gives no solution of the course away."""
    cells = {cell["id"]: cell["source"] for cell in skeleton.notebook(11, "")["cells"]}
    assert CODE[:3] == [cells[cell] for cell in ("exercise-11-3-moving-average", "test-11-3-values", "test-11-3-refuses")]
    text = re.search(r"^````markdown\n(.*?)\n````$", GUIDE, re.S | re.M)[1].partition("**Goal.**")[2]
    assert text and cells["exercise-intro-3"].endswith(text)


def test_its_wrong_answers_are_those_of_a_new_lesson():
    shown = [line for line in CODE[3].split("\n") if line.startswith(("def average", "    return Mutant", "    average(", "    sums ="))]
    assert len(shown) == 7 and [line for line in shown if line not in skeleton_tests.MUTANTS] == []


def test_commands_and_files_exist():
    for command in re.findall(r"python -m autograde (\w+)", GUIDE):
        assert command in COMMANDS
    for file in re.findall(r"`((?:tests|striate|solutions|data|docs)/[\w./]+\.\w+)`", GUIDE):
        assert (COURSE / file).exists() or "results/NAME" in file, file
    targets = (COURSE / "Makefile").read_text()
    for target in re.findall(r"^make (.*)$", GUIDE, re.M):
        assert all(re.search(rf"^(?:\w+ )*{word}(?: \w+)*:", targets, re.M) for word in target.split() if "=" not in word), target


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`check\.([a-z_]+)", GUIDE))))
def test_every_check_that_it_names_is_there(name):
    assert callable(getattr(check, name))


def test_no_check_is_left_out():
    ours = [name for name, value in vars(check).items()
            if callable(value) and not name.startswith("_") and value.__module__ in (check.__name__, modules.__name__)
            and not isinstance(value, type)]
    assert [name for name in ours if f"check.{name}(" not in GUIDE] == ["use_seed", "describe", "call_without"]
    assert [name for name in vars(check) if name.isupper() and name not in GUIDE] == []
    assert [name for name in vars(plot) if name.startswith("show_") and f"`{name}`" not in GUIDE] == []


def test_kinds_of_cells_and_limits():
    for kind in FLAGS:
        assert re.search(rf"^\| `{kind}[-`]", GUIDE, re.M), kind
    assert f"at most {MAX_CELL_LINES} lines a cell, {MAX_LESSON_LINES} a lesson" in GUIDE
    assert f"more than {MAX_SENTENCE} words" in GUIDE and FEWEST_WORDS == 5 and "at least five words" in GUIDE
    assert re.search(rf"^\| `{OVERVIEW}` ", GUIDE, re.M)


def test_links_inside_the_page_lead_somewhere():
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", GUIDE, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= headings
