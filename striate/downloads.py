"""MNIST, Fashion-MNIST and CIFAR-10 through torchvision: downloaded once with a progress bar, checked, then kept.

The folder has torchvision's own layout (MNIST/raw/…, cifar-10-batches-py/…), so files that are already on the computer
can be used by pointing STRIATE_DATA to the folder above them. Where CIFAR-10 itself is missing and the folder has a copy
of its pictures as JPEG files (see image_zip.py), that copy is read; `origin` says which it is.
"""
import os
from pathlib import Path

import numpy as np

from striate import image_zip

NAMES = {"MNIST": "MNIST", "FashionMNIST": "Fashion-MNIST", "CIFAR10": "CIFAR-10"}
SIZES = {"MNIST": "11 MB", "FashionMNIST": "30 MB", "CIFAR10": "170 MB"}
PLACES = {"MNIST": "MNIST/raw", "FashionMNIST": "FashionMNIST/raw", "CIFAR10": "cifar-10-batches-py"}


class DataNotAvailable(OSError):
    """A data set is neither on this computer nor could it be downloaded. The text says what to do."""


def folder():
    """Where data sets are kept: STRIATE_DATA if it is set, else data/cache in the folder of the course."""
    chosen = os.environ.get("STRIATE_DATA")
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parent.parent / "data" / "cache"


def load(name):
    """((train_images, train_labels), (test_images, test_labels)) of "MNIST", "FashionMNIST" or "CIFAR10".

    images: (N, channels, H, W) float32 in [0, 1]; labels: (N,) int64.
    Raises DataNotAvailable with one sentence that says what to do.
    """
    return _part(name, train=True), _part(name, train=False)


def origin(name):
    """What `load` reads: "original", or "copy recompressed as JPEG" if there is only such a copy of CIFAR-10."""
    return "copy recompressed as JPEG" if _only_a_copy(name) else "original"


def _only_a_copy(name):
    return name == "CIFAR10" and (folder() / image_zip.FILE).exists() and not (folder() / PLACES[name]).exists()


def _part(name, train):
    if _only_a_copy(name):
        return image_zip.read(folder() / image_zip.FILE, "train" if train else "test")
    from torchvision import datasets                     # imported late: it takes a second that other lessons save
    make, root = getattr(datasets, name), folder()
    try:
        try:
            found = make(root, train=train, download=False)
        except RuntimeError:                             # not there, or not the bytes that torchvision knows
            found = make(root, train=train, download=True)
    except (OSError, RuntimeError, EOFError, ValueError, AssertionError) as error:
        raise DataNotAvailable(
            f"{NAMES[name]} is not in {root} and could not be downloaded ({_reason(error)}); connect to the internet "
            f"once ({SIZES[name]}), or set STRIATE_DATA to a folder that has {PLACES[name]} in it.") from None
    images, labels = np.asarray(found.data), np.asarray(found.targets, dtype=np.int64)
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return images.astype(np.float32) / np.float32(255), labels


def _reason(error):
    """The first line of an error, short enough to stand in a sentence."""
    lines = str(error).strip().splitlines()
    return (lines[0].rstrip(".:") if lines else type(error).__name__)[:120]
