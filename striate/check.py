"""Checks for exercises: they say what was expected, what came, and the likely misconception.

The same functions run in the student's notebook and in the grader. A check that holds returns None; a check that
fails raises CheckFailed with one message made for the student.
"""
import functools
import sys

import numpy as np

from striate import notebook
from striate.library_calls import (  # noqa: F401
    AUTOGRAD, BOXES, CLASS_LOSSES, CONVOLUTIONS, DROPOUTS, NETWORKS, NORMALISATIONS, POOLINGS)
from striate.modules import (  # noqa: F401
    after_change, backward, forward, gradients, load_state, parameter_shapes, set_training, state)


class CheckFailed(AssertionError):
    """A check did not hold. Its text is one message for the student."""


class NotDoneYet(CheckFailed):
    """There is no answer yet, neither a right nor a wrong one."""


class NotAllowed(CheckFailed):
    """A library function did the work that the exercise asks for."""

    def __init__(self, function):
        super().__init__(f"{function} was called. This exercise asks you to write that part yourself, "
                         "so the library function is switched off here.")
        self.function = function


class StudentError(Exception):
    """The student's code raised an error that is not one of Python's own classes."""


# ---------------------------------------------------------------------------------------------- random numbers

_seeds = np.random.SeedSequence()


def rng():
    """A new NumPy random generator: fresh numbers each time in a notebook, reproducible ones in the grader."""
    return np.random.default_rng(_seeds.spawn(1)[0])


def use_seed(seed):
    """Let `rng` start again from `seed` (an int or a sequence of ints). The grader calls this before each test."""
    global _seeds
    _seeds = np.random.SeedSequence(seed)


# ---------------------------------------------------------------------------------------------- comparisons

_held = set()        # names of the checks that held, for the notebook to say so


def _noted(function):
    @functools.wraps(function)
    def checked(*arguments, **keywords):
        function(*arguments, **keywords)
        _held.add(function.__name__)
    return checked


@_noted
def equal(got, expected, name, hint=None, misconceptions=None, shape_hint=None, tolerance=1e-5):
    """Check that two arrays agree in shape and values, whatever their numeric dtype.

    got, expected: array, tensor, (nested) list or number.
    name: what the message starts with, as a rule the function's name.
    hint: added to a message about wrong values; shape_hint: added to one about a wrong shape.
    misconceptions: {"the flipped kernel's answer": array, ...}. If `got` is one of them, the message says so.
    tolerance: allowed difference, relative to the largest expected value (at least 1).
    """
    expected = _numbers(expected, name)
    got = _numbers(got, name)
    mistaken_for = _matching_misconception(got, expected, misconceptions, name, tolerance)
    if got.shape != expected.shape:
        _fail(f"{name}: expected shape {expected.shape}, got {got.shape}.", mistaken_for, shape_hint)
    if _close(got, expected, tolerance):
        return
    if not np.isfinite(got).all() and np.isfinite(expected).all():
        _fail(f"{name}: the result contains NaN or infinity.", hint)
    _fail(f"{name}: {_first_difference(got, expected, tolerance)}", mistaken_for, hint)


@_noted
def number(got, expected, name, hint=None, misconceptions=None, tolerance=1e-5):
    """Check one number. Same arguments as `equal`; a bool, a string or an array of several values is no number."""
    is_number(got, name)
    got, expected = _numbers(got, name).reshape(()), _numbers(expected, name).reshape(())
    if not _close(got, expected, tolerance):
        mistaken_for = _matching_misconception(got, expected, misconceptions, name, tolerance)
        _fail(f"{name}: expected {_show(expected)}, got {_show(got)}.", mistaken_for, hint)


@_noted
def is_number(got, name):
    """Check that `got` is one number (an int, a float, or an array or tensor of one value)."""
    if got is None:
        raise NotDoneYet(f"{name} is still None. Put your number in its place.")
    if isinstance(got, (bool, np.bool_, str)):
        _fail(f"{name}: expected a number, got {describe(got)}.")
    if isinstance(got, tuple):
        _fail(f"{name}: expected one number, got {describe(got)}. Write a decimal point, not a comma.")
    value = _numbers(got, name)
    if value.size != 1:
        _fail(f"{name}: expected one number, got {describe(got)}.")
    if np.isnan(value).any():
        _fail(f"{name}: expected a number, got nan.")


@_noted
def shape(got, expected, name, hint=None):
    """Check the shape of an array alone. expected: tuple of ints."""
    got = _numbers(got, name)
    if got.shape != tuple(expected):
        _fail(f"{name}: expected shape {tuple(expected)}, got {got.shape}.", hint)


@_noted
def that(condition, message):
    """Check anything else: `condition` must be true (a bool); `message` is what the student reads if it is not."""
    if not isinstance(condition, (bool, np.bool_)):
        raise TypeError(f"check.that needs True or False, got {describe(condition)}")
    if not condition:
        _fail(message)


@_noted
def raises(error, function, *arguments, name=None, hint=None, **keywords):
    """Check that function(*arguments, **keywords) raises `error`, an exception class."""
    name = name or getattr(function, "__name__", "the function")
    try:
        got = function(*arguments, **keywords)
    except NotImplementedError:          # the stub of an exercise that is not done yet
        raise
    except error:
        return
    except Exception as other:
        _fail(f"{name}: expected {error.__name__}, got {type(other).__name__}{f': {other}' if str(other) else ''}.", hint)
    _fail(f"{name}: expected {error.__name__}, but it returned {describe(got)}.", hint)


def describe(value):
    """A short description of a value for messages, such as `an array of shape (3, 4)`."""
    if value is None or isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return _show(value)
    if isinstance(value, str):
        return "a string"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if type(value).__module__ == "torch" and hasattr(value, "shape"):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of length {len(value)}"
    return f"an object of type {getattr(value, 'type_name', type(value).__name__)}"


def _numbers(value, name):
    """The value as a NumPy array of bool, int, float or complex; fails with a message for anything else."""
    if value is None:
        _fail(f"{name} gave None. Is there a `return` at the end?")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    elif isinstance(value, (list, tuple)):
        value = [_numbers(item, name) for item in value]
    try:
        array = np.asarray(value)
    except ValueError:
        _fail(f"{name}: the rows of the result have different lengths.")
    if array.dtype.kind not in "biufc":
        _fail(f"{name}: expected numbers, got {describe(value)}.")
    return array


def _close(got, expected, tolerance):
    return got.shape == expected.shape and not _wrong(got, expected, tolerance).any()


def _wrong(got, expected, tolerance):
    """Where two arrays of one shape differ by more than the tolerance, as an array of bool."""
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, float(finite.max(initial=0.0)))
    got, expected = (array.astype(np.result_type(array.dtype, np.float64)) for array in (got, expected))
    return ~np.isclose(got, expected, rtol=0, atol=tolerance * scale, equal_nan=True)


def _matching_misconception(got, expected, misconceptions, name, tolerance):
    for label, wrong in (misconceptions or {}).items():
        wrong = _numbers(wrong, name)
        if _close(got, wrong, tolerance) and not _close(wrong, expected, tolerance):
            return f"This is {label}" + ("" if label.endswith(("?", "!", ".")) else ".")
    return None


def _first_difference(got, expected, tolerance):
    if expected.ndim == 0:
        return f"expected {_show(expected)}, got {_show(got)}."
    wrong = _wrong(got, expected, tolerance)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    largest = np.abs(got.astype(np.result_type(got.dtype, np.float64)) - expected)[wrong].max()
    return (f"at [{', '.join(map(str, first))}] expected {_show(expected[first])}, got {_show(got[first])} "
            f"({wrong.sum()} of {wrong.size} values differ, by at most {_show(largest)}).")


def _show(value):
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _fail(*sentences):
    raise CheckFailed(" ".join(sentence for sentence in sentences if sentence))


# ---------------------------------------------------------------------------------------------- own work only

def without(function, *names):
    """The same function, run with some library functions switched off: calling one raises NotAllowed.

    names: dotted names such as "torch.conv2d". The first part is the package and the last the function, so that every
    road to it inside that package counts (torch.conv2d, F.conv2d and nn.Conv2d alike).
    """
    if hasattr(function, "without"):     # the grader's stand-in for a student's function does this on the other side
        return function.without(*names)

    def guarded(*arguments, **keywords):
        return call_without(names, function, arguments, keywords)

    guarded.__name__ = getattr(function, "__name__", "function")
    return guarded


def call_without(names, function, arguments, keywords):
    """Call a function while a profiler watches every call it makes; see `without`."""
    watched = {(name.split(".")[0], name.split(".")[-1]): name for name in names}
    violations = []

    def watch(frame, event, callee):
        if event == "call":
            key = (frame.f_globals.get("__name__", "").split(".")[0], frame.f_code.co_name)
        elif event == "c_call":
            key = (_package(callee), callee.__name__)
        else:
            return
        if key in watched:
            violations.append(watched[key])
            raise NotAllowed(watched[key])

    previous = sys.getprofile()
    sys.setprofile(watch)
    try:
        result = function(*arguments, **keywords)
        untouched = sys.getprofile() is watch
    finally:
        sys.setprofile(previous)
        if violations:                   # also when the student's code caught the error and went on
            raise NotAllowed(violations[0]) from None
    if not untouched:
        raise NotAllowed("sys.setprofile")
    return result


def _package(callee):
    """The top package of a built-in function or method, such as "torch" for torch.conv2d."""
    module = getattr(callee, "__module__", None)
    if not isinstance(module, str):
        owner = getattr(callee, "__self__", None)
        owner = owner if isinstance(owner, type) else type(owner)
        module = getattr(owner, "__module__", "")
    return module.split(".")[0]


# ---------------------------------------------------------------------------------------------- the last cell

def progress():
    """Show how far the lesson is: its exercises, their points, and the first message of each. Its last cell calls this."""
    if _session is None:
        print("check.progress() shows its table in a notebook. Open the lesson in JupyterLab and run its cells.")
    else:
        _session.show_overview()


_session = notebook.install(_held, CheckFailed)
