"""The worked numbers of lesson 03 stand in the notebook and are right, by other means than the lesson's own code."""
import contextlib
import functools
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn

from striate import data

READER = Reader("03_channels")
lesson, source, printed = READER.lesson, READER.source, READER.printed


@functools.cache
def example():
    """The worked example as the notebook gives it: X (3, 5, 5), W (2, 3, 3, 3), b (2,)."""
    names = {"np": np}
    exec(READER.texts["demo-example"].partition("padded =")[0], names)
    return tuple(torch.tensor(names[name], dtype=torch.float64) for name in "XWb")


def layer_on(shape, *arguments, **settings):
    """A layer of torch without values -> the layer, and the shape of its result for one image of (channels, h, w)."""
    layer = nn.Conv2d(*arguments, **settings, device="meta")
    return layer, tuple(layer(torch.empty(1, *shape, device="meta")).shape[1:])


def parameters(layer):
    return sum(parameter.numel() for parameter in layer.parameters())


def work(shape, *arguments, **settings):
    """Multiply-accumulates, counted as weights that are met at each position."""
    layer, (_, height, width) = layer_on(shape, *arguments, **settings)
    return height * width * layer.weight.numel()


def rows_of(text):
    """The lines of whole numbers; a figure's caption may follow them."""
    return [[int(n) for n in line.split()] for line in text.splitlines() if re.fullmatch(r"[-\d\s]*\d[-\d\s]*", line)]


# ---------------------------------------------------------------------------------------------- the worked example

def test_all_numbers_of_the_example_are_printed():
    """[9 × 27] · [27 × 2] + b = [9 × 2]."""
    x, weight, bias = example()
    assert (x.shape, weight.shape, bias.shape) == ((3, 5, 5), (2, 3, 3, 3), (2,))
    parts = re.split(r"^(.+):\n", printed("demo-patch-matrix"), flags=re.M)
    shown = {name: np.array(rows_of(text)) for name, text in zip(parts[1::2], parts[2::2])}
    patches = F.unfold(x[None], 3, padding=1, stride=2)[0].T
    z = F.conv2d(x[None], weight, bias, stride=2, padding=1)[0]
    assert z.shape == (2, 3, 3)
    assert shown["P"].shape == (9, 27) and (shown["P"] == patches.numpy()).all()
    assert shown["W, transposed"].shape == (2, 27) and (shown["W, transposed"] == weight.reshape(2, 27).numpy()).all()
    assert shown["b"].tolist() == [bias.int().tolist()]
    assert (shown["Z, transposed"] == z.reshape(2, 9).numpy()).all()
    assert (shown["P"] @ shown["W, transposed"].T + shown["b"] == shown["Z, transposed"].T).all()
    assert "P (9, 27) W (27, 2) Z (9, 2)" in " ".join(printed("demo-patch-matrix").split())
    assert "P}_{9 \\times 27}" in source("section-2b") and "W}_{27 \\times 2}" in source("section-2b")
    assert "(5 - 3 + 2\\cdot1)/2 + 1 = 3" in source("section-2") and "so 3 × 3 × 2" in source("section-2")


def test_the_middle_entry_by_hand():
    x, weight, bias = example()
    window = x[:, 1:4, 1:4]
    lines = re.findall(r"\\text\{(\w+):\}\\quad & (.*?) &=\\;& (-?\d+)", source("section-2"))
    assert [name for name, *_ in lines] == ["red", "green", "blue"]
    sums = (window * weight[0]).sum((1, 2)).int().tolist()
    for channel, (_, line, total) in enumerate(lines):
        products = [(int(a), int(b)) for a, b in re.findall(r"(\d)\\cdot\(?(-?\d)\)?", line)]
        assert products == list(zip(window[channel].int().ravel().tolist(), weight[0, channel].int().ravel().tolist()))
        assert int(total) == sums[channel]
    assert sums == [-2, 1, 2] and sum(sums) + bias[0] == 2 and r"\mathbf{2}" in source("section-2")
    second = (window * weight[1]).sum((1, 2)).int().tolist()
    assert second == [1, 2, 5] and sum(second) + bias[1] == 6 and "$1 + 2 + 5 - 2 = 6$" in source("section-2")


def test_the_corner_of_the_wrong_version():
    """weight.reshape(-1, out_channels): the notebook says −10 in place of 7."""
    x, weight, bias = example()
    rows = F.unfold(x[None], 3, padding=1, stride=2)[0].T
    assert (rows @ weight.reshape(27, 2) + bias)[0, 0] == -10 and (rows @ weight.reshape(2, 27).T + bias)[0, 0] == 7
    assert "gives −10 in the corner instead of 7" in source("section-3")


def test_the_flower_in_opponent_colours():
    """More red than green and more yellow than blue in its middle; the sky light."""
    roof, flower = (data.load(name) for name in ("photo", "flower"))
    red, green, blue = flower[150:250, 200:340].mean((0, 1))
    assert red > green + 0.2 and (red + green) / 2 > blue + 0.2 and roof[:60, 450:].mean() > 0.5 + 0.2
    assert "more red than green and more yellow than blue" in " ".join(printed("demo-opponent").split())


def test_the_graded_example_is_the_same(solution):
    names = {}
    exec("import numpy as np\n" + READER.texts["test-3-3-example"].partition("layer =")[0], names)
    x, weight, bias = example()
    assert (names["x"] == x.numpy()).all() and (names["weight"] == weight.numpy()).all()
    z = F.conv2d(x[None], weight, bias, stride=2, padding=1).int().tolist()
    assert f"right = {z}" in source("test-3-3-example")
    assert np.equal(solution["conv2d"](names["x"][None], names["weight"], bias.numpy(), 2, 1), z).all()


# ---------------------------------------------------------------------------------------------- sizes and counts

@pytest.mark.parametrize("shape, arguments, settings, text", [
    ((3, 6, 6), (3, 1, 3), {}, "6 × 6 × 3, one kernel 3 × 3 × 3"),
    ((3, 5, 5), (3, 2, 3), {"padding": 1, "stride": 2}, "5 × 5 × 3, two 3 × 3, padding 1, stride 2"),
    ((3, 32, 32), (3, 6, 5), {}, "32 × 32 × 3, six 5 × 5"),
    ((3, 32, 32), (3, 10, 5), {"padding": 2}, "32 × 32 × 3, ten 5 × 5, padding 2"),
    ((6, 12, 16), (6, 9, (3, 5)), {"groups": 3}, "12 × 16 × 6, nine 3 × 5, three groups"),
])
def test_table_of_shapes(shape, arguments, settings, text):
    _, result = layer_on(shape, *arguments, **settings)
    line = re.search(rf"^{re.escape(text)} +(\(.*?\)) +→ (\(.*?\)) +equal to torch: True$", printed("demo-shapes"),
                     re.M)
    assert line[1] == str((1, *shape)) and line[2] == str((1, *result))


def test_sizes_in_the_text():
    assert layer_on((3, 6, 6), 3, 1, 3)[1] == (1, 4, 4) and "6 × 6 × 3 gives 4 × 4" in source("section-1")
    assert layer_on((3, 32, 32), 3, 6, 5)[1] == (6, 28, 28)
    assert "Six 5 × 5 kernels without padding turn 32 × 32 × 3 into 28 × 28 × 6" in source("section-4")
    assert layer_on((3, 32, 32), 3, 10, 5, padding=2)[1] == (10, 32, 32)
    assert "With padding 2 the image of 32 × 32 × 3 becomes 32 × 32 × 10" in source("section-4")
    halves, quarters = nn.Conv2d(4, 6, 3, groups=2), nn.Conv2d(64, 32, 3, groups=4)
    assert halves.weight.shape == (6, 2, 3, 3) and "`(6, 2, kernel_height, kernel_width)`" in source("section-3")
    assert quarters.weight.shape == (32, 16, 3, 3) and "(32 × 16 × 3 × 3.)" in source("closing")
    assert 2 * (3 - 1) + 1 == 5 and "(5 - 3 + 2)/2 + 1 = 3" in source("opening-quiz")


def test_parameter_counts():
    one = nn.Conv2d(2, 1, 3)
    assert (one.weight.numel(), one.bias.numel()) == (18, 1)
    assert "`[3, 3, 2]`" in source("section-1")
    assert "$3\\cdot3\\cdot2 = 18$ weights and 1 bias: 19 parameters" in source("section-1")
    ten = nn.Conv2d(3, 10, 5)
    assert parameters(ten) == 760 and ten.bias.numel() == 10 and parameters(nn.Conv2d(3, 1, 5)) == 76
    assert "$5\\cdot5\\cdot3 + 1 = 76$ parameters, together $76 \\cdot 10 = 760$" in source("section-4")
    assert "one number per kernel" in source("section-1") and "One number per kernel" in source("section-3")
    bottleneck = nn.Conv2d(64, 32, 1)
    assert (bottleneck.weight.numel(), parameters(bottleneck)) == (2048, 2080)
    assert "$64\\cdot32 = 2048$ weights and 32 biases, 2,080 parameters" in source("section-5")
    assert "64 → 32: (2, 64, 14, 14) → (2, 32, 14, 14) parameters 2080" in " ".join(printed("demo-pointwise").split())
    assert parameters(nn.Conv2d(200, 1, 3)) == 1801 and "1 bias: 1,801" in source("section-8")
    assert parameters(nn.Conv3d(1, 1, (7, 3, 3))) == 64 and "1 bias: 64" in source("section-8")


def test_multiplications():
    assert work((3, 32, 32), 3, 6, 5) == 352_800
    assert "$28\\cdot28\\cdot5\\cdot5\\cdot3\\cdot6 = 352{,}800$" in source("section-4")
    direct = work((64, 28, 28), 64, 64, 5, padding=2)
    narrow = work((64, 28, 28), 64, 32, 1) + work((32, 28, 28), 32, 64, 5, padding=2)
    assert (direct, narrow) == (80_281_600, 41_746_432) and 0.5 < narrow / direct < 0.53
    assert "80{,}281{,}600" in source("section-5") and "41{,}746{,}432" in source("section-5")


def test_table_of_costs():
    """Grouped layers cost 1/groups, a depthwise separable one 1/C_out + 1/F²."""
    layers = {"usual": [(64, 128, 3)], "2 groups": [(64, 128, 3, 2)], "4 groups": [(64, 128, 3, 4)],
              "16 groups": [(64, 128, 3, 16)], "depthwise alone": [(64, 64, 3, 64)], "pointwise alone": [(64, 128, 1)],
              "depthwise separable": [(64, 64, 3, 64), (64, 128, 1)]}
    usual = work((64, 28, 28), 64, 128, 3, padding=1)
    lines = re.findall(r"^(\S.*?) +([\d,]+) +([\d,]+) +([\d.]+)$", printed("demo-costs"), re.M)
    assert [name for name, *_ in lines] == list(layers)
    for name, weights, macs, ratio in lines:
        parts = [(inputs, outputs, kernel, *groups) for inputs, outputs, kernel, *groups in layers[name]]
        built = [dict(zip(("in_channels", "out_channels", "kernel_size", "groups"), part)) for part in parts]
        total = sum(work((64, 28, 28), **part, padding=part["kernel_size"] // 2) for part in built)
        assert int(weights.replace(",", "")) == sum(nn.Conv2d(**part, device="meta").weight.numel() for part in built)
        assert int(macs.replace(",", "")) == total and ratio == f"{total / usual:.4f}"
    ratios = {name: float(ratio) for name, _, _, ratio in lines}
    assert all(ratios[f"{groups} groups"] == 1 / groups for groups in (2, 4, 16))
    assert f"1/128 + 1/9 = {ratios['depthwise separable']}" in printed("demo-costs")
    assert "\\frac{1}{C_{out}} + \\frac{1}{F^2}" in source("section-7")
    assert "ratio of $g$ groups is $1/g$" in source("section-7")
    assert "$3\\cdot3\\cdot64\\cdot128 = 73{,}728$" in source("predict-intro-8") and 3 * 3 * 64 * 128 == 73_728


def test_pairs_of_kernel_and_channel():
    pairs = {groups: nn.Conv2d(6, 6, 1, groups=groups).weight.numel() for groups in (1, 2, 3, 6)}
    assert f"pairs of kernel and channel: {pairs}" in printed("demo-groups")


@pytest.mark.parametrize("cell, name, value", [
    ("predict-3-1-numbers", "result_numbers", np.prod(layer_on((5, 7, 9), 5, 1, 3)[1])),
    ("predict-3-4-second-layer", "second_layer", parameters(nn.Conv2d(6, 16, 5))),
    ("predict-3-8-weights", "separable_weights",
     nn.Conv2d(64, 64, 3, groups=64).weight.numel() + nn.Conv2d(64, 128, 1).weight.numel()),
    ("predict-3-9-cube", "cube_numbers", F.conv3d(torch.empty(1, 1, 200, 145, 145, device="meta"),
                                                  torch.empty(1, 1, 7, 3, 3, device="meta")).numel()),
])
def test_predictions(cell, name, value):
    names = {}
    exec(READER.texts[cell], names)
    assert names[name] == value


# ---------------------------------------------------------------------------------------------- cheap kernels, cubes

def test_column_times_row():
    kernel = np.outer([3, 4, 5], [1, 2, 3])
    assert kernel.tolist() == [[3, 6, 9], [4, 8, 12], [5, 10, 15]] and np.linalg.matrix_rank(kernel) == 1
    assert "3 & 6 & 9\\\\ 4 & 8 & 12\\\\ 5 & 10 & 15" in source("section-6")
    assert "[3, 4, 5] times the row [1, 2, 3]" in source("closing")
    for name, size in {"[3,4,5]ᵀ[1,2,3]": 3, "Gauss 5 × 5": 5}.items():
        saving = rf"{size ** 2} multiplications per pixel, as column and row {size} \+ {size}"
        assert re.search(rf"^{re.escape(name)} +{saving}$", printed("demo-separable"), re.M)
    values = np.linalg.eigvalsh([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])      # symmetric: singular values up to signs
    assert sorted(np.round(np.abs(values), 5)) == [0, 0.44949, 4.44949]
    assert "not separable" in printed("demo-separable")
    assert "[4.44949 0.44949 0. ]" in " ".join(printed("demo-separable").split())
    assert "gives the same picture: True" in printed("demo-separable")
    assert "10 instead of 25, with 11 × 11 it is 22 instead of 121" in source("section-6")


def test_the_opening_plate_has_its_digit_in_the_colours_only():
    names = {"np": np, "torch": torch, "F": F, "data": data}
    exec(READER.texts["demo-opening"].partition("plot.")[0], names)
    plate, digit, seen = names["plate"], names["three"] > 0, names["seen"]
    grey = data.gray(np.moveaxis(plate, 0, -1))[::8, ::8]
    assert np.allclose(grey, names["brightness"]) and 0 <= plate.min() <= plate.max() <= 1
    assert abs(grey[digit].mean() - grey[~digit].mean()) < 0.02
    middles = seen[3::8, 3::8]
    assert middles[digit].min() > middles[~digit].max() + 0.5
    assert data.load("digits")[1][3] == 3 and "form a digit, a 3" in printed("demo-opening")
    assert "plate (3, 128, 128) kernel (3, 3, 3) result (126, 126)" in " ".join(printed("demo-opening").split())


def test_the_cube():
    names = {"np": np, "torch": torch, "F": F, "conv2d": lambda x, w: F.conv2d(*map(torch.from_numpy, (x, w))).numpy()}
    with contextlib.redirect_stdout(None):
        exec(READER.texts["demo-cube"].partition("plot.")[0], names)
    sharp, flat, mean = names["answer3d"].max(0), names["answer2d"], names["cube"].mean(0)
    fields = {"left": np.s_[9:19, 9:17], "right": np.s_[9:19, 41:49], "ground": np.s_[2:26, 22:36]}
    assert all(sharp[fields[side]].mean() > 2 * sharp[fields["ground"]].mean() for side in ("left", "right"))
    assert flat[fields["left"]].mean() > 5 * abs(flat[fields["right"]].mean())
    assert abs(mean[fields["left"]].mean() - mean[fields["ground"]].mean()) < mean[fields["ground"]].std()
    assert "left field strongest 3-D answer at band 12" in " ".join(printed("demo-cube").split())
    assert "right field strongest 3-D answer at band 27" in " ".join(printed("demo-cube").split())
    assert 7 * 3 * 3 == 63 and 40 * 3 * 3 == 360 and "63 weights instead of 360" in " ".join(printed("demo-cube").split())
    assert "equal to torch's conv3d: True" in printed("demo-conv3d")
    assert 200 - 7 + 1 == 194 and "194 * 143 * 143" in source("predict-3-9-cube")


def test_depthwise_separable_is_one_usual_layer():
    """The written question: W[o, c, i, j] = P[o, c] D[c, i, j]; nothing is saved for F = 1 or one output."""
    rng = torch.Generator().manual_seed(0)
    x, depth, point = (torch.randn(*shape, generator=rng) for shape in [(2, 3, 6, 7), (3, 1, 2, 3), (4, 3, 1, 1)])
    both = F.conv2d(F.conv2d(x, depth, groups=3), point)
    assert torch.allclose(both, F.conv2d(x, point * depth.transpose(0, 1)), atol=1e-5)
    saves = {(outputs, size): 1 / outputs + 1 / size ** 2 < 1 for outputs in range(1, 6) for size in range(1, 6)}
    assert {case for case, less in saves.items() if not less} == {case for case in saves if 1 in case}


# ---------------------------------------------------------------------------------------------- tests of the tests

@pytest.fixture(scope="module")
def solution():
    """What imports, set-up cells and solutions define."""
    return READER.names()
