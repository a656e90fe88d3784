"""Figures and pages that everybody can read: with any kind of colour vision, with a screen reader, by keyboard."""
import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from colorspacious import cspace_convert, deltaE
from matplotlib.colors import to_rgb
from nbclient import NotebookClient
from nbformat import v4
from test_feedback import page as feedback_page
from test_report import class_of
from test_roster import handed_in
from tiny_course import result, write_course

from autograde import report
from autograde.classroom import classroom
from autograde.feedback import HERE, _highlighting, page_path
from autograde.intake_page import write_intake_page
from autograde.lint_reading import sentences
from striate import plot

VISIONS = (None, "protanomaly", "deuteranomaly", "tritanomaly")      # the last three at full severity


def seen(colours, vision):
    """sRGB colours (N, 3) in 0 to 1 as a colour-blind person sees them. Machado, Oliveira and Fernandes (2009)."""
    colours = np.array([to_rgb(colour) for colour in colours])
    if vision is None:
        return colours
    return np.clip(cspace_convert(colours, {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}, "sRGB1"), 0, 1)


def difference(one, other):
    """CAM02-UCS (Luo, Cui and Li, 2006): about 1 is just noticeable side by side; black and white are 100 apart."""
    return float(deltaE(one, other, input_space="sRGB1"))


# ------------------------------------------------------------------------------------------------ colours of figures

@pytest.mark.parametrize("vision", VISIONS)
def test_the_colours_of_curves_can_be_told_apart(vision):
    colours = seen(plot.COLOURS, vision)
    assert min(difference(*pair) for pair in itertools.combinations(colours, 2)) > 10
    assert min(difference(colour, (1, 1, 1)) for colour in colours) > 30               # and from the paper


def test_red_and_green_of_the_same_lightness_would_fail():
    """The measure itself: what is clear to some is the same to others."""
    red, green = "#c03030", "#5a7a10"
    assert difference(*seen([red, green], None)) > 30 and difference(*seen([red, green], "deuteranomaly")) < 10


def test_curves_do_not_rely_on_colour_alone():
    for index, other in itertools.combinations(range(len(plot.COLOURS)), 2):
        assert (plot.LINES[index], plot.MARKERS[index]) != (plot.LINES[other], plot.MARKERS[other])
    assert len(set(plot.MARKERS)) == len(plot.MARKERS) == len(plot.LINES) == len(plot.COLOURS)


@pytest.mark.parametrize("vision", VISIONS)
def test_colour_maps_are_even(vision):
    """More is lighter all the way; around 0, both sides become darker and stay apart from each other."""
    steps = np.linspace(0, 1, 33)

    def shown(name):
        return seen(plt.get_cmap(name)(steps)[:, :3], vision)

    def lightness(name):
        return cspace_convert(shown(name), "sRGB1", "CAM02-UCS")[:, 0]

    for name in (plot.GREY, plot.HEIGHT):
        assert (np.diff(lightness(name)) > 0).all()
    signed = lightness(plot.SIGNED)
    assert (np.diff(signed[:17]) > 0).all() and (np.diff(signed[16:]) < 0).all()
    colours = shown(plot.SIGNED)
    assert min(difference(colours[16 - k], colours[16 + k]) for k in range(4, 17)) > 15


def test_numbers_on_coloured_squares_have_contrast(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plot.show_kernels([np.linspace(-14, 14, 20).reshape(4, 5)], limits=(-14, 14))
    axis = plt.gcf().axes[0]
    for text, value in zip(axis.texts, np.linspace(-14, 14, 20)):
        square = axis.images[0].cmap(axis.images[0].norm(value))[:3]
        assert contrast(to_rgb(text.get_color()), square) >= 4.5
    plt.close("all")


def test_a_caption_is_stored_with_its_figure_and_printed():
    """In a notebook that runs. plot.show takes the figure drawn last, helpers and plt alike."""
    book = v4.new_notebook(cells=[v4.new_code_cell(source) for source in (
        "import matplotlib.pyplot as plt\nfrom striate import plot\nplt.plot([1, 2])\n"
        "plot.show('A line that goes up from 1 to 2.')",
        "plot.show_image([[0, 1]], caption='Left a black square, right a white one.')\nprint('done')",
        "plt.plot([2, 1]); plt.show()")])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    first, second, third = ([output for output in cell.outputs if output.output_type != "execute_result"]
                            for cell in book.cells)
    assert first[0].metadata["image/png"]["alt"] + "\n" == first[1].text == "A line that goes up from 1 to 2.\n"
    assert second[0].metadata["image/png"]["alt"] == "Left a black square, right a white one."
    assert second[1].text == "Left a black square, right a white one.\ndone\n"
    assert len(third) == 1 and "alt" not in third[0].metadata.get("image/png", {})
    assert all(sum("image/png" in output.get("data", {}) for output in outputs) == 1 for outputs in (first, second, third))


# ------------------------------------------------------------------------------------------------ colours of pages

def contrast(one, other):
    """Contrast of two sRGB colours, 1 to 21, by WCAG 2.2."""
    def luminance(colour):
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def sheet(*files):
    return "\n".join((HERE / file).read_text(encoding="utf-8") for file in files)


def names_of(css):
    return dict(re.findall(r"(--[a-z-]+):\s*(#[0-9a-f]{3,6})\b", css))


DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", re.S)


def colours_of(kind):
    """(texts, backgrounds, pairs) of the colours of what grading writes, or of the site: {colour: a rule that has it}.

    A rule that sets both, like a button's, is a pair: its colours meet each other and no others.
    """
    css = sheet("feedback.css", "report.css") + _highlighting() if kind == "grading" else sheet("site.css")
    light, dark = DARK.sub("", css), "".join(DARK.findall(css))
    assert bool(dark) == (kind != "grading")
    names = names_of(light) | (names_of(dark) if kind == "site, dark" else {})
    texts, backgrounds, pairs = {}, {}, {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", light + (dark if kind == "site, dark" else "")):
        found = {}
        for part, value in re.findall(r"(?<![\w-])(color|background)(?:-color)?:\s*([^;]+)", body):
            colour = re.sub(r"var\((--[a-z-]+)\)", lambda name: names[name[1]], value).strip()
            if re.fullmatch("#[0-9a-fA-F]{3,6}", colour):
                found[part] = colour
        if len(found) == 2 and selector.strip() != "body":
            pairs[found["color"], found["background"]] = selector.strip()
        else:
            texts |= {found["color"]: selector.strip()} if "color" in found else {}
            if "background" in found and not re.search(r"\bimg$", selector.strip()):          # no text stands on a picture
                backgrounds[found["background"]] = selector.strip()
    return texts, backgrounds, pairs


@pytest.mark.parametrize("kind", ["grading", "site, light", "site, dark"])
def test_text_on_pages_has_contrast(kind):
    """WCAG AA, for every text colour on every background, also where the two do not meet today."""
    texts, backgrounds, pairs = colours_of(kind)
    assert len(texts) >= 3 and len(backgrounds) >= 4
    pairs |= {(text, ground): f"{texts[text]} on {backgrounds[ground]}" for text in texts for ground in backgrounds}
    low = {rules: round(contrast(*map(to_rgb, pair)), 2) for pair, rules in pairs.items() if contrast(*map(to_rgb, pair)) < 4.5}
    assert low == {}


# ------------------------------------------------------------------------------------------------ pages

@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The HTML of each kind of page, as full as it gets: {name: parsed page}."""
    folder = tmp_path_factory.mktemp("pages")
    course = write_course(folder / "course")
    html = {"feedback": feedback_page(course, result("anna"), result("bob", flags=["moved: x"])),
            "feedback's index": page_path(course / "work", "anna", "index").read_text(encoding="utf-8")}
    results = class_of(40)
    results[3]["answers"]["exercise-2-4-im2col"] = results[7]["answers"]["exercise-2-4-im2col"] = OWN
    results[5]["flags"] = ["names the library function torch.conv2d"]
    report.write_report(folder / "report", results)
    html["report"] = (folder / "report/index.html").read_text(encoding="utf-8")
    here = classroom(folder, [handed_in("anna", is_late=True), handed_in("ben") | {"status": "unreadable"}])
    write_intake_page(folder, here, "class.zip", ["grades.csv"])
    html["intake"] = (folder / "intake.html").read_text(encoding="utf-8")
    return {name: BeautifulSoup(text, "html.parser") for name, text in html.items()}


OWN = "def im2col(image, kernel_size):\n    rows = []\n    for top in range(9):\n        rows += [image[top] * 3 - 1]\n    " \
      "if not rows:\n        raise ValueError('no window fits here')\n    return np.array(rows)[::-1, ::1].copy()"
KINDS = ("feedback", "feedback's index", "report", "intake")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_language_title_landmark_and_headings_in_order(pages, kind):
    page = pages[kind]
    assert page.html["lang"] == "en" and page.title.text.strip() and len(page.find_all("main")) == 1
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(heading.get_text(strip=True) for heading in page.find_all(re.compile("^h[1-6]$")))
    assert all(part.get("aria-label") for part in page.find_all("nav"))
    assert "zoom" not in page.find("meta", attrs={"name": "viewport"})["content"]


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_have_texts_and_tables_have_headers(pages, kind):
    page = pages[kind]
    for picture in page.find_all("img"):
        assert len(picture["alt"].split()) >= 5 and picture["alt"] != picture.find_parent("figure").figcaption.text
    for table in page.find_all("table"):
        headers = table.find_all("th")
        assert headers and all(header.get("scope") in ("col", "row") and header.get_text(strip=True) for header in headers)
    assert all(drawing.get("aria-hidden") == "true" for drawing in page.find_all("svg"))


@pytest.mark.parametrize("kind", KINDS)
def test_links_lead_somewhere_and_nothing_takes_the_keyboard_astray(pages, kind):
    page = pages[kind]
    ids = [part["id"] for part in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for link in page.find_all("a"):
        assert link.get_text(strip=True) and (not link["href"].startswith("#") or link["href"][1:] in ids)
    assert {part["tabindex"] for part in page.find_all(tabindex=True)} <= {"0"}        # else the order of Tab is not that of the page
    assert all(part.find("summary") for part in page.find_all("details"))


def test_verdicts_are_told_in_words_too(pages):
    """Neither a colour nor a sign alone says whether something is right."""
    page = pages["feedback"]
    for test in page.select(".tests li"):
        assert test.select_one(".word").get_text(strip=True) and test.select_one(".sign")["aria-hidden"] == "true"
    signs = page.select("h2 .sign, nav .sign")
    assert signs and all(sign["role"] == "img" and sign["aria-label"] for sign in signs)
    for row in pages["report"].select("tr.look"):
        assert "look" in row.get_text()
    assert pages["report"].select("tr.look")


# ------------------------------------------------------------------------------------------------ sentences

def test_sentences_of_a_text_cell():
    source = ("## A heading\n\nOne *short* sentence with `code.that(counts)` once. Another one: $a + b$ is a formula!\n\n"
              "- an item\n- another [item](with/an/address)\n\n| a | table |\n|---|---|\n\n```\ncode is. No Sentence\n```\n"
              "<details><summary>Hint</summary>\n\nFolded text. `x` begins this one.\n\n</details>")
    assert sentences(source) == ["One short sentence with X once.", "Another one:", "X is a formula!", "an item",
                                 "another item", "Hint", "Folded text.", "X begins this one."]
