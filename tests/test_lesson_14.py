"""The worked numbers of lesson 14 stand in the notebook and are right, by other means than the lesson's own code."""
import functools
import re
from fractions import Fraction

import numpy as np
import pytest
import torch
from lesson_reader import Reader
from torch import nn
from torchvision import models, ops

from striate import scenes

reader = functools.cache(lambda: Reader("14_detection"))


@pytest.fixture
def solution():
    return reader().names()


def source(cell):
    return reader().source(cell)


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


def pixels(box, size=(40, 60)):
    """A box of whole numbers as a mask: overlaps can be counted."""
    mask = np.zeros(size, bool)
    left, top, right, bottom = (int(side) for side in box)
    mask[top:bottom, left:right] = True
    return mask


def counted(a, b):
    """Intersection over union by counting pixels."""
    return Fraction(int((pixels(a) & pixels(b)).sum()), int((pixels(a) | pixels(b)).sum()))


# ---------------------------------------------------------------------------------------------- a grid of answers

def test_vgg_without_dense_layers():
    with torch.device("meta"):
        network, dense = models.vgg16().features, nn.Conv2d(512, 4096, 7)
        original, larger = (network(torch.empty(1, 3, *size)) for size in ((224, 224), (384, 512)))
        positions = dense(larger)
    assert original.shape[2:] == (7, 7) and larger.shape[2:] == (12, 16) and positions[0, 0].numel() == 60
    assert dense.weight.numel() == 512 * 49 * 4096
    assert "384 × 512" in source("predict-intro-1") and "vgg_positions = 60" in source("predict-14-1-positions")


def test_sizes_of_the_answers():
    answer = torch.empty(7, 7, 2 * 5 + 20)                                       # Redmon et al. (2016): a 7 × 7 × 30 tensor
    assert answer.numel() == 1470 and "yolo_outputs = 1470" in source("predict-14-2-outputs")
    assert (48 // 8) * (64 // 8) * 11 == 528 and r"6 \cdot 8 \cdot (5 + 6) = 528" in source("section-1c")
    assert "22 milliseconds" in source("section-1b") and round(1000 / 45) == 22


def test_a_dense_layer_is_a_convolution():
    printed = reader().printed("demo-dense-is-convolution")
    assert "equal: True" in printed and "(1, 5, 5, 5)" in printed
    assert [(side // 4) - small // 4 + 1 for side, small in ((48, 32), (64, 48))] == [5, 5]


# ---------------------------------------------------------------------------------------------- boxes

def test_overlap_by_hand(solution):
    assert counted((0, 0, 4, 2), (2, 0, 6, 2)) == Fraction(1, 3) and "only $1/3$" in source("section-2")
    for a, b in [((3, 2, 20, 30), (10, 5, 33, 18)), ((0, 0, 9, 9), (2, 3, 5, 6)), ((1, 1, 5, 5), (5, 1, 9, 5)), ((8, 7, 30, 12), (9, 20, 31, 33))]:
        got = solution["iou"](torch.tensor([a]).float(), torch.tensor([b]).float())
        assert got.item() == pytest.approx(float(counted(a, b)), abs=1e-6)


def test_shifted_boxes():
    """What the text under the curves says: 6 pixels to the right are too much for 0.5, and 3 diagonally."""
    still = (0, 0, 16, 16)
    right = [counted(still, (s, 0, 16 + s, 16)) for s in (5, 6)]
    both = [counted(still, (s, s, 16 + s, 16 + s)) for s in (2, 3)]
    assert right[0] > Fraction(1, 2) > right[1] and both[0] > Fraction(1, 2) > both[1]
    first, second = reader().printed("demo-iou").splitlines()[-2:]
    assert numbers(first.partition(":")[2]) == [round(float(value), 3) for value in right]
    assert numbers(second.partition(":")[2]) == [round(float(value), 3) for value in both]


def test_suppression_by_hand():
    a, b, d = (0, 0, 10, 10), (1, 0, 11, 10), (5, 0, 15, 10)
    assert [round(float(counted(*pair)), 2) for pair in ((a, b), (b, d), (a, d))] == [0.82, 0.43, 0.33]
    assert "overlap with 0.82" in source("section-3") and "with 0.43" in source("section-3") and "with 0.33" in source("section-3")
    boxes = torch.tensor([d, b, (20, 0, 30, 10), a]).float()
    assert ops.nms(boxes, torch.tensor([0.6, 0.8, 0.7, 0.9]), 0.4).tolist() == [3, 2, 0]
    assert "[3, 2, 0]" in source("test-14-4-hand")


def test_boxes_are_torchvisions(solution):
    rng = np.random.default_rng(0)
    corner = torch.tensor(rng.uniform(0, 60, (80, 2)), dtype=torch.float32)
    boxes = torch.cat([corner, corner + torch.tensor(rng.uniform(5, 30, (80, 2)), dtype=torch.float32)], 1)
    scores = torch.tensor(rng.permutation(80) / 80, dtype=torch.float32)
    assert torch.allclose(solution["iou"](boxes, boxes[:7]), ops.box_iou(boxes, boxes[:7]), atol=1e-6)
    for threshold in (0.2, 0.5, 0.8):
        assert torch.equal(solution["non_max_suppression"](boxes, scores, threshold), ops.nms(boxes, scores, threshold))


# ---------------------------------------------------------------------------------------------- the grid

def test_grid_by_hand():
    x, y = (9 + 19) / 2, (2 + 10) / 2
    assert (x, y, int(y // 8), int(x // 8), x % 8 / 8, y % 8 / 8) == (14, 6, 0, 1, 0.75, 0.75)
    assert f"{10 / 24:.3f}" == "0.417" and "$10/24 = 0.417$" in source("section-4") and "$8/16 = 0.5$" in source("section-4")


def test_there_and_back(solution):
    """Every true box of a scene comes back, but those that share a cell with an earlier one."""
    drawn = scenes.generate(60, 3, (48, 64), (1, 4))
    for boxes, labels in zip(torch.from_numpy(drawn.boxes), torch.from_numpy(drawn.shapes)):
        grid = solution["encode_targets"](boxes, labels, 6, (48, 64))
        back, scores, kinds = solution["decode_grid"](grid, (48, 64))
        real, overlap = labels >= 0, ops.box_iou(back[scores > 0], boxes[labels >= 0])
        cells = {tuple(cell) for cell in ((boxes[real, :2] + boxes[real, 2:]) / 16).int().tolist()}
        assert len(overlap) == len(cells) and overlap.max(1).values.min() > 0.999
        assert torch.equal(labels[real][overlap.argmax(1)], kinds[scores > 0])


def test_the_lost_objects_are_counted():
    drawn = scenes.generate(2000, seed=14, size=(48, 64), objects=(1, 4))
    there = drawn.shapes >= 0
    lost = []
    for cell, line in zip((8, 16), reader().printed("demo-there-and-back").splitlines()[-2:]):
        centres = ((drawn.boxes[..., :2] + drawn.boxes[..., 2:]) / 2 / cell).astype(int)
        lost.append(there.sum() - len({(n, *centres[n, m]) for n, m in zip(*np.nonzero(there))}))
        assert numbers(line) == [cell, lost[-1], there.sum()]
    assert lost[0] == 0 < lost[1] and "With cells of 8 pixels none is lost" in source("there-and-back-after")


def test_loss_by_hand(solution):
    place, extent, sure, empty, kind = 5 * 0.2 ** 2, 5 * (0.36 ** 0.5 - 0.25 ** 0.5) ** 2, 0.2 ** 2, 0.5 * 0.4 ** 2, 2 * 0.4 ** 2
    assert [round(part, 2) for part in (place, extent, sure, empty, kind)] == [0.2, 0.05, 0.04, 0.08, 0.32]
    assert round(place + extent + sure + empty + kind, 2) == 0.69 and "| **sum** | **0.69** |" in reader().text("section-5")
    far = 5 * (0.9 ** 2 + 0.3 ** 2 + 0.8 + 0.2) + 0.7 ** 2 + 0.3 ** 2                      # what the empty cell says of box and class
    assert round(0.69 + far, 2) == 10.77 and "10.77" in source("test-14-7-value")
    assert round(0.69 + 0.7 ** 2 + 0.3 ** 2, 2) == 1.27 and "1.27" in source("test-14-7-value")
    pair = (0.69 + 0.5 * (0.8 ** 2 + 0.4 ** 2)) / 2                                        # the second picture is empty
    assert round(pair, 3) == 0.545 and "0.545" in source("test-14-7-value")


# ---------------------------------------------------------------------------------------------- the detector

def test_receptive_field(solution):
    """15 pixels after three layers, 31 after four, by arithmetic and by the gradient of one cell."""
    seen, jump, fields = 1, 1, []
    for stride in (2, 2, 2, 1):
        seen, jump = seen + 2 * jump, jump * stride
        fields.append(seen)
    assert fields[2:] == [15, 31] and "see 15 pixels, one more at the end sees 31" in source("section-6")
    model, x = solution["TinyYolo"](6).eval(), torch.rand(1, 3, 96, 96, requires_grad=True)
    model(x)[0, 0, 6, 6].backward()
    rows = x.grad.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 <= 31
    assert sum(parameter.numel() for parameter in model.parameters()) <= 200_000


def test_objects_are_up_to_29_pixels_wide():
    drawn = scenes.generate(800, 5, (48, 64), (1, 1))
    widest = (drawn.boxes[..., 2:] - drawn.boxes[..., :2]).max()
    assert 26 <= widest <= 2 * 0.3 * 48 + 1 and "up to 29 pixels" in source("section-6")


def test_measured_precision_is_what_the_text_says():
    rows = [numbers(line) for line in reader().printed("demo-mean-ap").splitlines()[1:]]
    (half, *classes, mean), (_, *_, strict), (_, *_, strictest) = rows
    assert half == 0.5 and mean == pytest.approx(np.mean(classes), abs=0.006)
    said = int(re.search(r"\| about (\d+) % \(300 scenes", reader().text("mean-ap-after"))[1])
    assert abs(said - 100 * mean) < 2 and source("mean-ap-after").count(f"from {mean:.2f} to {strict:.2f} and, at 0.9, to {strictest:.2f}")


def test_precision_by_hand(solution):
    def area(hits, total):
        precision = [Fraction(sum(hits[:k + 1]), k + 1) for k in range(len(hits))]
        return sum(max(precision[k:]) for k, hit in enumerate(hits) if hit) / total

    assert area([1, 0, 1], 3) == Fraction(5, 9) and "= 0.556$" in source("section-7")
    assert area([1, 1, 0, 1], 4) == Fraction(11, 16) and "= 0.6875$" in source("closing")
    box, far, score = torch.tensor([[0.0, 0, 8, 8]]), torch.tensor([[30.0, 0, 38, 8]]), torch.tensor
    said = [(box, score([0.9])), (box, score([0.8])), (far, score([0.7])), (box, score([0.6]))]
    assert solution["average_precision"](said, [box] * 4) == pytest.approx(11 / 16)


# ---------------------------------------------------------------------------------------------- masks

def test_dice_by_hand(solution):
    shared, one, other = 4, 8, 8
    dice, overlap = Fraction(2 * shared, one + other), Fraction(shared, one + other - shared)
    assert dice == Fraction(1, 2) == 2 * overlap / (1 + overlap) and overlap == Fraction(1, 3)
    assert "Dice $8/16 = 0.5$, IoU $4/12 = 0.333$" in source("section-8")
    assert round(2 * 0.5 / 1.5, 3) == 0.667 and "= 0.667$" in source("closing")
    masks = torch.from_numpy(np.stack([pixels((2, 3, 30, 20)), pixels((5, 5, 9, 9))]))
    others = torch.from_numpy(np.stack([pixels((10, 3, 40, 33)), pixels((5, 6, 9, 10))]))
    got = solution["dice_and_iou"](masks, others)
    expected = [float(counted((2, 3, 30, 20), (10, 3, 40, 33))), float(counted((5, 5, 9, 9), (5, 6, 9, 10)))]
    assert np.allclose(got[1], expected) and np.allclose(got[0], [2 * v / (1 + v) for v in expected])


def test_table_of_the_unet(solution):
    """The channels of the table, seen from outside with hooks."""
    model, seen = solution["UNet"](8).eval(), {}
    for name, part in model.named_children():
        part.register_forward_hook(lambda part, given, out, name=name: seen.update({name: (given[0].shape[1], *out.shape[1:])}))
    model(torch.rand(1, 3, 32, 48))
    table = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", reader().text("section-8b"), re.M))
    sizes = {"full": (32, 48), "half": (16, 24), "quarter": (8, 12)}
    for name, channels in table.items():
        before, after = (eval(side.replace("w", "*8").lstrip("*") if side != "w" else "8") for side in channels.split(" → "))
        size = re.search(rf"^\| `{name}` \|[^|]*\| (\w+) \|", reader().text("section-8b"), re.M)[1]
        assert seen[name] == (before, after, *sizes[size]), name
    assert set(table) == set(seen)


def test_measured_masks_are_what_the_text_says():
    first, second = reader().printed("demo-train-segmenter").splitlines()[-2:]
    _, dice, overlap, worst = numbers(first)
    right, empty = numbers(second)
    assert dice > overlap > 0.8 and worst < dice and right > dice > 1 - empty
    assert "a mean IoU of about 0.97 " in source("segment-after") and 0.955 <= overlap < 0.985


def test_the_training_tests_ask_for_something(solution):
    """What earns no points: an untrained network marks no masks, and every pixel marked gives a Dice score of 0.2."""
    masks = torch.from_numpy(scenes.generate(100, 1, (24, 32), (1, 2)).masks.any(1))
    assert 0.1 < float(solution["dice_and_iou"](torch.ones_like(masks), masks)[0].mean()) < 0.3
    assert "about 0.2" in source("section-8c") and ">= 0.6," in source("test-14-13-finds") and "**0.60**" in source("section-8c")
    assert "sure - unsure >= 0.1 and average >= 0.4)" in source("test-14-9-finds")
    assert all(number in source("section-6b") for number in ("**0.10**", "**0.40**"))
