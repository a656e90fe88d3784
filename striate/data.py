"""Pictures and data sets for the lessons: `load("photo")`, `load("mnist1d")`. What the lessons need works offline.

Licences and sources of each data set are on the cards in data/README.md.
"""
import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from striate import downloads
from striate.downloads import DataNotAvailable  # noqa: F401  (what `load` raises)

RESULTS = Path(__file__).resolve().parent.parent / "data" / "results"


def load(name):
    """Load a picture or a data set by name.

    Without internet:
    "photo":   (427, 640, 3) float in [0, 1], RGB. A Chinese temple roof.
    "flower":  (427, 640, 3) float in [0, 1], RGB. A dahlia.
    "digits":  images (1797, 8, 8) float in [0, 1] and labels (1797,) int, 0 to 9. Handwritten digits, as a pair.
    "mnist1d": (x, y) for training and (x, y) for testing: 4,000 and 1,000 signals (N, 40) float32 of mean 0 and
               standard deviation 1, labels (N,) int. The published MNIST-1D, generated here in about a second.
    "scenes":  a striate.scenes.Scenes for training (2,000 scenes) and one for testing (500): small colour pictures
               with labels, boxes and masks, drawn here. More of them, or others: `striate.scenes.generate`.

    Downloaded once, then kept (folder: STRIATE_DATA, by default data/cache of the course); each is (images, labels)
    for training and (images, labels) for testing, images float32 in [0, 1], labels int:
    "mnist":         (60000, 1, 28, 28) and (10000, 1, 28, 28). Handwritten digits.
    "fashion_mnist": the same shapes. Clothes.
    "cifar10":       (50000, 3, 32, 32) and (10000, 3, 32, 32). Small colour photographs of ten kinds of things.

    Every call gives fresh arrays, so changing them changes nothing else.
    Raises ValueError for a name that is not in this list, DataNotAvailable if a download fails.

    Sources: the photographs come with scikit-learn and are under CC BY 2.0, "photo" by Daniel Buechele and "flower"
    from the Flickr user vultilion (scikit-learn's note names Daniel Buechele there too). The digits are the test
    set of E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, CC BY 4.0. For all others see data/README.md.
    """
    if name not in _LOADERS:
        raise ValueError(f"There is no data set {name!r}; the names are: {', '.join(sorted(_LOADERS))}.")
    return _LOADERS[name]()


def stored(name):
    """The results of a long experiment, as `python -m striate.experiments` wrote them to data/results/NAME.json.

    Returns a dict: "about" and "recipe" say what was done, "parts" what each run gave, with its seed, versions,
    hardware and time. Raises ValueError for an experiment that has no stored results.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        known = sorted(path.stem for path in RESULTS.glob("*.json"))
        raise ValueError(f"There are no stored results {name!r}; there are: {', '.join(known) or 'none'}.")
    return json.loads(path.read_text(encoding="utf-8"))


def gray(image):
    """The luminance of a colour image: 0.299 red + 0.587 green + 0.114 blue.

    image: (..., H, W, 3) numbers; returns (..., H, W) float in the same units.
    Raises ValueError if the last axis does not have length 3.
    Source: the weights of ITU-R Recommendation BT.601, which say how bright each colour looks to us.
    """
    image = np.asarray(image)
    if image.ndim < 3 or image.shape[-1] != 3:
        raise ValueError(f"A colour image has shape (height, width, 3); this array has shape {image.shape}.")
    return image @ np.array([0.299, 0.587, 0.114])


def _sample_photograph(file_name):
    from sklearn.datasets import load_sample_image      # imported late: it takes a second that other lessons save
    return load_sample_image(file_name) / 255.0


def _digits():
    from sklearn.datasets import load_digits
    digits = load_digits()
    return digits.images / 16.0, digits.target.copy()


def _mnist1d():
    train, test = _mnist1d_once()
    return tuple(array.copy() for array in train), tuple(array.copy() for array in test)


@lru_cache(maxsize=1)
def _mnist1d_once():
    from striate import mnist1d
    return mnist1d.generate()


def _scenes():
    from striate import scenes
    return scenes.generate(2000, seed=1), scenes.generate(500, seed=2)


# A new data set is a new line here: its name, and a function without arguments that loads it.
_LOADERS = {
    "photo": lambda: _sample_photograph("china.jpg"),
    "flower": lambda: _sample_photograph("flower.jpg"),
    "digits": _digits,
    "mnist1d": _mnist1d,
    "scenes": _scenes,
    "mnist": lambda: downloads.load("MNIST"),
    "fashion_mnist": lambda: downloads.load("FashionMNIST"),
    "cifar10": lambda: downloads.load("CIFAR10"),
}
