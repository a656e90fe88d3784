"""Pictures and data sets for the lessons: `load("photo")`. Everything here works without internet.

Licences and sources of each data set are on the cards in data/README.md.
"""
import numpy as np


def load(name):
    """Load a picture or a data set by name.

    "photo":  (427, 640, 3) float in [0, 1], RGB. A Chinese temple roof.
    "flower": (427, 640, 3) float in [0, 1], RGB. A dahlia.
    "digits": images (1797, 8, 8) float in [0, 1] and labels (1797,) int, 0 to 9. Handwritten digits, as a pair.

    Every call gives a fresh array, so changing it changes nothing else.
    Raises ValueError for a name that is not in this list.

    Sources: the photographs come with scikit-learn and are under CC BY 2.0, "photo" by Daniel Buechele and "flower"
    from the Flickr user vultilion (scikit-learn's note names Daniel Buechele there too). The digits are the test
    set of E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, CC BY 4.0.
    """
    if name not in _LOADERS:
        raise ValueError(f"There is no data set {name!r}; the names are: {', '.join(sorted(_LOADERS))}.")
    return _LOADERS[name]()


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


# A new data set is a new line here: its name, and a function without arguments that loads it.
_LOADERS = {
    "photo": lambda: _sample_photograph("china.jpg"),
    "flower": lambda: _sample_photograph("flower.jpg"),
    "digits": _digits,
}
