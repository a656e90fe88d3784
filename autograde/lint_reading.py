"""The rules that let everybody read a lesson: with a screen reader, in a second language, from the keyboard.

Every picture has a text that says what can be seen, stored with it and printed below it; headings come in order, so
that a screen reader can jump from one to the next; sentences end. See lint.py for the other rules.
"""
import re

PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
FEWEST_WORDS = 5              # of a picture's text: fewer name it without saying what can be seen
MAX_SENTENCE = 45             # words


def check(cells, complain):
    """Call `complain(cell or None, problem)` for each broken rule. `cells` are lint.Cell objects in order."""
    for cell in cells:
        if cell.type == "code":
            _check_shown_pictures(cell, complain)
        elif cell.type == "markdown":
            _check_linked_pictures(cell, complain)
            _check_sentences(cell, complain)
    _check_headings(cells, complain)


# ------------------------------------------------------------------------------------------------ pictures

def _check_shown_pictures(cell, complain):
    """A figure's text is in the metadata of the output, as striate.plot stores it, and in what the cell printed."""
    printed = _words(" ".join("".join(output.get("text", "")) for output in cell.outputs))
    for output in cell.outputs:
        for kind in PICTURES:
            if kind not in output.get("data", {}):
                continue
            text = _words(output.get("metadata", {}).get(kind, {}).get("alt", ""))
            if len(text.split()) < FEWEST_WORDS:
                complain(cell, "shows a picture without a text that says what can be seen. Give the plot helper a "
                               "caption=, or end the cell with plot.show(\"…\"), and run the lesson again.")
            elif text not in printed:
                complain(cell, "the text of its picture is not printed below it. Use striate.plot's caption=, or "
                               "plot.show(\"…\"), and run the lesson again.")


def _check_linked_pictures(cell, complain):
    source = without_code(cell.source)
    linked = re.findall(r"!\[([^\]]*)\]\(", source)
    tags = [re.search(r"""\balt\s*=\s*["']([^"']*)""", tag) for tag in re.findall(r"<img\b[^>]*>", source, re.I)]
    if not all(text.strip() for text in [*linked, *(found[1] if found else "" for found in tags)]):
        complain(cell, "has a picture without alt text. Write what can be seen: ![a temple beside a lake](…).")


# ------------------------------------------------------------------------------------------------ text

def _check_headings(cells, complain):
    """One title, at the top; below it no level is left out: after ## comes ###, never ####."""
    before, titles = 0, 0
    for cell in cells:
        for marks, text in headings(cell.source) if cell.type == "markdown" else ():
            level = len(marks)
            titles += level == 1
            if level > before + 1:
                complain(cell, f"the heading {text[:40]!r} has level {level}, but the one before it {before or 'is none'}. "
                               "Leave no level out.")
            if level == 1 and titles > 1:
                complain(cell, f"the heading {text[:40]!r} is a second title. Use ## for a section.")
            before = level
    if not titles:
        complain(None, "has no title. Start with a text cell that begins with `# `.")


def headings(source):
    """[(marks, text)] of the headings of a text cell, those in code fences left out: [("##", "1. Pooling")]."""
    return re.findall(r"^(#{1,6}) +(.+)$", without_code(source), re.M)


def _check_sentences(cell, complain):
    for sentence in sentences(cell.source):
        count = len(sentence.split())
        if count > MAX_SENTENCE:
            complain(cell, f"a sentence of {count} words is hard to read in a second language: {sentence[:60]!r} … "
                           f"Make it two; {MAX_SENTENCE} words are the most.")


def sentences(source):
    """The sentences of a text cell as plain words: no code, formulas, tables, headings, HTML tags or addresses.

    An item of a list is a text of its own, and so is what stands between two semicolons. A formula or a piece of code
    counts as one word.
    """
    text = re.sub(r"\$\$.*?\$\$", "\n\n", without_code(source), flags=re.S)
    text = re.sub(r"^\s*(\||#|###).*$", "\n", text, flags=re.M)
    text = re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "\n\n", text, flags=re.M)
    text = re.sub(r"</?(?:summary|details|br|p|li|ul|ol)\b[^>]*>", "\n\n", text)
    text = re.sub(r"<[^>\n]+>", " ", text)
    text = re.sub(r"`[^`\n]*`|\$[^$\n]+\$", "X", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*_]{1,3}", "", text)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        found += re.split(r"(?<=;)\s+|(?<=[.!?:])[\"')]*\s+(?=[\"'(]*[A-Z0-9])", " ".join(paragraph.split()))
    return [sentence for sentence in found if sentence]


def without_code(source):
    """A text cell without its code fences and without the marks around a mark scheme."""
    text = re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.S | re.M)
    return re.sub(r"^### (BEGIN|END) MARK SCHEME$", "", text, flags=re.M)


def _words(text):
    return " ".join(text.split())
