"""Markdown as HTML for the site: nbconvert's own renderer, with formulas as MathML.

A browser draws MathML by itself, and a screen reader reads it: no script, nothing from elsewhere.
"""
import re
from html import escape, unescape

from math_core import LatexError, LatexToMathML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograde.errors import UserError

# An arrow of one length: browsers do not yet stretch one to the length of its text.
FORMULAS = LatexToMathML(fancy_error=False, macros={"xrightarrow": r"\overset{#1}{\longrightarrow}"})
LONG = 45      # characters of LaTeX; a longer formula within a line may be wider than a phone


class Page:
    """The Markdown of one page, piece by piece: ids of headings are unique, and the headings are remembered.

    link(address) gives the address inside the site of a relative link, or None if it leads to no page of the site;
    such a link becomes plain text. picture(address) does the same for a picture.
    """

    def __init__(self, link=lambda address: None, picture=lambda address: None):
        self._renderer = _Renderer(link, picture)

    def html(self, source):
        source = re.sub(r"\n(?=</details>)", "\n\n", source)      # else a list before it would take it in
        return MarkdownWithMath(renderer=self._renderer).render(source)

    def inline(self, source):
        """HTML of one line, without the paragraph around it."""
        return re.sub(r"^<p>|</p>$", "", self.html(source).strip())

    def headings(self, level):
        """[(id, HTML of the text)] of the headings of that level so far."""
        return [(name, text) for depth, name, text in self._renderer.headings if depth == level]


class _Renderer(IPythonRenderer):
    def __init__(self, link, picture):
        super().__init__(escape=False, exclude_anchor_links=True)
        self.headings, self._link, self._picture = [], link, picture

    def heading(self, text, level, **attributes):
        plain = unescape(re.sub(r"<[^>]+>", "", text)).lower()
        base = re.sub(r"[^\w -]", "", plain).strip().replace(" ", "-") or "section"         # as GitHub names it
        taken = {name for _, name, _ in self.headings}
        name = next(name for name in (base, *(f"{base}-{count}" for count in range(2, 999))) if name not in taken)
        self.headings.append((level, name, text))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def inline_math(self, body):
        formula = mathml(body)
        return f'<span class="long">{formula}</span>' if len(body) > LONG else formula

    def block_math(self, body):
        return f'<span class="formula">{mathml(body, display=True)}</span>'

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_html(self, html):
        return super().block_html(_math_in_html(html))

    def table(self, text):
        return f'<div class="table"><table>\n{text}</table></div>\n'

    def table_cell(self, text, align=None, head=False):
        tag = "th" if head and text.strip() else "td"                # an empty cell is nobody's heading
        style = f' style="text-align: {align}"' if align else ""
        return f"<{tag}{style}>{text}</{tag}>\n"

    def task_list_item(self, text, checked=False):
        return f"<li>{text}</li>\n"            # a box that nobody can tick would only be in the way

    def link(self, text, url, title=None):
        if re.match(r"[a-z]+:|#", url):
            return super().link(text, url, title)
        inside = self._link(url)
        return super().link(text, inside, title) if inside else text

    def image(self, text, url, title=None):
        inside = self._picture(url)
        if not inside:
            raise UserError(f"the picture {url!r} is not there, or not a file of the course.")
        return f'<img src="{escape(inside)}" alt="{escape(text)}">'


def mathml(latex, display=False):
    """A formula as MathML, inside a line or, with display, on a line of its own."""
    try:
        formula = FORMULAS.convert_with_local_state(latex.strip(), displaystyle=display)
    except LatexError as error:
        raise UserError(f"the formula {latex.strip()!r} cannot be drawn: {error}.") from error
    # \Big)^2: Chromium makes a bracket with an exponent as large as asked for only inside a row of its own.
    return re.sub(r"(<m(?:sup|sub|subsup)>)(<mo [^>]*minsize=[^>]*>[^<]*</mo>)", r"\1<mrow>\2</mrow>", formula)


def _math_in_html(html):
    """Formulas between dollar signs inside a block of HTML, such as a hint on one line; code is left alone."""
    pieces = re.split(r"(<(code|pre)\b.*?</\2>)", html, flags=re.DOTALL)
    return "".join(piece if number % 3 == 1 else
                   re.sub(r"(?<![\\$])\$([^$]+?)(?<!\\)\$", lambda found: mathml(unescape(found[1])), piece)
                   for number, piece in enumerate(pieces) if number % 3 != 2)
