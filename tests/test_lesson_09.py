"""The worked numbers of lesson 09 stand in the notebook and are right, by other means than the lesson's own code."""
import re

import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn
from torchvision import models

lesson = Reader("09_alexnet")

# The network of 2012: kernels, kernel size, channels that a kernel sees, side of the output
CONVOLUTIONS = [(96, 11, 3, 55), (256, 5, 48, 27), (384, 3, 256, 13), (384, 3, 192, 13), (256, 3, 192, 13)]
DENSE = [(6 * 6 * 256, 4096), (4096, 4096), (4096, 1000)]


def of_convolution(kernels, size, channels, _=None):
    return kernels * (size * size * channels + 1)


def prediction(cell, name):
    names = {}
    exec(lesson.text(cell), names)
    return names[name]


def on_meta(make, *arguments, **options):
    with torch.device("meta"):
        return make(*arguments, **options)


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


# ---------------------------------------------------------------------------------------------- the network of 2012

def test_parameters_of_2012_by_hand():
    layers = [of_convolution(*layer) for layer in CONVOLUTIONS] + [(inputs + 1) * outputs for inputs, outputs in DENSE]
    assert sum(layers) == 60_965_224
    text, printed = lesson.source("section-1"), lesson.printed("demo-table")
    assert "| **60,965,224** |" in text and "parameters 60,965,224," in printed and "60,965,224 parameters" in lesson.source("section-2b")
    for number in layers[1:]:                                     # the first one is asked for in prediction 9.1
        assert f"| {number:,} |" in text and f" {number:,} " in printed
    assert prediction("predict-9-1-first-layer", "first_layer_parameters") == layers[0] == 34_944
    assert "34,944" in lesson.source("closing") and "| ? |" in text


def test_first_layer_without_sharing():
    units = 96 * 55 * 55
    assert units == 290_400 and units * (11 * 11 * 3 + 1) == 105_705_600
    text = lesson.source("section-1")
    assert "290{,}400" in text and "105{,}705{,}600" in text and "105,705,600" in lesson.source("closing")
    local = on_meta(nn.Linear, 363, units)                        # as many weights and biases as one unit each of 363 inputs
    assert count(local) == 105_705_600


def test_macs_of_2012():
    convolutions = [kernels * size * size * channels * side * side for kernels, size, channels, side in CONVOLUTIONS]
    dense = [inputs * outputs for inputs, outputs in DENSE]
    total = sum(convolutions + dense)
    assert f"MACs {total:,}" in lesson.printed("demo-table") and round(total / 1e6) == 724 and "724 million" in lesson.source("section-2b")
    assert round(100 * sum(convolutions) / total) == 92 and "92 % of the MACs" in lesson.source("section-2c")
    for number in convolutions + dense:
        assert f" {number:,}" in lesson.printed("demo-table")
    assert 55 * 55 == 3025 and "3,025 times" in lesson.source("section-2c")


def test_where_the_parameters_sit():
    convolutions = [of_convolution(*layer) for layer in CONVOLUTIONS]
    assert prediction("predict-9-3-dense-share", "dense_percent") == round(100 * (1 - sum(convolutions) / 60_965_224)) == 96
    assert f"{100 * convolutions[2] / 60_965_224:.2f} %" == "1.45 %" and "layer 3 has 1.45 %" in lesson.source("section-2c")
    assert "4 % of the parameters" in lesson.source("section-2c") and round(100 * sum(convolutions) / 60_965_224) == 4


def test_sizes_of_the_maps():
    text = lesson.source("section-1")
    assert (224 - 11) / 4 + 1 == 54.25 and "54.25" in text and (224 + 4 - 11) / 4 + 1 == 55.25 and "55.25" in text and (227 - 11) // 4 + 1 == 55
    sides = [55, 27, 13, 6]
    assert all((before - 3) // 2 + 1 == after for before, after in zip(sides, sides[1:]))
    for size in ("96 × 55 × 55", "96 × 27 × 27", "256 × 27 × 27", "256 × 13 × 13", "384 × 13 × 13", "256 × 6 × 6"):
        assert f"| {size} |" in text and size in lesson.printed("demo-table")


def test_the_lectures_mistake():
    learned = [layer for layer in on_meta(models.alexnet).modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    assert len(learned) == len(CONVOLUTIONS) + len(DENSE) == 8
    text = lesson.source("section-1")
    assert '"7 layers"' in text and "Eight layers are learned" in text


def test_errors_of_the_contest():
    bars = [float(number) for number in re.search(r"bar\(entries, \[(.*?)\]\)", lesson.text("demo-opening"))[1].split(",")]
    assert bars == [15.3, 16.4, 18.2, 26.2, 25.8, 28.2]
    text = lesson.source("opening-after")
    assert "**five** has **16.4 %**" in text and "**15.3 %**, is a mean of **seven**" in text


# ---------------------------------------------------------------------------------------------- torchvision's tower

def test_torchvisions_tower():
    theirs = on_meta(models.alexnet)
    assert count(theirs) == 61_100_840 and "**61,100,840** parameters" in lesson.source("section-3")
    ours = on_meta(lesson.names()["AlexNet"])
    assert {name: part.shape for name, part in ours.state_dict().items()} == {name: part.shape for name, part in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert "torchvision's weights: <All keys matched successfully>" in lesson.printed("demo-counts")
    channels = [3, 64, 192, 384, 256, 256]
    sides = zip(channels, channels[1:], (11, 5, 3, 3, 3), (55, 27, 13, 13, 13))
    macs = sum(a * b * k * k * side * side for a, b, k, side in sides) + sum(a * b for a, b in DENSE)
    assert f"parameters 61,100,840, MACs {macs:,}" in lesson.printed("demo-counts")


def test_torchvisions_weights_give_torchvisions_answers():
    torch.manual_seed(0)
    theirs, ours, x = models.alexnet(num_classes=7).eval(), lesson.names()["AlexNet"](7).eval(), torch.rand(2, 3, 224, 160)
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.allclose(ours(x), theirs(x), atol=1e-5)


def test_the_small_network_has_the_number_that_is_printed():
    small = lesson.names()["AlexNet"](18, 8, image_size=48)
    by_hand = (of_convolution(8, 7, 3) + of_convolution(24, 5, 8) + of_convolution(48, 3, 24) + of_convolution(32, 3, 48) + of_convolution(32, 3, 32)
               + (32 * 9 + 1) * 512 + 513 * 512 + 513 * 18)
    assert count(small) == by_hand and lesson.printed("demo-counts").count(f"parameters {by_hand:,},") == 1


# ---------------------------------------------------------------------------------------------- parts and tasks

def test_the_worked_pixel_of_local_response_normalisation():
    x = torch.tensor([1.0, 2, 3]).reshape(1, 3, 1, 1)
    by_torch = F.local_response_norm(x, 3, alpha=3.0, beta=1.0, k=1.0).flatten()
    assert torch.allclose(by_torch, torch.tensor([1 / 6, 2 / 15, 3 / 14]))
    text = lesson.source("section-5")
    assert "= 1/6" in text and "= 2/15" in text and "= 3/14" in text


def test_the_papers_alpha_in_torch():
    x = 30 * torch.randn(2, 9, 3, 4, generator=torch.Generator().manual_seed(1))
    paper = torch.empty_like(x)
    for c in range(9):
        paper[:, c] = x[:, c] / (2 + 1e-4 * (x[:, max(0, c - 2):c + 3] ** 2).sum(1)) ** 0.75
    assert torch.allclose(F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0), paper, rtol=1e-4)
    assert "`alpha=5e-4` in torch" in lesson.source("section-5")


def test_crops():
    places = sum(1 for top in range(257) for left in range(257) if top + 224 <= 256 and left + 224 <= 256)
    assert prediction("predict-9-6-crops", "crops") == 2 * places == 2178
    assert "2048" in lesson.source("section-6")


def test_cost_of_the_worked_table():
    rows = lesson.names()["layer_table"](nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 5)), torch.ones(2, 3, 4, 5))
    assert [row[4] for row in rows] == [24 * 27, 0, 0, 5 * 24]
    assert "24 numbers of 27 MACs each" in lesson.source("section-2")


def test_a_table_leaves_no_hooks():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.BatchNorm2d(4), nn.ReLU()))
    for _ in range(2):
        assert len(lesson.names()["layer_table"](model, torch.ones(1, 3, 5, 6))) == 3
    assert not any(part._forward_hooks for part in model.modules())


# ---------------------------------------------------------------------------------------------- what the demonstrations measured

def test_the_small_network_learned():
    error = float(re.search(r"test error ([\d.]+)%", lesson.printed("demo-train"))[1])
    assert error < 60                                             # guessing among 18 kinds: 94 %
    assert round(100 * 17 / 18) == 94 and "94 %" in lesson.source("section-7")


def test_a_trained_backbone_is_worth_something():
    right = {name.strip(): int(share) for name, share in re.findall(r"^(.+?) +(\d+)% right of \d+$", lesson.printed("demo-fine-tune"), re.M)}
    assert set(right) == {"frozen, trained on 18 kinds", "frozen, never trained", "all layers, from scratch"}
    assert right["frozen, trained on 18 kinds"] > 1.3 * right["frozen, never trained"]
    assert re.search(r"\(120, 3, 48, 48\): \d+% right", lesson.printed("demo-folder"))


def test_the_race_is_told_as_it_was_run():
    printed = lesson.printed("demo-race")
    relu, tanh = (re.search(rf"{name}: 25 % after ([\d.]+) epochs", printed)[1] for name in ("ReLU", "tanh"))
    assert f"| {relu} against {tanh}: " in lesson.source("race-after")
    assert 0.5 < float(tanh) < float(relu) < 4                    # the opposite of the paper, as the text says
    assert "opposite of what the paper shows" in lesson.source("race-after")
