"""The worked numbers of lesson 13 stand in the notebook and are right, by other means than the lesson's own code."""
import copy
import itertools
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn

READER = Reader("13_loss_surface")
source, text, printed = READER.source, READER.text, READER.printed


@pytest.fixture(scope="module")
def solution():
    return READER.names()


def net(seed=0):
    """A convolution with batch norm and a dense layer, with running statistics, and data (30, 2, 9)."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv1d(2, 5, 3, bias=False), nn.BatchNorm1d(5), nn.ReLU(), nn.Flatten(), nn.Linear(35, 3))
    x, y = torch.randn(30, 2, 9), torch.arange(30) % 3
    model(x)
    return model.eval(), x, y


# ---------------------------------------------------------------------------------------------- lines and copies

def test_relabelled_channels_are_the_same_function():
    assert len(list(itertools.permutations(range(5)))) == 120 and "same_outputs = 120" in source("predict-13-1-copies")
    assert 1.5e13 < math.factorial(16) < 2.5e13 and r"16! \approx 2 \cdot 10^{13}" in source("section-2")
    torch.manual_seed(1)
    first, second, x = torch.randn(16, 3), torch.randn(4, 16), torch.randn(7, 3)
    order = torch.randperm(16)
    assert torch.allclose(F.relu(x @ first.T) @ second.T, F.relu(x @ first[order].T) @ second[:, order].T, atol=1e-5)
    assert re.search(r"differ by at most 0\.0000", printed("demo-relabelled"))


def test_all_three_lines_cross_a_wall_and_measuring_anew_lowers_it():
    highest = [float(number) for number in re.findall(r"highest loss between the two: ([\d.]+)", printed("demo-line"))]
    assert len(highest) == 3 and min(highest) > 1.0 and highest[1] < highest[0]
    assert "Measured anew, the wall is lower" in source("line-after")


# ---------------------------------------------------------------------------------------------- scale

def test_the_twin_is_the_same_function_and_needs_ten_times_the_step():
    model, x, y = net()
    twin, step = copy.deepcopy(model), torch.randn(5, 2, 3)
    twin[0].weight.data *= 10
    twin[1].running_mean *= 10
    twin[1].running_var *= 100
    assert torch.allclose(model(x), twin(x), atol=1e-3)
    model[0].weight.data += 0.05 * step
    twin[0].weight.data += 0.5 * step
    assert abs(F.cross_entropy(model(x), y) - F.cross_entropy(twin(x), y)) < 1e-3
    assert "twin_step = 0.5" in source("predict-13-4-twin") and r"$\alpha = 0.05$" in text("predict-intro-4")
    seen = re.search(r"original at α = 0.05: loss ([\d.]+);  twin at α = 0.5: loss ([\d.]+)", printed("demo-twin"))
    assert abs(float(seen[1]) - float(seen[2])) < 0.02


def test_the_example_of_filter_normalisation():
    said = source("section-3b")
    filters, draws = np.array([[3, 4], [0, 0.5]]), np.array([[1.0, 0], [0, 2]])
    for w, d, expected in zip(filters, draws, ([5, 0], [0, 0.5])):
        assert np.allclose(d / np.hypot(*d) * np.hypot(*w), expected)
    layer = draws * math.sqrt(25.25) / math.sqrt(5)
    assert np.allclose((filters ** 2).sum(), 25.25) and np.allclose((draws ** 2).sum(), 5)
    assert f"({layer[0, 0]:.2f}, 0)" in said and f"(0, {layer[1, 1]:.2f})" in said
    assert round(layer[1, 1] / 0.5) == 9 and "nine times its own size" in said


def test_normalised_directions_see_one_function(solution):
    model, x, y = net()
    twin = copy.deepcopy(model)
    twin[0].weight.data *= 10
    twin[1].running_mean *= 10
    twin[1].running_var *= 100
    draw = {"0.weight": torch.randn(5, 2, 3)}
    curves = []
    for one in (model, twin):
        norms = one[0].weight.detach().flatten(1).norm(dim=1) / draw["0.weight"].flatten(1).norm(dim=1)
        direction = solution["filter_normalise"](draw, {"0.weight": one[0].weight.detach()})
        assert torch.allclose(direction["0.weight"], draw["0.weight"] * norms.view(-1, 1, 1), rtol=1e-4)
        curves.append([solution["loss_at"](one, x, y, direction, {}, a, 0.0) for a in (-0.8, 0.1, 0.6)])
    assert np.allclose(*curves, rtol=1e-2)
    raw, normalised = zip(*[map(float, re.findall(r"(?:raw directions|filter-normalised) +([\d.]+)", line))
                            for line in printed("demo-sharpness").splitlines() if "raw" in line])
    assert raw[0] > 20 * raw[1] and abs(normalised[0] / normalised[1] - 1) < 0.05


# ---------------------------------------------------------------------------------------------- surfaces

def test_what_a_picture_costs():
    fewer = (25 ** 2 * 512) / (13 ** 2 * 128)
    assert f"times_fewer = {fewer:.1f}" in source("predict-13-5-cost")


def test_training_mode_would_hide_the_step():
    """What exercise 13.3 says of training mode: a filter that became twice as large is made small again."""
    model, x, _ = net()
    larger = copy.deepcopy(model)
    larger[0].weight.data *= 2
    assert torch.allclose(model.train()(x), larger.train()(x), atol=1e-3)
    assert not torch.allclose(model.eval()(x), larger.eval()(x), atol=0.1)


def test_the_live_pair_shows_what_the_text_says():
    rows = {line[:20].strip(): line for line in printed("demo-live-pictures").splitlines() if "downhill" in line}
    downhill = {name: sum(map(float, re.findall(r"([\d.]+)%", line))) for name, line in rows.items()}
    assert len(rows) == 3 and list(rows)[0] == "plain" and list(rows)[2] == "with skips"
    assert downhill["plain"] > 1.5 * max(downhill[name] for name in list(rows)[1:])
    centre = [float(re.search(r"centre +([\d.]+)", line)[1]) for line in rows.values()]
    assert centre[2] < centre[1] and abs(math.log(centre[1] / centre[0])) < 0.7


def test_downhill_is_0_in_a_bowl_and_half_on_a_slope(solution):
    names = {**solution, "deep_net": None, "history": None}
    start = text("demo-live-surfaces")
    function = start[start.index("def downhill"):start.index("distance =")]
    exec(function, names)
    places = np.linspace(-1, 1, 7)
    assert names["downhill"](places[:, None] ** 2 + places[None, :] ** 2) == 0.0
    assert names["downhill"](-(places[:, None] ** 2) - places[None, :] ** 2) == 1.0
    assert names["downhill"](places[:, None] + places[None, :]) == 0.5


# ---------------------------------------------------------------------------------------------- sharpness and path

def test_the_example_of_sharpness():
    said = source("section-6")
    assert "100 \\cdot 1.5 / 1.5 = 100" in said and round(math.hypot(0.1, 0.1), 3) == 0.141 and "0.141" in said
    assert 100 * (2.0 - 0.5) / (1 + 0.5) == 100


def test_shares_of_a_random_walk():
    """A long walk seen from its end has the eigenvalues 1 / (k − 1/2)² of a Brownian motion, up to a factor."""
    eigenvalues = 1 / (np.arange(1, 200_000) - 0.5) ** 2
    shares = eigenvalues[:2] / eigenvalues.sum()
    assert np.allclose(shares, [8 / math.pi ** 2, 8 / math.pi ** 2 / 9], atol=1e-4)
    assert f"{shares[0] * 100:.1f}" == "81.1" and f"{shares[1] * 100:.1f}" == "9.0"
    assert "8/\\pi^2 = 81.1" in source("walk-after") and "9.0" in source("walk-after")
    seen = [float(number) for number in re.findall(r"([\d.]+)%", printed("demo-random-walk"))]
    assert np.allclose(seen, 100 * shares, atol=2)


def test_the_traps_of_the_syllabus_are_wrong_answers():
    from autograde.mutants import cases_of
    known = " ".join(case.why for case in cases_of(READER.lesson))
    for trap in ("per layer instead of per filter", "training mode while probing", "not restored", "alpha and beta swapped"):
        assert trap in known
