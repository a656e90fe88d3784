"""A page of the site as a test reads it: its text, its tags in order, and what of a lesson's secrets is in it."""
import re
from html.parser import HTMLParser

from autograde.release import SECRET_REGIONS, secret_lines

ALONE = {"meta", "link", "img", "br", "hr", "input"}
LEAST = 20          # characters; shorter pieces of a sentence may stand anywhere


class PageReader(HTMLParser):
    """tags: [(name, attributes, text inside)] in order; text: all of the page; prose: without code and formulas."""

    def __init__(self, path):
        super().__init__()
        self.tags, self._open = [], []
        self._text, self._prose = [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.text, self.prose = "".join(self._text), "".join(self._prose)
        self.attributes = "\n".join(value or "" for _, attributes, _ in self.tags for value in attributes.values())
        assert self._open == [], f"{path.name}: not closed: {self._open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes), []))
        if tag not in ALONE:
            self._open.append((tag, self.tags[-1][2]))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in ALONE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open[-1][0] == tag, f"</{tag}> at {self.getpos()} closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data):
        self._text.append(data)
        for _, inside in self._open:
            inside.append(data)
        if not {"code", "pre", "math"} & {tag for tag, _ in self._open}:
            self._prose.append(data)

    def all(self, *names):
        return [(tag, attributes, "".join(inside)) for tag, attributes, inside in self.tags if tag in names]


def secrets_on(page, solved):
    """What the page holds of a lesson's solutions, hidden tests, mark schemes and model answers (solved: its JSON).

    Lines of code are looked for as they are. Markdown changes on its way to a page, so of other lines the pieces between
    marks and formulas are looked for.
    """
    whole = f"{page.text}\n{page.attributes}"
    lines, flat = {line.strip() for line in whole.splitlines()}, " ".join(whole.split())
    public = " ".join(re.sub(r"[`*]", "", _public_text(solved)).split())
    found = []
    for line in secret_lines(solved):
        pieces = [" ".join(piece.split()) for piece in re.split(r"\$[^$]*\$|[`*|<>\"'&\\]", line)]
        pieces = [piece for piece in pieces if len(piece) >= LEAST and piece not in public]
        if line in lines or any(piece in flat for piece in pieces):
            found.append(line)
    return found + [region for region in SECRET_REGIONS if f"BEGIN {region}" in whole or f"END {region}" in whole]


def _public_text(solved):
    texts = ["".join(cell["source"]) for cell in solved["cells"]
             if not (cell["cell_type"] == "markdown" and cell["metadata"].get("nbgrader", {}).get("solution"))]
    regions = "|".join(SECRET_REGIONS)
    return re.sub(rf"(?s)### BEGIN ({regions}).*?### END \1", "", "\n".join(texts))
