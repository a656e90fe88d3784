"""Figures in one style: show_image, show_images, show_kernels, show_curves, show_surfaces.

Each function draws one figure and ends with `show`, which prints the caption for readers who cannot see the figure.
A cell that draws with plt itself ends with `plot.show("…")` for the same reason.
The colours of the curves are those of M. Okabe and K. Ito (2008), Color Universal Design: they can be told apart by
colour-blind readers (tests/test_accessibility.py measures it), and each curve has its own line style and marker as
well. Maps of numbers are grey, blue-white-red (safe for red-green blindness) or viridis.
"""
import math

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

from striate.notebook import wrapped

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
LINES = ["-", "--", "-.", ":", "-", "--", "-."]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]

STYLE = {
    "figure.dpi": 80,
    "savefig.dpi": 80,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.alpha": 0.3,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.0,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINES),
}
WIDTH = 9.0      # inches: at 80 dots an inch, 720 pixels, which fits the text column of a notebook
SIGNED, GREY, HEIGHT = "RdBu_r", "gray", "viridis"       # colour maps: around 0, from black to white, of surfaces


def show(caption=None):
    """Show the figure drawn last, and below it its caption: one or two sentences that say what can be seen.

    In a notebook the caption is also stored with the picture, as its alternative text, which pages made from notebooks
    hand to screen readers. JupyterLab itself does not; there the printed line is what a screen reader finds.
    """
    if caption and "inline" in plt.get_backend():
        from IPython.display import display
        figure = plt.gcf()
        display(figure, metadata={"image/png": {"alt": caption}})
        plt.close(figure)
    else:
        plt.show()
    if caption:
        print(wrapped(caption))


def show_image(image, title=None, limits=None, caption=None, colourbar=False, axes=False, width=5.0):
    """Show one image. For the arguments see `show_images`; width is that of the figure in inches."""
    _grid([image], [title], limits, 1, colourbar, axes, width, largest_panel=width)
    show(caption)


def show_images(images, titles=None, limits=None, caption=None, columns=None, colourbar=False, axes=False,
                width=WIDTH):
    """Show several images beside each other.

    images: list of (H, W) numbers, drawn in grey or, if any is negative, in blue-white-red around 0;
        (H, W, 3) in [0, 1] is drawn in colour.
    titles: list of strings, one per image.
    limits: (low, high) for black and white. By default all images share one range, so that they can be compared:
        from the smallest to the largest value, or symmetric about 0 if any is negative.
        "each" gives every image its own range instead.
    caption: one sentence, printed below the figure.
    columns: images in a row (default: at most 4). colourbar: draw the scale. axes: number the rows and columns.
    width: of the figure in inches. Keep photographs small, or the notebook's file becomes large.
    """
    _grid(images, titles, limits, columns, colourbar, axes, width)
    show(caption)


def show_kernels(kernels, titles=None, annotate=True, limits=None, caption=None, columns=None, digits=None):
    """Show small arrays as coloured squares, blue below 0, white at 0, red above, with the numbers in the cells.

    kernels: list of (K, L) numbers, or one such array.
    annotate: write the numbers into the cells. digits: decimals of a number that is not whole (default 2).
    Other arguments as in `show_images`; limits are symmetric about 0 by default.
    """
    kernels = [kernels] if np.ndim(kernels[0]) < 2 else list(kernels)
    kernels = [np.asarray(kernel) for kernel in kernels]
    largest = _largest(kernels)
    limits = limits or (-largest, largest)
    panels = _grid(kernels, titles, limits, columns, False, False, WIDTH, largest_panel=2.6)
    for axis, kernel in zip(panels, kernels):
        axis.set_xticks(np.arange(kernel.shape[1] + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(kernel.shape[0] + 1) - 0.5, minor=True)
        axis.grid(which="minor", color="0.6", linewidth=0.5, alpha=1)
        axis.tick_params(which="both", length=0)
        for (row, column), value in np.ndenumerate(kernel) if annotate else ():
            axis.text(column, row, _number(value, digits), ha="center", va="center",
                      color=_ink(axis.images[0], value), fontsize=11 if kernel.shape[1] <= 5 else 8)
    show(caption)


def show_curves(x, curves, xlabel, ylabel, title=None, log=False, caption=None, markers=None, vertical=None):
    """Draw one or more curves over the same x.

    x: (N,) numbers. curves: {label: (N,) numbers}.
    log: False, or "x", "y" or "xy" for the axes that get a logarithmic scale.
    markers: mark the points (default: if there are at most 20).
    vertical: {label: x position} of thin upright lines.
    """
    with plt.rc_context(STYLE):
        _, axis = plt.subplots(figsize=(7.0, 3.6))
        markers = len(x) <= 20 if markers is None else markers
        for index, (label, y) in enumerate(curves.items()):
            axis.plot(x, y, label=label, marker=MARKERS[index % len(MARKERS)] if markers else None)
        for label, position in (vertical or {}).items():
            axis.axvline(position, color="0.4", linewidth=1, linestyle=":")
            axis.annotate(label, (position, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -3),
                          textcoords="offset points", va="top", color="0.3", fontsize=10)
        axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
        if "x" in (log or ""):
            axis.set_xscale("log")
            if len(x) <= 12:
                axis.set_xticks(x, [f"{value:g}" for value in x])
                axis.minorticks_off()
        if "y" in (log or ""):
            axis.set_yscale("log")
        axis.grid(True)
        if len(curves) > 2:
            axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        elif len(curves) > 1:
            axis.legend()
    show(caption)


def show_surfaces(surfaces, x, y, labels=("α", "β"), value="log10 of the loss", highest=2.0, mountains=False,
                  paths=None, caption=None):
    """Draw functions of two numbers side by side in one colour scale: contours, or mountains seen from the side.

    surfaces: {title: (len(x), len(y)) numbers}, [i, j] at x[i] to the right and y[j] upwards; labels: of x and y.
    value: what the numbers are. highest: larger numbers are cut off there.
    paths: {title: (points, 2) numbers} to be drawn over the contours.
    """
    surfaces = {title: np.asarray(values, dtype=float) for title, values in surfaces.items()}
    lowest = min(0.25 * np.floor(4 * values.min()) for values in surfaces.values())
    levels = np.arange(lowest, highest + 0.125, 0.25)
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(surfaces), squeeze=False, sharey=not mountains,
                                      figsize=(min((3.2 if mountains else 3.9) * len(surfaces) + 1, 9.5), 3.3),
                                      subplot_kw={"projection": "3d"} if mountains else None)
        for axis, (title, values) in zip(panels.flat, surfaces.items()):
            shown = values.clip(lowest, levels[-1]).T
            if mountains:
                drawn = axis.plot_surface(*np.meshgrid(x, y), shown, cmap=HEIGHT, vmin=lowest, vmax=levels[-1],
                                          rstride=1, cstride=1, linewidth=0.2, edgecolor="white")
                axis.set(zlim=(lowest, levels[-1]))
            else:
                drawn = axis.contourf(x, y, shown, levels, cmap=HEIGHT)
                axis.contour(x, y, shown, levels, colors="white", linewidths=0.4, linestyles="-")
                axis.locator_params(nbins=5 if len(surfaces) < 3 else 4)
            if paths and title in paths:
                axis.plot(*np.asarray(paths[title]).T, color=COLOURS[1], marker="o", markersize=4, linewidth=1.5)
            axis.set(title=title, xlabel=labels[0], ylabel=labels[1] if mountains or axis is panels[0, 0] else None)
        figure.colorbar(drawn, ax=list(panels.flat), label=value, shrink=0.6 if mountains else 1.0)
    show(caption)


def _grid(images, titles, limits, columns, colourbar, axes, width, largest_panel=4.5):
    """Draw images in rows and columns; returns the panels in order."""
    images = [np.asarray(image) for image in images]
    if not images:
        raise ValueError("There is no image to show: the list is empty.")
    for image in images:
        if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
            raise ValueError(f"An image has shape (height, width) or (height, width, 3), not {image.shape}.")
    columns = min(columns or 4, len(images))
    rows = math.ceil(len(images) / columns)
    tallest = max(image.shape[0] / image.shape[1] for image in images)
    panel = min(width / columns, largest_panel)
    shared = _range(images) if limits is None else limits
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(rows, columns, squeeze=False,
                                      figsize=(panel * columns, rows * (panel * tallest + (0.35 if titles else 0.1))))
        panels = list(panels.flat)
        for axis, image, title in zip(panels, images, titles or [None] * len(images)):
            low, high = _range([image]) if isinstance(shared, str) else shared
            drawn = axis.imshow(image, cmap=SIGNED if low < 0 else GREY, vmin=low, vmax=high,
                                interpolation="nearest")
            axis.set_title(title)
            if axes:
                axis.set(xlabel="column", ylabel="row")
            else:
                axis.set(xticks=[], yticks=[])
            for spine in axis.spines.values():
                spine.set_visible(True)
                spine.set_color("0.6")
            if colourbar and isinstance(shared, str):
                figure.colorbar(drawn, ax=axis, shrink=0.8)
        for axis in panels[len(images):]:
            axis.set_axis_off()
        if colourbar and not isinstance(shared, str):
            figure.colorbar(drawn, ax=panels, shrink=0.8)
    return panels


def _range(images):
    """(low, high) of all grey images; symmetric about 0 if any value is negative."""
    images = [image for image in images if image.ndim == 2]
    if not images:
        return 0.0, 1.0
    low, high = min(image.min() for image in images), max(image.max() for image in images)
    if low < 0:
        return -_largest(images), _largest(images)
    return (low, high) if high > low else (low, low + 1.0)


def _largest(images):
    return max(float(np.abs(image).max()) for image in images) or 1.0


def _ink(drawn, value):
    """Black or white: which has more contrast with the colour of `value` in a drawn image, by WCAG's luminance."""
    red, green, blue, _ = drawn.cmap(drawn.norm(value))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    luminance = np.dot(linear, [0.2126, 0.7152, 0.0722])
    return "black" if luminance > 0.18 else "white"        # at 0.18 both contrasts are equal, about 4.6 to 1


def _number(value, digits):
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.{2 if digits is None else digits}f}"
