"""A student at work, in a real browser: make lab, open a lesson, fill in exercises, run it, press Validate."""
import shutil

import pytest
from browser import open_browser
from lab_page import LabPage, rows
from lab_server import COURSE, running_lab

from autograde.lesson import load_lesson

GAPS = '''def output_size(size, kernel_size, stride=1, padding=0, dilation=1, floor=False):
    return (size + 2 * padding - kernel_size) // stride'''
GAPS_MESSAGE = "output_size(7, 3): expected 5, got 4. This is the number of gaps: add 1."
HIDDEN_TESTS = "When your notebook is graded, hidden tests look at more than this."


def solution(lesson, cell_id):
    """The text of a solved answer cell."""
    source = next(cell.source for cell in load_lesson(lesson).cells if cell.id == cell_id)
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("### "))


@pytest.fixture
def window(tmp_path, request):
    """JupyterLab as make lab starts it, on a copy of notebooks/, in a browser.

    In the end: the page asked no other computer, and neither it nor the terminal had anything to complain about.
    """
    shutil.copytree(COURSE / "notebooks", tmp_path / "notebooks")
    (tmp_path / "home").mkdir()
    with running_lab(tmp_path / "home", f"--ServerApp.root_dir={tmp_path / 'notebooks'}") as lab:
        with open_browser(request.node.name.removeprefix("test_")) as browser:
            yield LabPage(browser, lab)
            assert browser.elsewhere == [] and browser.complaints == []
        lines = [line.strip() for line in lab.terminal.splitlines() if line.strip()]
        assert "To access the server" in lines[1] and lab.url == lines[-1] and len(lines) == 6, lab.terminal


def test_a_right_answer_and_a_prediction(window):
    browser, picture = window.browser, window.browser.picture
    assert set(window.folder()) == {path.name for path in (COURSE / "notebooks").iterdir() if path.is_dir()}
    assert window.page.locator(".jp-Dialog, .jp-toast-message").count() == 0              # no news, no questions
    picture("start")
    window.open("01_simple_cells", "simple_cells.ipynb")
    picture("opened")
    window.write("def count_dense_parameters", solution("01_simple_cells", "exercise-1-1-count-dense-parameters"))
    window.write("local_weights = None", "local_weights = 12")
    shown = window.run_all()
    shown.scroll_into_view_if_needed()
    picture("all-run")
    table = rows(shown)
    assert table["1.1 count_dense_parameters"] == ("✓", "1 of 1", "passed")
    assert table["1.2 Predict: local weights"] == ("•", "? of 1", "noted")
    assert table["1.3 oriented_bar"] == ("○", "0 of 2", "not done yet") and len(table) == 13
    assert f"give 1 of 16 points. {HIDDEN_TESTS}" in shown.inner_text()
    assert "Traceback" not in window.everything()

    dialog = window.validate()
    picture("validated")
    assert rows(dialog) == table and HIDDEN_TESTS in dialog.inner_text()
    assert "The following cell failed" not in dialog.inner_text() and "Traceback" not in dialog.inner_text()
    window.close_dialog()
    assert browser.page.locator(".validate-button").inner_text().strip() == "Validate"


def test_a_wrong_answer_repaired(window):
    picture = window.browser.picture
    window.open("02_convolution", "convolution.ipynb")
    window.write("def output_size", GAPS)
    shown = window.run_all()
    shown.scroll_into_view_if_needed()
    picture("all-run")
    mark, points, stands = rows(shown)["2.1 output_size"]
    assert (mark, points) == ("✗", "0 of 3") and stands.splitlines() == ["not right yet", GAPS_MESSAGE]
    assert f"Not yet: {GAPS_MESSAGE}" in " ".join(window.everything().split()) and "Traceback" not in window.everything()
    dialog = window.validate()
    picture("wrong-validated")
    assert rows(dialog)["2.1 output_size"] == (mark, points, stands)
    window.close_dialog()

    window.write("def output_size", solution("02_convolution", "exercise-2-1-output-size"))
    window.run("check.progress()")
    picture("repaired")
    assert rows(window.overview())["2.1 output_size"][:2] == ("↻", "0 of 3")
    dialog = window.validate()
    picture("repaired-validated")
    assert rows(dialog)["2.1 output_size"] == ("✓", "3 of 3", "passed")
