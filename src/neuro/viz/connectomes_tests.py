"""Figures of the tests of motifs: against chance, against epochs, against other kernels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, INK, PALE, PALETTE, new_figure, shorten

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NullPicture:
    """A statistic per motif beside its null.

    Parameters
    ----------
    statistic : ndarray, shape (n_motifs,)
        Observed.
    null : ndarray, shape (n_shifts, n_motifs)
        By chance.
    q : ndarray, shape (n_motifs,)
        Corrected p.
    """

    statistic: Floats
    null: Floats
    q: Floats


def tests_figure(motifs: NullPicture, relations: Mapping[str, NullPicture]) -> Figure:
    """Draw the motifs' affinity in what they were not learned from, and their relation to epochs.

    Parameters
    ----------
    motifs : NullPicture
        Affinity along each motif, relative to the mean of the null.
    relations : mapping of str to NullPicture
        By kind of epochs: time course inside less outside, relative to its mean.
    """
    rows = 1 + len(relations) // 2
    figure = new_figure(height=0.9 + 2.5 * rows)
    grid = figure.subplots(rows, 2 if relations else 1, squeeze=False).ravel()
    _against(grid[0], motifs)
    grid[0].set_title("Affinity where it was not learned")
    grid[0].set_ylabel("Relative to chance")
    for axes, (kind, picture) in zip(grid[1:], relations.items(), strict=False):
        _against(axes, picture)
        axes.axhline(0, color=GREY, linewidth=0.8, zorder=0)
        axes.set_title(shorten(f"In {kind} less elsewhere", 40))
        axes.set_ylabel("Time course / its mean")
    for axes in grid[1 + len(relations) :]:
        axes.set_axis_off()
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _against(axes: Axes, picture: NullPicture) -> None:
    n = len(picture.statistic)
    at = np.arange(1, n + 1)
    low, high = np.quantile(picture.null, [0.025, 0.975], axis=0)
    axes.bar(at, high - low, bottom=low, width=0.6, color=PALE, label="95 % of the null")
    axes.plot(at, picture.statistic, "o", color=BLUE, label="observed")
    top = max(float(high.max()), float(picture.statistic.max()))
    bottom = min(float(low.min()), float(picture.statistic.min()))
    span = (top - bottom) or 1.0
    for x, value, q in zip(at, picture.statistic, picture.q, strict=True):
        text = "q < .01" if q < 0.01 else f"q = {q:.2f}"
        axes.text(
            float(x),
            float(value) + 0.05 * span,
            text,
            ha="center",
            va="bottom",
            fontsize=8,
            color=INK,
        )
    axes.set_ylim(bottom - 0.08 * span, top + 0.22 * span)
    axes.set_xlim(0.4, n + 0.6)
    axes.set_xticks(at)
    axes.set_xlabel("Motif")


def sensitivity_figure(matches: Floats, kernels: Sequence[str], chosen: str) -> Figure:
    """Draw how alike the motifs of other kernels are.

    Parameters
    ----------
    matches : ndarray, shape (n_kernels, n_motifs)
        Cosine between the pairs of each motif and of its partner by another kernel, times that
        of their time courses.
    kernels : sequence of str
        The other kernels.
    chosen : str
        The kernel of the motifs.
    """
    figure = new_figure(height=2.9)
    axes = figure.subplots()
    at = np.arange(1, matches.shape[1] + 1)
    width = 0.8 / len(kernels)
    for i, (kernel, row) in enumerate(zip(kernels, matches, strict=True)):
        places = at + (i - (len(kernels) - 1) / 2) * width
        axes.bar(places, row, width=0.9 * width, color=PALETTE[i % len(PALETTE)], label=kernel)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(at)
    axes.set_xlabel(f"Motif found with the kernel `{chosen}`")
    axes.set_ylabel("Match")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    axes.set_title("The same motifs by other kernels")
    return figure
