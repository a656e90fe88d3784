"""The look at a student's code: what a person is told of, and that looking stays cheap."""
import ast

import pytest

from autograde.code_look import LONGEST_CELL, LONGEST_CHAIN, MOST_FLAGS, _dotted_names, look

WORTH_A_LOOK = {
    "F.conv2d(x, k)": "names the library function torch.nn.functional.conv2d",
    "from torch import conv2d as mine": "names the library function torch.conv2d",
    "F.conv2d.__call__(x, k)": "torch.nn.functional.conv2d",
    "list(map(F.conv2d, [x], [k]))": "torch.nn.functional.conv2d",
    "torch.ops.aten.convolution.default(x)": "torch.ops.aten.convolution",
    "torch._C._nn.slow_conv3d(x)": "torch._C._nn.slow_conv3d",
    "nn.Conv2d(1, 1, 3)": "torch.nn.Conv2d",
    "F.unfold(x, 3)": "torch.nn.functional.unfold",
    "from sklearn.feature_extraction.image import extract_patches_2d": "extract_patches_2d",
    "import scipy.signal._sigtools as s\ns._convolve2d(x)": "scipy.signal._sigtools._convolve2d",
    "getattr(F, 'con' + 'v2d')(x)": "calls getattr with a name that is put together",
    "getattr(F, 'conv2d')(x)": "reaches for torch.nn.functional.conv2d",
    "check.equal = print": "changes striate.check.equal",
    "np.isclose = lambda *a: True": "changes numpy.isclose",
    "import sys\nsys.setprofile(None)": "uses sys.setprofile",
    "import sys\nsys._getframe().f_back.f_locals": "uses f_back",
    "from concurrent.futures import ThreadPoolExecutor": "uses concurrent.futures.ThreadPoolExecutor",
    "f.__globals__['x']": "uses __globals__",
    "eval('1')": "uses eval",
    "import signal\nsignal.alarm(0)": "uses signal.alarm",
    "import inspect as look\nlook.stack()": "uses inspect.stack",
    "from striate.experiments.landscape import losses": "uses striate.experiments.landscape",
}


@pytest.mark.parametrize("source", WORTH_A_LOOK)
def test_worth_a_look(source):
    flags = look("exercise-2-3-x", source)
    assert any(WORTH_A_LOOK[source] in flag for flag in flags), flags
    assert all(flag.startswith("exercise-2-3-x ") for flag in flags)


@pytest.mark.parametrize("source", [
    "def correlate2d(x, k):\n    return np.array([[(x[r:r + 3] * k).sum() for r in range(3)]])\ncorrelate2d(x, k).convert()",
    "def smooth(signal):\n    return signal[1:].mean() + signal.mean()", "class A:\n    def __init__(self, n): self.conv = n\nA(1).conv", "x.unfold(0, 3, 1)\ntorch.nn.Linear(2, 2)\nnp.linalg.norm(x)",
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 80\nplt.show()", "getattr(settings, 'name', None)",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1", "def broken(:", "",
])
def test_ordinary_code_is_not_flagged(source):
    assert look("exercise-2-3-x", source) == []


@pytest.mark.parametrize("source", [
    "\n".join("a" + ".b" * 900 for _ in range(50)), "\n".join(f"os.kill.n{n}" for n in range(5000)), "x = 1\n" * 10_000,
    "-" * 50_000 + "1", "(" * 50_000, "f" + "()" * 20_000, "x = " + "[" * 150 + "]" * 150, "\0", "x" * (LONGEST_CELL + 1),
])
def test_looking_stays_cheap(source):
    flags = look("added-1", "import os\n" + source)
    assert len(flags) <= MOST_FLAGS and all(len(flag) <= 200 for flag in flags)


def test_a_long_chain_of_names_is_looked_at_once():
    tree = ast.parse("\n".join("a" + ".b" * 900 for _ in range(50)))
    assert sum(1 for _ in _dotted_names(tree, {})) <= 50 * LONGEST_CHAIN


def test_a_method_is_not_taken_for_a_function_of_that_name():
    assert look("exercise-8-1-net", "net = make().eval()\nnet.open()\n(a + b).exec()") == []
    assert look("exercise-8-1-net", "make().f_back") != [] and look("exercise-8-1-net", "eval('1')") != []


def test_library_work_is_no_matter_where_the_lesson_allows_it():
    assert look("exercise-8-1-net", "layer = nn.Conv2d(1, 6, 5)") != []
    assert look("exercise-8-1-net", "layer = nn.Conv2d(1, 6, 5)", library_counts=False) == []
