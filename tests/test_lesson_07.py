"""The worked numbers of lesson 07 stand in the notebook and are right, by other means than the lesson's own code."""
import contextlib
import io
import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats
from lesson_reader import Reader
from torch import nn

READER = Reader("07_training")
lesson, source, printed = READER.lesson, READER.source, READER.printed


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", text)]


@pytest.fixture(scope="module")
def solution():
    """What imports, set-up cells and solutions define."""
    return READER.names()


def run_demo(cell, names):
    """Run a demo up to its figure on a copy of some names -> the names afterwards."""
    names = dict(names)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(READER.texts[cell].partition("plot.show")[0], cell, "exec"), names)
    return names


# ---------------------------------------------------------------------------------------------- activations, initial weights

def test_derivatives():
    def sigmoid(x):
        return 1 / (1 + math.exp(-x))
    derivatives = {
        "sigmoid": lambda x: sigmoid(x) * (1 - sigmoid(x)), "tanh": lambda x: 1 - math.tanh(x) ** 2,
        "ReLU": lambda x: float(x > 0), "LeakyReLU": lambda x: 1 if x > 0 else 0.01, "softplus": sigmoid}
    for name, derivative in derivatives.items():
        line = re.search(rf"^{name} +derivative at -3, 0, 3: (.*)$", printed("demo-activations"), re.M)[1]
        assert numbers(line) == [round(derivative(x), 4) for x in (-3, 0, 3)]
    assert round(derivatives["sigmoid"](3), 3) == 0.045 and "0.045" in source("section-1b") and "0.953" in source("predict-intro-1")
    assert round(sigmoid(3), 3) == 0.953 and max(derivatives["sigmoid"](x / 10) for x in range(-50, 51)) == 0.25
    assert f"0.25^10 = {0.25 ** 10:.7f}" in printed("demo-activations")


def test_backward_pass_by_hand(solution):
    """The example of exercise 7.1, by differences of function values, and why the tempting version fails."""
    def sigmoid(x):
        return 1 / (1 + math.exp(-x))
    by_hand = 8 * (sigmoid(1e-6) - sigmoid(-1e-6)) / 2e-6
    text = READER.source(next(cell for cell in READER.texts if "### Exercise 7.1:" in READER.text(cell)))
    assert round(by_hand, 4) == 2 and "input 0 and gradient 8: the derivative is ¼, so the result is 2" in text
    assert solution["activation_backward"]("sigmoid", torch.zeros(2), torch.tensor([8.0, -8])).tolist() == [2, -2]
    ninety = torch.tensor(90.0)
    assert ninety.exp().isinf() and (ninety.exp() / (1 + ninety.exp())).isnan() and "In float32 $e^{90}$" in text


def test_relu_is_sparse_and_piecewise_linear(solution):
    share = int(re.search(r"(\d+)% are 0", printed("demo-relu"))[1])
    assert 35 <= share <= 65 and "about half" in source("section-1b")
    names = {**solution, "digits": (torch.rand(10, 1, 8, 8), None)}
    x = np.linspace(-3, 3, 301)
    y = run_demo("demo-relu", names)["y"].numpy().astype(float)
    curvature = np.abs(np.diff(y, 2))
    bends = x[1:-1][curvature > 1e-4]
    assert all(np.abs(bends[:, None] - np.linspace(-2, 2, 6)).min(1) < 0.021) and len(bends) >= 6


@pytest.mark.parametrize("cell, name, value, digits", [
    ("predict-7-1-slope", "slope_at_3", torch.func.grad(torch.sigmoid)(torch.tensor(3.0)).item(), 4),
    ("predict-7-2-first-loss", "first_loss", F.cross_entropy(torch.zeros(1, 200), torch.tensor([7])).item(), 2),
    ("predict-7-3-velocity", "velocity_after_3", sum(0.1 * 0.9 ** k for k in range(3)), 6),
])
def test_predictions(cell, name, value, digits):
    names = {}
    exec(READER.texts[cell], names)
    assert round(names[name], digits) == round(value, digits)


def test_first_losses():
    lines = re.findall(r"^last layer × ([\d.]+) +first loss ([\d.]+)$", printed("demo-first-loss"), re.M)
    losses = {float(factor): float(loss) for factor, loss in lines}
    assert f"\\ln 10 = {math.log(10):.4f}" in source("section-2")
    assert abs(losses[0.1] - math.log(10)) < 0.05 and losses[1] < 4 and losses[20] > 5
    assert "ln 10 = 2.30" in source("closing")


def test_what_the_rules_keep():
    assert math.isclose((2 / (32 * 3 * 3)) ** 0.5, 1 / 12) and "$\\sqrt{2/288} = 1/12$" in source("section-2b")
    sizes = {name: float(last) for name, last in re.findall(r"^(\S.*?) +layer 1 .*layer 20 (\S+)$", printed("demo-init"), re.M)}
    assert 0.5 < sizes["He"] / 2 ** 0.5 < 2                          # the first layer's inputs have no lost half: factor √2
    assert 0.4 < sizes["Xavier"] / 2 ** -9.5 < 2.5                   # half of the variance per layer after the first
    assert sizes["deviation 0.01"] < 1e-10 and sizes["deviation 0.2"] > 1e4


# ---------------------------------------------------------------------------------------------- steps and priors

def test_momentum_is_torchs_with_another_learning_rate(solution):
    weight = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    rule = torch.optim.SGD([weight], lr=0.01, momentum=0.9)
    w, v = weight.detach().numpy().copy(), np.zeros(2)
    for _ in range(7):
        loss = (weight ** 2 * torch.tensor([1.0, 5.0])).sum()
        rule.zero_grad()
        loss.backward()
        rule.step()
        w, v = solution["momentum_step"](w, 2 * w * np.array([1.0, 5]), v, lr=0.1)
    assert np.allclose(w, weight.detach().numpy())
    assert "learning rate 0.01 and momentum 0.9 makes the steps of our formula with learning rate 0.1" in source("section-3")


def test_window_of_momentum():
    for momentum, window in [(0.9, 10), (0.99, 100)]:
        weights = (1 - momentum) * momentum ** np.arange(5000)
        assert math.isclose(weights.sum(), 1) and math.isclose((weights * (np.arange(5000) + 1)).sum(), window)     # mean age
    assert "10 for $\\gamma = 0.9$, 100 for 0.99" in source("section-3") and "= 100 steps" in source("closing")


def test_valley(solution):
    """The order that the text under the picture claims; plain descent gets the mean step of the others."""
    names = run_demo("demo-valley", solution)
    loss = {name: (path[-1] ** 2 * [1, 30]).sum() / 2 for name, path in names["valley_paths"](0.2, 0.8).items()}
    assert loss["Nesterov"] < loss["momentum"] < loss["plain"]
    assert "lr=0.2, momentum=0.8" in source("demo-valley-picture")


def test_prior_and_decay(solution):
    decay = solution["weight_decay_from_prior"]
    assert math.isclose(decay(0.5, 1000), 0.004) and "$\\lambda = 0.004$" in source("section-5")
    assert math.isclose(decay(0.1, 10_000), 0.01) and "1/(10,000 · 0.01) = 0.01" in source("closing")
    rows = {sigma: (rate, weight) for sigma, rate, weight in map(numbers, printed("demo-prior").splitlines()[:3])}
    for sigma, (rate, _) in rows.items():
        assert math.isclose(rate, 2 * 0.2 ** 2 / (12 * sigma ** 2), rel_tol=0.01)
    assert rows[1000][1] > 10 * rows[1.5][1] > 10 * rows[0.1][1]


def test_map_is_what_the_written_question_says():
    """Minus the logarithm of likelihood and prior, over N, has the gradient of cross-entropy with λ = 1 / (N σ²)."""
    generator = torch.Generator().manual_seed(0)
    x, w, sigma = torch.randn(9, 4, generator=generator), torch.randn(4, 3, generator=generator).requires_grad_(), 0.7
    t = torch.arange(9) % 3
    prior = torch.distributions.Normal(0, sigma).log_prob(w).sum()
    likelihood = torch.distributions.Categorical(logits=x @ w).log_prob(t).sum()
    posterior, = torch.autograd.grad(-(likelihood + prior) / 9, w)
    loss, = torch.autograd.grad(F.cross_entropy(x @ w, t) + 1 / (9 * sigma ** 2) / 2 * (w ** 2).sum(), w)
    assert torch.allclose(posterior, loss, atol=1e-6)


# ---------------------------------------------------------------------------------------------- batch norm, dropout, experiment

def test_small_batch_norm():
    small = torch.tensor([1.0, 3, 5, 7]).reshape(2, 1, 1, 2)
    layer = nn.BatchNorm2d(1)
    assert [f"{value:.3f}" for value in layer(small).flatten()] == ["-1.342", "-0.447", "0.447", "1.342"]
    assert "$-1.342, -0.447, 0.447, 1.342$" in source("section-8")
    assert (small.var(correction=0), round(small.var().item(), 3)) == (5, 6.667)
    assert (round(layer.running_mean.item(), 3), round(layer.running_var.item(), 3)) == (0.4, 1.567)
    layer.eval()
    assert f"= {layer(torch.full((1, 1, 1, 1), 4.0)).item():.3f}" in source("section-8") and "2.876" in source("section-8")
    layer.train()
    lines = printed("demo-batch-norm").splitlines()
    for line in lines[1:3]:
        layer(small)
        assert numbers(line.partition(":")[2]) == [round(layer.running_mean.item(), 4), round(layer.running_var.item(), 4)]
    company = {line.split()[0]: [float(number) for number in re.findall(r"gives +(-?[\d.]+)", line)] for line in lines[3:]}
    assert len(set(company["evaluation"])) == 1 and [round(answer, 2) for answer in company["training"]] == [-1, 1]


def test_bias_before_batch_norm_and_its_scale_do_nothing():
    generator = torch.Generator().manual_seed(1)
    x, w = torch.randn(4, 2, 5, 6, generator=generator), torch.randn(3, 2, 3, 3, generator=generator)
    def normal(y):
        return F.batch_norm(y, None, None, training=True)
    assert torch.allclose(normal(F.conv2d(x, w)), normal(F.conv2d(x, 10 * w, torch.tensor([1.0, -2, 3]))), atol=1e-4)


def test_dropout_keeps_the_mean():
    assert np.allclose(numbers(printed("demo-dropout").partition("1 -2 3:")[2]), [1, -2, 3], atol=0.12)


def test_experiment():
    """What the text says of the printed table is true: the direction of each effect, and the numbers."""
    rows = re.findall(r"^(\S.*?) {2,}([\d.]+) +([\d.]+) ± ([\d.]+) % +([\d.]+) ± ([\d.]+) %$", printed("demo-experiment"), re.M)
    table = {name: [float(number) for number in values] for name, *values in rows}
    bare, norm, dropout, shifts = (table[name] for name in ("bare", "+ batch norm", "+ dropout", "+ shifts"))
    assert norm[0] < bare[0] - 0.3 and norm[1] < bare[1]                                       # faster, and better
    assert abs(dropout[1] - norm[1]) < dropout[2] + norm[2]                                    # within the spread
    assert shifts[3] < min(bare[3], norm[3], dropout[3]) / 2 and shifts[1] > norm[1]           # the moved digits, and the price
    text = source("experiment-after")
    assert f"falls from {bare[0]:.2f} to {norm[0]:.2f}" in text and f"from {bare[1]:.1f} % to {norm[1]:.1f} %" in text
    assert all(f"{value:.1f} %" in text for value in (bare[3], shifts[3], shifts[1]))


# ---------------------------------------------------------------------------------------------- tests of the tests

def outside(count, share, limit):
    """The chance that a binomial number is at least `limit` away from its mean."""
    mean = count * share
    return stats.binom.cdf(math.floor(mean - limit), count, share) + stats.binom.sf(math.ceil(mean + limit) - 1, count, share)


def test_random_checks_fail_less_than_once_in_a_million():
    """The chance that a right answer loses a test of random numbers, added over all that a notebook's tests look at."""
    total = 0.0
    for counts in ([20_000, 20_000, 10_000, 10_000, 10_000, 10_000], [4000, 4000, 2000, 2000]):      # dropout, dropout2d
        for p in (0.3, 0.5, 0.75):
            shares = [p] + [p ** 2 + (1 - p) ** 2] * (len(counts) - 1)
            total += sum(outside(n, share, 6.5 * (n * share * (1 - share)) ** 0.5) for n, share in zip(counts, shares))
    total += 2 * outside(10_000, 0.2, 300)                                                            # their visible checks
    total += 2 * 0.7 ** 3000 + 0.95 ** 4200 + 0.2 ** 300 + 0.6 ** 400 + 0.8 ** 200 + 0.8 ** 1000      # "all or none"
    for max_shift, flip in [(2, 0.3), (1, 0.6)]:                                                      # random_shift_flip
        for share in (flip, 1 - flip):
            pairs = (2 * max_shift + 1) ** 2
            each = share / pairs
            total += outside(4000, share, 6.5 * (4000 * share * (1 - share)) ** 0.5)
            total += pairs * ((1 - each) ** 4000 + outside(4000, each, 6.5 * (4000 * each * (1 - each)) ** 0.5 + 10))
    total += 2 * (7 / 9) ** 300 + 2 * 0.5 ** 100                                                      # its visible checks
    for count, fan_in, limit in ((40_000, 100, 0.0035), (24_000, 240, 0.003)):                        # he_normal_, visible
        size = (2 / fan_in) ** 0.5
        far = count * (1 + np.array([-1, 1]) * (limit - 0.0001) / size) ** 2
        total += stats.chi2.cdf(far[0], count) + stats.chi2.sf(far[1], count)
    total += 2 * stats.norm.sf(0.005 / (0.02 / 40_000) ** 0.5) + stats.norm.cdf(0.35 / 0.02 ** 0.5) ** 40_000
    for count in (900 * 32, 20 * 1250, 60 * 16 * 30, 300 * 80, 8 * 30 * 112):                         # he_normal_
        spread = count * (1 + np.array([-6.5, 6.5]) / (2 * count) ** 0.5) ** 2
        total += stats.chi2.cdf(spread[0], count) + stats.chi2.sf(spread[1], count) + 4 * stats.norm.sf(6.5)
        total += outside(count, 0.0455, 6.5 * (count * 0.0455 * 0.9545) ** 0.5)
    assert total < 1e-6, total
