"""The worked numbers of lesson 10 stand in the notebook and are right, by other means than the lesson's own code."""
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn
from torchvision import models

lesson = Reader("10_vgg_inception")
printed, source = lesson.printed, lesson.source


def on_meta(name, **options):
    with torch.device("meta"):
        return models.get_model(name, weights=None, **options)


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def weights_of(name):
    """What torchvision states about its first weights of a network."""
    return models.get_model_weights(name).IMAGENET1K_V1.meta


def prediction(cell):
    names = {}
    exec(lesson.text(cell), names)
    return next(value for name, value in names.items() if name != "__builtins__")


# ---------------------------------------------------------------------------------------------- stacks of 3 × 3

def test_fields_and_ratios_of_stacks():
    for layers in range(1, 6):
        field = 1
        for _ in range(layers):
            field += 3 - 1                                   # each layer adds its kernel less one
        row = f"| {layers} | {field} × {field} | {9 * layers} C² | {field ** 2} C² | {9 * layers / field ** 2:.3f} |"
        assert row in lesson.text("stack-table")
    assert "72 % of the weights" in source("section-1") and round(18 / 25, 2) == 0.72
    assert prediction("predict-10-1-ratio") == round(27 / 49, 2)
    assert "36 C² against 81 C², 44 %" in source("closing") and round(36 / 81, 2) == 0.44


def test_receptive_field_by_gradient():
    for layers, side in ((2, 5), (3, 7)):
        net = nn.Sequential(*[nn.Conv2d(1, 1, 3) for _ in range(layers)])
        for part in net:
            nn.init.ones_(part.weight)
        x = torch.zeros(1, 1, 11, 11, requires_grad=True)
        net(x)[0, 0, 0, 0].backward()
        rows, columns = x.grad[0, 0].nonzero().max(0).values + 1
        assert (rows, columns) == (side, side)


def test_stack_by_hand():
    assert np.convolve([1, 2], [1, 10, 100]).tolist() == [1, 12, 120, 200]
    assert "**1** | **12** | **120** | **200**" in source("exercise-intro-2")
    kernel = lesson.names()["stacked_equivalent"](torch.tensor([[[[1.0, 2]]]]), torch.tensor([[[[1.0, 10, 100]]]]))
    assert kernel.flatten().tolist() == [1, 12, 120, 200]


def test_what_the_three_lines_about_stacks_say():
    shares = [float(number) for number in re.findall(r": +(\d\.\d{4})$", printed("demo-equivalent"), re.M)]
    assert len(shares) == 3 and shares[0] == 0 and min(shares[1:]) > 0.01
    first, second = torch.rand(2, 2, 3, 3), torch.rand(2, 2, 3, 3)
    kernel, x = F.conv_transpose2d(second, first), torch.rand(1, 2, 12, 12)
    padded = F.conv2d(F.conv2d(x, first, padding=1), second, padding=1)
    once = F.conv2d(x, kernel, padding=2)
    assert torch.allclose(padded[..., 1:-1, 1:-1], once[..., 1:-1, 1:-1], rtol=1e-4) and not torch.allclose(padded, once, rtol=1e-2)


# ---------------------------------------------------------------------------------------------- VGG and its ledger

@pytest.mark.parametrize("name, total", [("vgg16", 138_357_544), ("vgg19", 143_667_240)])
def test_counts_of_vgg(name, total):
    model = on_meta(name)
    assert count(model) == weights_of(name)["num_params"] == total
    conv, dense = count(model.features), count(model.classifier)
    assert f"VGG-{name[3:]}: {total:,} parameters = {conv:,} (conv) + {dense:,} (dense)" in printed("demo-vgg")
    assert lesson.names()[name.upper()] == models.vgg.cfgs[{"vgg16": "D", "vgg19": "E"}[name]]
    assert "5.3 million parameters" in source("vgg-after") and round((143_667_240 - 138_357_544) / 1e6, 1) == 5.3


def test_torchvisions_state_dict_loads():
    ours = lesson.names()["make_vgg"](models.vgg.cfgs["D"], device="meta")
    ours.load_state_dict(on_meta("vgg16").state_dict())
    assert "All keys matched" in printed("demo-vgg") and "(1, 1000)" in printed("demo-vgg")


def vgg16_by_hand():
    """(activations, parameters, MACs) of every layer of VGG-16 with a name, in order; poolings have no weights."""
    side, before, rows = 224, 3, []
    for entry in models.vgg.cfgs["D"]:
        if entry == "M":
            side //= 2
            rows.append((before * side ** 2, 0, 0))
        else:
            rows.append((entry * side ** 2, 9 * before * entry + entry, 9 * before * entry * side ** 2))
            before = entry
    rows.append((before * side ** 2, 0, 0))                  # the average pooling
    for inputs, units in ((before * side ** 2, 4096), (4096, 4096), (4096, 1000)):
        rows.append((units, inputs * units + units, inputs * units))
    return rows


def test_ledger_of_vgg16():
    rows, lines = vgg16_by_hand(), printed("demo-ledger").splitlines()[1:]
    assert len(rows) == 22
    for row, line in zip([*rows, tuple(map(sum, zip(*rows)))], lines):
        assert line.split()[-3:] == [f"{number:,}" for number in row]
    activations, parameters, macs = map(sum, zip(*rows))
    assert (parameters, round(macs / 1e9, 1)) == (138_357_544, 15.5) and round(macs / 1e9, 2) == weights_of("vgg16")["_ops"]
    assert f"weights {4 * parameters / 1e6:.0f} MB, activations of one image {4 * activations / 1e6:.1f} MB" in printed("demo-ledger")
    assert "553 MB" in source("exercise-intro-3") and round(4 * parameters / 1e6) == 553
    assert round(weights_of("vgg19")["_ops"], 1) == 19.6 and "VGG-16: 15.5 GMACs in all" in source("ledger-after")
    assert "needs 19.6" in source("ledger-after") and re.search(r"^vgg19 +19.63 GMACs", printed("demo-chart-numbers"), re.M)


def test_where_everything_sits():
    rows, text = vgg16_by_hand(), source("ledger-after")
    activations, parameters, macs = map(sum, zip(*rows))
    conv = [row for row in rows if row[1] and row[2] != row[1] - row[0]]
    dense = rows[-3:]
    assert len(conv) == 13
    first = [row[0] for row in conv]
    assert f"first two convolutions hold {100 * sum(first[:2]) / activations:.0f} %" in text and f"first four {100 * sum(first[:4]) / activations:.0f} %" in text
    assert f"three dense layers hold {100 * sum(row[1] for row in dense) / parameters:.0f} %" in text
    assert f"first dense layer alone {100 * dense[0][1] / parameters:.0f} %" in text
    work = sorted(row[2] / 1e9 for row in conv)
    assert (f"{work[1]:.2f}", f"{work[-1]:.2f}") == ("0.46", "1.85") and "between 0.46 and 1.85 GMACs" in text and sum(row[2] for row in dense) / macs < 0.01
    assert "64 · 60 MB = 3.9 GB, seven times" in text and round(64 * 4 * activations / 1e9, 1) == 3.9 and round(64 * activations / parameters) == 7
    assert prediction("predict-10-4-first-dense") == dense[0][1] == 512 * 7 * 7 * 4096 + 4096 == 102_764_544


def test_the_lectures_ledger():
    rows, text = vgg16_by_hand(), source("ledger-after")
    listed = 224 * 224 * 3 + sum(row[0] for row in rows) - 7 * 7 * 512
    assert listed == 15_237_608 and f"{listed:,}" in text and "15.2 M × 4 bytes ≈ 61 MB" in text and round(4 * listed / 1e6) == 61
    assert sum(row[0] for row in rows) == 15_112_168 and "15,112,168" in text
    relus = sum(row[0] for row in rows if row[1]) - 1000
    assert f"{(listed + relus) / 1e6:.1f} M" in text


# ---------------------------------------------------------------------------------------------- GoogLeNet

def test_bottleneck():
    narrow = 28 * 28 * (192 * 16 + 16 * 32 * 25)
    assert round(narrow / 1e6, 1) == prediction("predict-10-6-bottleneck") == 12.4
    assert "= 120.4 million MACs" in source("predict-intro-6") and round(28 * 28 * 32 * 192 * 25 / 1e6, 1) == 120.4
    assert "64 + 128 + 32 + 32 = 256" in source("section-4")


def googlenet_2014():
    """Parameters of the network in table 1 of the paper, by hand: every convolution with a bias."""
    def conv(before, after, side):
        return before * after * side ** 2 + after
    total, channels = conv(3, 64, 7) + conv(64, 64, 1) + conv(64, 192, 3), 192
    for a, b, c, d, e, f in [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (192, 96, 208, 16, 48, 64),
                             (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
                             (256, 160, 320, 32, 128, 128), (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)]:
        total += conv(channels, a, 1) + conv(channels, b, 1) + conv(b, c, 3) + conv(channels, d, 1) + conv(d, e, 5) + conv(channels, f, 1)
        channels = a + c + e + f
    assert channels == 1024
    return total + 1024 * 1000 + 1000


def test_counts_of_googlenet():
    theirs = count(on_meta("googlenet", aux_logits=False, init_weights=False))
    assert theirs == weights_of("googlenet")["num_params"] == 6_624_904 and "**6,624,904**" in source("googlenet-after")
    lines = printed("demo-googlenet-counts")
    assert f"3 × 3 kernels, batch norm True: {theirs:,} parameters, {weights_of('googlenet')['_ops']:.2f} GMACs" in lines
    assert f"5 × 5 kernels, batch norm False: {googlenet_2014():,} parameters" in lines and f"{googlenet_2014():,} and 6,624,904" in source("googlenet-after")
    assert "same answers: True" in lines and "4.6 M activations" in lines
    assert "21 times fewer than VGG-16" in source("googlenet-after") and round(138_357_544 / theirs) == 21
    assert "holds 15 % of the parameters" in source("googlenet-after") and round(100 * 1_025_000 / theirs) == 15


def test_same_answers_would_not_hold_for_other_branches():
    """The demonstration's answers depend on the image and on the order of the branches; with torch's initial weights they would not."""
    names = lesson.run_demo("demo-googlenet", lesson.names())
    names = lesson.run_demo("demo-googlenet-counts", {**names, "image": (3, 224, 224), "keys": ("activations", "parameters", "macs")})
    x, theirs, mine = names["x"], names["theirs"], names["mine"]
    for block in mine:
        if hasattr(block, "branch1"):
            block.branch2, block.branch3 = block.branch3, block.branch2
    with torch.no_grad():
        right, other = theirs(x), mine(x)
        assert (right - theirs(1 - x)).abs().max() > 0.05 and (right - other).abs().max() > 0.5
        assert (right - theirs.fc.bias).abs().max() > 1


def test_auxiliary_gradient_is_larger_below_the_head():
    without, within = (float(number) for number in re.findall(r": (\de-\d+)$", printed("demo-auxiliary"), re.M))
    assert within > 100 * without > 0


# ---------------------------------------------------------------------------------------------- charts and history

def test_chart():
    """Errors are torchvision's own, counts and MACs those that torchvision states."""
    names = lesson.run_demo("demo-chart-numbers", {**lesson.names(), "image": (3, 224, 224)})
    assert len(names["chart"]) == 14
    for name, (work, error, parameters) in names["chart"].items():
        about = weights_of(name)
        assert math.isclose(100 - error, about["_metrics"]["ImageNet-1K"]["acc@5"], abs_tol=1e-6), name
        assert round(parameters * 1e6) == about["num_params"] and abs(work - about["_ops"]) < 0.0006, name
        assert re.search(rf"^{name} +{work:.2f} GMACs +top-5 error +{error:.2f} % +{parameters:.2f} M", printed("demo-chart-numbers"), re.M)


def test_what_the_text_says_of_the_chart():
    text = source("chart-after")
    about = {name: weights_of(name) for name in ("alexnet", "vgg13", "vgg16", "vgg19", "googlenet", "squeezenet1_1", "mobilenet_v2")}
    error = {name: 100 - meta["_metrics"]["ImageNet-1K"]["acc@5"] for name, meta in about.items()}
    work = {name: meta["_ops"] for name, meta in about.items()}
    assert 0.4 < error["vgg16"] / error["alexnet"] < 0.55 and 19 < work["vgg16"] / work["alexnet"] < 28
    assert round(work["vgg13"] / work["googlenet"]) == 8 and about["vgg13"]["num_params"] / about["googlenet"]["num_params"] > 19
    assert abs(error["googlenet"] - error["vgg13"]) < 0.4
    assert f"from 13 to 16 layers it is {error['vgg13'] - error['vgg16']:.1f} points, from 16 to 19 only {error['vgg16'] - error['vgg19']:.1f}" in text
    assert about["squeezenet1_1"]["num_params"] < about["mobilenet_v2"]["num_params"] and work["squeezenet1_1"] > work["mobilenet_v2"]
    assert "SqueezeNet 0.35, MobileNet 0.30 GMACs" in source("question-10-10-budget")
    assert (round(work["squeezenet1_1"], 2), round(work["mobilenet_v2"], 2)) == (0.35, 0.30)


def test_winners():
    winners = {"NEC-UIUC": 28.2, "XRCE": 25.8, "AlexNet": 16.4, "Clarifai": 11.7, "GoogLeNet": 6.7, "ResNet": 3.57}      # Russakovsky; He
    assert str([*winners.values()]) in lesson.text("demo-opening") and "[5.1] * 6" in lesson.text("demo-opening")
    for year, (name, error) in enumerate(winners.items(), start=2010):
        assert f"| {year} | {name} |" in lesson.text("winners") and f"| {error} % |" in lesson.text("winners")
    assert "7.3 %" in source("winners")


def test_twelve_cats_and_dogs():
    assert round(0.98914 ** 12, 3) == prediction("predict-10-9-twelve") == 0.877
    text = source("section-8")
    assert "99.6 %" in text and "1 in 54,000" in text and f"{2 ** 12:,}".replace(",", "{,}") in text
    assert f"{100 * 0.827 ** 12:.1f}" == "10.2" and "= 10.2\\,\\%" in text
    table = lesson.text("asirra-after")
    for one, twelve in (("0.827", 3), ("0.98914", 3), ("0.5", 4)):
        assert f"| {one} | {float(one) ** 12:.{twelve}f} |" in table
    assert f"{0.996 ** (1 / 12):.5f} | 0.996 |" in table and "877 in 1,000" in table
    assert round(100 * 0.99 ** 100) == 37 and "37\\,\\%" in source("closing")


def test_the_budget_of_the_written_question():
    features = count(on_meta("vgg16").features)
    assert features == 14_714_688 and f"{features + 512 * 1000 + 1000:,}" in source("question-10-10-budget")
    assert round(100 * (features + 513_000) / 138_357_544) == 11 and "11 %" in source("question-10-10-budget")


# ---------------------------------------------------------------------------------------------- the two small networks

def test_race():
    """What the text says of the printed run is true: the direction of each comparison, and the numbers."""
    rows = re.findall(r"^ +([\d,]+) parameters, ([\d.]+) million MACs, test error ([\d.]+) %$", printed("demo-race"), re.M)
    vgg, inception = ([float(number.replace(",", "")) for number in row] for row in rows)
    text = source("race-after")
    for row in rows:
        assert f"{row[0]} parameters" in text or f"| {row[0]} |" in text
        assert f"| {row[1]} |" in text and f"{row[2]} %" in text
    assert vgg[0] > 5 * inception[0] and vgg[1] > 2 * inception[1] and max(vgg[2], inception[2]) < 5


def test_small_networks_by_hand():
    names = lesson.run_demo("demo-small-nets", lesson.names())
    convolutions = [(3, 8), (8, 16), (16, 16), (16, 32), (32, 32)]
    vgg = sum(9 * before * after + 3 * after for before, after in convolutions)          # bias, and two numbers of batch norm
    vgg += 32 * 16 * 128 + 128 + 128 * 128 + 128 + 128 * 6 + 6
    assert count(names["small_vgg"]()) == vgg

    def inception(before, a, b, c, d, e, f):
        weights = before * (a + b + d + f) + 9 * b * c + 25 * d * e
        return weights + 2 * (a + b + c + d + e + f)
    blocks = inception(8, 6, 6, 12, 3, 4, 2) + inception(24, 12, 12, 24, 4, 8, 4) + inception(48, 20, 16, 40, 6, 12, 8)
    assert count(names["small_inception"]()) == 3 * 8 * 9 + 2 * 8 + blocks + 80 * 6 + 6
    luck, batch = torch.Generator().manual_seed(0), torch.rand(2, 3, 4, 5)
    seen = [names["mirrored"](batch, luck) for _ in range(40)]
    for version in (batch, batch.flip(3), batch.flip(2, 3)):
        assert any(torch.equal(version, other) for other in seen)
