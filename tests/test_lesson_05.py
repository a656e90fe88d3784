"""The worked numbers of lesson 05 stand in the notebook and are right, by other means than the lesson's own code."""
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader

FIRST = [[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]]
SECOND = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]
LENET = [(5, 1, 0), (2, 2, 0), (5, 1, 0), (2, 2, 0), (5, 1, 0)]
ALEXNET = [(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)]
VGG16 = [layer for number in (2, 2, 3, 3, 3) for layer in [(3, 1, 1)] * number + [(2, 2, 0)]]
READER = Reader("05_pooling")
lesson, source, printed = READER.lesson, READER.source, READER.printed


def maps(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def in_lines(rows):
    """[[1, 2], [3, 4]] -> "1 2 / 3 4"."""
    return " / ".join(" ".join(f"{number:g}" for number in row) for row in rows)


def seen(layers, unit=0):
    """The first and last pixel that a unit sees, from the last layer to the image."""
    first = last = unit
    for kernel_size, stride, padding in layers[::-1]:
        first, last = first * stride - padding, last * stride - padding + kernel_size - 1
    return first, last


def field(layers):
    (first, last), (second, _) = seen(layers), seen(layers, 1)
    return last - first + 1, second - first, first


def solution():
    """What imports, set-up cells and solutions define."""
    return READER.names()


def test_the_two_examples():
    for rows, maximum, mean in [(FIRST, "9 7 / 8 6", "4.25 4.25 / 4.25 3.5"), (SECOND, "6 8 / 3 4", "3.25 5.25 / 2 2")]:
        assert in_lines(F.max_pool2d(maps(rows), 2)[0, 0].tolist()) == maximum
        assert in_lines(F.avg_pool2d(maps(rows), 2)[0, 0].tolist()) == mean
        assert f"Maximum: {maximum}. Mean: {mean}." in printed("demo-examples")
    assert "2 2 | 7 3 9 4 | 6 1 9 7" in source("section-1") and "It is 4.25 4.25 / 4.25 3.5" not in source("section-1")
    assert "In our example it is 4.25 4.25 / 4.25 3.5." in source("section-3")
    assert str(SECOND).replace(" ", "") in source("closing") and "6 8 / 3 4, and 3.25 5.25 / 2 2." in source("closing")


def test_one_dimension():
    pooled = F.max_pool1d(torch.tensor([[1.0, 5, 2, 0, -3, 4, 4]]), 3, 2)[0].int().tolist()
    shown = [int(number) for number in re.findall(r"(-?\d+)$", READER.texts["section-1-details"].split("```")[1], re.M)]
    assert pooled == shown == [5, 2, 4]


def test_backward_by_hand():
    x = maps(FIRST).requires_grad_()
    F.max_pool2d(x, 2).backward(maps([[1, 2], [3, 4]]))
    rows = [line.split("→")[-1].split()[-4:] for line in READER.texts["section-2"].split("```")[1].strip().split("\n")]
    assert [[int(number) for number in row] for row in rows] == x.grad[0, 0].tolist()
    row = maps([[1, 9, 2, 3]]).requires_grad_()
    F.max_pool2d(row, (1, 3), 1).backward(maps([[10, 1]]))
    assert row.grad.flatten().tolist() == [0, 11, 0, 0] and "so output gradients 10 and 1 give it 11" in source("section-2")


def test_corner_of_the_mean():
    ones = torch.ones(1, 1, 5, 5)
    assert round(F.avg_pool2d(ones, 3, 1, 1)[0, 0, 0, 0].item(), 2) == 0.44 and "4/9 = 0.44" in source("section-3")
    assert F.avg_pool2d(ones, 3, 1, 1, count_include_pad=False).eq(1).all()


def test_adaptive_windows():
    seven = maps([list(range(7))]).requires_grad_()
    rows = re.findall(r"^\| (\d) \| .*? \| .*? \| ([\d ]+) \|$", READER.texts["section-4"], re.M)
    assert len(rows) == 3
    for number, pixels in rows:
        gradient, = torch.autograd.grad(F.adaptive_avg_pool2d(seven, (1, 3))[0, 0, 0, int(number)], seven)
        assert gradient.flatten().nonzero().flatten().tolist() == [int(pixel) for pixel in pixels.split()]
    ten = maps([list(range(10))])
    for size in range(1, 6):
        means = " ".join(f"{mean}" for mean in F.adaptive_avg_pool2d(ten, (1, size)).flatten().round(decimals=2).tolist())
        assert f"ten numbers to {size}    {means}\n" in printed("demo-adaptive")
    assert "(1, 512, 9, 13) → (1, 512, 1, 1)" in printed("demo-adaptive")


def test_receptive_fields_of_whole_networks():
    lines = printed("demo-networks").split("\n")
    starts = [next(number for number, line in enumerate(lines) if line.startswith(name)) for name in ("LeNet", "AlexNet", "VGG-16")]
    for start, layers in zip(starts, (LENET, ALEXNET, VGG16)):
        for depth in range(1, len(layers) + 1):
            line = lines[start + depth].split()
            assert int(line[0]) == depth and tuple(map(int, line[-3:])) == field(layers[:depth])
    assert [field(layers) for layers in (LENET, ALEXNET, VGG16)] == [(32, 4, 0), (195, 32, -66), (212, 32, -90)]
    names = solution()
    for name, layers in {"LENET": LENET, "ALEXNET": ALEXNET, "VGG16": VGG16}.items():
        assert [tuple(settings) for _, *settings in names[name]] == layers
    text = source("networks-discussion")
    assert field(ALEXNET + [(6, 1, 0)])[0] == 355 and "195 + 5 · 32 = 355" in text
    assert field(VGG16 + [(7, 1, 0)])[0] == 404 and "212 + 6 · 32 = 404" in text
    assert field([(2, 1, 0), (3, 2, 0)] * 3)[0] == 22 and "22 × 22 places" in source("measure-discussion")
    assert field([(3, 1, 1)] * 12)[0] == 25 and "25 × 25" in source("measured-discussion")


def test_networks_are_torchvisions():
    models = pytest.importorskip("torchvision.models")
    for model, layers in [(models.alexnet(), ALEXNET), (models.vgg16(), VGG16)]:
        windows = [layer for layer in model.features if hasattr(layer, "kernel_size")]
        assert [tuple(int(np.ravel(n)[0]) for n in (layer.kernel_size, layer.stride, layer.padding))
                for layer in windows] == layers


def test_measured_fields():
    rows = re.findall(r"^(\S+) +(\d+) from row +(\d+) +(\d+) × (\d+) from row (\d+) +(\d+) × (\d+)", printed("demo-measured"), re.M)
    assert [row[0] for row in rows] == ["LeNet", "AlexNet", "VGG-16"]
    for (_, *numbers), layers in zip(rows, (LENET, ALEXNET, VGG16)):
        size, first, height, width, top, *largest = map(int, numbers)
        start, end = seen(layers, 3)
        assert size == height == width == end - start + 1 and first == top == start
        assert max(largest) <= size
    assert "in VGG-16, 196 instead of 212 pixels" in source("measured-discussion") and rows[2][6:] == ("196", "196")
    assert field(VGG16[:17])[0] == 196
    assert "the middle 13 × 13 pixels, 27% of the field" in printed("demo-effective") and round(13 ** 2 / 25 ** 2, 2) == 0.27


def test_aliased_row():
    """The two rows of section 8, as rings."""
    text = READER.texts["section-8"].split("```")
    for line, blurred in zip(text[1].strip().split("\n"), text[3].strip().split("\n")):
        row, pooled = (np.array([int(number) for number in re.findall(r"\b\d\b", part)]) for part in line.split("→"))
        pooled = pooled[:4]
        assert pooled.tolist() == row.reshape(4, 2).max(axis=1).tolist()
        parts = [[float(number) for number in re.findall(r"[\d.]+", part)] for part in re.split("max, stride 1:|blur, every second:", blurred)]
        dense = np.maximum(row, np.roll(row, -1))
        blur = (np.roll(dense, 1) + 2 * dense + np.roll(dense, -1)) / 4
        assert parts == [row.tolist(), dense.tolist(), blur[::2].tolist()]
    assert "as it is    blur pooled 0.5 1.0 0.5 1.0\n" in printed("demo-alias-row")
    assert "moved by 1  blur pooled 0.75 0.75 0.75 0.75\n" in printed("demo-alias-row")


def test_what_pooling_ignores():
    """Pooling helps against shifts, not against turning; the text has the numbers that were printed."""
    rows = {kind: [int(number) for number in re.findall(r"(\d+)%", line)]
            for kind, line in re.findall(r"^(no pooling|max pooled 8 × 8) (.*)$", printed("demo-found-again"), re.M)}
    without, with_pooling = rows["no pooling"], rows["max pooled 8 × 8"]
    assert all(with_pooling[shift] - without[shift] > 30 for shift in (0, 1))
    assert with_pooling[2] < 15 and with_pooling[3] < 30
    text = source("changes-discussion")
    assert f"{with_pooling[0]} % and {with_pooling[1]} % with it" in text
    assert f"Turned by 45°, {without[2]} % find it without pooling and {with_pooling[2]} % with" in text
    assert f"Drawn larger, {without[3]} % and {with_pooling[3]} %" in text
    smallest = dict(re.findall(r"^(.*?) +smallest answer ([\d.]+)", printed("demo-rotation"), re.M))
    assert float(smallest["maxout of all eight"]) > 0.9 > 0.5 > float(smallest["one kernel (0°)"])


def test_shift_consistency():
    lines = re.findall(r"^(.*?)((?: +\d\.\d\d){9})$", printed("demo-consistency"), re.M)
    change = {name.strip(): [float(number) for number in numbers.split()] for name, numbers in lines}
    assert change.keys() == {"no pooling", "every 8th", "max 8 × 8", "mean 8 × 8", "3 × blur pool"}
    for shift in range(1, 9):
        at = {name: values[shift] for name, values in change.items()}
        assert at["3 × blur pool"] < min(at["max 8 × 8"], at["mean 8 × 8"])
        assert max(at["max 8 × 8"], at["mean 8 × 8"]) < at["every 8th"] < at["no pooling"]
    text = source("measure-discussion")
    assert f"without pooling by {change['no pooling'][1]}, and those taken at every 8th place by {change['every 8th'][1]}" in text
    assert (f"Max and mean pooling keep it at {change['max 8 × 8'][1]} and {change['mean 8 × 8'][1]}, blur pooling at "
            f"{change['3 × blur pool'][1]}") in text
    assert f"max pooling is at {change['max 8 × 8'][8]}" in text


@pytest.mark.parametrize("cell, name, value", [
    ("predict-5-1-negative", "pooled_sum", F.max_pool2d(torch.full((1, 1, 5, 5), -7.0), 3, 2, 1).sum().item()),
    ("predict-5-4-third", "third_mean", F.adaptive_avg_pool2d(torch.arange(10.0).reshape(1, 1, 1, 10), (1, 4))[0, 0, 0, 2].item()),
    ("predict-5-6-field", "field_size", field(VGG16[:5])[0]),
])
def test_predictions(cell, name, value):
    names = {}
    exec(READER.texts[cell], names)
    assert names[name] == value


def test_answers_to_check_yourself():
    assert F.max_pool2d(torch.zeros(1, 1, 13, 13), 3, 2).shape[2:] == (6, 6) and "(13 − 3)/2 + 1 = 6" in source("closing")
    x = torch.zeros(1, 1, 13, 13)
    x[0, 0, 2, 2] = 1
    assert F.max_pool2d(x, 3, 2).sum() == 4 and "four windows" in source("closing")
    eight = torch.arange(8.0).reshape(1, 1, 1, 8)
    assert F.adaptive_avg_pool2d(eight, (1, 3))[0, 0, 0, 1] == (2 + 3 + 4 + 5) / 4 and "pixels 2, 3, 4 and 5" in source("closing")
    assert field([(3, 1, 0)] * 3) == field([(7, 1, 0)])


def test_the_rows_of_the_written_question():
    """The model answer's row is right, and its second result is no moved copy of the first."""
    answer = source("written-5-8-small-print")
    for row, pooled in [([0, 0, 1, 1, 0, 0, 0, 0], [0, 1, 0, 0]), ([0, 1, 1, 0, 0, 0, 0, 0], [1, 1, 0, 0])]:
        assert F.max_pool1d(torch.tensor([row]).double(), 2)[0].tolist() == pooled
        assert " ".join(map(str, row)) in answer and " ".join(map(str, pooled)) in answer
    assert "40 + (7 − 1) · 4 = 64" in answer


@pytest.mark.parametrize("cell", ["test-5-1-values", "test-5-2-ties", "test-5-3-padding", "test-5-4-uneven"])
def test_library_pooling_is_off_in_the_visible_part_too(cell):
    assert "check.POOLINGS" in READER.texts[cell].split("### BEGIN HIDDEN TESTS")[0]
