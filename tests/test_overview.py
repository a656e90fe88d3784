"""The overview of a lesson: what a student sees of each exercise, in the last cell and in the Validate dialog."""
import asyncio
import html
import re
import shutil

import nbformat
import pytest
from house_lesson import code, markdown, nbgrader, write_course
from nbclient import NotebookClient

from autograde import release
from autograde.lesson import SOLUTIONS, lesson_names
from striate import overview, validate
from striate.outline import read_outline
from striate.overview import Ended, Overview, how_it_ended

HEADINGS = [("Exercise 2.1: double", "exercise-2-1-double"), ("Predict 2.2: a half (1 point, 2 minutes)", "predict-2-2-half"),
            ("Written question 2.3: why twice? (4 points, 5 minutes)", "question-2-3-why")]
RIGHT = "def double(values):\n    return 2 * np.asarray(values)"
WRONG = "def double(values):\n    return np.asarray(values)"
LAST = code("your-progress", "check.progress()", {"tags": ["demo"]})
PASSED, NOT_DONE = "passed", "not done yet"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The path of a small lesson as students get it: an exercise, a prediction, a written question, the last cell."""
    from house_lesson import notebook

    book = notebook()
    for heading, cell in HEADINGS:
        place = next(number for number, one in enumerate(book["cells"]) if one["id"] == cell)
        book["cells"].insert(place, markdown(f"about-{cell}", f"### {heading}"))
    book["cells"].append(LAST)
    course = write_course(tmp_path_factory.mktemp("course"), book)
    release.generate(["02_tiny"], course, course / "notebooks")
    return course / "notebooks" / "02_tiny" / "tiny.ipynb"


class Student:
    """A student's copy of the lesson, with answers, run cell by cell as its kernel would."""

    def __init__(self, released, folder):
        self.path = folder / released.name
        shutil.copy(released, self.path)
        self.notebook = nbformat.read(self.path, as_version=4)

    def cell(self, cell_id):
        return next(cell for cell in self.notebook.cells if cell.id == cell_id)

    def answer(self, **sources):
        """double="…", half="…", why="…": what stands in the answer cells from now on; saved."""
        ids = {"double": "exercise-2-1-double", "half": "predict-2-2-half", "why": "written-2-3-why"}
        for name, source in sources.items():
            self.cell(ids[name]).source = source
        self.save()

    def save(self):
        nbformat.write(self.notebook, self.path)

    def run(self, *cells):
        """Run cells by their ids, then the last one → the rows it shows, and its whole text."""
        return asyncio.run(self._run(cells))

    async def _run(self, cells):
        client = NotebookClient(self.notebook, resources={"metadata": {"path": str(self.path.parent)}}, allow_errors=True)
        order = [cell.id for cell in self.notebook.cells]
        async with client.async_setup_kernel():
            for cell in ("imports", *cells, "your-progress"):
                await client.async_execute_cell(self.cell(cell), order.index(cell))
        output = self.cell("your-progress").outputs[0]
        return output.get("text") or output.data["text/plain"]


@pytest.fixture
def student(released, tmp_path):
    return Student(released, tmp_path)


EXERCISE, TEST = "exercise-2-1-double", "test-2-1-double"
PREDICTION, PREDICTION_TEST = "predict-2-2-half", "test-2-2p-half"


def row(text, number):
    """(mark, points, words, message) of an exercise in an overview's text."""
    found = re.search(rf"^(\S) {re.escape(number)} .*?  +(\S+ of \d+)  (.*)\n((?: {{8}}.*\n)*)", text + "\n", re.M)
    return found[1], found[2], found[3], " ".join(found[4].split())


# ------------------------------------------------------------------------------------------------ the last cell

def test_nothing_was_run(student):
    text = student.run()
    assert row(text, "2.1") == ("○", "0 of 2", "not run yet", "")
    assert row(text, "2.2") == ("○", "0 of 1", "not run yet", "")
    assert row(text, "2.3")[:3] == ("○", "? of 4", "not written yet")


def test_not_done_passed_and_noted(student):
    text = student.run(EXERCISE, TEST, PREDICTION, PREDICTION_TEST)
    assert row(text, "2.1") == ("○", "0 of 2", NOT_DONE, "") and row(text, "2.2") == ("○", "0 of 1", NOT_DONE, "")
    student.answer(double=RIGHT, half="half = 7", why="Because.")
    text = student.run(EXERCISE, TEST, PREDICTION, PREDICTION_TEST)
    assert row(text, "2.1") == ("✓", "2 of 2", PASSED, "")
    assert row(text, "2.2") == ("•", "? of 1", "noted", "")
    assert row(text, "2.3") == ("•", "? of 4", "a teacher reads it", "")
    text = " ".join(text.split())
    assert "give 2 of 3 points. When your notebook is graded, hidden tests look at more than this." in text
    assert "1 point for predictions" in text and "4 points for what you write" in text


def test_a_wrong_answer_shows_the_checks_message_and_no_traceback(student):
    student.answer(double=WRONG)
    text = student.run(EXERCISE, TEST)
    mark, points, words, message = row(text, "2.1")
    assert (mark, points, words) == ("✗", "0 of 2", "not right yet") and "Traceback" not in text
    assert message == "double: at [0] expected 2, got 1 (2 of 2 values differ, by at most 2)."


@pytest.mark.parametrize("source, message", [
    ("def double(values):\n    return values.shape", "AttributeError: 'list' object has no attribute 'shape'"),
    ("def double(values)\n    return 2", "NameError: name 'double' is not defined. Run the cell that defines it, then this test"),
])
def test_an_error_is_one_line(student, source, message):
    student.answer(double=source)
    assert row(student.run(EXERCISE, TEST), "2.1")[3] == message


def test_an_answer_that_was_run_again_makes_its_tests_old(student):
    student.answer(double=RIGHT)
    text = student.run(EXERCISE, TEST, EXERCISE)
    assert row(text, "2.1")[:3] == ("↻", "0 of 2", "run its tests again")
    assert row(student.run(EXERCISE, TEST, EXERCISE, TEST), "2.1")[:2] == ("✓", "2 of 2")
    assert row(student.run(EXERCISE, TEST, "imports", PREDICTION), "2.1")[:2] == ("✓", "2 of 2")


def test_a_changed_test_does_not_count(student):
    student.answer(double=WRONG)
    student.cell(TEST).source = 'check.equal(1, 1, "double")'
    student.save()
    mark, points, words, message = row(student.run(EXERCISE, TEST), "2.1")
    assert (mark, points, words) == ("!", "0 of 2", "its test was changed")
    assert "The grader uses the original test" in message and "fresh copy" in message


def test_a_renamed_file_and_copies_of_it_are_found(student):
    student.answer(double=RIGHT)
    student.path = student.path.rename(student.path.with_name("Maria's convolution.ipynb"))
    assert row(student.run(EXERCISE, TEST), "2.1")[2] == PASSED
    shutil.copy(student.path, student.path.with_name("old.ipynb"))
    student.path.with_name("notes.ipynb").write_text("{}")
    assert row(student.run(EXERCISE, TEST), "2.1")[2] == PASSED


def test_the_name_that_jupyterlab_gives_counts(student, monkeypatch, tmp_path):
    """Beside another lesson, whose tests were not run either, only the name tells which file this is."""
    shutil.copy(SOLUTIONS / "01_simple_cells" / "simple_cells.ipynb", tmp_path)
    assert "this folder has several" in student.run()
    assert "one maximum at the end" not in student.run(EXERCISE, TEST)
    monkeypatch.setenv("JPY_SESSION_NAME", str(student.path))
    assert row(student.run(), "2.1")[2] == "not run yet"
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "gone.ipynb"))
    assert "this folder has several" in student.run()


def test_without_a_file_there_is_one_sentence(student):
    student.path.unlink()
    assert student.run() == "The overview is made from the notebook's file, and none was found here. Save this notebook, " \
                            "then run this cell again.\n"
    nbformat.write(nbformat.v4.new_notebook(), student.path)
    assert student.run().startswith("This notebook has no exercises")


def test_outside_a_notebook_it_says_where_to_run_it(capsys):
    from striate import check
    check.progress()
    assert "Open the lesson in JupyterLab" in capsys.readouterr().out


def test_copied_and_spoilt_cells_are_no_error(student):
    student.notebook.cells += [student.cell(TEST).copy()]
    student.cell(PREDICTION_TEST).metadata.nbgrader.points = "many"
    student.cell(PREDICTION).metadata.nbgrader = "spoilt"
    outline = read_outline(student.notebook)
    assert [(part.number, part.points, len(part.tests)) for part in outline] == [("2.1", 2, 1), ("2.2", 0, 1), ("2.3", 4, 0)]


def test_what_builds_on_an_exercise_not_done_says_so_in_one_line(student):
    """Run All on a fresh lesson: demonstrations that need an answer do not end in tracebacks about missing names."""
    student.notebook.cells += [nbformat.from_dict(code(*cell)) for cell in [
        ("demo-four", "four = double([2])"), ("demo-five", "five = four + 1"), ("demo-six", "print(five)"),
        ("demo-typo", "print(fiev)")]]
    student.run(EXERCISE, "demo-four", "demo-five", "demo-six", "demo-typo")
    shown = {cell.id: re.sub(r"\x1b\[\d+m", "", "\n".join(cell.outputs[0].traceback))
             for cell in student.notebook.cells if cell.id.startswith("demo-") and cell.get("outputs")}
    because = "the cell above that makes it stopped, because exercise 2.1 is not done yet."
    assert " ".join(shown["demo-five"].split()) == f"There is no four yet: {because}"
    assert " ".join(shown["demo-six"].split()) == f"There is no five yet: {because}"
    assert "Traceback" in shown["demo-typo"] and "fiev" in shown["demo-typo"]          # nobody's fault but its own


# ------------------------------------------------------------------------------------------------ the lessons

@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_ends_with_its_overview(name):
    """Its stored output is that of a complete solution: every point is there, and every exercise has its title."""
    path = SOLUTIONS / name / lesson_names()[name]
    notebook = nbformat.read(path, as_version=4)
    last = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    assert (last.id, last.source, last.metadata.tags) == ("your-progress", "check.progress()", ["demo"])
    outline = read_outline(notebook)
    assert all(part.title for part in outline)
    solved = Overview(outline, lambda test: Ended(PASSED))
    assert [output.data for output in last.outputs] == [{"text/plain": solved.text(), "text/html": solved.html()}]
    points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells)
    assert sum(part.points for part in outline) == points
    assert max(map(len, solved.text().splitlines())) <= overview.WIDTH


# ------------------------------------------------------------------------------------------------ Validate

def validated(student):
    """The overview of the Validate button: the words of each row, and the whole text without tags."""
    page = validate.overview_of(student.path)
    rows = re.findall(r'<tr><td [^>]*>(.)</td><th [^>]*>(\S+) [^<]*</th><td [^>]*>([^<]*)</td><td [^>]*><strong>([^<]*)', page)
    return {number: (mark, points, words) for mark, number, points, words in rows}, html.unescape(re.sub("<[^>]+>", " ", page))


def test_validate_gives_the_same_overview(student):
    student.answer(double=WRONG, half="half = 7", why="Because.")
    rows, text = validated(student)
    assert rows == {"2.1": ("✗", "0 of 2", "not right yet"), "2.2": ("•", "? of 1", "noted"),
                    "2.3": ("•", "? of 4", "a teacher reads it")}
    assert "double: at [0] expected 2, got 1" in text and "hidden tests look at more" in text
    assert "run from top to bottom" in text and "Traceback" not in text


def test_validate_says_what_to_do_about_a_changed_test(student):
    student.answer(double=RIGHT)
    student.cell(TEST).source += "\n# easier"
    student.save()
    rows, text = validated(student)
    assert rows["2.1"] == ("!", "0 of 2", "its test was changed") and "The grader uses the original test" in text


def test_validate_survives_a_kernel_that_dies(student):
    student.answer(double=RIGHT + "\n\n\nimport os; os._exit(1)", half="half = 7")
    rows, text = validated(student)
    assert "Python ended in the middle of your notebook, in the cell that begins with “def double(values):”" in text
    assert rows["2.1"] == ("○", "0 of 2", "not run yet")


def test_a_loop_that_never_ends_is_stopped(student, monkeypatch):
    student.answer(double="import time\n\n\ndef double(values):\n    while True:\n        time.sleep(1)", half="half = 7")
    monkeypatch.setattr(validate, "CELL_SECONDS", 10)
    shown = validate.run(student.path).text()
    assert row(shown, "2.1")[2:] == ("not right yet", "It was stopped before it came to its end. Does a loop never end?")
    assert row(shown, "2.2")[2] == "noted"


def test_validate_explains_what_is_no_lesson(student):
    nbformat.write(nbformat.v4.new_notebook(), student.path)
    assert "This notebook has no exercises" in validate.overview_of(student.path)
    student.path.write_text("no notebook")
    page = validate.overview_of(student.path)
    assert "could not be run" in page and "Traceback" not in page


def test_a_title_and_a_message_are_text_never_html():
    bad = "<script>alert(1)</script>"
    book = nbformat.from_dict({"cells": [
        markdown("about", f"### Exercise 2.1: {bad}"),
        code("test-2-1-x", "f()", nbgrader("test-2-1-x", grade=True, locked=True, points=1))]})
    shown = Overview(read_outline(book), lambda test: how_it_ended("CheckFailed", bad)).html()
    assert "<script" not in shown and shown.count("&lt;script&gt;") == 2
