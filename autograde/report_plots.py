"""The figures of the class report, each as an SVG that an <img> can hold."""
import base64
import functools
import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from striate.plot import COLOURS, STYLE

BLUE, ORANGE, GREEN = COLOURS[:3]


def _image(draw):
    """Let a function that draws a figure give a data: address instead; the same data give the same bytes."""
    @functools.wraps(draw)
    def drawn(*arguments):
        with plt.rc_context({**STYLE, "svg.hashsalt": "striate", "font.size": 10}):
            figure = draw(*arguments)
            if figure is None:
                return None
            file = io.BytesIO()
            figure.savefig(file, format="svg", metadata={"Date": None})
            plt.close(figure)
        return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
    return drawn


@_image
def distribution(scores, max_score):
    """How many submissions have how many points. scores: list of numbers."""
    figure, axes = plt.subplots(figsize=(5.2, 2.6))
    axes.hist(scores, bins=np.arange(-0.5, max_score + 1.5), color=BLUE, edgecolor="white")
    axes.axvline(np.mean(scores), color=ORANGE, linestyle="--")
    axes.annotate(f"mean {np.mean(scores):.1f}", (np.mean(scores), 1), (0, 3), xycoords=("data", "axes fraction"),
                  textcoords="offset points", ha="center", va="bottom")
    axes.set(xlabel="automatic points", ylabel="submissions", xlim=(-0.7, max_score + 0.7))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


@_image
def exercises(figures):
    """Share of the points that the class got, a bar for each exercise. figures: see item_analysis.exercise_figures."""
    figure, axes = plt.subplots(figsize=(5.2, max(2.6, 0.24 * len(figures) + 0.9)))
    names, shares = [row["exercise"] for row in figures], [row["difficulty"] for row in figures]
    tried = [row["attempted"] for row in figures]
    axes.barh(names, tried, color="#e3e0d8", edgecolor="#767676", linewidth=0.8, label="attempted")
    axes.barh(names, shares, color=BLUE, height=0.5, label="points")
    axes.set(xlabel="share of the class", xlim=(0, 1.02))
    axes.invert_yaxis()
    axes.legend(loc="upper left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=-1.6, fontsize=9)
    return figure


@_image
def difficulty_and_discrimination(figures):
    """Every exercise as a point: how easy it is, and whether it goes with the rest. None if nothing can be said."""
    rows = [row for row in figures if row["discrimination"] is not None]
    if not rows:
        return None
    figure, axes = plt.subplots(figsize=(5.2, 3.2))
    axes.axhline(0.3, color="#999999", linestyle=":")
    axes.axhline(0, color="#999999", linewidth=1)
    for row in rows:
        colour, marker = (GREEN, "o") if row["discrimination"] >= 0.3 else (ORANGE, "X")
        axes.plot(row["difficulty"], row["discrimination"], marker, color=colour)
        axes.annotate(row["exercise"], (row["difficulty"], row["discrimination"]), (5, 3), fontsize=9,
                      textcoords="offset points")
    axes.set(xlabel="difficulty: share of the points (1 is easy)", ylabel="discrimination", xlim=(-0.03, 1.08))
    return figure


@_image
def times(seconds):
    """How long the submissions took to grade. seconds: list of numbers."""
    figure, axes = plt.subplots(figsize=(5.2, 2.2))
    low, high = max(min(seconds), 0.01), max(max(seconds), 0.02)
    axes.hist(np.maximum(seconds, 0.01), bins=np.geomspace(low * 0.9, high * 1.1, 24), color=BLUE, edgecolor="white")
    axes.set(xscale="log", xlabel="seconds to grade one submission", ylabel="submissions")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.get_major_locator().set_params(integer=True)
    return figure
