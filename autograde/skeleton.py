"""The lesson that `python -m autograde new` lays out: a small one that works, for its author to replace piece by piece.

It has one of each kind of cell, keeps every rule of the lint and every promise that tests/test_promises.py checks. What
the author should replace says TO DO. In all texts <N> is the lesson's number (7), <NN> the same in two digits (07),
<TITLE> its title and <FOLDER> its folder (07_training). The wrong answers that belong to it are in skeleton_tests.py.
"""
from autograde.cell_kinds import answer, code, imports, question, test, text, written

POINTS = 18          # of the whole skeleton: tests/test_promises.py asks for 18 to 25


def notebook(number, title):
    """The skeleton as a notebook's JSON value, without outputs. number: int; title: one line of text."""
    return {"cells": [_filled(cell, number, title) for cell in CELLS], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def filled(source, number, title="", folder=""):
    """`source` with this lesson's number, title and folder in their places."""
    for mark, value in {"<NN>": f"{number:02d}", "<N>": str(number), "<TITLE>": title, "<FOLDER>": folder}.items():
        source = source.replace(mark, value)
    return source


def _filled(cell, number, title):
    nbgrader = cell["metadata"].get("nbgrader")
    metadata = cell["metadata"] | ({"nbgrader": nbgrader | {"grade_id": filled(nbgrader["grade_id"], number)}}
                                   if nbgrader else {})
    return cell | {"id": filled(cell["id"], number), "metadata": metadata,
                   "source": filled(cell["source"].strip("\n"), number, title)}


CELLS = [
    text("intro", """
# Lesson <NN>. <TITLE>

*TO DO: open with a story or a picture. What follows is a small lesson about smoothing; replace it piece by piece.*

**One question.** A thermometer is read every hour, and each reading is a little wrong. How can one see the course of the
day behind the errors?

**What you will build.** A moving average, the simplest convolution of all.

| section | you build | points |
|---|---|---|
| 1 | a prediction | 1 |
| 2 | a prediction, and a moving average | 13 |
| end | a written answer | 4 |

**18 points: 14 by tests, 4 for the written question. About 45 minutes.** You need NumPy. You do not need a GPU or the internet.

*TO DO: count points and minutes again at the end: 18 to 25 points in all, 3 to 5 of them for written answers.*
"""),
    text("opening-quiz", """
## Five minutes before we start: what stayed from the lesson before?

No points. Answer aloud or on paper, then open the answer.

*TO DO: three to five questions about the lesson before.*

**1.** A row of 10 numbers, and a window of 3 that slides over it one step at a time: at how many places does it fit completely?

<details><summary>Answer 1</summary>

At 10 − 3 + 1 = 8 places.
</details>
"""),
    imports("""
import numpy as np

from striate import check, plot
"""),
    text("conventions", """
## Rules of the house for this lesson

*TO DO: what holds for every exercise, so that it need not be said each time.*

- **Arrays.** A signal is a NumPy array of shape `(N,)`: numbers of both signs, not always whole.
- **Results.** NumPy arrays, tensors or lists, of any numeric dtype. Values are compared with a tolerance of 0.00001 relative
  to the largest expected value, so `float32` is good enough.
- **No surprises.** A function does not change the arrays it is given.
- **Tests.** A test cell shows you a few small checks. When your notebook is graded, the same cell checks more. A cell gives
  its points all or none. A prediction is only *noted* until then.
"""),
    text("section-1", """
## 1. A window that slides

*TO DO: one idea, and then an example small enough to be done by hand.*

Take the mean of the first 3 readings, then move the window on by one, and so on. For the readings 3, 9, 6, 0, 3:

| window | mean |
|---|---|
| 3, 9, 6 | 6 |
| 9, 6, 0 | 5 |
| 6, 0, 3 | 3 |

Three windows fit into five readings, so three numbers come out.
"""),
    text("predict-intro-1", """
### Predict <N>.1: how many are left? (1 point, 2 minutes)

*TO DO: ask for one number that can be worked out on paper.*

A signal of 40 numbers is smoothed with windows of 5. How many numbers come out?
"""),
    answer("predict-<N>-1-left", """
numbers_left = None   # your prediction: a whole number
### BEGIN SOLUTION
numbers_left = 36     # 40 - 5 + 1
### END SOLUTION
"""),
    test("test-<N>-1p-left", 1, """
check.is_number(numbers_left, "numbers_left")
### BEGIN HIDDEN TESTS
check.number(numbers_left, 36, "numbers_left", tolerance=0, hint="Where does the last window begin?",
             misconceptions={"one too few: the first window counts too": 35, "the length of the signal": 40,
                             "the answer for windows that lie side by side": 8})
### END HIDDEN TESTS
"""),
    text("section-2", """
## 2. The price of calm

*TO DO: the next idea. One idea a section, and a prediction before the exercise.*

The mean makes small errors smaller, and it does the same to everything that is short.
"""),
    text("predict-intro-2", """
### Predict <N>.2: one wrong reading (1 point, 2 minutes)

*TO DO: a second prediction. A lesson has 2 to 5 of them.*

All readings are 0, but one in the middle is 12. Windows of 4 are averaged. What is the largest number of the result?
"""),
    answer("predict-<N>-2-peak", """
largest_mean = None   # your prediction: a number
### BEGIN SOLUTION
largest_mean = 3      # 12 / 4
### END SOLUTION
"""),
    test("test-<N>-2p-peak", 1, """
check.is_number(largest_mean, "largest_mean")
### BEGIN HIDDEN TESTS
check.number(largest_mean, 3, "largest_mean", hint="A window that holds the wrong reading holds three zeros too.",
             misconceptions={"the sum of a window, not its mean": 12, "the mean for windows of 3": 4})
### END HIDDEN TESTS
"""),
    text("exercise-intro-3", """
### Exercise <N>.3: moving_average

★★ · 12 points · 15 minutes

*TO DO: stars, points, minutes; goal, signature, what it returns and refuses. With more exercises, 1 to 4 points each.*

**Goal.** The mean of every window of `width` neighbouring numbers.

**Signature.** `moving_average(values, width)`: `values` has shape `(N,)`, `width` is an int.

**Returns** `N - width + 1` numbers: the mean of the first `width` numbers, then of those one step further, and so on.
A `width` below 1 or above N raises a `ValueError`.

<details><summary>Hint 1: nudge</summary>

`values[2:5]` is a window of 3 numbers. Where do the other windows begin and end?
</details>
<details><summary>Hint 2: direction</summary>

A window begins at 0, 1, … up to `len(values) - width`. Collect the means in a list.
</details>
<details><summary>Hint 3: recipe</summary>

1. Refuse a bad width: `raise ValueError("…")`.
2. For each `start` in `range(len(values) - width + 1)` take `values[start:start + width].mean()`.
3. Return them as an array.
</details>
"""),
    answer("exercise-<N>-3-moving-average", '''
def moving_average(values, width):
    """The mean of each window of neighbouring numbers.

    values: (N,) numbers; width: int, 1 to N (ValueError otherwise).
    Returns (N - width + 1,).
    """
    ### BEGIN SOLUTION
    values = np.asarray(values, dtype=float)
    if not 1 <= width <= len(values):
        raise ValueError(f"The width must be 1 to {len(values)}, not {width}.")
    starts = range(len(values) - width + 1)
    return np.array([values[start:start + width].mean() for start in starts])
    ### END SOLUTION
'''),
    test("test-<N>-3-values", 6, """
five = np.array([3.0, 9, 6, 0, 3])
check.equal(moving_average(five, 3), [6, 5, 3], "moving_average of 3, 9, 6, 0, 3, width 3",
            shape_hint="Only windows that fit completely count.", misconceptions={
    "the sums, not the means": [18, 15, 9], "the largest of each window": [9, 9, 6],
    "the middle of each window": [9, 6, 0]})
check.equal(moving_average(five, 1), five, "moving_average with width 1")
### BEGIN HIDDEN TESTS
rng = check.rng()
for length, width in [(7, 2), (12, 5), (30, 4), (9, 8), (6, 1)]:
    given = rng.uniform(-9, 9, length)
    kept, wide = given.copy(), np.full(width, 1 / width)
    blocks = kept[:length // width * width].reshape(-1, width)
    check.equal(moving_average(given, width), np.convolve(kept, wide, "valid"),
                f"moving_average of {length} numbers, width {width}", misconceptions={
                    "the sums, not the means": np.convolve(kept, np.ones(width), "valid"),
                    "the answer with zeros beyond the ends": np.convolve(kept, wide, "same"),
                    "the means of windows that lie side by side": blocks.mean(axis=1)})
    check.equal(given, kept, "the values after moving_average", hint="The function must not change it.")
### END HIDDEN TESTS
"""),
    test("test-<N>-3-refuses", 6, """
five = np.arange(5.0)
check.raises(ValueError, moving_average, five, 6, name="moving_average of 5 numbers, width 6")
check.shape(moving_average(five, 5), (1,), "moving_average of 5 numbers, width 5")
### BEGIN HIDDEN TESTS
for length in check.rng().integers(3, 20, 3).tolist():
    numbers = check.rng().standard_normal(length)
    for width in (0, -1, length + 1, length + 7):
        check.raises(ValueError, moving_average, numbers, width, name=f"moving_average of {length} numbers, width {width}")
    for width in (1, length):
        check.shape(moving_average(numbers, width), (length - width + 1,), f"moving_average of {length} numbers, width {width}")
### END HIDDEN TESTS
"""),
    code("demo-smoothing", """
hours = np.arange(48)
course = 12 + 6 * np.sin(2 * np.pi * (hours - 9) / 24)
readings = course + np.random.default_rng(0).normal(0, 2, 48)
middle = slice(2, -2)                   # where a window of 5 has its centre
curves = {"readings": readings[middle], "mean of 5": moving_average(readings, 5),
          "true course": course[middle]}
plot.show_curves(hours[middle], curves, "hour", "degrees", markers=False,
                 caption="The readings jump; their moving average follows the course "
                         "of the two days.")
for name in ("readings", "mean of 5"):
    error = np.sqrt(np.mean((np.asarray(curves[name]) - course[middle]) ** 2))
    print(f"{name}: {error:.2f} degrees from the true course")
""", "demo"),
    text("smoothing-after", """
*TO DO: what one sees, with its numbers, how often it was measured and with which seed; and what it is good for.*

**What we see** (48 readings, seed 0). The mean of five readings is closer to the true course than the readings are.
"""),
    question("question-<N>-4-width", """
## Written question <N>.4: how wide? (4 points, 10 minutes)

*TO DO: a question that no program can mark, and a mark scheme for those who do.*

1. What happens to the errors, and what to a short peak, when the window gets wider?
2. The result is shorter than the signal. Name one way to keep the length, and what it does to the ends.

### BEGIN MARK SCHEME
1. **(2 points)** Errors shrink, about with the root of the width (1). A peak gets lower and wider (1).
2. **(2 points)** Zeros beyond the ends, or repeating the last number, or shorter windows there (1). Zeros pull the ends
   towards 0; repeating makes the end numbers count more; short windows leave more error (1).
### END MARK SCHEME
"""),
    written("written-<N>-4-width", 4, """
1. The errors get smaller, about with the root of the width, because they cancel in the mean. A short peak is spread over the
   window: it gets lower and wider.
2. Put zeros beyond both ends. Then the means at the ends are too close to zero, since a part of each window is not a reading.
"""),
    text("progress", """
## What you have so far

The next cell shows every exercise with its points and the first thing that its tests complain about. It counts the tests
that you have run since the notebook was opened, so run it as often as you like. The button *Validate* above the notebook
runs everything from top to bottom and shows the same table.
"""),
    code("your-progress", "check.progress()", "demo"),
    text("closing", """
## Check yourself

*TO DO: five to ten questions over the whole lesson.* Answer first, then unfold.

1. With which width does a moving average change nothing?

<details><summary>Answers</summary>

1. With width 1.
</details>

## Further reading

*TO DO: the sources of your facts, figures and examples.*
"""),
]
