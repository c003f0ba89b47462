"""Figures of bursts, fingerprints and decoding."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.analyses.meggpt.drawings import SOURCES, TITLES
from neuro.viz.style import GREY, INK, SEQUENTIAL, new_figure, shorten

Floats = NDArray[np.float64]
PANELS = ("Bursts per second", "Length (s)", "Time between (s)", "Share of time")
OFFSETS = {"real": -0.24, "own": -0.08, "control": 0.08, "autoregression": 0.24}


def bursts_figure(bursts: Mapping[str, Floats], names: Sequence[str]) -> Figure:
    """Draw statistics of bursts by channel and source.

    Parameters
    ----------
    bursts : mapping of str to ndarray, shape (n_sessions, n_channels, n_statistics)
        By source; NaN where there is no burst.
    names : sequence of str
        Channels.
    """
    figure = new_figure(height=3.4)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    rows = np.arange(len(names))
    for i, (axes, title) in enumerate(zip(panels, PANELS, strict=True)):
        for source in (name for name in OFFSETS if name in bursts):
            found = np.ma.masked_invalid(bursts[source][:, :, i])
            middle = found.mean(axis=0).filled(np.nan)
            low, high = found.min(axis=0).filled(np.nan), found.max(axis=0).filled(np.nan)
            y = rows + OFFSETS[source]
            axes.hlines(y, low, high, color=SOURCES[source], linewidth=1.2)
            axes.plot(middle, y, "o", color=SOURCES[source], markersize=5,
                      label=TITLES[source] if i == 0 else None)  # fmt: skip
        axes.set(xlabel=title)
        axes.set_xlim(left=0)
        for row in rows[:-1]:
            axes.axhline(row + 0.5, color="#DDDDDD", linewidth=0.8)
    panels[0].set_yticks(rows, [shorten(name, 14) for name in names])
    panels[0].invert_yaxis()
    figure.legend(loc="outside upper left", ncols=4)
    return figure


def fingerprint_figure(distances: Floats, labels: Sequence[str]) -> Figure:
    """Draw distances between generated and recorded sessions; a ring marks each row's nearest.

    Parameters
    ----------
    distances : ndarray, shape (n_generated, n_real)
        Of fingerprints.
    labels : sequence of str
        Sessions.
    """
    size = float(np.clip(0.35 * len(labels) + 2.4, 3.4, 8.0))
    figure = new_figure(height=size, width=size + 1.6)
    axes = figure.subplots()
    image = axes.imshow(distances, cmap=SEQUENTIAL + "_r")
    rows = np.arange(len(labels))
    nearest = distances.argmin(axis=1)
    axes.plot(nearest, rows, "o", markersize=11, markerfacecolor="none", markeredgecolor="white",
              markeredgewidth=3.2)  # fmt: skip
    axes.plot(nearest, rows, "o", markersize=11, markerfacecolor="none", markeredgecolor=INK,
              markeredgewidth=1.4)  # fmt: skip
    if len(labels) <= 12:
        shown = [shorten(label, 16) for label in labels]
        axes.set_xticks(rows, shown, rotation=30, ha="right")
        axes.set_yticks(rows, shown)
    axes.set(xlabel="Recorded", ylabel="Generated")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, label="Correlation distance", shrink=0.8)
    return figure


def decoding_figure(decoding: pd.DataFrame) -> Figure:
    """Draw balanced accuracies with intervals and chance, a panel per task and split.

    Parameters
    ----------
    decoding : DataFrame
        Rows with `task`, `split`, `method`, `value`, `low`, `high`, `chance`.
    """
    groups = list(decoding.groupby(["task", "split"], sort=False))
    methods = list(dict.fromkeys(decoding["method"]))
    n_columns = min(len(groups), 3)
    n_rows = -(-len(groups) // n_columns)
    height = 0.8 + n_rows * (0.7 + 0.3 * len(methods))
    figure = new_figure(height=height, width=3.2 * n_columns + 1.6)
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True).ravel()
    for axes, ((task, split), rows) in zip(panels, groups, strict=False):
        for row in rows.to_dict("records"):
            y = methods.index(row["method"])
            color = SOURCES["real"] if row["method"] in ("raw", "means") else SOURCES["own"]
            axes.hlines(y, row["low"], row["high"], color=color, linewidth=1.6)
            axes.plot(row["value"], y, "o", color=color, markersize=6)
        axes.axvline(rows["chance"].iloc[0], color=GREY, linestyle="--", linewidth=1)
        axes.set(xlabel="Balanced accuracy", title=f"{shorten(str(task), 18)}, {split}")
        axes.set_xlim(0, 1)
        axes.grid(axis="x", color=GREY, alpha=0.2)
    for axes in panels[len(groups) :]:
        axes.set_axis_off()
    panels[0].set_yticks(range(len(methods)), methods)
    panels[0].invert_yaxis()
    return figure
