"""Small colour scenes drawn by the computer: shape, texture, colour, position, size, turn and background all vary.

Data to train on without internet, for recognising (what is it?), detecting (where is it?) and segmenting (which pixels
are it?). Each property is drawn independently of the others, so that none of them gives another one away.
"""
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

SHAPES = ("disc", "square", "triangle", "cross", "ring", "star")
TEXTURES = ("plain", "stripes", "dots", "checks")
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
BACKGROUNDS = ("plain", "slope", "clouds", "waves")

_RGB = np.array([[.86, .15, .15], [.15, .65, .2], [.15, .3, .88], [.92, .85, .12], [.58, .2, .72], [.95, .52, .08]])
_FINE = 3                    # sub-pixels per pixel and axis, for smooth edges


@dataclass(frozen=True)
class Scenes:
    """N scenes of up to M objects each. Places without an object have -1 in the numbers and 0 in boxes and masks.

    images:      (N, 3, H, W) float32 in [0, 1], RGB.
    shapes, textures, colours: (N, M) int64, positions in SHAPES, TEXTURES and COLOURS.
    boxes:       (N, M, 4) float32: left, top, right, bottom in pixels. The object fills the columns from left up to but
                 not including right, and the rows from top up to but not including bottom.
    masks:       (N, M, H, W) bool: the pixels of each object. Objects do not overlap.
    backgrounds: (N,) int64, positions in BACKGROUNDS.
    """
    images: np.ndarray
    shapes: np.ndarray
    textures: np.ndarray
    colours: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray
    backgrounds: np.ndarray

    @property
    def labels(self):
        """(N,) the shape of each scene's first object, for telling scenes apart."""
        return self.shapes[:, 0]

    @property
    def class_maps(self):
        """(N, H, W) int64: 0 for background, 1 + shape for the pixels of an object, as segmentation wants it."""
        return ((1 + self.shapes)[:, :, None, None] * self.masks).sum(axis=1)


def generate(count, seed, size=(48, 64), objects=1):
    """Draw `count` scenes: the same seed gives the same scenes. Returns Scenes.

    size: (height, width) in pixels, at least 16 each. objects: a number, or a pair (fewest, most) of which each number
    is equally likely. Raises ValueError for a size or a number of objects that cannot be drawn.
    """
    height, width = size
    fewest, most = (objects, objects) if np.ndim(objects) == 0 else objects
    if min(size) < 16:
        raise ValueError(f"Scenes are at least 16 pixels high and wide, not {height} × {width}.")
    if not 1 <= fewest <= most <= 6:
        raise ValueError(f"A scene has 1 to 6 objects, not {objects}.")
    rng = np.random.default_rng(seed)
    images = np.empty((count, 3, height, width), np.float32)
    numbers = np.full((3, count, most), -1)
    boxes, masks = np.zeros((count, most, 4), np.float32), np.zeros((count, most, height, width), bool)
    backgrounds = rng.integers(len(BACKGROUNDS), size=count)
    for scene in range(count):
        image = _background(BACKGROUNDS[backgrounds[scene]], size, rng)
        for place, (row, column, radius) in enumerate(_places(rng.integers(fewest, most + 1), size, rng)):
            kinds = [rng.integers(len(names)) for names in (SHAPES, TEXTURES, COLOURS)]
            numbers[:, scene, place] = kinds
            masks[scene, place] = _draw(image, row, column, radius, *kinds, rng)
            boxes[scene, place] = _box(masks[scene, place])
        images[scene] = (image + 0.02 * rng.standard_normal(image.shape)).clip(0, 1)
    return Scenes(images, *numbers, boxes, masks, backgrounds)


def _places(count, size, rng):
    """(row, column, radius) of circles inside the picture that do not touch each other."""
    smallest, largest = 0.15 * min(size), 0.3 * min(size)
    places = []
    while len(places) < count:
        radius = rng.uniform(smallest, largest)
        row, column = (rng.uniform(radius, side - radius) for side in size)
        if all(np.hypot(row - r, column - c) > radius + other + 1 for r, c, other in places):
            places.append((row, column, radius))
        largest *= 0.98                      # crowded: try smaller ones, and when that is over, start over
        if largest < smallest:
            places, smallest, largest = [], 0.95 * smallest, 0.3 * min(size)
    return places


def _background(kind, size, rng):
    """(3, height, width): two greyish colours, and a pattern that says where which one is."""
    low, high = (rng.uniform(0.25, 0.75) + rng.uniform(-0.08, 0.08, (2, 3)) + [[-0.12], [0.12]])[:, :, None, None]
    rows, columns = np.mgrid[:size[0], :size[1]] / max(size)
    angle, phase = rng.uniform(0, 2 * np.pi, 2)
    along = np.cos(angle) * rows + np.sin(angle) * columns
    if kind == "plain":
        pattern = np.full(size, rng.uniform())
    elif kind == "slope":
        pattern = (along - along.min()) / np.ptp(along)
    elif kind == "waves":
        pattern = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(2, 5) * along + phase)
    else:
        pattern = gaussian_filter(rng.standard_normal(size), max(size) / 16, mode="wrap")
        pattern = (pattern - pattern.min()) / np.ptp(pattern)
    return low + (high - low) * pattern


def _draw(image, row, column, radius, shape, texture, colour, rng):
    """Paint one object onto `image` (in place); returns its mask (height, width)."""
    height, width = image.shape[1:]
    top, left = int(row - radius), int(column - radius)
    bottom, right = min(height, int(row + radius) + 2), min(width, int(column + radius) + 2)
    fine = (np.arange(_FINE) + 0.5) / _FINE
    rows = (np.arange(top, bottom)[:, None] + fine).ravel()[:, None]
    columns = (np.arange(left, right)[:, None] + fine).ravel()
    turn = rng.uniform(0, 2 * np.pi)
    y, x = (rows - row) / radius, (columns - column) / radius
    u, v = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x

    cover = _coarse(_inside(SHAPES[shape], u, v))
    shade = _coarse(np.where(_dark(TEXTURES[texture], u, v), 0.5, 1.0))
    paint = (_RGB[colour] + rng.uniform(-0.06, 0.06, 3))[:, None, None] * shade
    patch = image[:, top:bottom, left:right]
    patch += cover * (paint - patch)
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = cover >= 0.5
    return mask


def _inside(shape, u, v):
    """Whether points (u, v) lie in a shape of radius 1 around 0."""
    r = np.hypot(u, v)
    if shape == "disc":
        return r <= 0.9
    if shape == "square":
        return np.maximum(abs(u), abs(v)) <= 0.7
    if shape == "triangle":
        return np.maximum(v, abs(u) * 3 ** 0.5 / 2 - v / 2) <= 0.5
    if shape == "cross":
        return (np.minimum(abs(u), abs(v)) <= 0.27) & (np.maximum(abs(u), abs(v)) <= 0.92)
    if shape == "ring":
        return (r <= 0.95) & (r >= 0.5)
    return r * (1.5 - 0.55 * np.cos(5 * np.arctan2(v, u))) <= 0.95      # a star with five points


def _dark(texture, u, v):
    """Whether points lie on the dark part of a texture."""
    if texture == "stripes":
        return np.sin(9 * u) > 0
    if texture == "dots":
        return np.cos(9 * u) + np.cos(9 * v) > 0.7
    if texture == "checks":
        return np.sin(7 * u) * np.sin(7 * v) > 0
    return np.zeros(u.shape, bool)


def _coarse(fine):
    """Mean over the sub-pixels of each pixel."""
    rows, columns = (side // _FINE for side in fine.shape)
    return fine.reshape(rows, _FINE, columns, _FINE).mean(axis=(1, 3))


def _box(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
