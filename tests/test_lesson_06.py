"""The worked numbers of lesson 06 stand in the notebook and are right, by other means than the lesson's own code."""
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from torch import nn

from autograde.lesson import load_lesson
from striate import data
from striate.experiments import lessons, mnist1d_book

READER = Reader("06_signals")
lesson, source, printed = READER.lesson, READER.text, READER.printed


@pytest.fixture(scope="module")
def names():
    """Everything that the lesson's solution defines."""
    return lessons.names_of("06_signals")


def conv_stack():
    return nn.Sequential(nn.Conv1d(1, 15, 3, 2), nn.ReLU(), nn.Conv1d(15, 15, 3, 2), nn.ReLU(), nn.Conv1d(15, 15, 3, 2),
                         nn.ReLU())


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def test_three_weights_by_hand():
    """The table of section 1: each row's calculation gives its result, and torch agrees."""
    rows = re.findall(r"\| \$z_(\d)\$ \| (.+?) \| (−?\d+)", source("section-1"))
    signal, weights = torch.tensor([[[2.0, 5, -1, 3, 4]]]), torch.tensor([[[1.0, 2, -1]]])
    padded = F.conv1d(signal, weights, padding=1)[0, 0].tolist()
    assert len(rows) == 5
    for (number, calculation, result), expected in zip(rows, padded):
        assert eval(calculation.replace("·", "*").replace("−", "-")) == int(result.replace("−", "-")) == expected, number
    assert padded == [-1, 13, 0, 1, 11] and F.conv1d(signal, weights, stride=2, padding=1).tolist() == [[[-1, 0, 11]]]
    assert printed("demo-edges").startswith("stride 1, padding 0: 13 0 1\nstride 1, padding 1: -1 13 0 1 11\n"
                                            "stride 2, padding 1: -1 0 11")
    assert r"z_i = w_1\,x_{i-1} + w_2\,x_i + w_3\,x_{i+1}" in source("section-1")


def test_sizes_of_the_network():
    shapes = [tuple(layer.shape[1:]) for layer in _outputs(conv_stack(), torch.zeros(1, 1, 40))]
    assert shapes[::2] == [(15, 19), (15, 9), (15, 4)]
    for positions, units in ((19, 285), (9, 135), (4, 60)):
        assert f"{positions} × 15 = {units}" in source("section-3") and positions * 15 == units


def _outputs(model, x):
    for layer in model:
        x = layer(x)
        yield x


def test_parameters_layer_by_layer(names):
    cnn = nn.Sequential(*conv_stack(), nn.Flatten(), nn.Linear(60, 10))
    dense = [nn.Linear(*sizes) for sizes in ((40, 285), (285, 135), (135, 60), (60, 10))]
    assert count(cnn) == count(names["Mnist1dCnn"]()) == 2050
    assert sum(map(count, dense)) == count(names["DenseRival"]()) == 59065
    rows = re.findall(r"\| ([\d· +()]+) = (\d+) \|$", source("section-3"), re.M)
    rows = [(eval(left.replace("·", "*")), int(right)) for left, right in rows if "(" in left or "60" in left]
    assert [right for _, right in rows] == [count(cnn[i]) for i in (0, 2, 4, 7)] and all(a == b for a, b in rows)
    formula = re.search(r"\$\$285.*?\$\$", source("section-3"), re.S)[0]
    left = formula.strip("$").split("=")[0].replace(r"\cdot", "*").replace(r"\;", "")
    assert eval(left) == 59065 and r"59{,}065" in formula and "**2,050**" in source("section-3")
    assert printed("demo-count") == ("Mnist1dCnn   2,050 parameters, layer by layer: 60 690 690 610\n"
                                     "DenseRival  59,065 parameters, layer by layer: 11685 38610 8160 610\n")
    assert 59065 // 2050 == 28 and round(59065 / 2050) == 29 and "29 times" in source("intro")


@pytest.mark.parametrize("cell, name, value", [("predict-6-1-unseen", "unseen_position", 39),
                                               ("predict-6-3-receptive-field", "positions_seen", 15),
                                               ("predict-6-4-nonzero", "nonzero_entries", 855)])
def test_predictions(cell, name, value):
    bound = {}
    exec(source(cell), bound)
    assert bound[name] == value


def test_predictions_by_measurement():
    """Which inputs have an influence, by gradient; and which entries of the first layer's matrix are not zero."""
    x = torch.ones(1, 1, 40, requires_grad=True)
    F.conv1d(x, torch.ones(1, 1, 3), stride=2).sum().backward()
    assert torch.flatten(x.grad == 0).nonzero().ravel().tolist() == [39]
    stack = nn.Sequential(*(nn.Conv1d(1, 1, 3, 2) for _ in range(3)))
    for parameter in stack.parameters():
        nn.init.ones_(parameter)
    x.grad = None
    stack(x)[0, 0, 1].backward()
    assert int((x.grad != 0).sum()) == 15
    weight = torch.rand(15, 1, 3) + 1
    matrix = F.conv1d(torch.eye(40)[:, None], weight, stride=2)
    assert matrix.numel() == 285 * 40 == 11400 and int((matrix != 0).sum()) == 855 and weight.numel() == 45
    assert "7 to 10 of the 40" in source("predict-intro-4")
    assert [round(12 / (12 + padding) * 40, 1) for padding in (60, 36)] == [6.7, 10]


def test_the_matrix_in_the_text():
    matrix = F.conv1d(torch.eye(5)[:, None], torch.tensor([[[1.0, 2, -1]]]))[:, 0].T
    rows = re.findall(r"((?:-?\d & ){4}-?\d)", source("section-4"))
    assert [[int(number) for number in row.split("&")] for row in rows] == matrix.int().tolist()
    assert (matrix @ torch.tensor([2.0, 5, -1, 3, 4])).tolist() == [13, 0, 1]


def test_the_rival_can_be_the_convolutional_network(names):
    cnn, rival = names["fresh"](names["Mnist1dCnn"], 3), names["DenseRival"]()
    layers = list(rival)[::2]
    for conv, dense, positions in zip((cnn.conv1, cnn.conv2, cnn.conv3), layers, (40, 19, 9)):
        matrix, offset = names["dense_from_conv1d"](conv.weight.detach().numpy(), conv.bias.detach().numpy(), positions, 2)
        dense.load_state_dict({"weight": torch.tensor(matrix), "bias": torch.tensor(offset)})
    layers[3].load_state_dict(cnn.dense.state_dict())
    x = torch.tensor(data.load("mnist1d")[1][0])
    assert torch.allclose(cnn(x), rival(x), atol=1e-4)
    assert "same scores for all 1000 test signals: True" in printed("demo-express")
    table = [[int(n.replace(",", "")) for n in line.split()] for line in printed("demo-express").strip().split("\n")[2:]]
    nonzero = [int((layer.weight != 0).sum()) for layer in layers]
    assert table == [[i + 1, layer.weight.numel(), nonzero[i], kernels]
                     for i, (layer, kernels) in enumerate(zip(layers, (45, 675, 675, 600)))]
    assert nonzero[0] == 855


def test_numbers_of_the_loss():
    log_sum = math.log(math.e ** 2 + math.e + 1)
    assert f"{log_sum:.4f}" == "2.4076" and f"{log_sum - 2:.4f}" == "0.4076" and f"{math.log(10):.4f}" == "2.3026"
    assert "2.4076 - 2 = 0.4076" in source("section-5") and r"\log 10 = 2.3026" in source("section-5")
    assert "(2.3026)" in source("closing")


def test_l2_is_torchs_weight_decay(names):
    """The gradient of the penalty is l2 · w, which is what weight_decay adds."""
    weight = torch.randn(4, 3, requires_grad=True)
    names["cross_entropy_l2"](torch.zeros(2, 3), torch.tensor([0, 1]), [weight], 0.3).backward()
    assert torch.allclose(weight.grad, 0.3 * weight)


def test_the_quiz():
    image = torch.tensor([[2.0, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])
    assert F.max_pool2d(image[None], 2).tolist() == [[[9, 7], [8, 6]]]
    quiz = source("opening-quiz")
    assert "2 2 7 3, then 9 4 6 1, then 8 5 2 4, then 3 1 2 6" in quiz and "first row is 9 7, the second row is 8 6" in quiz
    assert r"3 + (3-1)\cdot 2 = 7" in quiz


def test_published_numbers():
    text = source("section-7")
    assert "about **17 %**" in text and "about **40 %**" in text and "We quote this recipe from memory" in text
    assert re.search(r"published \(figure 10\.8\) +about 17 % +about 40 %", printed("demo-race-result"))
    for number in ("32 % for a linear", "68 % for a dense", "94 % for a convolutional"):
        assert number in source("about-data")
    assert "about 43 % against 31 %" in source("shuffled-discussion")


def measured(cell, row):
    """(mean, deviation) pairs of a printed table's row."""
    [line] = [line for line in printed(cell).splitlines() if line.startswith(row)]
    return [(float(mean), float(deviation)) for mean, deviation in re.findall(r"([\d.]+) ± ([\d.]+) %", line)]


def test_the_race_shows_the_gap_with_its_spread():
    (cnn, cnn_spread), (dense, dense_spread) = measured("demo-race-result", "fast recipe, just now, 3 seeds each")
    assert dense - cnn > 10 and dense - 2 * dense_spread > cnn + 2 * cnn_spread
    assert "assert min(test_errors" in source("demo-race-result")
    for cell in ("question-6-9-bias", "written-6-9-bias"):
        told = re.search(r"about (\d+) %\s+for.*about (\d+) %|example (\d+) % against (\d+) %", source(cell), re.S).groups()
        assert [int(number) for number in told if number] == [round(cnn), round(dense)], cell


def test_the_control_kills_the_advantage():
    (cnn, _), (dense, _) = measured("demo-shuffled-result", "positions mixed up")
    assert cnn > dense + 5 and "positions in order" in printed("demo-shuffled-result")
    ordered = measured("demo-shuffled-result", "positions in order")
    assert ordered == measured("demo-race-result", "fast recipe")
    assert "assert min(mixed_errors" in source("demo-shuffled-result")


def test_every_run_leaves_one_line():
    for cell, labels in (("demo-race", ["convolutional"]), ("demo-race-dense", ["dense"]),
                         ("demo-shuffled", ["convolutional, shuffled", "dense, shuffled"])):
        lines = printed(cell).splitlines()
        assert [re.match(r"(.+), seed (\d): 40 epochs, training loss \d\.\d{4}, ", line).groups() for line in lines] == [
            (label, str(seed)) for label in labels for seed in (1, 2, 3)]
    assert "40 epochs = 1,600\nsteps" in source("section-7") and 40 * len(data.load("mnist1d")[0][0]) // 100 == 1600


def test_the_stored_long_run():
    stored = data.stored("mnist1d_book")
    recipe, parts = mnist1d_book.parts(quick=False)
    assert stored["recipe"] == recipe and set(stored["parts"]) <= set(parts) and not stored["quick"]
    assert (recipe["lr"], recipe["momentum"], recipe["steps"], recipe["batch_size"]) == (0.01, 0, 100_000, 100)
    errors = {"cnn": [], "dense": []}
    for name, part in stored["parts"].items():
        assert name == f"{part['network']}-{part['seed']}" and part["train_error"] == 0
        assert part["parameters"] == {"cnn": 2050, "dense": 59065}[part["network"]]
        assert part["versions"]["torch"] and part["hardware"] and part["cpu_seconds"] > 0
        errors[part["network"]].append(100 * part["test_error"])
        assert re.search(rf"^{name} .*test error +{100 * part['test_error']:.1f} %", printed("demo-stored"), re.M)
    assert len(errors["cnn"]) == len(errors["dense"]) >= 2 and min(errors["dense"]) - max(errors["cnn"]) > 15
    shown = measured("demo-race-result", f"book's recipe, stored, {len(errors['cnn'])} seeds each")
    assert shown == [(float(f"{np.mean(e):.1f}"), float(f"{np.std(e, ddof=1):.1f}")) for e in errors.values()]


def test_the_long_run_can_be_made_again():
    """The same code as the stored run, cut to 100 steps."""
    recipe = mnist1d_book.parts(quick=True)[0] | {"steps": 100}
    part = mnist1d_book._train("cnn", 1, recipe)
    assert part["parameters"] == 2050 and 0.5 < part["test_error"] < 0.95
    assert set(part) | {"cpu_seconds", "wall_seconds", "finished", "versions", "hardware"} == set(
        data.stored("mnist1d_book")["parts"]["cnn-1"])


def test_a_copy_without_solutions_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(lessons, "load_lesson", lambda name: load_lesson(name, tmp_path))
    with pytest.raises(lessons.NotHere, match="solutions/06_signals, which is not here"):
        lessons.names_of("06_signals")
