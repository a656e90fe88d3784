"""Torch modules and the wall: a student's modules under test, and a test's modules in a student's functions."""
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from autograde import module_copy
from autograde.judge import run_tests
from autograde.lesson import Cell, Lesson
from autograde.wall import CannotCross

IMPORTS = Cell("imports", "imports", "import numpy as np\nimport torch\nimport torch.nn.functional as F\n"
                                     "from torch import nn\nfrom striate import check")


def outcome(server, lesson, old="", new=""):
    """Run a lesson with something in its answers replaced -> (status, message) of its only test."""
    cells = [(cell.id, cell.source.replace(old, new) if cell.role == "answer" else cell.source)
             for cell in lesson.with_role("imports", "answer")]
    [result] = run_tests(lesson, cells, server, 20, seed=1)
    return result["status"], result["message"]


MODULE = Lesson("02_tiny", Path("tiny.ipynb"), (
    IMPORTS,
    Cell("exercise-2-1-scale", "answer", """
class Scale(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(channels))
        self.register_buffer("count", torch.zeros(()))
        self.act = torch.nn.Identity()

    def forward(self, x):
        if self.training:
            self.count += 1
        return x * self.weight"""),
    Cell("test-2-1-scale", "test", """
rng = check.rng()
x, gradient, weight = (torch.from_numpy(rng.standard_normal(shape)) for shape in [(4, 3), (4, 3), (3,)])
model = Scale(3)
check.that(check.parameter_shapes(model) == {"weight": (3,)}, "shapes")
check.load_state(model, {"weight": weight, "count": torch.tensor(5.0)})
check.set_training(model, False)
check.equal(check.forward(model, x), x * weight.float(), "forward")
check.number(check.state(model)["count"], 5, "count in evaluation")
check.set_training(model, True)
result = check.backward(model, x, gradient)
check.equal(result["input"], gradient * weight, "input")
check.equal(result["weight"], (gradient * x).sum(0), "weight")
check.number(check.state(model)["count"], 6, "count in training")
check.equal(model(x), x * weight, "call")""", 2)))


@pytest.mark.parametrize("old, new, status", [
    ("", "", "correct"), ("self.weight = ", "self.gain = ", "wrong"), ("x * self.weight", "x * self.weight.detach()", "wrong"),
    ("if self.training", "if True", "wrong"), ("(channels)", "(channels + 1)", "wrong"), ("torch.nn.Module", "object", "crashed"),
])
def test_a_students_module_is_tested_by_verbs(server, old, new, status):
    assert outcome(server, MODULE, old, new)[0] == status


TRAINS = Lesson("02_tiny", Path("tiny.ipynb"), (
    IMPORTS,
    Cell("exercise-2-1-tune", "answer", """
def tune(model, x, *, lr):
    for parameter in model[0].parameters():
        parameter.requires_grad_(False)
    model[0].eval()
    loss = model(x).square().sum()
    loss.backward()
    with torch.no_grad():
        for parameter in model[1].parameters():
            parameter -= lr * parameter.grad
    return loss.item()"""),
    Cell("test-2-1-tune", "test", """
x = torch.from_numpy(check.rng().standard_normal((4, 3, 5, 6)))
model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 2, (1, 3), bias=False), nn.BatchNorm2d(2), nn.ReLU()),
                      nn.Sequential(nn.Flatten(), nn.Linear(40, 2))).double()
before = check.state(model)
model[0].eval()
output = check.forward(model, x)
model.train()
loss = tune(model, x, lr=0.5)
check.number(loss, output.square().sum(), "loss")
after = check.state(model)
for name in before:
    check.that(torch.equal(before[name], after[name]) == name.startswith("0."), name)
check.equal(after["1.1.bias"], before["1.1.bias"] - output.sum(0), "bias")
check.that(not any(parameter.requires_grad for parameter in model[0].parameters()), "frozen")
check.that(all(parameter.requires_grad for parameter in model[1].parameters()), "head learns")
check.that(model.training and not model[0][1].training, "mode")""", 2)))


@pytest.mark.parametrize("old, new, status", [
    ("", "", "correct"), ("requires_grad_(False)", "requires_grad_(True)", "wrong"), ("model[0].eval()", "pass", "wrong"),
    ("model[1].parameters()", "model.parameters()", "crashed"), ("parameter -= lr", "parameter = parameter - lr", "wrong"),
    ("return loss.item()", "model.load_state_dict = model.state_dict = None\n    return loss.item()", "suspicious"),
    ("return loss.item()", "model[1] = torch.nn.Identity()\n    return loss.item()", "suspicious"),
])
def test_a_tests_module_can_be_handed_to_a_students_function(server, old, new, status):
    assert outcome(server, TRAINS, old, new)[0] == status


GRADIENTS = Lesson("02_tiny", Path("tiny.ipynb"), (
    IMPORTS,
    Cell("exercise-2-1-mix", "answer", "def mix(a, b):\n    return a * b.sum()"),
    Cell("test-2-1-mix", "test", """
a, b, along = (torch.from_numpy(check.rng().standard_normal(shape)) for shape in [(3, 2), (4,), (3, 2)])
by_a, by_b = check.gradients(mix, (a, b), along)
check.equal(by_a, along * b.sum(), "by a")
check.equal(by_b, (along * a).sum() * torch.ones(4), "by b")""", 2)))


@pytest.mark.parametrize("old, new, status", [
    ("", "", "correct"), ("a * b.sum()", "a.detach() * b.sum()", "wrong"), ("a * b.sum()", "(a * b.sum()).detach()", "wrong"),
    ("a * b.sum()", "None", "wrong"),
])
def test_gradients_of_a_students_function(server, old, new, status):
    assert outcome(server, GRADIENTS, old, new)[0] == status


@pytest.mark.parametrize("lesson", [MODULE, TRAINS, GRADIENTS])
def test_the_same_tests_run_in_a_notebook_without_the_wall(lesson):
    exec("\n".join(cell.source for cell in lesson.cells), {})


@pytest.mark.parametrize("layer", [
    nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1, groups=2, bias=False), nn.Conv1d(3, 2, 3, padding="same"),
    nn.ConvTranspose2d(4, 3, 2, stride=2, output_padding=1), nn.Linear(5, 3), nn.BatchNorm1d(4, eps=0.1, affine=False),
    nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d((2, 3), count_include_pad=False), nn.AdaptiveAvgPool2d((None, 2)),
    nn.LeakyReLU(0.3), nn.Softmax(1), nn.Flatten(0, 1), nn.Dropout2d(0.7), nn.Upsample(scale_factor=2), nn.Identity(),
    nn.LocalResponseNorm(5), nn.Embedding(7, 3), nn.LayerNorm((3, 4)), nn.GroupNorm(2, 4), nn.PReLU(3), nn.Unflatten(1, (2, 3)),
])
def test_a_layer_is_built_again_with_its_settings(layer):
    copy = module_copy.build(module_copy.describe(layer))
    assert repr(copy) == repr(layer) and type(copy) is type(layer)
    assert {k: v.shape for k, v in copy.state_dict().items()} == {k: v.shape for k, v in layer.state_dict().items()}


@pytest.mark.parametrize("module", [nn.LSTM(2, 3), nn.ModuleList([nn.ReLU()]), type("Own", (nn.Module,), {})(),
                                    nn.Sequential(type("Linear", (nn.Linear,), {})(2, 3))])
def test_other_modules_are_not_handed_over(module):
    with pytest.raises(CannotCross, match="layers of torch.nn only"):
        module_copy.describe(module)


def test_a_condition_is_all_plain_values():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    other = module_copy.build(module_copy.describe(model))
    model[0].weight.requires_grad_(False)
    model[1].eval()
    module_copy.bring_into(other, module_copy.condition(model))
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), other.state_dict().values()))
    assert not other[0].weight.requires_grad and not other[1].training and other.training
    assert np.all([parameter.requires_grad for parameter in other[1].parameters()])
