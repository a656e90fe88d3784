"""The worked numbers of lesson 11 stand in the notebook and are right, by other means than the lesson's own code."""
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn

from striate import data
from striate.experiments import degradation

LESSON = Reader("11_gradients")
source, printed = LESSON.source, LESSON.printed


@pytest.fixture(scope="module")
def solution():
    return LESSON.names()


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", text)]


# ---------------------------------------------------------------------------------------------- predictions, small numbers

def halvings_to_zero(dtype):
    number, count = torch.tensor(1.0, dtype=dtype), 0
    while number > 0:
        number, count = number / 2, count + 1
    return count


def test_predictions(solution):
    quarter, count = torch.tensor(1.0), 0
    while quarter > 0:
        quarter, count = quarter * 0.25, count + 1
    assert solution["layers_to_zero"] == count == 75
    assert 6 * solution["blocks_per_stage"] + 2 == 56
    torch.manual_seed(0)
    x, start = torch.randn(200, 400), None
    for _ in range(30):
        start = start or x.square().mean().sqrt().item()
        x = x + F.relu(x) @ torch.randn(400, 400) * (2 / 400) ** 0.5
    assert solution["growth"] == 2 ** 15 and 0.5 < x.square().mean().sqrt().item() / start / 2 ** 15 < 2


@pytest.mark.parametrize("dtype, text", [(torch.float16, "$2^{-24}$ | $6.0 \\cdot 10^{-8}$"), (torch.bfloat16, "$2^{-133}$ | $9.2 \\cdot 10^{-41}$"),
                                         (torch.float32, "$2^{-149}$ | $1.4 \\cdot 10^{-45}$"),
                                         (torch.float64, "$2^{-1074}$ | $4.9 \\cdot 10^{-324}$")])
def test_smallest_numbers(dtype, text):
    power = -int(re.search(r"2\^\{(-\d+)\}", text)[1])
    assert halvings_to_zero(dtype) == power + 1 and text in source("section-4")
    mantissa, exponent = re.search(r"\| \$([\d.]+) \\cdot 10\^\{(-\d+)\}", text).groups()
    assert f"{2.0 ** -power:.1e}" == f"{float(mantissa):.1f}e-{-int(exponent):02d}"


def test_small_jacobians():
    first, second = torch.tensor([[1.0, -2], [3, 1]]), torch.tensor([[2.0, 1], [-1, 2]])
    def plain(x):
        return F.relu(second @ F.relu(first @ x))
    def skip(x):
        h = x + F.relu(first @ x)
        return h + F.relu(second @ h)
    for function, matrix in [(plain, [[3, 1], [6, 2]]), (skip, [[6, 2], [8, 6]])]:
        assert torch.autograd.functional.jacobian(function, torch.ones(2)).tolist() == matrix
        (a, b), (c, d) = matrix
        assert f"\\begin{{pmatrix}} {a} & {b} \\\\ {c} & {d} \\end{{pmatrix}}" in source("section-3")
    assert f"{0.9 ** 50:.3f}" == "0.005" and round(1.1 ** 50) == 117
    assert "fifty of 1.1 the product 117" in source("section-3").lower()


def test_small_underflow_and_autocorrelation():
    assert torch.tensor(2.0 ** -24, dtype=torch.float16) > 0 and torch.tensor(2.0 ** -25, dtype=torch.float16) == 0
    r = np.correlate([1, 2, 3], [1, 2, 3], "full")[2:] / 14
    assert f"8/14 = {r[1]:.3f}" in source("section-6") and f"3/14 = {r[2]:.3f}" in source("section-6")


# ---------------------------------------------------------------------------------------------- the networks

def parameters_by_hand(depth, width):
    n, total = (depth - 2) // 6, 3 * width + 2 * width
    for channels_in, channels in [(width, width), (width, 2 * width), (2 * width, 4 * width)]:
        total += 3 * channels_in * channels + (2 * n - 1) * 3 * channels ** 2 + 2 * n * 2 * channels
    return total + 4 * width * 10 + 10


def test_both_partners_have_the_same_parameters(solution):
    for depth in (8, 20, 56):
        for network in (solution["PlainNet"], solution["ResidualNet"]):
            assert sum(p.numel() for p in network(depth).parameters()) == parameters_by_hand(depth, 8)
    assert 3 <= parameters_by_hand(56, 8) / parameters_by_hand(20, 8) < 3.5 and "three times as many" in source("experiment-after")


def test_positions_of_the_stages(solution):
    sizes = []
    model = solution["PlainNet"](20)
    for block in model.modules():
        if isinstance(block, solution["Block"]):
            block.register_forward_hook(lambda block, inputs, output: sizes.append(tuple(output.shape[1:])))
    model(torch.zeros(2, 40))
    assert sizes == [(8, 40)] * 3 + [(16, 20)] * 3 + [(32, 10)] * 3


def test_a_residual_block_adds_its_input(solution):
    """With a last batch norm whose scale is 0, only the skip is left: every second position, new channels 0."""
    block = solution["Block"](2, 3, 2)
    block.skip = True
    nn.init.zeros_(block.body[4].weight)
    x = torch.rand(4, 2, 7)
    assert torch.equal(block(x), torch.cat([x[:, :, ::2], torch.zeros(4, 1, 4)], 1))


def test_the_built_network_has_56_layers_and_the_same_scores(solution):
    torch.manual_seed(0)
    shallow, x = solution["PlainNet"](20), torch.randn(50, 40)
    shallow(x)                                           # running statistics that are not those of a new batch norm
    names = {**solution, "plain_20": shallow.eval(), "models": {"PlainNet(20)": shallow}, "signals": (x, torch.zeros(50).long())}
    built = LESSON.run_demo("demo-deepen", names)["built"]
    assert sum(isinstance(layer, (nn.Conv1d, nn.Linear)) for layer in built.modules()) == 56
    assert torch.allclose(built(x), shallow(x), atol=1e-3)


def weight_gradients(model, batch):
    F.cross_entropy(model(batch[0]), batch[1]).backward()
    return [layer.weight.grad.norm().item() for layer in model.modules() if isinstance(layer, nn.Conv1d)]


def test_gradients_explode_backwards_in_the_plain_network_only(solution):
    batch = tuple(torch.as_tensor(part[:256]) for part in data.load("mnist1d")[0])
    for network, name, low, high in [("PlainNet", "PlainNet", 300, 10_000), ("ResidualNet", "ResidualNet", 0.2, 10)]:
        torch.manual_seed(1)
        sizes = weight_gradients(solution[network](56), batch)
        assert len(sizes) == 55 and low < sizes[0] / sizes[-1] < high
        line = next(line for line in printed("demo-suspect").splitlines() if line.startswith(name))
        assert np.allclose(numbers(line)[::2], [sizes[0], sizes[-1]], rtol=0.05, atol=0.006)


def test_gradients_at_the_start_of_the_stored_runs():
    """"Hundreds of times, in two of three seeds more than a thousand times"; hardly more than even in the partner."""
    parts = data.stored("degradation")["parts"]
    ratio = {name: part["weight_gradients_at_start"][0] / part["weight_gradients_at_start"][54]
             for name, part in parts.items() if part["depth"] == 56}
    plain = [ratio[f"plain-56-{seed}"] for seed in (1, 2, 3)]
    assert min(plain) > 200 and sum(size > 1000 for size in plain) == 2
    assert all(0.2 < size < 10 for name, size in ratio.items() if name.startswith("residual"))
    assert "in two of three seeds more than a thousand times" in source("suspect-after") and "× 200 and more" in source("verdict")


def test_growth_of_a_gradient_through_batch_norm():
    z = torch.randn(2_000_000, generator=torch.Generator().manual_seed(0)).relu()
    growth = (z.square().mean() / z.var()).sqrt().item()
    assert round(growth, 2) == 1.21 and f"{0.5 - 1 / (2 * math.pi):.2f}" == "0.34" and abs(growth ** 29 - 260) < 10
    assert "1.21^{29} \\approx 260" in source("grid-after")


# ---------------------------------------------------------------------------------------------- what was measured

def test_degradation_live():
    text = printed("demo-degradation") + printed("demo-degradation-residual")
    errors = [numbers(line)[0] for line in text.splitlines() if "training error" in line]
    plain_20, plain_56, residual_20, residual_56 = errors
    assert plain_56 > plain_20 + 20 and residual_56 < residual_20 + 5 < plain_20


def test_degradation_stored():
    stored = data.stored("degradation")
    recipe, parts = degradation.parts(quick=False)
    assert stored["recipe"] == recipe and set(stored["parts"]) <= set(parts)
    for part in stored["parts"].values():
        assert part["versions"]["torch"] and part["hardware"] and part["parameters"] == parameters_by_hand(part["depth"], 8)
        assert len(part["curves"]["train_error"]) == recipe["epochs"] and len(part["weight_gradients_at_start"]) == part["depth"]
    error = {name: part["train_error"] for name, part in stored["parts"].items()}
    for seed in (1, 2, 3):
        pair = [error.get(f"{name}-{seed}") for name in ("plain-20", "plain-56", "residual-20", "residual-56")]
        if None not in pair:
            assert pair[1] > pair[0] + 0.3 and pair[3] < pair[2] + 0.05
    rows = re.findall(r"^(\w+) +(\d+) layers +([\d.]+) .* (\d+)$", printed("demo-stored"), re.MULTILINE)
    assert {("plain", "20"), ("plain", "56"), ("residual", "20"), ("residual", "56")} <= {row[:2] for row in rows}
    for network, depth, mean, seeds in rows:
        errors = [value for name, value in error.items() if name.startswith(f"{network}-{depth}-")]
        assert int(seeds) <= len(errors)                 # the notebook may be older than the last stored runs
        if int(seeds) == len(errors):
            assert abs(100 * np.mean(errors) - float(mean)) < 0.051
    assert {"plain-20-1", "plain-56-1", "residual-20-1", "residual-56-1"} <= set(error)
    assert "79.3 ± 3.6 % for plain-56 against 3.5 ± 0.2 % for plain-20." in source("published")
    assert "For the residual pair it gave 0.9 ± 1.0 % against 0.3 ± 0.1 %" in source("published")
    assert math.ceil(len(data.load("mnist1d")[0][0]) / 100) * 6 == 240 and "240 steps" in source("published")


def test_the_stored_runs_can_be_made_again():
    """The same code as the stored runs, cut to one epoch of a small network."""
    recipe, parts = degradation.parts(quick=True)
    assert set(parts) == {"plain-20-1", "residual-20-1", "plain-56-1", "residual-56-1"}
    part = degradation._train("residual", 8, 1, recipe | {"epochs": 1}, "cpu")
    assert part["test_error"] < 0.85 and part["parameters"] == parameters_by_hand(8, 8)
    assert set(part) | {"cpu_seconds", "wall_seconds", "finished", "versions", "hardware"} == set(
        data.stored("degradation")["parts"]["plain-20-1"])


def test_the_built_network_beside_the_trained_ones():
    trained_20, trained_56, _, _, built = (numbers(line)[-1] for line in printed("demo-deepen").splitlines())
    assert abs(built - trained_20) < 0.3 and trained_56 > built + 20


def test_grid():
    """What the text says of the table: orders of magnitude."""
    rows = {tuple(line[:18].strip().split(maxsplit=1)): numbers(line[18:]) for line in printed("demo-grid").splitlines()[1:]}
    assert len(rows) == 12 and all(len(row) == 8 for row in rows.values())
    table = {key: dict(zip(("plain", "skip", "norm", "both"), zip(row[::2], row[1::2]))) for key, row in rows.items()}
    assert table["sigmoid", "Xavier"]["plain"][0] < 1e-17 and table["sigmoid", "torch's"]["plain"][0] < 1e-24
    first, last = table["relu", "torch's"]["plain"]
    assert 0.1 < first / last < 10 and max(first, last) < 1e-10
    assert table["tanh", "σ = 1"]["plain"][0] > 1e8 and 50 < table["relu", "He"]["norm"][0] / table["relu", "He"]["norm"][1] < 500
    assert all(0.05 < size < 100 for row in table.values() for size in row["both"])
    assert table["relu", "He"]["skip"][0] > 1e4 and all(row["skip"][0] > 1e-3 for row in table.values())


def test_underflow_is_predicted():
    factor, predicted = re.search(r"gradient by ([\d.]+), so it should be 0 after (\d+) layers", printed("demo-underflow")).groups()
    measured = re.search(r"it is 0 after (\d+) layers", printed("demo-underflow"))[1]
    assert 0.1 < float(factor) < 0.2 and abs(int(predicted) - int(measured)) <= 2


def test_shattered_gradients():
    """The numbers of the syllabus, in the printed table and in the text."""
    rows = {line[:36].strip(): numbers(line[36:]) for line in printed("demo-shatter").splitlines()[1:7]}
    near = {name: row[0] for name, row in rows.items()}
    for name, value in [("1 layer", 0.98), ("plain 24, centred", 0.02), ("residual, × 0.1", 0.92), ("plain 24", 0.82)]:
        assert abs(near[name] - value) <= 0.011 and f"{value:.2f}"[1:] in source("shatter-after")
    assert abs(near["plain 50"]) < 0.05 and 0.5 < near["residual"] < near["residual, × 0.1"]


def test_slopes_are_slopes(solution):
    """The demonstration's slopes against differences of a network written anew, with NumPy."""
    slopes = LESSON.run_demo("demo-shatter-nets", solution)["slopes"](1, "", 0, 7)
    torch.manual_seed(7)
    weight, bias, last = (torch.randn(*shape, dtype=torch.float64).numpy() for shape in [(1, 200), (200,), (200,)])
    def network(x):
        return np.maximum(np.outer(x, weight[0] * 2 ** 0.5) + bias * (2 / 200) ** 0.5, 0) @ last
    x = np.linspace(-2, 2, 257)[:256]
    assert np.allclose(slopes, (network(x + 1e-7) - network(x - 1e-7)) / 2e-7, rtol=1e-4, atol=1e-3)
