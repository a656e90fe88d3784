"""The worked numbers of lesson 02 stand in the notebook and are right, by other means than the lesson's own code."""
import ast
import collections
import contextlib
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader

from striate import data

X = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
K = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])

SECTION = {"2.1": "2", "2.2": "3", "2.3": "4", "2.4": "5", "2.5": "5", "2.6": "6", "2.7": "7", "2.8": "8"}


READER = Reader("02_convolution")
lesson, source, printed = READER.lesson, READER.text, READER.printed


def unwrapped(text):
    """A text without its line breaks."""
    return " ".join(text.split())


def correlation(image, kernel):
    image, kernel = (torch.tensor(np.array(array), dtype=torch.float64)[None, None] for array in (image, kernel))
    return F.conv2d(image, kernel)[0, 0].numpy()


def in_lines(rows):
    """[[1, 2], [3, 4]] -> "1 2 / 3 4"."""
    return " / ".join(" ".join(f"{number:g}" for number in row) for row in rows)


def count_windows(size, kernel, padding, stride, dilation):
    """How many windows fit, by trying every start; and whether the last one ends on the last pixel."""
    pixels = size + 2 * padding
    ends = [start + dilation * (kernel - 1) for start in range(0, pixels, stride)]
    inside = [end for end in ends if end < pixels]
    return len(inside), bool(inside) and inside[-1] == pixels - 1


def test_the_example_and_its_flip():
    z, flipped = correlation(X, K), correlation(X, K[::-1, ::-1])
    assert in_lines(z) == "12 12 17 / 10 17 19 / 9 6 14"
    assert in_lines(flipped) == "18 20 19 / 10 9 17 / 11 8 14"
    assert "rows are 12 12 17, then 10 17 19, then 9 6 14" in unwrapped(printed("demo-example"))
    assert in_lines(flipped) in source("section-6")
    lines = dict(re.findall(r"^(.{18}) (.*)$", printed("demo-flip"), re.M))
    expected = {"correlation": z, "flipped both ways": flipped, "upside down only": correlation(X, K[::-1]),
                "transposed": correlation(X, K.T)}
    assert {name.strip(): numbers for name, numbers in lines.items()} == {
        name: in_lines(rows) for name, rows in expected.items()}


def test_first_entries_by_hand():
    """3·0 + 3·1 + … as written in sections 1 and 6."""
    rows = re.findall(r"((?:\d\\cdot\d(?: \+ )?){3}) +&=\\;& (\d)", source("section-1"))
    products = [(int(a), int(b)) for row, _ in rows for a, b in re.findall(r"(\d)\\cdot(\d)", row)]
    assert products == list(zip(X[:3, :3].ravel(), K.ravel()))
    assert [int(total) for _, total in rows] == (X[:3, :3] * K).sum(axis=1).tolist()
    assert r"\mathbf{12}" in source("section-1")
    by_hand = re.search(r"\$((?:\d\\cdot\d(?: \+ )?){9}) = 18\$", source("section-6"))[1]
    products = [(int(a), int(b)) for a, b in re.findall(r"(\d)\\cdot(\d)", by_hand)]
    assert products == list(zip(X[:3, :3].ravel(), K[::-1, ::-1].ravel()))


def test_patch_matrix():
    patches = F.unfold(torch.tensor(X, dtype=torch.float64)[None, None], 3)[0].T.int()
    shown = [[int(n) for n in line.split()] for line in re.findall(r"\[+([\d ]+)\]+", printed("demo-patch-matrix"))]
    assert shown == patches.tolist()
    assert "P k is 12 12 17 10 17 19 9 6 14" in printed("demo-patch-matrix")
    assert "The middle window: " + " ".join(map(str, shown[4])) in source("closing")


def test_table_of_output_sizes():
    rows = re.findall(r"^\| (\d+) \| (\d) \| (\d) \| (\d) \| (\d) \| (.*) \| (.*) \|$", source("section-2"), re.M)
    cases = {tuple(map(int, row[:5])): row[5:] for row in rows}
    assert set(cases) == {(7, 3, 0, 1, 1), (7, 3, 0, 2, 1), (7, 3, 0, 3, 1), (28, 3, 0, 1, 1), (5, 3, 1, 2, 1),
                          (7, 3, 0, 1, 2)}
    for (size, kernel, padding, stride, dilation), (calculation, output) in cases.items():
        count, exact = count_windows(size, kernel, padding, stride, dilation)
        number = float(output.strip("*"))
        assert math.floor(number) == count
        assert number.is_integer() == exact
        arithmetic = ast.parse(calculation.replace("−", "-"), mode="eval")
        assert round(eval(compile(arithmetic, "table", "eval")), 2) == number
    assert cases[7, 3, 0, 3, 1][1] == "**2.33**"


def test_padding_that_keeps_the_size():
    assert "1 for a window of 3, 2 for 5, 3 for 7" in unwrapped(source("section-2"))
    for kernel, padding in [(3, 1), (5, 2), (7, 3)]:
        assert count_windows(28, kernel, padding, 1, 1) == (28, True)
    assert count_windows(32, 5, 2, 1, 1)[0] == 32 and "(32 − 5 + 4)/1 + 1 = 32" in source("closing")
    assert 4 * (3 - 1) + 1 == 9 and "4 · 2 + 1 = 9" in source("closing")


@pytest.mark.parametrize("cell, name, value", [
    ("predict-2-1-padding", "padding_needed", next(p for p in range(9) if count_windows(28, 5, p, 1, 2)[0] == 28)),
    ("predict-2-4-entries", "patch_entries", F.unfold(torch.zeros(1, 1, 28, 28), 5).numel()),
    ("predict-2-7-entries", "nonzero_entries", int(F.conv2d(torch.eye(784).reshape(784, 1, 28, 28),
                                                            torch.ones(1, 1, 3, 3)).count_nonzero())),
])
def test_predictions(cell, name, value):
    names = {}
    exec(source(cell), names)
    assert names[name] == value


def test_numbers_in_the_text():
    height, width = data.gray(data.load("photo")).shape
    windows, pixels = (height - 2) * (width - 2), height * width
    assert f"multiplications: {windows * 9:,}" in printed("demo-opening")
    assert f"{windows:,} × {pixels:,}" in source("toeplitz-good-for")
    assert round(8 * windows * pixels / 1e9, -1) == 590 and "590 gigabytes" in unwrapped(source("toeplitz-good-for"))
    assert "14,400, which is 18.4 times the image" in source("predict-2-4-entries") and round(14400 / 784, 1) == 18.4
    assert "6,084 of 676 · 784 = 529,984" in source("predict-2-7-entries") and 26 * 26 * 28 * 28 == 529_984
    assert "28² = 784 weights" in source("section-7")
    memory = re.findall(r"(\d+) × \1 +([\d,]+) × (\d+) +([\d.]+) MB +([\d.]+)", printed("demo-memory"))
    assert [int(row[0]) for row in memory] == [3, 5, 7, 11]
    for size, rows, columns, megabytes, ratio in memory:
        entries = (height - int(size) + 1) * (width - int(size) + 1) * int(size) ** 2
        assert int(rows.replace(",", "")) * int(columns) == entries
        assert megabytes == f"{entries * 8 / 1e6:.1f}" and ratio == f"{entries / pixels:.1f}"


def test_gallery():
    """Kernels of the gallery as the lecture has them; their sums as printed."""
    gauss = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    expected = {"identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
                "box / 9": np.ones((3, 3)) / 9, "Gauss / 16": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
                "Gauss / 256": gauss, "edges, 4 neighbours": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
                "edges, 8 neighbours": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]}
    names = {"np": np}
    with contextlib.redirect_stdout(None):
        exec(source("demo-gallery").partition("plot.")[0], names)
    assert names["gallery"].keys() == expected.keys()
    for name, kernel in expected.items():
        assert np.allclose(names["gallery"][name], kernel)
        assert re.search(rf"^{name} +\d × \d  sum {np.sum(kernel):.0f}$", printed("demo-gallery"), re.M)
    assert "sizes of the results: (427, 640)" in printed("demo-gallery-smooth")


def test_big_matrix_and_shift():
    assert "840 entries, 180 not zero, 9 different weights" in printed("demo-toeplitz")
    assert (4 * 5) * (6 * 7) == 840 and 4 * 5 * 9 == 180
    moved = in_lines(correlation(np.roll(X, 1, axis=1), K))
    assert f"Z, image moved  {moved}" in printed("demo-equivariance")


def test_the_lectures_mistake():
    ten = [int(n) for n in re.search(r"k = \((.*)\)\$\$", source("mistake"))[1].replace("\\;", "").split(",")]
    assert len(ten) == 10
    right = [entry for entry in range(10) if np.delete(ten, entry).tolist() == K.ravel().tolist()]
    assert right == [5, 6, 7] and "entries 5, 6 and 7" in source("mistake")
    assert [int(n) for n in re.findall(r"entry (\d) .*= Z", printed("demo-mistake"))] == right


def test_view_and_copies():
    assert "shares its memory with the photograph: True" in printed("demo-view")
    assert "the same numbers as im2col: True" in printed("demo-view")
    assert "strides of the windows (40, 8, 40, 8)" in printed("demo-strides")


def test_points_of_each_section():
    by_section = collections.Counter({"end": 4})
    for test in lesson.with_role("test"):
        by_section[SECTION[test.exercise.rstrip("p")]] += test.points
    table = re.findall(r"^\| (\w+) \| .* \| (\d+) \|$", source("intro"), re.M)
    assert {section: int(points) for section, points in table} == by_section
