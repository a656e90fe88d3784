"""The real site: complete, without a solution, sound HTML, and in a browser without anything from elsewhere."""
import contextlib
import functools
import http.server
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import axe_finds, open_browser
from site_reader import PageReader, secrets_on

from autograde.lesson import COURSE, lesson_names, load_lesson
from autograde.release import secret_lines

WIDTHS = {"phone": 390, "desktop": 1280}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, as the command writes it; the command has nothing to complain about."""
    folder = tmp_path_factory.mktemp("site") / "made"
    command = [sys.executable, "-W", "error::UserWarning", "-m", "autograde", "site", "--to", str(folder)]
    done = subprocess.run(command, cwd=COURSE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.name: PageReader(path) for path in sorted(site.glob("*.html"))}


def solved(lesson):
    return json.loads(load_lesson(lesson).path.read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------ what is on it

def test_every_lesson_and_every_guide_has_a_page(pages):
    assert {f"{name}.html" for name in lesson_names()} <= set(pages)
    assert {f"{path.stem}.html" for path in (COURSE / "docs").glob("*.md")} <= set(pages)
    assert {"index.html", "assistants.html", "beyond-one-machine.html", "data.html"} <= set(pages)


def test_the_landing_page_shows_the_path(pages):
    text = " ".join(pages["index.html"].text.split())
    links = [attributes["href"] for _, attributes, _ in pages["index.html"].all("a")]
    for name in lesson_names():
        points = sum(cell.points for cell in load_lesson(name).cells)
        assert re.search(rf"\b{name[:2]} .*?You build [a-zA-Z].*?You need \w.*?\d (h|min) · {points} points", text), name
        assert f"{name}.html" in links
    assert len(pages["index.html"].all("img")) == len(lesson_names())
    assert "make lab" in text and "lessons, about " in text


@pytest.mark.parametrize("lesson", lesson_names())
def test_a_lesson_shows_its_text_its_exercises_and_its_figures(site, pages, lesson):
    page, cells = pages[f"{lesson}.html"], load_lesson(lesson).cells
    for cell in cells:
        if cell.role not in ("text", "written"):
            for line in cell.released.splitlines():
                assert line.strip() in page.text, (cell.id, line)
    shown = {cell["id"]: cell.get("outputs", []) for cell in solved(lesson)["cells"]}
    figures = sum("image/png" in output.get("data", {}) for cell in cells if cell.role in ("demo", "set-up")
                  for output in shown[cell.id])
    assert len(page.all("img")) == figures
    notebook = site / "notebooks" / lesson / lesson_names()[lesson]
    assert notebook.read_bytes() == (COURSE / "notebooks" / lesson / lesson_names()[lesson]).read_bytes()


def test_no_output_of_an_answer_or_of_a_test_is_shown(pages):
    for name, page in pages.items():
        assert "Passed. When your notebook is graded" not in page.text, name


def test_sliders_leave_a_sentence_and_no_empty_box(pages):
    with_sliders = [name for name, page in pages.items() if "Here the notebook has sliders" in page.text]
    assert {"03_channels.html", "07_training.html"} <= set(with_sliders)
    assert all("interactive(" not in page.text for page in pages.values())


# ------------------------------------------------------------------------------------------------ no solution in it

@pytest.mark.parametrize("lesson", lesson_names())
def test_no_solution_hidden_test_or_mark_scheme_is_on_a_lessons_page(pages, lesson):
    assert secrets_on(pages[f"{lesson}.html"], solved(lesson)) == []


def test_nor_on_any_other_page(pages):
    """But for `rng = check.rng()` and the like, which stand in many lessons, and short calls that a guide explains."""
    in_lessons = Counter(line for lesson in lesson_names() for line in set(secret_lines(solved(lesson))))
    for name in set(pages) - {f"{lesson}.html" for lesson in lesson_names()}:
        lines = {line.strip() for _, _, code in pages[name].all("pre") for line in code.splitlines()}
        for lesson in lesson_names():
            found = [line for line in secrets_on(pages[name], solved(lesson))
                     if in_lessons[line] < 4 and len(line) > (15 if line in lines else 40)]
            assert found == [], name


def test_there_is_no_file_that_was_not_searched(site):
    """Pages and released notebooks are searched; pictures, a font and a style sheet can hold no solution."""
    kinds = {path.suffix or path.name for path in site.rglob("*") if path.is_file()}
    assert kinds == {".html", ".ipynb", ".png", ".woff", ".css", ".striate-site"}
    assert len((site / "site.css").read_text(encoding="utf-8")) < 20_000


@pytest.mark.parametrize("kind", ["answer", "written", "test"])
def test_the_search_would_find_a_secret_of_each_kind(pages, tmp_path, kind):
    """A page with the solved cell on it, rendered as the site renders it, must be refused."""
    from nbconvert.filters.highlight import Highlight2HTML

    from autograde.site_markdown import Page
    cell = load_lesson("02_convolution").with_role(kind)[-1]
    html = Page().html(cell.source) if kind == "written" else Highlight2HTML(pygments_lexer="python")(cell.source)
    (tmp_path / "leaky.html").write_text(f"<p>{html.strip()}</p>" if kind != "written" else html, encoding="utf-8")
    assert secrets_on(PageReader(tmp_path / "leaky.html"), solved("02_convolution"))


# ------------------------------------------------------------------------------------------------ sound pages

def test_every_link_and_anchor_leads_somewhere_inside(site, pages):
    ids = {name: [attributes["id"] for _, attributes, _ in page.tags if attributes.get("id")] for name, page in pages.items()}
    for name, page in pages.items():
        assert len(set(ids[name])) == len(ids[name]), f"{name}: an id comes twice"
        for tag, attributes, _ in page.all("a", "img", "link"):
            address = urlsplit(attributes["href"] if tag != "img" else attributes["src"])
            if address.scheme in ("http", "https"):
                assert tag == "a", f"{name} loads {address.geturl()}"
            elif address.scheme != "data":
                target = unquote(address.path) or name
                assert (site / target).is_file(), f"{name} → {target}"
                assert not address.fragment or unquote(address.fragment) in ids[target], f"{name} → {address.geturl()}"
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", (site / "site.css").read_text(encoding="utf-8"))


def test_every_page_can_be_reached_from_the_landing_page(pages):
    seen, todo = set(), ["index.html"]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [urlsplit(attributes.get("href", "")).path for _, attributes, _ in pages[name].all("a")
                     if urlsplit(attributes.get("href", "")).path in pages]
    assert seen == set(pages)


def test_headings_come_in_order_and_pictures_have_words(pages):
    for name, page in pages.items():
        levels = [int(tag[1]) for tag, _, _ in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1 and levels.count(1) == 1, (name, levels)
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), (name, levels)
        assert all(text.strip() for _, _, text in page.all("h1", "h2", "h3", "h4", "a", "summary")), name
        assert all(len(attributes.get("alt", "")) > 8 for _, attributes, _ in page.all("img")), name


def test_pages_are_finished_html_without_scripts(pages):
    """No formula stays LaTeX, no mark of Markdown is left over, nothing runs."""
    for name, page in pages.items():
        assert not page.all("script", "iframe", "object", "embed", "form"), name
        left_over = re.search(r"\$[^$\n]+\$|\\(frac|cdot|text|sum|begin)\b|\*\*\w|^#+ |\]\(|^\|", page.prose, re.M)
        assert not left_over, (name, page.prose[left_over.start() - 60:left_over.end() + 60])
        assert len(page.all("details")) == len(page.all("summary")), name
        assert ("lang", "en") in page.tags[0][1].items()


# ------------------------------------------------------------------------------------------------ in a browser

class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder):
    """The folder on a port of this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("device", WIDTHS)
def test_in_a_browser_every_page_fits_and_loads_nothing_from_elsewhere(site, pages, device):
    with served(site) as address, open_browser(f"site-{device}", width=WIDTHS[device], height=900) as browser:
        page, failed = browser.page, []
        page.on("console", lambda message: failed.append(message.text) if message.type in ("error", "warning") else None)
        page.on("requestfailed", lambda request: failed.append(request.url))
        for name in pages:
            page.goto(f"{address}/{name}")
            page.evaluate("""() => { document.querySelectorAll("img").forEach(image => image.loading = "eager");
                                     document.querySelectorAll("details").forEach(part => part.open = true); }""")
            page.wait_for_function("[...document.images].every(image => image.complete)")
            broken = page.evaluate("[...document.images].filter(image => !image.naturalWidth).map(image => image.src)")
            assert broken == [], name
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= WIDTHS[device], f"{name} is {wide} pixels wide, all hints and tests unfolded"
            browser.picture(Path(name).stem)
        assert (failed, browser.complaints, browser.elsewhere) == ([], [], [])


def test_axe_finds_nothing_on_a_lesson_the_landing_page_and_the_guides(site, pages):
    with open_browser("site-axe", width=WIDTHS["desktop"]) as browser:
        for name in ["02_convolution.html", *(page for page in pages if not page[0].isdigit())]:
            browser.page.goto((site / name).as_uri())
            browser.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            assert [found for found in axe_finds(browser.page) if "<math" not in found[2]] == [], name   # it reads no MathML


def test_in_a_browser_formulas_have_their_font_and_hints_unfold_by_keyboard(site):
    with open_browser("site-hints") as browser:
        page = browser.page
        page.goto((site / "02_convolution.html").as_uri())          # from a disk it works too
        page.wait_for_function("document.fonts.status === 'loaded'")
        assert page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
        hint = page.locator("section details").first
        assert hint.evaluate("part => part.open") is False
        hint.locator("summary").focus()
        page.keyboard.press("Enter")
        assert hint.evaluate("part => part.open") is True
        assert hint.locator("p").first.is_visible()
