"""`python -m autograde site [--to FOLDER]`: the course as a web site of plain files, for any web server or from a disk.

Every lesson becomes a page: the text and code that students get, with the figures and texts that the demonstrations
printed when the author last ran the lesson. The notebooks are not run. No page needs a script or loads anything from
elsewhere. Every page of Markdown in DOCUMENTS and in docs/ is on the site too.
"""
import json
import re
import shutil
from collections import Counter
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import nbformat
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from autograde import release
from autograde.errors import UserError
from autograde.feedback import templates
from autograde.feedback_page import CODE_STYLE
from autograde.lesson import COURSE, lesson_names, load_lesson
from autograde.site_facts import read_facts, shown_time, what_one_builds
from autograde.site_font import math_font
from autograde.site_lesson import Figure, cells_of
from autograde.site_markdown import Page
from striate.notebook import WIDTH

MARK = ".striate-site"          # in every folder that this command made, and may therefore replace
README = "README.md"
DOCUMENTS = {README: "index.html", "autograde/README.md": "beyond-one-machine.html", "data/README.md": "data.html"}
SHORT, COMMON = 16, 4           # a line of fewer characters, or of so many lessons, is nobody's secret
PICTURES = (".png", ".jpg", ".svg")
TEMPLATES = Path(__file__).parent


def configure(parser):
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where to write it (default: build/site in the course)")
    parser.add_argument("--course", type=Path, default=COURSE, help="folder of the course (default: this checkout)")


def run(args):
    course = args.course.resolve()
    destination = (args.to or course / "build" / "site").absolute()
    with _fresh(destination) as folder:
        kept_back = build(course, folder)
    pages = len(list(destination.glob("*.html")))
    print(f"{pages} pages written. Open {destination / 'index.html'}")
    for lesson, cells in kept_back.items():
        print(f"{lesson}: what {', '.join(cells)} printed is left out, because it holds the answer to a prediction.")
    return 0


def build(course, folder):
    """Write the site of the course into the empty `folder`; returns {lesson: cells whose printed text was left out}."""
    lessons = [load_lesson(name, course / "solutions") for name in lesson_names(course / "solutions")]
    builds = what_one_builds((course / README).read_text(encoding="utf-8"))
    facts = [read_facts(lesson, builds.get(lesson.name, "")) for lesson in lessons]
    site = _Site(course, folder, _secrets_of(lessons))
    release.generate([lesson.name for lesson in lessons], course, folder / "notebooks")
    cards, kept_back = [], {}
    for number, lesson in enumerate(lessons):
        neighbours = {"before": facts[number - 1] if number else None,
                      "after": facts[number + 1] if number + 1 < len(facts) else None}
        card, left_out = site.write_lesson(lesson, facts[number], neighbours)
        cards.append(card)
        if left_out:
            kept_back[lesson.name] = left_out
    for source, name in site.documents.items():
        if source != README:
            site.write_document(source, name)
    site.write_landing(cards)
    site.write_style()
    return kept_back


class _Site:
    """The folder that is being filled, and what all of its pages share."""

    def __init__(self, course, folder, secrets):
        self.course, self.folder, self._secrets = course, folder, secrets
        self.documents = {source: name for source, name in DOCUMENTS.items() if (course / source).exists()}
        self.documents |= {f"docs/{path.name}": f"{path.stem}.html" for path in sorted((course / "docs").glob("*.md"))}
        self._pages = []

    def write_lesson(self, lesson, facts, neighbours):
        """Write a lesson's page and figures; returns what the landing page shows of it, and the cells left out."""
        released = self.folder / "notebooks" / lesson.name / lesson.path.name
        solved = nbformat.read(lesson.path, as_version=4)
        cells, page, left_out = cells_of(lesson, solved, nbformat.read(released, as_version=4))
        figures = [output for cell in cells for output in cell["outputs"] if isinstance(output, Figure)]
        _refuse_leaks(lesson, solved, cells)
        for figure in figures:
            path = self.folder / figure.file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(figure.png)
        needs = Markup(page.inline(facts.needs))
        self._write("site_lesson.html", f"{lesson.name}.html", title=facts.title, facts=facts, cells=cells,
                    needs=needs, sections=page.headings(2), notebook=f"notebooks/{lesson.name}/{lesson.path.name}",
                    **neighbours)
        card = {"facts": facts, "needs": needs, "builds": Markup(page.inline(facts.builds)),
                "figure": figures[0] if figures else None}
        return card, left_out

    def write_document(self, source, name):
        path = self.course / source
        page = Page(lambda address: self._inside(path, address), lambda address: self._picture(path, address))
        text = _without_secret_regions(path.read_text(encoding="utf-8"), self._secrets)
        shown = {line.strip() for line in text.splitlines()}
        if self._secrets & shown:
            raise UserError(f"{source} shows a line of a solution, {sorted(self._secrets & shown)[0]!r}, and the site must not. "
                            "Put such lines between ### BEGIN SOLUTION and ### END SOLUTION; the site leaves them out.")
        body = page.html(text)
        titles = page.headings(1)
        if len(titles) != 1:
            raise UserError(f"{source} needs one heading of the first level, its title.")
        self._write("site_document.html", name, title=Markup(titles[0][1]), body=Markup(body),
                    sections=page.headings(2))

    def write_landing(self, cards):
        total = sum(card["facts"].minutes for card in cards)
        page = Page(lambda address: self._inside(self.course / README, address))
        introduction = _first_paragraph((self.course / README).read_text(encoding="utf-8"))
        self._write("site_landing.html", "index.html", title="striate", cards=cards, total=shown_time(round(total / 60) * 60),
                    introduction=Markup(page.inline(introduction)))

    def write_style(self):
        """The style sheet, colours for code in daylight and at night, and a font for the formulas of all pages."""
        day, night = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in (CODE_STYLE, "github-dark"))
        style = (TEMPLATES / "site.css").read_text(encoding="utf-8")
        self._file("site.css", f"{day}\n@media (prefers-color-scheme: dark) {{\n{night}\n}}\n{style}")
        (self.folder / "formulas.woff").write_bytes(math_font("".join(self._pages)))
        self._file(MARK, "Made by `python -m autograde site`, which may replace this folder.\n")

    def _write(self, template, name, **values):
        values["documents"] = set(self.documents.values())
        text = _with_tab_stops(templates().get_template(template).render(page=name, **values))
        self._pages.append(text)
        self._file(name, text)

    def _file(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def _inside(self, source, address):
        """The page of a relative link in the file `source`, or None."""
        target, mark, anchor = address.partition("#")
        path = (source.parent / target).resolve()
        name = self.documents.get(path.relative_to(self.course).as_posix()) if path.is_relative_to(self.course) else None
        return f"{name}{mark}{anchor}" if name else None

    def _picture(self, source, address):
        """Copy a picture that a document shows; returns its address inside the site, or None."""
        path = (source.parent / address).resolve()
        if not path.is_file() or not path.is_relative_to(self.course) or path.suffix not in PICTURES:
            return None
        copy = self.folder / "pictures" / path.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
        return f"pictures/{path.name}"


def _secrets_of(lessons):
    """Lines that stand in the solution, a hidden test or a mark scheme of a lesson; not what many lessons have there."""
    found = Counter(line for lesson in lessons for line in release.secret_lines(json.loads(lesson.path.read_text("utf-8")))
                    if len(line) >= SHORT)
    return {line for line, count in found.items() if count < COMMON}


def _without_secret_regions(text, secrets):
    """Where a guide shows the solution or the hidden tests of a real exercise, a line says that they are left out."""
    def without(found):
        begin, indent, _, inside, end = found.groups()
        if secrets.isdisjoint(line.strip() for line in inside.splitlines()):
            return found[0]
        return f"{begin}\n{indent}# … left out here: it would give a real exercise away\n{end}"
    regions = "|".join(release.SECRET_REGIONS)
    return re.sub(rf"(?ms)^(([ \t]*)### BEGIN ({regions}))$(.*?)^([ \t]*### END \3)$", without, text)


def _refuse_leaks(lesson, solved, cells):
    """The released text was searched when it was made; here the same search for what is shown besides."""
    shown = [text for cell in cells for output in cell["outputs"]
             for text in ([output.alt] if isinstance(output, Figure) else output.values())]
    found = release.leaks(solved, json.dumps(shown))
    if found:
        raise UserError(f"the site would show a line of a solution of {lesson.name}, {found[0]!r}; nothing was written.")


def _with_tab_stops(page):
    """A block of text that is wider than the column scrolls, so the Tab key must reach it; others would be in the way."""
    def with_tab_stop(found):
        lines = unescape(re.sub(r"<[^>]+>", "", found[0])).splitlines()
        return found[0].replace("<pre", '<pre tabindex="0"', 1) if max(map(len, lines), default=0) > WIDTH else found[0]
    return re.sub(r"<pre\b.*?</pre>", with_tab_stop, page, flags=re.DOTALL)


def _first_paragraph(readme):
    """The first paragraph of plain text: not a heading, picture, table, list or HTML."""
    paragraphs = re.split(r"\n\s*\n", readme)
    return next((text.strip() for text in paragraphs if re.match(r"[\w*_“\"]", text.strip())), "")


@contextmanager
def _fresh(destination):
    """An empty folder beside `destination` that takes its place if all goes well."""
    if destination.exists() and not (destination / MARK).exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise UserError(f"{destination} is there and was not made by this command; choose another folder with --to.")
    new = destination.with_name(destination.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{new} cannot be made: {error.strerror}.") from error
    try:
        yield new
        shutil.rmtree(destination, ignore_errors=True)
        new.rename(destination)
    finally:
        shutil.rmtree(new, ignore_errors=True)
