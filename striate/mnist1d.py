"""MNIST-1D: ten digits drawn as short signals, generated here exactly as published.

The data set of S. Greydanus and D. Kobak (2024), Scaling down deep learning with MNIST-1D, ICML (arXiv:2011.14439).
Written anew after the authors' generator (the package mnist1d, Apache License 2.0), from which the ten templates and
all settings come. The random numbers are drawn in the same order from the same seed, so the result is theirs: the
checksum below was taken from the original's output.
"""
import hashlib

import numpy as np
from scipy.ndimage import gaussian_filter

POSITIONS = 40               # numbers in a signal of the data set
SEED = 42
SHA256 = "e051c8bd6bf115350c592615ee38c8e61442875a67da419c4dd8db4c1fdc7436"

# One digit a row: the height of a pen stroke at twelve moments. Drawn by the authors, by hand.
TEMPLATES = np.array([
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
])


def templates():
    """The ten digits before any distortion: (10, 12) float64, each starting and ending at 0."""
    strokes = TEMPLATES - TEMPLATES.mean(axis=1, keepdims=True)
    strokes /= strokes.std(axis=1, keepdims=True)
    return (strokes - strokes[:, :1]) / 6


def generate(count=5000, seed=SEED):
    """Make the data set: ((train_x, train_y), (test_x, test_y)), four fifths and one fifth of `count`.

    x: (N, 40) float32 of mean 0 and standard deviation 1 over all signals; y: (N,) int64, 0 to 9.
    count is rounded down to a multiple of 10, so that each digit is equally frequent. The published set is
    generate() with the defaults; another seed gives new signals of the same kind.
    """
    rng = np.random.RandomState(seed)              # the legacy generator, as the original uses it
    signals, labels = [], []
    for label, stroke in enumerate(templates()):
        for _ in range(count // 10):
            signals.append(_distort(stroke, rng))
            labels.append(label)
    order = rng.permutation(len(labels))
    x, y = np.stack(signals)[order], np.array(labels)[order]
    x = ((x - x.mean()) / x.std()).astype(np.float32)
    split = int(0.8 * len(y))
    return (x[:split], y[:split]), (x[split:], y[split:])


def checksum(train, test):
    """SHA-256 of a data set: the bytes of train_x, train_y, test_x and test_y, as little-endian float32 and uint8."""
    parts = [np.asarray(x, "<f4").tobytes() + np.asarray(y, np.uint8).tobytes() for x, y in (train, test)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _distort(stroke, rng):
    """One noisy example: pad, stretch, scale, shift, fill with noise, tilt, and take 40 samples. (12,) -> (40,)."""
    padding = 36 + int(rng.rand() * 25)                        # 36 to 60 zeros after the stroke
    signal = np.concatenate([stroke + 1e-8, np.zeros(padding)])  # never 0 inside the stroke: this marks where it is
    signal = _resample(signal, len(stroke) + 60)
    signal *= 1 + 0.4 * (rng.rand() - 0.5)
    signal = np.roll(signal, rng.choice(48))

    inside = signal != 0
    background = gaussian_filter(0.25 * rng.randn(len(signal)), 2)
    signal = inside * signal + (1 - inside) * background
    signal = signal + 0.02 * rng.randn(len(signal))

    tilt = 0.75 * (rng.rand() - 0.5)
    return _resample(signal - tilt * np.linspace(-0.5, 0.5, len(signal)), POSITIONS)


def _resample(signal, length):
    """The signal at `length` evenly spaced points, first and last kept, straight lines between its samples."""
    return np.interp(np.linspace(0, 1, length), np.linspace(0, 1, len(signal)), signal)
