"""axe-core, the common checker for accessible pages, and the Tab key on the pages that grading writes, in a real browser."""
import pytest
from browser import axe_finds, open_browser
from test_accessibility import KINDS, pages  # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def opened(pages, tmp_path_factory):  # noqa: F811
    """A function that opens a page by its kind and gives Playwright's page."""
    folder = tmp_path_factory.mktemp("html")
    for kind, page in pages.items():
        (folder / f"{kind}.html").write_text(str(page), encoding="utf-8")
    with open_browser("axe", width=1100) as browser:
        def open_page(kind, width=1100):
            browser.page.set_viewport_size({"width": width, "height": 900})
            browser.page.goto((folder / f"{kind}.html").as_uri())
            return browser.page
        yield open_page


@pytest.mark.parametrize("width", [1100, 360])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(opened, kind, width):
    assert axe_finds(opened(kind, width)) == []


def test_axe_would_find_something(opened):
    page = opened("report")
    page.locator("img").first.evaluate("picture => picture.removeAttribute('alt')")
    assert [rule for rule, _, _ in axe_finds(page)] == ["image-alt"]


@pytest.mark.parametrize("kind", KINDS)
def test_tab_reaches_everything_in_order_and_shows_where_it_is(opened, kind):
    page = opened(kind)
    wanted = page.locator("a, summary, [tabindex='0']").evaluate_all(
        "parts => parts.filter(part => part.checkVisibility()).map(part => part.textContent)")
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
        style, width = page.evaluate("(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])"
                                     "(getComputedStyle(document.activeElement))")
        assert style == "solid" and float(width.removesuffix("px")) >= 2
    assert reached == wanted and wanted


def test_folded_code_opens_with_the_keyboard(opened):
    page = opened("report")
    pair = page.locator("details").first
    assert not pair.evaluate("part => part.open")
    pair.locator("summary").focus()
    page.keyboard.press("Enter")
    assert pair.evaluate("part => part.open")
