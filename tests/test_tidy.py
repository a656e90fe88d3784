"""tidy: the same lesson, run twice, gives the same file."""
import base64
import json
import struct
import zlib

import pytest
import house_lesson

from autograde import tidy
from autograde.__main__ import main
from autograde.errors import UserError


def tidied(book):
    return json.loads(tidy.tidy_text(json.dumps(book)))


def png(*chunks):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    data = tidy.PNG_SIGNATURE + b"".join(chunk(kind, content) for kind, content in chunks)
    return base64.b64encode(data).decode()


HEADER, PIXELS, END = (b"IHDR", bytes(13)), (b"IDAT", b"pixels"), (b"IEND", b"")


def picture(**data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def test_tidying_twice_changes_nothing():
    book = house_lesson.notebook()
    book["cells"].append(house_lesson.code("", "plot()", {"tags": ["b", "a"], "scrolled": True}))
    once = tidy.tidy_text(json.dumps(book))
    assert tidy.tidy_text(once) == once
    assert once.endswith("}\n") and '\n "cells"' in once


def test_a_second_run_of_a_lesson_leaves_no_trace():
    """What differs between two runs: counts, times, widget models, Python's and the plot library's versions."""
    def run(count, hour, model, version):
        book = house_lesson.notebook()
        demo = house_lesson.cell(book, "demo-double")
        demo["execution_count"] = count
        demo["metadata"]["execution"] = {"iopub.execute_input": f"2026-01-01T{hour}:00:00Z"}
        demo["outputs"] += [
            {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": {"text/plain": "3"}},
            picture(**{"image/png": png(HEADER, (b"tEXt", b"Software\0plots " + version), PIXELS, END) + "\n"}),
            picture(**{"application/vnd.jupyter.widget-view+json": {"model_id": model}, "text/plain": "a slider"}),
            picture(**{"image/svg+xml": f"<svg><metadata>{hour}</metadata><g/></svg>"}),
        ]
        book["metadata"]["language_info"] = tidy.LANGUAGE_INFO | {"version": version.decode()}
        book["metadata"]["widgets"] = {"state": {model: {}}}
        return tidy.tidy_text(json.dumps(book))

    assert run(12, 10, "5ca1ab1e", b"3.11.7") == run(3, 11, "c0ffee00", b"3.12.1")


def test_a_picture_keeps_its_pixels_and_loses_its_notes():
    book = house_lesson.notebook()
    noted = png(HEADER, (b"tEXt", b"Software\0x"), (b"pHYs", bytes(9)), PIXELS, (b"tIME", bytes(7)), END)
    house_lesson.cell(book, "demo-double")["outputs"] = [picture(**{"image/png": noted})]
    kept = house_lesson.cell(tidied(book), "demo-double")["outputs"][0]["data"]["image/png"]
    assert kept.strip() == png(HEADER, (b"pHYs", bytes(9)), PIXELS, END)


def test_counts_run_from_one():
    counts = [cell["execution_count"] for cell in tidied(house_lesson.notebook())["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_graded_cells_take_their_grade_id_and_others_keep_theirs():
    book = house_lesson.notebook()
    house_lesson.cell(book, "test-2-1-double")["id"] = "0f3a5b7c"
    ids = [cell["id"] for cell in tidied(book)["cells"]]
    assert ids == [cell["id"] for cell in house_lesson.notebook()["cells"]]


@pytest.mark.parametrize("machine_made", ["", "0f3a5b7c", "3f0e2d1c-0b9a-4876-9543-210fedcba987"])
def test_a_missing_or_machine_made_id_becomes_readable(machine_made):
    book = house_lesson.notebook()
    book["cells"] += [house_lesson.markdown(machine_made, "## 3. A *dilated* kernel\nText."),
                      house_lesson.markdown(machine_made, "## 3. A *dilated* kernel")]
    assert [cell["id"] for cell in tidied(book)["cells"][-2:]] == ["text-3-a-dilated-kernel",
                                                                    "text-3-a-dilated-kernel-2"]


def test_metadata_that_tools_leave_behind_goes():
    book = house_lesson.notebook()
    demo = house_lesson.cell(book, "demo-double")
    demo["metadata"] |= {"tags": ["z", "demo", "z"], "collapsed": False, "slideshow": {"slide_type": ""},
                         "ExecuteTime": {"end_time": "now"}, "jupyter": {"outputs_hidden": True}}
    test = house_lesson.cell(book, "test-2-1-double")["metadata"]["nbgrader"]
    test |= {"checksum": "abc", "points": 2.0}
    result = tidied(book)
    assert house_lesson.cell(result, "demo-double")["metadata"] == {"tags": ["demo", "z"]}
    kept = house_lesson.cell(result, "test-2-1-double")["metadata"]["nbgrader"]
    assert "checksum" not in kept and kept["points"] == 2 and type(kept["points"]) is int


def test_pieces_of_a_stream_are_joined_and_warnings_kept_for_lint():
    book = house_lesson.notebook()
    demo = house_lesson.cell(book, "demo-double")
    printed = house_lesson.printed
    demo["outputs"] = [printed("a\n"), printed("b\n"), printed("careful\n", "stderr")]
    names = [output["name"] for output in house_lesson.cell(tidied(book), "demo-double")["outputs"]]
    assert names == ["stdout", "stderr"]
    demo["metadata"]["tags"] = ["demo", "nbval-ignore-output"]
    (kept,) = house_lesson.cell(tidied(book), "demo-double")["outputs"]
    assert "".join(kept["text"]) == "a\nb\n"


def test_empty_cells_at_the_end_go():
    book = house_lesson.notebook()
    book["cells"].append(house_lesson.code("abc", "  \n"))
    assert tidied(book)["cells"][-1]["id"] == "written-2-3-why"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
                                  '{"cells": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}'])
def test_what_is_no_notebook_gives_one_sentence(text):
    with pytest.raises(UserError) as raised:
        tidy.tidy_text(text, "some.ipynb")
    assert "some.ipynb" in str(raised.value) and "\n" not in str(raised.value)


def test_check_names_the_file_and_changes_nothing(tmp_path, capsys):
    path = tmp_path / "messy.ipynb"
    path.write_text(json.dumps(house_lesson.notebook()))
    before = path.read_bytes()
    assert main(["tidy", "--check", str(path)]) == 1
    assert "messy.ipynb: not tidy" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert main(["tidy", str(path)]) == 0
    assert path.read_bytes() != before
    assert "messy.ipynb: tidied" in capsys.readouterr().out


def test_checkpoints_are_left_alone_also_below_a_hidden_folder(tmp_path):
    folder = tmp_path / ".hidden" / "solutions"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    for path in (folder / "a.ipynb", folder / ".ipynb_checkpoints" / "a-checkpoint.ipynb"):
        path.write_text("{}")
    assert tidy.notebooks([folder]) == [folder / "a.ipynb"]


def test_a_wrong_path_is_a_sentence(tmp_path, capsys):
    assert main(["tidy", str(tmp_path / "nowhere")]) == 2
    assert main(["tidy", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
