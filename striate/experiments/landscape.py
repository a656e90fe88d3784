"""Loss surfaces of trained networks, at a fraction of the usual cost.

A surface is the loss at w + a·d1 + b·d2 for a grid of (a, b), d1 and d2 two random directions with the norm of each
filter, batch norm in prediction mode. Li, Xu, Taylor, Studer and Goldstein (2018), Visualizing the Loss Landscape of
Neural Nets, arXiv:1712.09913. What makes it cheap here:
    every point:    batch norm folded into the convolutions, channels last, bfloat16 where the hardware multiplies it;
    fewer points:   the logarithm of the loss is smooth, so a cubic spline fills in what was not measured;
    fewer images:   all points use the same images, so the surface keeps its shape long before its mean is exact.
The rule for the last two is `frugal_surface`.
"""
import numpy as np
import torch
import torch.nn.functional as F

from striate.experiments.folding import fold
from striate.experiments.lessons import names_of
from striate.progress import ProgressLine

LARGEST = 1e30               # stands for a loss that is no longer a number, or too large for one


def directions(model, seed, count=2):
    """Random directions for a network, normalised per filter, by lesson 13's own functions -> list of dicts.

    Weights that do not move (biases, batch norm) are left out. Each is {name: tensor}.
    """
    lesson = names_of("13_loss_surface")
    weights = {name: weight.detach().cpu() for name, weight in model.named_parameters()}
    drawn = (lesson["random_direction"](weights, count * seed + number) for number in range(count))
    return [{name: step for name, step in lesson["filter_normalise"](draw, weights).items() if step.any()}
            for draw in drawn]


def losses(model, pair, images, labels, alphas, betas, precision=torch.float32, batch_size=50, label=None):
    """The loss of every image at every point (a, b) -> (len(alphas), len(betas), N) float64, at most LARGEST.

    model: a trained network, not changed; it is folded, and computes on the device of `images` (N, channels, H, W).
    pair: two directions as `directions` gives them. alphas: steps along the first, betas: along the second.
    precision: torch.float32 or torch.bfloat16. label: text for the line that is left when it is done.
    """
    folded, factors = fold(model.cpu(), images[:2].cpu().float())
    start = {name: weight.clone() for name, weight in folded.named_parameters() if name in pair[0]}
    first, second = ({name: direction[name] * factors.get(name, 1.0) for name in start} for direction in pair)
    channels_last = torch.channels_last if images.ndim == 4 else torch.contiguous_format
    folded.to(images.device, precision, memory_format=channels_last)
    weights, device = dict(folded.named_parameters()), images.device
    start, first, second = ({name: tensor.to(device) for name, tensor in part.items()} for part in (start, first, second))
    batches = [batch.to(precision).contiguous(memory_format=channels_last) for batch in images.split(batch_size)]
    found = np.empty((len(alphas), len(betas), len(images)))
    bar = ProgressLine(found[..., 0].size, label is not None)
    with torch.inference_mode():
        for row, a in enumerate(alphas):
            for column, b in enumerate(betas):
                for name in start:
                    weights[name].copy_(start[name] + float(a) * first[name] + float(b) * second[name])
                outputs = torch.cat([folded(batch) for batch in batches]).float()
                each = F.cross_entropy(outputs, labels, reduction="none").double()
                found[row, column] = each.nan_to_num(LARGEST, LARGEST).clamp(max=LARGEST).cpu().numpy()
                bar.update(row * len(betas) + column + 1)
    bar.finish(label)
    return found


def frugal_surface(model, pair, images, labels, limit=1.0, count=25, start=7, first_images=64,
                   images_agree=0.99, points_agree=0.99, precision=torch.float32):
    """log10 of the mean loss on a grid of count × count points from −limit to limit, from as few as the rule allows.

    Images: begin with `first_images` on a coarse grid of start × start points. As long as the surfaces of the two halves
    of these images correlate by r < `images_agree`, take twice as many. With r the whole sample correlates with the
    surface of endlessly many images by about √(2r / (1 + r)) (Spearman 1910, Brown 1910): 0.997 for r = 0.99.
    Points: halve the spacing (7, 13, 25 … points a side) until the spline through the coarser grid predicts the points
    of the finer one with a correlation of `points_agree`; the spline through the finer grid is the answer.
    Correlations are those of log10 of the loss. At most all `images`, and no finer grid than `count` points a side.
    Returns the surface (count, count), and a dict that tells how many points and images were used, and both correlations.
    """
    def measure(positions, first, last):
        return losses(model, pair, images[first:last], labels[first:last], positions, positions, precision)

    positions = np.linspace(-limit, limit, start)
    used = min(first_images, len(images))
    each = measure(positions, 0, used)
    while (agreement := correlation(*(log_mean(half) for half in (each[..., ::2], each[..., 1::2])))) < images_agree \
            and used < len(images):
        more = min(2 * used, len(images))
        each, used = np.concatenate([each, measure(positions, used, more)], axis=2), more

    values, prediction = log_mean(each), 0.0
    while prediction < points_agree and 2 * len(positions) - 1 <= count:
        finer = np.linspace(-limit, limit, 2 * len(positions) - 1)
        measured = np.empty((len(finer), len(finer)))
        measured[::2, ::2] = values
        # What lies between the old points: whole rows of new positions, and new columns of the old rows.
        measured[1::2] = log_mean(losses(model, pair, images[:used], labels[:used], finer[1::2], finer, precision))
        measured[::2, 1::2] = log_mean(losses(model, pair, images[:used], labels[:used], positions, finer[1::2], precision))
        new = np.ones(measured.shape, bool)
        new[::2, ::2] = False
        prediction = correlation(spline(positions, values, finer)[new], measured[new])
        positions, values = finer, measured
    told = {"points a side": len(positions), "images": used, "halves of the images agree": round(agreement, 4),
            "coarser spline predicts": round(prediction, 4)}
    return spline(positions, values, np.linspace(-limit, limit, count)), told


def log_mean(each):
    """log10 of the mean over the images: (…, N) -> (…)."""
    return np.log10(np.maximum(each.mean(-1), 1e-12))


def spline(positions, values, wanted):
    """A cubic spline through values (n, n) at positions × positions, read at wanted × wanted."""
    from scipy.interpolate import RectBivariateSpline
    return RectBivariateSpline(positions, positions, values, s=0)(wanted, wanted)


def correlation(first, second):
    """Pearson's correlation of all numbers of two arrays."""
    return float(np.corrcoef(np.ravel(first), np.ravel(second))[0, 1])


def local_minima(surface):
    """How many inner points of a grid are lower than all their eight neighbours."""
    inner = surface[1:-1, 1:-1]
    height, width = surface.shape
    neighbours = [surface[1 + down:height - 1 + down, 1 + right:width - 1 + right]
                  for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
    return int(np.all([inner < other for other in neighbours], axis=0).sum())
