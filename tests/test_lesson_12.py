"""The worked numbers of lesson 12 stand in the notebook and are right, by other means than the lesson's own code."""
import json
import math
import re

import pytest
import torch
from lesson_reader import Reader
from scipy import stats
from torch import nn
from torchvision import models

from autograde.lesson import COURSE

lesson = Reader("12_resnet")


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def on_meta(make, *arguments, **options):
    with torch.device("meta"):
        return make(*arguments, **options)


# ---------------------------------------------------------------------------------------------- the networks for small images

CIFAR = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}
PUBLISHED = {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.43}


def cifar_by_hand(depth, projections, classes=10):
    """Weights of the convolutions, two numbers per channel for each batch norm, and the dense layer."""
    n = (depth - 2) // 6
    total = 3 * 9 * 16 + 2 * 16 + 64 * classes + classes
    for channels, before in ((16, 16), (32, 16), (64, 32)):
        total += (before + (2 * n - 1) * channels) * 9 * channels + 2 * n * 2 * channels
        total += projections * (channels != before) * (before * channels + 2 * channels)
    return total


@pytest.mark.parametrize("depth", CIFAR)
def test_counts_of_the_small_networks(depth):
    a, b = cifar_by_hand(depth, False), cifar_by_hand(depth, True)
    assert a == CIFAR[depth] and b - a == 2752
    row = rf"^ *{depth} +{a:,} +{b:,} +{a:,} +{PUBLISHED[depth]:.2f} %$"
    assert re.search(row, lesson.printed("demo-counts"), re.M)
    assert f"{a:,}" in lesson.source("recipe") and "Option A gives the counts" in lesson.source("recipe")
    make = lesson.names()["resnet_cifar"]
    assert [count(on_meta(make, depth, kind)) for kind in ("A", "B", "none")] == [a, b, a]


def test_layers_are_6n_plus_2():
    for n, depth in zip((3, 5, 7, 9, 18), CIFAR):
        assert 6 * n + 2 == depth
        layers = [part for part in on_meta(lesson.names()["resnet_cifar"], depth).modules() if isinstance(part, (nn.Conv2d, nn.Linear))]
        assert len(layers) == depth
    assert "20, 32, 44, 56, 110 for $n = 3, 5, 7, 9, 18$" in lesson.source("section-4")


def test_projection_prediction():
    names = {}
    exec(lesson.text("predict-12-4-projection"), names)
    assert names["projection_parameters"] == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64 == 272_474 - 269_722


def stored(network, depth, key):
    """The stored runs of lesson 11 as the notebook prints them, or None if there is none of this depth."""
    parts = json.loads((COURSE / "data/results/degradation.json").read_text())["parts"].values()
    found = [100 * part[key] for part in parts if part["network"] == network and part["depth"] == depth]
    return f"{sum(found) / len(found):.1f} ({min(found):.1f} to {max(found):.1f}, n={len(found)})" if found else None


def test_published_errors_stand_beside_ours():
    for depth, error in PUBLISHED.items():
        ours = [stored(network, depth, "test_error") or "not run" for network in ("residual", "plain")]
        assert re.search(rf"^ *{depth} layers +{error:.2f} +{' +'.join(map(re.escape, ours))}$", lesson.printed("demo-beside"), re.M)
    text = lesson.source("beside-after")
    assert "800 steps" in text and 20 * 4000 / 100 == 800          # epochs, examples, batch


def test_the_opening_figure_is_lesson_11s_stored_run():
    for depth in (20, 56):
        ours = [re.escape(stored(network, depth, "train_error")) for network in ("plain", "residual")]
        assert re.search(rf"^ *{depth} +{ours[0]} +{ours[1]}$", lesson.printed("demo-opening"), re.M)


def test_recipe_and_the_lectures_mistake():
    text = lesson.source("recipe")
    assert "weight decay 1e-5, no dropout" in text and "0.0001, that is 1e-4" in text
    assert math.isclose(math.sqrt(1e-4 / 1e-5), 3.2, abs_tol=0.05) and "3.2$ times wider" in text


# ---------------------------------------------------------------------------------------------- gradients and paths

def test_ten_weak_blocks():
    names = {}
    exec(lesson.text("predict-12-1-skip-gradient"), names)
    x = torch.ones((), dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(10):
        y = y + 0.1 * y
    gradient, = torch.autograd.grad(y, x)
    assert names["skip_gradient"] == round(gradient.item(), 2)
    text = lesson.source("section-1b")
    assert (round(1.1 ** 30, 1), round(0.9 ** 30, 3), round(1.5 ** 30)) == (17.4, 0.042, 191_751)
    assert "17.4" in text and "0.042" in text and "191{,}751" in text
    assert 8e-16 < 0.5 ** 50 < 9e-16 and 6e8 < 1.5 ** 50 < 6.5e8
    assert "9 \\cdot 10^{-16}" in lesson.source("written-12-14-paths") and "6 \\cdot 10^8" in lesson.source("written-12-14-paths")


def test_paths():
    names = {}
    exec(lesson.text("predict-12-7-paths-left"), names)
    assert names["paths_left"] == 2 ** 9 // 2
    assert lesson.names()["path_lengths"](54) == [math.comb(54, k) for k in range(55)]
    printed = lesson.printed("demo-paths")
    assert re.search(rf"^paths +mean length {54 / 2:.2f}$", printed, re.M)
    assert re.search(rf"^gradient +mean length {54 * 0.1 / 1.1:.2f}$", printed, re.M) and "4.91" in lesson.source("section-6b")
    alive = sum(1 - block / (2 * 54) for block in range(1, 55))
    assert math.isclose(alive, (3 * 54 - 1) / 4) and re.search(rf"^alive +mean length {alive:.2f}$", printed, re.M)
    assert "40.25 of 54" in lesson.source("section-6b")
    middle = stats.binom.cdf(35, 54, 0.5) - stats.binom.cdf(18, 54, 0.5)
    assert f"19 to 35 branches: {middle:.1%}" in printed


def test_the_lesions_say_what_the_text_says():
    rows = re.findall(r"^(\w+), \d+ layers: ([\d.]+)% before; .*median ([\d.]+)%, worst ([\d.]+)%$", lesson.printed("demo-lesions"), re.M)
    healthy, median, worst = zip(*[[float(number) for number in row[1:]] for row in rows])
    assert [row[0] for row in rows] == ["residual", "plain"]
    assert healthy[0] < 10 and median[0] < 3 * healthy[0] and worst[0] > 2 * median[0]
    assert healthy[1] < 20 and median[1] > 75
    errors = [float(number) for number in re.findall(r"^deleted: +\d+ +error +([\d.]+) ±", lesson.printed("demo-many-lesions"), re.M)]
    assert len(errors) == 6 and errors == sorted(errors) and errors[0] < 25          # a slope


# ---------------------------------------------------------------------------------------------- the family for photographs

FAMILY = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 152: 60_192_808}


@pytest.mark.parametrize("depth", FAMILY)
def test_counts_of_the_family(depth):
    theirs = on_meta(getattr(models, f"resnet{depth}"))
    assert count(theirs) == FAMILY[depth]
    assert re.search(rf"^ResNet-{depth} +{FAMILY[depth]:,} parameters, torchvision +{FAMILY[depth]:,},", lesson.printed("demo-imagenet"), re.M)
    ours = on_meta(lesson.names()["resnet_imagenet"], depth)
    assert {name: part.shape for name, part in ours.state_dict().items()} == {name: part.shape for name, part in theirs.state_dict().items()}


def test_resnet_200_and_resnext():
    deep = on_meta(models.ResNet, models.resnet.Bottleneck, [3, 24, 36, 3])
    assert f"ResNet-200  {count(deep):,}" in lesson.printed("demo-imagenet") and 3 * (3 + 24 + 36 + 3) + 2 == 200
    assert count(on_meta(models.resnext50_32x4d)) == 25_028_904
    assert "ResNeXt-50  25,028,904" in lesson.printed("demo-imagenet")
    ours = on_meta(lesson.names()["resnet_imagenet"], 50, shrink=2, groups=32)
    assert {name: part.shape for name, part in ours.state_dict().items()} == {
        name: part.shape for name, part in on_meta(models.resnext50_32x4d).state_dict().items()}


def test_torchvisions_weights_give_torchvisions_answers():
    torch.manual_seed(0)
    theirs, ours, x = models.resnet50().eval(), lesson.names()["resnet_imagenet"](50).eval(), torch.randn(1, 3, 64, 48)
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.allclose(ours(x), theirs(x), atol=1e-4)


def test_weights_of_the_blocks():
    text = lesson.source("section-8")
    basic, thin = on_meta(models.resnet.BasicBlock, 256, 256), on_meta(models.resnet.BasicBlock, 64, 64)
    neck = on_meta(models.resnet.Bottleneck, 256, 64)
    next_block = on_meta(models.resnet.Bottleneck, 256, 64, groups=32, base_width=4)
    weights = [sum(part.weight.numel() for part in block.modules() if isinstance(part, nn.Conv2d)) for block in (basic, thin, neck, next_block)]
    assert weights == [1_179_648, 73_728, 69_632, 70_144] and round(weights[0] / weights[2]) == 17
    assert "1{,}179{,}648" in text and "73,728" in text and "69{,}632" in text and "70{,}144" in text


# ---------------------------------------------------------------------------------------------- DenseNet

def test_dense_channels():
    assert "$3 + 32 = 35$ channels after the first layer, then 67, then 99" in lesson.source("section-10")
    block = lesson.names()["DenseBlock"]
    assert [block(3, layers)(torch.zeros(2, 3, 4, 5)).shape[1] for layers in (1, 2, 3)] == [35, 67, 99]
    names = {}
    exec(lesson.text("predict-12-12-channels"), names)
    theirs = on_meta(models.densenet121)
    assert names["dense_channels"] == theirs.features.transition1.norm.num_features == 256


def test_densenet_121():
    assert count(on_meta(models.densenet121)) == 7_978_856 and "DenseNet-121: 7,978,856 parameters" in lesson.printed("demo-densenet")
    names = lesson.run_demo("demo-counts", lesson.names())
    ours = lesson.run_demo("demo-densenet", names)["densenet121"]().eval()
    torch.manual_seed(0)
    theirs, x = models.densenet121().eval(), torch.randn(1, 3, 64, 80)
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.allclose(ours(x), theirs(x), atol=1e-4)


# ---------------------------------------------------------------------------------------------- small things

def test_numbers_of_the_closing():
    text = lesson.source("closing")
    assert "$6 \\cdot 7 + 2 = 44$" in text and f"$10 + 5 \\cdot 12 = {10 + 5 * 12}$" in text
    assert "853,018" in text and f"gives {cifar_by_hand(56, True):,}" in text


def test_a_lesion_is_a_branch_switched_off():
    """Deleting a block by the lesson's function equals a branch whose last batch norm gives 0."""
    names = lesson.names()
    torch.manual_seed(1)
    model = names["resnet_cifar"](14, "B", 5, 2, 4).eval()
    x = torch.randn(2, 2, 9, 7)
    for number, block in enumerate([*model.layer1, *model.layer2, *model.layer3]):
        lesioned = names["delete_block"](model, number)
        kept = block.bn2.weight.detach().clone()
        nn.init.zeros_(block.bn2.weight)
        with torch.no_grad():
            assert torch.allclose(model(x), lesioned(x), atol=1e-6)
        block.bn2.weight.data = kept
