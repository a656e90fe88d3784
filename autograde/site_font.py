"""The font for the site's formulas: STIX Two Math, cut down to the characters that the formulas use.

Many phones and Linux machines have no font with large brackets and roots. The font comes with the package ziamath; its
licence, the SIL Open Font License, allows this, and its notice stays in the file.
"""
import io
import re
from html import unescape
from importlib import metadata

from fontTools import subset

FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"
# Characters that a browser takes by itself: a root's sign for <msqrt>, and for a single letter its italic form, 𝑥 for x.
BY_ITSELF = [0x221A, *range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)]


def math_font(pages):
    """The font, as bytes of a .woff file, for all formulas in `pages` (HTML)."""
    formulas = " ".join(re.findall(r"<math\b.*?</math>", pages, re.DOTALL))
    characters = set(map(ord, unescape(re.sub(r"<[^>]+>", "", formulas)))) | set(BY_ITSELF)
    options = subset.Options(flavor="woff", layout_features=["*"], name_IDs=["*"], notdef_outline=True)
    font = subset.load_font(str(metadata.distribution("ziamath").locate_file(FONT)), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = "woff"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()
