"""Every worked number of lesson 01 stands in the notebook, and is right: computed here again, in another way."""
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lesson_reader import Reader
from scipy import ndimage, optimize
from sklearn.datasets import load_digits, load_sample_image
from sklearn.linear_model import LinearRegression

READER = Reader("01_simple_cells")
LESSON, printed = READER.lesson, READER.printed
PROSE = "\n".join(cell.source for cell in LESSON.cells if cell.role in ("text", "written"))


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


@pytest.fixture(scope="module")
def solution():
    return READER.names()


def plane_waves(size, wavelength, angle, phase, sigma, aspect):
    """A Gabor filter as the real part of one complex exponential of a quadratic form."""
    y, x = np.indices((size, size)) - size // 2
    y = -y
    across, along = np.array([[-np.sin(angle), np.cos(angle)], [np.cos(angle), np.sin(angle)]]) @ [x.ravel(), y.ravel()]
    exponent = -(across**2 + (aspect * along)**2) / (2 * sigma**2) + 1j * (2 * np.pi * across / wavelength + phase)
    return np.exp(exponent).real.reshape(size, size)


def lying_bar(size, width, shift=0):
    rows = np.zeros((size, 1))
    rows[size // 2 - width // 2 - shift:size // 2 + width // 2 + 1 - shift] = 1
    return np.repeat(rows, size, axis=1)


# ---------------------------------------------------------------------------------------------- 1 dense layers

def test_cost_of_a_dense_layer(solution):
    layer = torch.nn.Linear(224 * 224 * 3, 1000, device="meta")
    assert (layer.in_features, layer.weight.numel(), layer.bias.numel()) == (150_528, 150_528_000, 1000)
    assert solution["count_dense_parameters"]((224, 224, 3), [1000]) == (150_528_000, 1000)
    for text in ("224 \\cdot 224 \\cdot 3 = 150{,}528", "150{,}528{,}000$ weights, and 1000 biases"):
        assert text in PROSE
    assert f"{layer.weight.numel() * 4 / 1e6:.0f} megabytes" in PROSE
    small = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
    assert sum(part.weight.numel() for part in small) == 18 and sum(part.bias.numel() for part in small) == 5


def test_neighbours_are_correlated():
    image = load_sample_image("china.jpg") @ [0.299, 0.587, 0.114]
    lines = re.findall(r"distance\s+(\d+): (.*)", printed("demo-neighbours"))
    assert [int(distance) for distance, _ in lines] == [1, 2, 4, 8, 16, 32, 64, 128]
    for distance, value in lines:
        left, right = image[:, :-int(distance)], image[:, int(distance):]
        covariance = (left * right).mean() - left.mean() * right.mean()
        assert float(value) == pytest.approx(covariance / left.std() / right.std(), abs=0.006)
    assert "a correlation of 0.78" in PROSE and dict(lines)["32"] == "0.78"


def test_a_shift_breaks_a_dense_layer_and_mixing_does_not():
    images, labels = load_digits().images, load_digits().target
    model = LinearRegression().fit(images[:1200].reshape(1200, 64), np.eye(10)[labels[:1200]])

    def right(test_images):
        return 100 * np.mean(model.predict(test_images.reshape(-1, 64)).argmax(1) == labels[1200:])

    lines = printed("demo-dense-shift").splitlines()
    assert "digits moved" in PROSE
    for step, line in enumerate(lines[:4]):
        moved = ndimage.shift(images[1200:], (0, 0, step), order=0, cval=0)
        assert numbers(line) == [step, pytest.approx(right(moved), abs=0.4)]
    assert numbers(lines[4]) == [numbers(lines[0])[1]]
    assert "88 % becomes 26 %" in PROSE and round(numbers(lines[0])[1]) == 88 and round(numbers(lines[1])[1]) == 26


def test_predictions(solution):
    assert solution["local_weights"] == 1000 * torch.nn.Conv2d(3, 1, 11, bias=False).weight.numel() == 363_000
    assert solution["gabor_value"] == pytest.approx(plane_waves(5, 4, 0, 0, 1, 1)[0, 2], abs=0.005)
    kernel = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
    assert solution["dark_bar_sum"] == np.vdot(kernel, 1 - lying_bar(3, 1)) == -6


# ---------------------------------------------------------------------------------------------- 2 to 5 simple cells

def test_worked_coordinates():
    """Row 0, column 3 of 5 × 5: x = 1, y = 2."""
    assert "along = 1, across = 2" in PROSE and "along = 2, across = −1" in PROSE
    assert "along = 3/√2 = 2.12, across = 1/√2 = 0.71" in PROSE
    for angle, expected in ((0, (1, 2)), (math.pi / 2, (2, -1)), (math.pi / 4, (2.12, 0.71))):
        turned = (1 + 2j) * np.exp(-1j * angle)
        assert (turned.real, turned.imag) == pytest.approx(expected, abs=0.005)


def test_worked_gabor_values(solution):
    column = plane_waves(7, 6, 0, 0, 3, 1)[3::-1, 3]
    assert np.round(column, 3) == pytest.approx([1, 0.473, -0.400, -0.607])
    for value in ("| 1.000 |", "| 0.473 |", "| −0.400 |", "| −0.607 |", "0.946 |", "0.801 |"):
        assert value in PROSE
    settings = (15, 5.5, 0.4, 0.9, 3.0, 0.6)
    assert solution["gabor"](*settings) == pytest.approx(plane_waves(*settings))


def test_worked_responses_of_a_simple_cell(solution):
    kernel = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
    lines = printed("demo-bar-kernel").splitlines()[-4:]
    patches = [lying_bar(3, 1), lying_bar(3, 1).T, np.fliplr(np.eye(3)), np.ones((3, 3))]
    assert [numbers(line)[0] for line in lines] == [np.vdot(kernel, patch) for patch in patches] == [6, 0, 0, 0]
    assert solution["simple_cell"](1 - lying_bar(3, 1), kernel) == 0


def test_the_tuning_curve_peaks_at_its_own_angle_and_has_the_printed_half_width(solution):
    """The half-width from a root finder on our own bar, turned by sampling a fine grid."""
    field = plane_waves(25, 8, np.pi / 2, 0, 4, 0.7)

    def response(degrees):
        angle = math.radians(degrees)
        y, x = np.indices((25, 25)) - 12
        distance = np.abs(-x * math.sin(angle) - y * math.cos(angle))
        return max(0.0, np.vdot(field, np.clip(2 - distance, 0, 1)))

    peak, half_width = numbers(printed("demo-tuning").splitlines()[-1])
    angles = np.arange(0, 181, 5)
    assert peak == 90 == angles[np.argmax([response(angle) for angle in angles])]
    half = response(90) / 2
    left, right = (optimize.brentq(lambda angle: response(angle) - half, *ends) for ends in ((45, 90), (90, 135)))
    assert half_width == pytest.approx((right - left) / 2, abs=0.5)      # straight lines between points 5 degrees apart
    assert 10 < half_width < 25 and "median near 40°, that is a half-width near 20°" in PROSE
    curve = solution["tuning_curve"](response, lambda degrees: degrees, angles)
    assert curve.max() == 1 and angles[curve.argmax()] == 90
    answers = {-40: 1, -20: 2, 0: 4, 20: 8, 40: 2}
    assert "answers 1, 2, 4, 8 and 2 to bars" in PROSE and "is 0.125, 0.25, 0.5, 1, 0.25" in PROSE
    assert solution["tuning_curve"](answers.get, lambda angle: angle, list(answers)) == pytest.approx(
        [0.125, 0.25, 0.5, 1, 0.25])


# ---------------------------------------------------------------------------------------------- 6 complex cells

def test_complex_cells_are_far_flatter_than_simple_cells():
    lines = printed("demo-slide").splitlines()[-4:]
    rows = {line[:17].strip(): numbers(line[17:])[:7] for line in lines}
    even, odd = (plane_waves(41, 8, 0, phase, 8, 0.7).sum(axis=1) for phase in (0, -np.pi / 2))
    sums = {name: np.array([lying_bar(41, 3, shift)[:, 0] @ field for shift in range(-6, 13)])
            for name, field in (("even", even), ("odd", odd))}
    on_shift = slice(6, 13)                              # shifts 0 to 6
    expected = {
        "simple, even": np.maximum(0, sums["even"])[on_shift],
        "simple, odd": np.maximum(0, sums["odd"])[on_shift],
        "complex, energy": np.hypot(sums["even"], sums["odd"])[on_shift] ** 2,
        "complex, maximum": [max(lying_bar(41, 3, shift - d)[:, 0] @ even for d in range(-6, 7)) for shift in range(7)],
    }
    assert list(rows) == list(expected)
    for name, values in expected.items():
        assert rows[name] == pytest.approx(np.array(values) / max(values), abs=0.006), name
    assert min(rows["simple, even"]) == min(rows["simple, odd"]) == 0
    assert rows["simple, even"][2] == 0.02 and rows["simple, odd"][4] == 0.03
    assert min(rows["complex, energy"]) == 0.57 and "never falls below 57 %" in PROSE
    assert min(rows["complex, maximum"]) == 1


def test_worked_complex_cells(solution):
    assert "energy is 9 + 16 = 25" in PROSE
    assert solution["complex_cell"](np.array([[3, -4]]), np.array([[1, 0]]), np.array([[0, 1]])) == 25
    planes = np.array([[[0, 5, 1], [2, 0, 0]], [[1, 0, 0], [0, 0, 3]]])
    assert "(5, 3)" in PROSE and list(solution["complex_cell_max"](planes)) == [5, 3]
    assert planes.max(axis=0).tolist() == [[1, 5, 1], [2, 0, 3]] and "1 & 5 & 1 \\\\ 2 & 0 & 3" in PROSE


# ---------------------------------------------------------------------------------------------- 7 neocognitron

def test_worked_planes(solution):
    plane = torch.tensor([[1.0, 2, 0], [3, 0, 4]])
    sums = F.conv2d(plane[None, None], torch.ones(1, 1, 1, 2))[0, 0]
    assert sums.tolist() == [[3, 2], [3, 4]] and "3 & 2 \\\\ 3 & 4" in PROSE
    assert F.relu(sums - 1).tolist() == [[2, 1], [2, 3]] and "2 & 1 \\\\ 2 & 3" in PROSE
    assert solution["s_plane"](plane[None].numpy(), np.ones((1, 1, 2)), 1).tolist() == [[2, 1], [2, 3]]
    plane = torch.tensor([[2.0, 1, 0, 4, 9], [0, 3, -5, -2, 9]])
    assert F.max_pool2d(plane[None], (1, 2))[0].tolist() == [[2, 4], [3, -2]] and "2 & 4 \\\\ 3 & -2" in PROSE
    assert solution["c_plane"](plane.numpy(), (1, 2)).tolist() == [[2, 4], [3, -2]]


def test_the_two_layer_neocognitron_finds_the_corner_anywhere_and_nothing_else():
    """The demo again, with torch's convolution and pooling."""
    def drawing(*rectangles):
        image = np.zeros((36, 48))
        for top, left, height, width in rectangles:
            image[top:top + height, left:left + width] = 1
        return image

    images = {"L": drawing((10, 11, 15, 3), (23, 11, 3, 16)), "L elsewhere": drawing((3, 25, 15, 3), (16, 25, 3, 16)),
              "mirrored L": drawing((10, 29, 15, 3), (23, 16, 3, 16)), "plus": drawing((11, 21, 15, 3), (17, 15, 3, 16)),
              "lying bar": drawing((18, 14, 3, 16))}
    bank = torch.from_numpy(np.stack([plane_waves(7, 7, np.deg2rad(angle), 0, 2, 0.7) for angle in (0, 45, 90, 135)]))
    corner = torch.zeros(1, 4, 5, 5, dtype=torch.float64)
    corner[0, 0, 2] = torch.tensor([-1, -1, 0, 1, 1])
    corner[0, 2, :, 2] = torch.tensor([1, 1, 0, -1, -1])
    answers = {}
    for name, image in images.items():
        s1 = F.relu(F.conv2d(torch.from_numpy(image)[None, None], bank[:, None], -0.5 * bank.abs().sum((1, 2))))
        c1 = F.max_pool2d(s1, 3)
        answers[name] = F.relu(F.conv2d(c1 / c1.max().clamp(min=1e-9), corner) - 2.5).max().item()
    shown = {line[:12].strip(): numbers(line[12:])[0] for line in printed("demo-neocognitron").splitlines()}
    assert shown == pytest.approx(answers, abs=0.006)
    assert shown["L"] == shown["L elsewhere"] > 1 and max(list(shown.values())[2:]) == 0
