"""The worked numbers of lesson 04 stand in the notebook and are right, by other means than the lesson's own code."""
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader

from striate import data, plot

IMAGE, KERNEL, INK = ([[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4]], [[1, 10]])        # the worked example
X = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
K = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
READER = Reader("04_backward")
lesson, source, run_demo = READER.lesson, READER.source, READER.run_demo


def printed(cell):
    return " ".join(READER.printed(cell).split())


@pytest.fixture(scope="module")
def solution():
    """What imports, set-up cells and solutions define."""
    return READER.names()


def maps(array):
    """(height, width) -> a float64 tensor (1, 1, height, width)."""
    return torch.tensor(np.array(array), dtype=torch.float64)[None, None]


def gradients(x, weight, output_gradient, **settings):
    """Autograd's dx, dw and db of one small map, as whole numbers."""
    inputs = [maps(x).requires_grad_(), maps(weight).requires_grad_(), torch.zeros(1, dtype=torch.float64, requires_grad=True)]
    found = torch.autograd.grad(F.conv2d(*inputs, **settings), inputs, maps(output_gradient))
    return [part.squeeze().int().tolist() for part in found]


# ---------------------------------------------------------------------------------------------- the worked example

def test_worked_example_of_all_three_gradients():
    dx, dw, db = gradients(IMAGE, KERNEL, INK)
    assert dx == [[1, 12, 20], [3, 34, 40]] and dw == [[21, 32], [54, 65]] and db == 11
    assert "together 1 2 . . 10 20 1 12 20 3 4 . . 30 40 3 34 40" in source("section-1")
    assert "2 + 10 = 12 and 4 + 30 = 34" in source("section-1")
    assert "T.T @ g = [ 1 12 20 3 34 40]" in printed("demo-transpose")
    assert "(21, 32, 54, 65), \\qquad db = 1 + 10 = 11" in source("section-2")
    rows = F.unfold(maps(IMAGE), 2)[0].T.int().tolist()
    assert rows == [[1, 2, 4, 5], [2, 3, 5, 6]] and "the rows 1 2 4 5 and 2 3 5 6" in source("section-2")
    assert "1\\cdot(1, 2, 4, 5) + 10\\cdot(2, 3, 5, 6)" in source("section-2")
    assert "21 & 32 \\\\ 54 & 65" in source("section-4")


def test_two_tempting_versions_of_col2im():
    late = np.zeros((2, 3), int)
    for column, ink in enumerate(INK[0]):
        late[:, column:column + 2] = ink * np.array(KERNEL)
    assert " / ".join(" ".join(map(str, row)) for row in late.tolist()) in source("exercise-intro-1")
    assert printed("demo-add-at") == "with += [1. 1.] with np.add.at [2. 1.]"


def test_two_stamps_on_the_lectures_image():
    ink = np.zeros((3, 3))
    ink[0, 0], ink[2, 2] = 1, -1
    dx, _, _ = gradients(X, K, ink)
    assert dx[2][2] == K[2, 2] - K[0, 0] == 2 and "Both stamps reach the middle: 2 - 0 = 2" in printed("demo-transpose")
    stamped = np.pad(K, ((0, 2), (0, 2))) - np.pad(K, ((2, 0), (2, 0)))
    assert (stamped == dx).all()


def test_three_matrix_products():
    """dW = PᵀG, db = 1ᵀG and dP = GWᵀ, on a batch with channels."""
    x, weight = torch.randn(2, 3, 5, 6).double(), torch.randn(4, 3, 2, 3).double()
    leaves = x.clone().requires_grad_(), weight.clone().requires_grad_(), torch.zeros(4).double().requires_grad_()
    output = F.conv2d(*leaves)
    upstream = torch.randn_like(output)
    dx, dw, db = torch.autograd.grad(output, leaves, upstream)
    P, G, W = F.unfold(x, (2, 3)).mT.flatten(0, 1), upstream.movedim(1, -1).flatten(0, 2), weight.flatten(1).T
    assert torch.allclose(P.T @ G, dw.flatten(1).T) and torch.allclose(torch.ones(len(G)).double() @ G, db)
    assert torch.allclose(F.fold((G @ W.T).reshape(2, -1, 18).mT, (5, 6), (2, 3)), dx)
    for product in ("dW &= P^\\mathsf{T} G", "db &= \\mathbf{1}^\\mathsf{T} G", "dP &= G\\, W^\\mathsf{T}"):
        assert product in source("section-2")


def test_adjoint():
    left, right = re.findall(r"= (-?\d+\.\d+)", printed("demo-adjoint"))
    assert left == right
    counts = F.fold(F.unfold(torch.ones(1, 1, 5, 5), 3), 5, 3)[0, 0]
    shown = [float(n) for n in re.findall(r"(\d)\.", printed("demo-adjoint").partition("[[")[2])]
    assert shown == counts.ravel().tolist() and (counts[0, 0], counts[2, 2]) == (1, 9)
    assert "once in the corners, nine times in the middle" in source("counts-note")
    assert "\\langle A x,\\; y \\rangle = \\langle x,\\; A^\\mathsf{T} y \\rangle" in source("adjoint")


# ---------------------------------------------------------------------------------------------- predictions

def frame_for(rows, kernel, padding):
    """How many rows of zeros at the top (and bottom) make a correlation of the output gradient as tall as x."""
    output = F.conv2d(torch.empty(1, 1, rows, 9), torch.empty(1, 1, kernel, 3), padding=padding).shape[2]
    return next(frame for frame in range(9) if output + 2 * frame - kernel + 1 == rows)


@pytest.mark.parametrize("cell, name, value", [
    ("predict-4-1-copies", "copies", float(F.fold(F.unfold(torch.ones(1, 1, 7, 9), (3, 5), stride=2), (7, 9), (3, 5), stride=2)[0, 0, 2, 4])),
    ("predict-4-2-zeros", "rows_of_zeros", frame_for(11, 5, 1)),
    ("predict-4-3-columns", "enlarged_columns",
     F.conv_transpose2d(torch.ones(1, 1, 7, 9), torch.ones(1, 1, 4, 4), stride=2, padding=1).shape[3]),
    ("predict-4-4-error", "reported_error", abs(1 / 4 - 1) / (1 / 4 + 1)),
])
def test_predictions(cell, name, value):
    names = {}
    exec(READER.texts[cell], names)
    assert names[name] == value


# ---------------------------------------------------------------------------------------------- convolutions again

def test_gradients_as_convolutions():
    """dw is a correlation of input and output gradient; dx a full convolution, that is a transposed convolution."""
    image, ink, kernel = maps(IMAGE), maps(INK), maps(KERNEL)
    dx, dw, _ = gradients(IMAGE, KERNEL, INK)
    assert F.conv2d(image, ink).squeeze().tolist() == dw
    assert F.conv2d(ink, kernel.flip(2, 3), padding=1).squeeze().tolist() == dx
    assert F.conv_transpose2d(ink, kernel).squeeze().tolist() == dx
    assert "**the gradient by the weights is the cross-correlation of the input with the output gradient.**" in source("section-4")
    assert "**the gradient by the input is the full convolution of the output gradient with the kernel**" in source("section-4")
    assert printed("demo-as-convolutions").count("True") == 2 and "False" not in printed("demo-as-convolutions")
    assert "dx (2, 3, 7, 6) dw (4, 3, 3, 2) db (4,)" in printed("demo-as-convolutions")


def test_stamps_at_three_strides():
    block = READER.texts["section-5"].partition("```")[2].partition("```")[0]
    titles, *lines = [re.split(r" {3,}", line) for line in block.strip().splitlines()]
    assert titles == ["stride 1", "stride 2", "stride 3"]
    shown = [[list(map(int, part.split())) for part in line] for line in lines]
    for number, stride in enumerate((1, 2, 3)):
        expected = F.conv_transpose2d(maps(INK), maps(KERNEL), stride=(1, stride)).squeeze().int().tolist()
        assert [row[number] for row in shown] == expected, stride


def test_two_sizes_give_the_same_size():
    sizes = {n: F.conv2d(torch.empty(1, 1, 3, n), torch.empty(1, 1, 3, 3), stride=2).shape[3] for n in (7, 8)}
    assert sizes == {7: 3, 8: 3} and "makes 3 out of 7 and also 3 out of 8" in source("section-5")
    back = [F.conv_transpose2d(torch.empty(1, 1, 1, 3), torch.empty(1, 1, 1, 3), stride=(1, 2), output_padding=(0, extra)).shape[3]
            for extra in (0, 1)]
    assert back == [7, 8]


def test_upsampling():
    bilinear = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 16
    for name, stamp, padding in [("2 × 2 ones", torch.ones(2, 2), 0), ("3 × 3 ones", torch.ones(3, 3), 1), ("4 × 4 bilinear", bilinear, 1)]:
        cover, large = (F.conv_transpose2d(torch.ones(1, 1, *size), stamp[None, None], stride=2, padding=padding)[0, 0]
                        for size in ((4, 4), (20, 28)))
        values = " ".join(str(value) for value in sorted(set(cover[2:5, 2:5].ravel().tolist())))
        assert f"{name} {tuple(large.shape)} a map of ones becomes {values}" in printed("demo-upsampling")
    smooth = F.conv_transpose2d(torch.arange(6.0).expand(1, 1, 6, 6), bilinear[None, None], stride=2, padding=1)[0, 0, 5, 1:-1]
    assert torch.allclose(smooth.diff(), torch.full((9,), 0.5)) and "bilinear" in source("upsampling")      # a ramp stays a ramp


# ---------------------------------------------------------------------------------------------- gradient check

def test_differences_of_the_cube():
    assert round(2.1 ** 3, 3) == 9.261 and round(1.9 ** 3, 3) == 6.859
    one_sided, central = (2.1 ** 3 - 8) / 0.1, (2.1 ** 3 - 1.9 ** 3) / 0.2
    assert f"= {one_sided:.2f}$, wrong by {one_sided - 12:.2f}" in source("section-6") and f"{one_sided:.2f}" == "12.61"
    assert f"= {central:.2f}$, wrong by $h^2 = {central - 12:.2f}$" in source("section-6") and f"{central:.2f}" == "12.01"


def test_faces_of_mistakes():
    assert "$g = 2n$ gives $1/(2 + 1) = 1/3$" in source("section-6")
    for factor in (2, -1, 0.25):
        assert f"db times {factor}: error {abs(factor - 1) / (abs(factor) + 1):.4f}" in printed("demo-check-own")
    assert re.findall(r"(d[xwb]) (\d+) entries, error below 1e-6: (\w+)", printed("demo-check-own")) == [
        ("dx", str(2 * 3 * 6 * 7), "True"), ("dw", str(4 * 3 * 3 * 2), "True"), ("db", "4", "True")]
    assert "with 4 images it reports 0.6" in source("written-4-6-check")


def test_u_curve(solution):
    """The table's best steps, the slopes 1 and 2, the three digits gained, and float32's four or five digits."""
    double, single = np.finfo(np.float64).eps, np.finfo(np.float32).eps
    table = source("u-curve")
    assert "1.5\\cdot10^{-8}" in table and f"{double ** (1 / 2):.1e}" == "1.5e-08"
    assert "6\\cdot10^{-6}" in table and f"{double ** (1 / 3):.0e}" == "6e-06"
    assert "5\\cdot10^{-3}" in table and f"{single ** (1 / 3):.0e}" == "5e-03"
    assert "2.2\\cdot10^{-16}" in table and "1.2\\cdot10^{-7}" in table and (f"{double:.1e}", f"{single:.1e}") == ("2.2e-16", "1.2e-07")
    names = run_demo("demo-u-curve", run_demo("demo-check-own", solution))
    steps, errors = names["steps"], {name: np.array(curve) for name, curve in names["errors"].items()}
    for name, low, high in [("one-sided", 1e-9, 2e-7), ("central", 5e-7, 5e-5), ("central, float32", 5e-4, 5e-2)]:
        assert low < steps[errors[name].argmin()] < high
    falling = (steps < 0.05) & (steps > 2e-4)
    slopes = {name: np.polyfit(np.log10(steps[falling]), np.log10(errors[name][falling]), 1)[0] for name in ("one-sided", "central")}
    assert abs(slopes["one-sided"] - 1) < 0.1 and abs(slopes["central"] - 2) < 0.1
    assert 2 < np.log10(errors["one-sided"].min() / errors["central"].min()) < 4 and "gains about three digits" in source("u-curve-note")
    assert 4 <= -np.log10(errors["central, float32"].min()) < 5.5 and "four or five right digits" in source("u-curve-note")
    assert errors["central"][-1] > 1e-5 and round(steps[-1], 14) == 1e-13 and "$h = 10^{-13}$" in source("u-curve-note")


def test_own_forward_is_no_oracle():
    text = printed("demo-own-oracle")
    assert "fits its own forward pass: True" in text and "agrees with torch: False" in text


# ---------------------------------------------------------------------------------------------- the hidden kernel

def descend(x, y, lr, steps):
    """Gradient descent on the mean squared error by autograd -> kernels (steps + 1, 3, 3) and losses."""
    weight, story = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True), []
    for _ in range(steps + 1):
        loss = ((F.conv2d(x, weight) - y) ** 2).mean()
        story.append((weight[0, 0].detach().numpy().copy(), loss.item()))
        gradient, = torch.autograd.grad(loss, weight)
        weight = (weight - lr * gradient).detach().requires_grad_()
    return map(np.array, zip(*story))


def test_one_step_by_hand():
    image, weight = maps(IMAGE), torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    y = F.conv2d(image, maps(KERNEL))
    assert y.squeeze().tolist() == [37, 47] and "$y = [37, 47]$" in source("section-7")
    loss = ((F.conv2d(image, weight) - y) ** 2).mean()
    gradient, = torch.autograd.grad(loss, weight)
    assert loss == 1789 == (37 ** 2 + 47 ** 2) / 2 and "(37^2 + 47^2)/2 = 1789" in source("section-7")
    assert gradient.ravel().tolist() == [-131, -215, -383, -467] and "-(131, 215, 383, 467)" in source("section-7")
    after = -0.01 * gradient
    assert after.ravel().tolist() == pytest.approx([1.31, 2.15, 3.83, 4.67]) and "(1.31, 2.15, 3.83, 4.67)" in source("section-7")
    assert ((F.conv2d(image, after) - y) ** 2).mean().item() == pytest.approx(69.188) and "the loss is 69.188" in source("section-7")


def test_kernel_from_noise():
    noise = torch.tensor(np.random.default_rng(4).standard_normal((4, 1, 16, 20)))
    kernels, losses = descend(noise, F.conv2d(noise, maps(SOBEL)), 0.1, 60)
    shown = {int(step): float(loss) for step, loss in re.findall(r"step (\d+) loss +([\d.]+)", printed("demo-learn-noise"))}
    assert list(shown) == [0, 1, 2, 5, 10, 20, 40, 60]
    assert all(abs(losses[step] - loss) < 2e-6 for step, loss in shown.items())
    assert np.allclose(kernels[60], SOBEL, atol=0.005)
    assert "columns of 1 2 1 and −1 −2 −1" in source("noise-note")
    names = {"np": np, "torch": torch, "F": F, "data": data, "plot": plot}
    exec(READER.texts["demo-opening"].partition("plot.")[0], names)
    assert (names["secret"] == SOBEL).all() and "before (100, 160) after (98, 158)" in printed("demo-opening")


def test_noise_teaches_faster_than_the_photograph():
    photo = data.gray(data.load("photo"))[20:120, 180:340][None, None]
    sources = {"noise": np.random.default_rng(4).standard_normal((4, 1, 16, 20)), "photograph": photo, "photograph - mean": photo - photo.mean()}
    ratios, rates, errors = {}, {}, {}
    for name, x in sources.items():
        patches = F.unfold(torch.tensor(x), 3).mT.flatten(0, 1).numpy()
        values, axes = np.linalg.eigh(2 * patches.T @ patches / len(patches))
        ratios[name], rates[name] = values[-1] / values[0], 1 / values[-1]
        # gradient descent in closed form: along each axis of the bowl the error shrinks by 1 - lr * curvature a step
        errors[name] = {steps: np.abs(axes @ ((1 - values / values[-1]) ** steps * (axes.T @ SOBEL.ravel()))).max() for steps in (10, 1000)}
        assert (f"{name} {len(patches)} windows lr {rates[name]:.3f} ratio {ratios[name]:.0f} "
                f"error after 1000: {errors[name][1000]:.4f}") in re.sub(r" +", " ", printed("demo-learn-photo"))
    assert round(ratios["photograph"]) == 2537 and round(ratios["photograph - mean"]) == 243
    assert "The ratio falls from 2537 to 243" in source("photo-note") and round(2537 ** 0.5) == 50
    assert round(rates["photograph - mean"] / rates["photograph"]) == 10 and "can be ten times larger" in source("photo-note")
    assert round(15484 / 1008) == 15 and "15,484 windows, fifteen times as many as the 1,008 of the noise" in source("noise-note")
    assert errors["noise"][10] < 1e-3 and errors["photograph - mean"][1000] < 0.01 and errors["photograph"][1000] > 0.4
    shifted, plain = (F.conv2d(torch.tensor(sources[name]), maps(SOBEL)) for name in ("photograph - mean", "photograph"))
    assert torch.allclose(shifted, plain) and SOBEL.sum() == 0


# ---------------------------------------------------------------------------------------------- quiz, closing, points

def test_opening_quiz_and_closing():
    quiz = source("opening-quiz")
    layer = torch.nn.Conv2d(3, 2, 3, padding=1, stride=2)
    assert layer(torch.zeros(1, 3, 5, 5)).shape == (1, 2, 3, 3) and "a result of 3 × 3 × 2" in quiz
    assert F.unfold(torch.zeros(1, 3, 5, 5), 3, padding=1, stride=2).shape == (1, 27, 9) and "Patch matrix 9 × 27" in quiz
    ten, one_by_one = torch.nn.Conv2d(3, 10, 5), torch.nn.Conv2d(64, 32, 1)
    assert sum(p.numel() for p in ten.parameters()) == 760 and "76 · 10 = 760" in quiz
    assert (one_by_one.weight.numel(), one_by_one.bias.numel()) == (2048, 32) and "(2,048 weights and 32 biases)" in quiz
    assert np.linalg.matrix_rank(np.outer([3, 4, 5], [1, 2, 3])) == 1 and "Six:" in quiz
    assert torch.ones(2, 1, 4, 5).sum((0, 2, 3)).tolist() == [40] and "2 · 4 · 5 = 40" in source("closing")
