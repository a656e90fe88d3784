"""The parts of the site, on a course of one small lesson: what is shown, what is held back, and sentences for mistakes."""
import base64
import html
import io
import json
import re

import house_lesson
import pytest
from fontTools.ttLib import TTFont
from house_lesson import LESSON, cell, printed
from PIL import Image

from autograde.__main__ import main
from autograde.errors import UserError
from autograde.lesson import lesson_names, load_lesson
from autograde.site_facts import read_facts, shown_time, what_one_builds
from autograde.site_font import math_font
from autograde.site_lesson import given_away
from autograde.site_markdown import Page

OPENING = "# Lesson 02. Doubling\n\nOne function. **10 points, about two and a half hours.** You need\nNumPy and `x`.\n\n## Next"
README = "# course\n\n![a picture](a.png)\n\nWhat it *is*.\n\n| lesson | you build | points |\n|---|---|---|\n| `02_tiny`: doubling | a double | 7 |\n"


def figure(colour, text=None):
    """A displayed picture of 30 × 20 pixels, with its text as striate.plot stores it."""
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return {"output_type": "display_data", "metadata": {"image/png": {"alt": text}} if text else {},
            "data": {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": "<Figure size 30x20>"}}


@pytest.fixture
def book():
    book = house_lesson.notebook()
    cell(book, "intro")["source"] = OPENING
    return book


@pytest.fixture
def build(tmp_path, book):
    """Call it to write the course and make its site; it returns the exit code."""
    def make(*options, readme=README):
        course = house_lesson.write_course(tmp_path / "course", book)
        (course / "README.md").write_text(readme, encoding="utf-8")
        return main(["site", "--course", str(course), "--to", str(tmp_path / "site"), *options])
    (tmp_path / "course").mkdir()
    return make


def page(tmp_path, name=f"{LESSON}.html"):
    return (tmp_path / "site" / name).read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------ what is shown

def test_a_demonstration_shows_figures_texts_and_captions_as_words(build, book, tmp_path):
    demo = cell(book, "demo-double")
    demo["outputs"] = [printed("first\n"), figure("red", "A red <box> & more."),
                       printed("A red <box> & more.\nafter it\n"), figure("blue")]
    assert build() == 0
    html = page(tmp_path)
    assert html.index("<pre class=\"printed\">first</pre>") < html.index("02_tiny/demo-double-1.png")
    assert 'alt="A red &lt;box&gt; &amp; more." width="30" height="20"' in html
    assert '<pre class="printed">after it</pre>' in html
    assert 'alt="A figure of the section “Next”." width="30"' in html                 # the second one has no caption
    saved = tmp_path / "site" / "02_tiny" / "demo-double-2.png"
    assert Image.open(saved).getpixel((0, 0)) == (0, 0, 255)


def test_a_caption_of_several_lines_ends_where_its_last_line_ends(build, book, tmp_path):
    first = "word " * 16 + "to 84"                        # "seven" would not have fitted on this line of 88 characters
    cell(book, "demo-double")["outputs"] = [figure("red", f"{first} seven ends it."),
                                            printed(f"{first}\nseven ends it.\nx = 1\n")]
    assert build() == 0
    assert f'alt="{first} seven ends it."' in page(tmp_path) and '<pre class="printed">x = 1</pre>' in page(tmp_path)


def test_what_is_printed_below_a_figure_without_a_text_is_no_caption(build, book, tmp_path):
    cell(book, "demo-double")["outputs"] = [figure("red"), printed("P (9, 27)  W (27, 2)\n")]
    assert build() == 0
    assert '<pre class="printed">P (9, 27)  W (27, 2)</pre>' in page(tmp_path) and "<figcaption" not in page(tmp_path)


def test_outputs_of_answers_and_tests_stay_away(build, book, tmp_path):
    for name in ("exercise-2-1-double", "test-2-1-double", "predict-2-2-half"):
        cell(book, name)["outputs"] = [printed("the answer's output\n"), figure("red")]
    assert build() == 0
    assert "the answer's output" not in page(tmp_path) and "<img" not in page(tmp_path)


def test_cells_that_wait_for_the_student_look_like_it(build, tmp_path):
    assert build() == 0
    html = page(tmp_path)
    assert "You write this · 2.1" in html and "Your prediction · 2.2" in html and "Written answer · 4 points" in html
    assert "<summary>Test: double · 2 points</summary>" in html and "<summary>Test: half · 1 point</summary>" in html
    assert "Your answer here." in html and "NotImplementedError" in html


# ------------------------------------------------------------------------------------------------ what is held back

@pytest.mark.parametrize("text, held", [("half is 4242", True), ("half is 4,242.", True), ("14242 or 4242.5", False)])
def test_a_text_with_the_answer_to_a_prediction_is_left_out(build, book, tmp_path, capsys, text, held):
    cell(book, "demo-double")["outputs"] = [figure("red", "A figure."), printed(f"A figure.\nand {text}\n")]
    assert build() == 0
    assert (text in page(tmp_path)) is not held
    assert ("holds the answer to a prediction" in page(tmp_path)) is held
    assert ("demo-double" in capsys.readouterr().out) is held
    assert 'alt="A figure."' in page(tmp_path)                                           # the figure stays


def test_neither_is_a_caption_with_the_answer(build, book, tmp_path):
    cell(book, "demo-double")["outputs"] = [figure("red", "It is 4242."), printed("It is 4242.\n")]
    assert build() == 0
    assert "4242" not in page(tmp_path) and "<img" in page(tmp_path)


def test_a_demonstration_that_prints_a_line_of_the_solution_stops_the_site(build, book, tmp_path, capsys):
    cell(book, "demo-double")["outputs"] = [printed("    secret_result = [2 * value for value in values]\n")]
    assert build() == 2
    assert "secret_result = " in capsys.readouterr().err and not (tmp_path / "site").exists()


def test_what_counts_as_an_answer_to_a_prediction():
    """The number as written and with commas; small whole numbers stand everywhere and tell nothing."""
    assert {"34944", "34,944"} <= set(given_away(load_lesson("09_alexnet")))
    assert "96" not in given_away(load_lesson("09_alexnet"))
    assert {"0.0452", "5.30"} <= set(given_away(load_lesson("07_training")))
    assert given_away(load_lesson("02_convolution")) == ["14400", "14,400", "6084", "6,084"]     # given as 24 * 24 * 25


def test_a_prediction_that_needs_the_rest_of_its_lesson_is_a_sentence(build, book, capsys):
    target = cell(book, "predict-2-2-half")
    target["source"] = target["source"].replace("half = 4242", "half = double([1])")
    assert build() == 2
    assert "predict-2-2-half" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ facts

def test_every_real_lesson_says_its_time_and_needs():
    for name in lesson_names():
        facts = read_facts(load_lesson(name), "")
        assert 0 < facts.minutes < 600 and len(facts.needs) > 5 and "\n" not in facts.needs, facts


def test_time_and_needs_in_words_or_in_a_table(build, book, tmp_path):
    assert build() == 0
    assert "2 h 30 min" in page(tmp_path) and "you need NumPy and <code>x</code>" in page(tmp_path)
    cell(book, "intro")["source"] = ("# Doubling\n\n| | |\n|---|---|\n| **Time** | about 45 minutes |\n| **You need** | arrays |")
    assert build() == 0
    assert "45 min" in page(tmp_path, "index.html") and "You need</b> arrays." in page(tmp_path, "index.html")
    assert "What it <em>is</em>." in page(tmp_path, "index.html") and "a double" in page(tmp_path, "index.html")


@pytest.mark.parametrize("gone, words", [("about two and a half hours", "how long"), ("You need", "what one needs")])
def test_an_opening_that_is_silent_is_a_sentence(build, book, capsys, gone, words):
    cell(book, "intro")["source"] = OPENING.replace(gone, "…")
    assert build() == 2
    message = capsys.readouterr().err
    assert LESSON in message and words in message and message.count("\n") == 1


def test_times_are_easy_to_read():
    assert [shown_time(minutes) for minutes in (45, 60, 200)] == ["45 min", "1 h", "3 h 20 min"]


def test_what_one_builds_comes_from_the_table_that_has_such_a_column():
    other = "| `03_x` | 5 |\n\n"
    assert what_one_builds(other + README + "\n" + other) == {"02_tiny": "a double"}


# ------------------------------------------------------------------------------------------------ Markdown

def test_formulas_become_mathml_also_in_folded_hints():
    html = Page().html("Let $x_1$.\n\n$$\\begin{aligned}a &= b\\\\ &= c\\end{aligned}$$\n\n"
                       "<details><summary>Hint</summary>take $\\frac{1}{2}$, not <code>$HOME</code></details>\n")
    assert html.count("<math") == 3 and "mtable" in html and "<mfrac>" in html
    assert "<code>$HOME</code>" in html and "frac{" not in html


def test_large_brackets_with_an_exponent_and_arrows_with_a_text_are_drawn_as_meant():
    assert re.search(r"<msup><mrow><mo [^>]*minsize[^>]*>\)</mo></mrow><mn>2</mn></msup>", Page().html(r"$\Big(x\Big)^2$"))
    assert re.search(r"<mover><mo[^>]*>⟶</mo>.*im2col", Page().html(r"$x \xrightarrow{\text{im2col}} P$"))


def test_a_formula_that_nobody_can_draw_is_a_sentence():
    with pytest.raises(UserError, match=r"\\nonsense"):
        Page().html("$\\nonsense{x}$")


def test_links_lead_to_pages_of_the_site_and_others_become_text():
    page = Page(link=lambda address: {"a.md#b": "a.html#b"}.get(address))
    html = page.html("[one](a.md#b) [two](c.py) [three](https://example.org) [four](#here)")
    assert '<a href="a.html#b">one</a> two <a href="https://example.org">three</a> <a href="#here">four</a>' in html


def test_headings_have_ids_as_on_github_and_each_only_once():
    page = Page()
    html = page.html("## What was tried, and what was not\n\n## `make_x` it\n") + page.html("## `make_x` it")
    assert [name for name, _ in page.headings(2)] == ["what-was-tried-and-what-was-not", "make_x-it", "make_x-it-2"]
    assert html.count("<h2 id=") == 3


def test_a_font_for_the_formulas_of_the_pages_and_no_more():
    small, large = math_font("<math><mi>x</mi></math> ∑"), math_font("<math><mo>∑</mo><mo>(</mo></math>")
    assert small[:4] == large[:4] == b"wOFF" and len(small) < len(large) < 300_000
    font = TTFont(io.BytesIO(small))
    assert {ord("√"), ord("𝑥")} <= set(font.getBestCmap()) and ord("∑") not in font.getBestCmap() and "MATH" in font
    assert "Open Font License" in str(font["name"].getDebugName(13))


# ------------------------------------------------------------------------------------------------ the folder

def test_twice_gives_the_same_files_and_leaves_nothing_of_the_first(build, book, tmp_path):
    cell(book, "demo-double")["outputs"] = [figure("red")]
    assert build() == 0
    first = {path.relative_to(tmp_path): path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    (tmp_path / "site" / "old.html").write_text("old")
    assert build() == 0
    assert {path.relative_to(tmp_path): path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()} == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("site")] == ["site"]


def test_a_folder_of_somebody_else_is_never_replaced(build, tmp_path, capsys):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("mine")
    assert build() == 2
    assert "was not made by this command" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.txt"]


def test_pages_of_docs_are_on_the_site_with_their_pictures(build, tmp_path):
    docs = tmp_path / "course" / "docs"
    docs.mkdir()
    (docs / "authors.md").write_text("# Write a lesson\n\n![the lab](lab.png)\n\nSee [start](../README.md), "
                                     "[code](../autograde/x.py).\n", encoding="utf-8")
    Image.new("RGB", (5, 5)).save(docs / "lab.png")
    assert build() == 0
    html = page(tmp_path, "authors.html")
    assert '<img src="pictures/lab.png" alt="the lab">' in html and (tmp_path / "site" / "pictures" / "lab.png").exists()
    assert '<a href="index.html">start</a>, code.' in html
    assert '<a href="authors.html">For authors</a>' in page(tmp_path, "index.html")
    assert "assistants.html" not in page(tmp_path, "index.html")                  # no door to a page that is not there


def test_a_guide_may_show_how_marks_are_used(build, tmp_path):
    docs = tmp_path / "course" / "docs"
    docs.mkdir()
    (docs / "authors.md").write_text("# Write\n\n```\n### BEGIN SOLUTION\nnobody = 'real'\n### END SOLUTION\n```\n", encoding="utf-8")
    assert build() == 0
    assert "nobody = 'real'" in html.unescape(page(tmp_path, "authors.html"))


SECRET = "    secret_result = [2 * value for value in values]"


@pytest.mark.parametrize("marked", [True, False])
def test_a_guide_with_a_solution_shows_only_its_marks(build, tmp_path, capsys, marked):
    docs = tmp_path / "course" / "docs"
    docs.mkdir()
    shown = f"    ### BEGIN SOLUTION\n{SECRET}\n    ### END SOLUTION" if marked else SECRET
    (docs / "authors.md").write_text(f"# Write\n\n```python\ndef double(values):\n{shown}\n```\n", encoding="utf-8")
    assert build() == (0 if marked else 2)
    if marked:
        shown = page(tmp_path, "authors.html")
        assert "secret_result" not in shown and "left out here" in shown and "### END SOLUTION" in shown
    else:
        assert "docs/authors.md" in capsys.readouterr().err and not (tmp_path / "site").exists()


def test_a_picture_that_is_not_there_is_a_sentence(build, tmp_path, capsys):
    docs = tmp_path / "course" / "docs"
    docs.mkdir()
    (docs / "authors.md").write_text("# Write\n\n![x](gone.png)\n", encoding="utf-8")
    assert build() == 2 and "gone.png" in capsys.readouterr().err


def test_the_download_is_the_release(build, tmp_path):
    assert build() == 0
    released = json.loads((tmp_path / "site" / "notebooks" / LESSON / "tiny.ipynb").read_text(encoding="utf-8"))
    assert "secret_result" not in json.dumps(released) and len(released["cells"]) == 10
    assert f'href="notebooks/{LESSON}/tiny.ipynb" download' in page(tmp_path)
