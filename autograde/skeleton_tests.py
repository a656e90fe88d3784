"""Wrong and other right answers, and tests of the worked numbers, that belong to the lesson of skeleton.py.

Two texts for files under tests/; for the marks <N>, <NN> and <FOLDER> see skeleton.py.
"""

MUTANTS = '''\
"""Wrong and other right answers to the exercises of lesson <NN>; see autograde/mutants.py and docs/authors.md.

TO DO: for each exercise at least ten wrong answers that students really give, and two other right ones.
"""
from autograde.mutants import Alternative, Mutant

AVERAGE = "exercise-<N>-3-moving-average"
VALUES, REFUSES = "test-<N>-3-values", "test-<N>-3-refuses"


def average(why, edit, *loses):
    """A wrong answer: `edit` is (text of the solution, what stands there instead), `loses` the tests that notice it."""
    return Mutant(AVERAGE, why, edit=edit, loses=loses or [VALUES])


CASES = [
    average("sum", (".mean()", ".sum()")),
    average("median", ("values[start:start + width].mean()", "np.median(values[start:start + width])")),
    average("largest", (".mean()", ".max()")),
    average("first number of each window", ("values[start:start + width].mean()", "values[start]")),
    average("window one too short", ("start + width]", "start + max(width - 1, 1)]")),
    average("window one too long", ("start + width]", "start + width + 1]")),
    average("windows side by side", ("range(len(values) - width + 1)", "range(0, len(values) - width + 1, width)")),
    average("last window forgotten", ("- width + 1)", "- width)"), VALUES, REFUSES),
    average("one window too many", ("- width + 1)", "- width + 2)"), VALUES, REFUSES),
    average("zeros beyond the ends", ("return np.array([values[start:start + width].mean() for start in starts])",
                                      'return np.convolve(values, np.ones(width) / width, "same")'), VALUES, REFUSES),
    average("whole numbers only", ("dtype=float", "dtype=int")),
    average("changes the values", ("starts =", "given, values = values, values.copy()\\n    given[:] = 0\\n    starts =")),
    average("refuses nothing", ("if not 1 <= width <= len(values):", "if False:"), REFUSES),
    average("width 0 accepted", ("not 1 <= width", "not 0 <= width"), REFUSES),
    average("width 1 refused", ("not 1 <= width", "not 1 < width"), VALUES, REFUSES),
    average("full width refused", ("<= len(values)", "< len(values)"), REFUSES),
    average("one more than the length accepted", ("<= len(values)", "<= len(values) + 1"), REFUSES),
    Alternative(AVERAGE, "differences of running sums", source=\'\'\'
def moving_average(values, width):
    if width < 1 or width > len(values):
        raise ValueError("bad width")
    sums = np.concatenate([[0], np.cumsum(values)])
    return (sums[width:] - sums[:-width]) / width
\'\'\'),
    Alternative(AVERAGE, "the library's convolution, float32", source=\'\'\'
def moving_average(values, width):
    if not 0 < width <= len(values):
        raise ValueError("bad width")
    return np.convolve(values, np.ones(width), "valid").astype("float32") / width
\'\'\'),
    Alternative(AVERAGE, "a list, by hand", source=\'\'\'
def moving_average(values, width):
    if width < 1 or width > len(values):
        raise ValueError("bad width")
    means = []
    for first in range(len(values) - width + 1):
        total = 0
        for place in range(width):
            total += values[first + place]
        means.append(total / width)
    return means
\'\'\'),
]
'''

LESSON_TEST = '''\
"""The worked numbers of lesson <NN> stand in the notebook and are right, by other means than the lesson's own code."""
import re

from lesson_reader import Reader

READER = Reader("<FOLDER>")


def test_the_table_of_windows():
    """TO DO: do the same for each number that your lesson works out by hand."""
    rows = re.findall(r"^\\| (\\d+), (\\d+), (\\d+) \\| (\\d+) \\|$", READER.text("section-1"), re.M)
    assert [sum(map(int, row[:3])) / 3 for row in rows] == [int(row[3]) for row in rows] == [6, 5, 3]


def test_predictions():
    names = READER.names()
    assert names["numbers_left"] == len([first for first in range(40) if first + 5 <= 40])
    assert names["largest_mean"] == (12 + 0 + 0 + 0) / 4


def test_the_demonstration_shows_what_the_text_says():
    readings, smooth = re.findall(r": ([\\d.]+) degrees", READER.printed("demo-smoothing"))
    assert float(smooth) < float(readings) and "closer to the true course" in READER.source("smoothing-after")
'''
