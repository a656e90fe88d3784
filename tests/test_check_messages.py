"""striate.check: right answers in any numeric style pass; wrong ones get the message that helps."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from striate import check

EXPECTED = np.array([[12.0, 12, 17], [10, 17, 19]])


@pytest.mark.parametrize("got", [
    EXPECTED, EXPECTED.astype("float32"), EXPECTED.astype(int), EXPECTED.tolist(), torch.tensor(EXPECTED),
    torch.tensor(EXPECTED, dtype=torch.bfloat16), torch.tensor(EXPECTED, requires_grad=True), np.asfortranarray(EXPECTED),
    tuple(map(tuple, EXPECTED)), [torch.tensor(row) for row in EXPECTED], EXPECTED + 1e-7, EXPECTED.astype(complex),
])
def test_right_answers_pass_in_any_style(got):
    assert check.equal(got, EXPECTED, "f") is None


@pytest.mark.parametrize("got, message", [
    (None, "f gave None. Is there a `return` at the end?"),
    (EXPECTED.T, "f: expected shape (2, 3), got (3, 2). Did you swap height and width?"),
    (np.zeros((2, 3)), "f: at [0, 0] expected 12, got 0 (6 of 6 values differ, by at most 19). Look at the sums."),
    (EXPECTED + [[0, 0, 3], [0, 0, 0]], "f: at [0, 2] expected 17, got 20 (1 of 6 values differ, by at most 3). Look at the sums."),
    (-EXPECTED, "This is the answer with the sign changed. Look at the sums."),
    (np.full((2, 3), np.nan), "f: the result contains NaN or infinity. Look at the sums."),
    (EXPECTED + 1j, "differ"),
    ([[1, 2, 3], [4, 5]], "f: the rows of the result have different lengths."),
    ("12", "f: expected numbers, got a string."),
    (np.array([object()]), "f: expected numbers, got an array of shape (1,) and dtype object."),
    ({"a": 1}, "f: expected numbers, got a dict of length 1."),
    (object(), "f: expected numbers, got an object of type object."),
    ([[None] * 3] * 2, "f gave None."),
])
def test_wrong_answers_get_the_message_that_helps(got, message):
    with pytest.raises(check.CheckFailed) as failed:
        check.equal(got, EXPECTED, "f", hint="Look at the sums.", shape_hint="Did you swap height and width?",
                    misconceptions={"the answer with the sign changed": -EXPECTED})
    assert message in str(failed.value)


def test_a_misconception_is_not_named_where_it_gives_the_right_answer():
    with pytest.raises(check.CheckFailed) as failed:
        check.equal([1, 2], [1, 3], "f", misconceptions={"the flipped answer": [1, 3]})
    assert "flipped" not in str(failed.value)


def test_a_misconception_of_another_shape_is_named():
    with pytest.raises(check.CheckFailed, match="This is the answer without padding"):
        check.equal(np.ones(3), np.ones(5), "f", misconceptions={"the answer without padding": np.ones(3)})


class EqualToEverything:
    shape, dtype, ndim = (2, 3), np.dtype(float), 2

    def __eq__(self, other):
        return True


def test_an_object_that_lies_fails():
    with pytest.raises(check.CheckFailed):
        check.equal(EqualToEverything(), EXPECTED, "f")
    with pytest.raises(TypeError):
        check.that(EqualToEverything(), "not a bool")


def test_infinite_values_that_are_expected_pass():
    check.equal([np.inf, 1], [np.inf, 1], "f")
    with pytest.raises(check.CheckFailed):
        check.equal([-np.inf, 1], [np.inf, 1], "f")


@pytest.mark.parametrize("got", [26, 26.0, np.int64(26), np.array(26), np.array([26.0]), torch.tensor(26), 26 + 1e-7])
def test_numbers_pass(got):
    check.number(got, 26, "side")


@pytest.mark.parametrize("got, message", [
    (None, "side is still None"), (True, "expected a number, got True"), ("26", "got a string"),
    ([26, 26], "expected one number"), (28, "expected 26, got 28. This is the side of the input."), (float("nan"), "got nan"),
])
def test_other_things_are_no_right_number(got, message):
    with pytest.raises(check.CheckFailed) as failed:
        check.number(got, 26, "side", misconceptions={"the side of the input": 28})
    assert message in str(failed.value)


def test_nan_is_no_prediction():
    check.is_number(np.float32(4), "side")
    with pytest.raises(check.CheckFailed, match="side: expected a number, got nan"):
        check.is_number(float("nan"), "side")


def test_raises_tells_what_happened_instead():
    check.raises(ValueError, int, "x")
    with pytest.raises(check.CheckFailed, match="expected ValueError, but it returned 5"):
        check.raises(ValueError, int, "5")
    with pytest.raises(check.CheckFailed, match="expected ValueError, got TypeError"):
        check.raises(ValueError, int, None)


def test_an_exercise_not_done_yet_is_no_right_error():
    def stub():
        raise NotImplementedError("Exercise 2.1")
    with pytest.raises(NotImplementedError):
        check.raises(Exception, stub)


IMAGE, KERNEL = torch.ones(1, 1, 5, 5), torch.ones(1, 1, 3, 3)


def convolve_and_hide_it():
    try:
        return F.conv2d(IMAGE, KERNEL)
    except Exception:
        return torch.nn.Conv2d(1, 1, 3)(IMAGE)


def switch_the_watch_off():
    import sys
    sys.setprofile(None)
    return F.conv2d(IMAGE, KERNEL)


@pytest.mark.parametrize("call", [
    lambda: F.conv2d(IMAGE, KERNEL), lambda: torch.conv2d(IMAGE, KERNEL), lambda: torch.nn.Conv2d(1, 1, 3)(IMAGE),
    lambda: F.unfold(IMAGE, 3), lambda: np.convolve([1, 2], [3]), lambda: torch.ops.aten.conv2d(IMAGE, KERNEL),
    lambda: __import__("scipy.signal").signal.correlate2d(np.ones((5, 5)), np.ones((3, 3))),
    lambda: __import__("scipy.ndimage").ndimage.correlate(np.ones((5, 5)), np.ones((3, 3))),
    convolve_and_hide_it, switch_the_watch_off,
])
def test_library_work_is_switched_off_on_every_road(call):
    with pytest.raises(check.NotAllowed, match="write that part yourself"):
        check.without(call, *check.CONVOLUTIONS)()


def test_own_work_is_not_disturbed():
    def correlate(image, kernel):                    # a student's function may bear the library's name
        return (image.unfold(2, 3, 1).unfold(3, 3, 1) * kernel).sum((4, 5))
    got = check.without(correlate, *check.CONVOLUTIONS)(IMAGE, KERNEL)
    check.equal(got, F.conv2d(IMAGE, KERNEL), "correlate")
    F.conv2d(IMAGE, KERNEL)                          # and the library works again afterwards


def test_random_numbers_are_fresh_or_follow_the_seed():
    assert check.rng().integers(2**60) != check.rng().integers(2**60)
    check.use_seed((5, 1))
    first = [check.rng().integers(2**60) for _ in range(2)]
    check.use_seed((5, 1))
    assert [check.rng().integers(2**60) for _ in range(2)] == first and first[0] != first[1]
