"""Run All in a lesson with nothing done, as many students begin: what cannot go on says so in a line, without a traceback."""
import re

import nbformat
import pytest
from nbclient import NotebookClient

from autograde.lesson import COURSE, lesson_names

LESSONS = lesson_names()
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
A_LINE = re.compile(r"(Exercise \d+\.\d+ is not done yet\.|There is no \w+ yet:|Not yet:) ?")


@pytest.mark.long
@pytest.mark.parametrize("name", LESSONS)
def test_what_is_not_done_yet_is_said_in_a_line(name, tmp_path):
    book = nbformat.read(COURSE / "notebooks" / name / LESSONS[name], as_version=4)
    NotebookClient(book, timeout=300, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [(cell.id, output) for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    errors = {cell: COLOUR.sub("", "\n".join(output.traceback)) for cell, output in outputs
              if output.output_type == "error"}
    assert any(text.startswith("Exercise ") for text in errors.values())                   # it stopped somewhere
    assert {cell: text for cell, text in errors.items() if not A_LINE.match(text) or len(text.splitlines()) > 8} == {}
    assert {cell: output.text for cell, output in outputs if output.get("name") == "stderr"} == {}
