"""Figures of guided images: contact sheets, activation, dose and response, distances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREEN, GREY, INK, ORANGE, PALE, PINK, SKY, new_figure

Floats = NDArray[np.float64]

PER_ROW = 16
GAP = 2
"""Pixels between two images."""
COLORS = (GREY, BLUE, ORANGE, GREEN, PINK, SKY)


@dataclass(frozen=True)
class Sheet:
    """A row of a contact sheet: title, images between 0 and 1, and which are marked."""

    title: str
    pixels: Any
    marked: NDArray[np.bool_]


def sheet_figure(rows: Sequence[Sheet]) -> Figure:
    """Draw rows of images; those that the detector accepts have a frame.

    Parameters
    ----------
    rows : sequence of Sheet
        From top to bottom, at most :data:`PER_ROW` images of each.
    """
    n = max(1, min(PER_ROW, max(len(row.pixels) for row in rows)))
    figure = new_figure(height=0.86 * len(rows) + 0.1)
    grid: Any = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, row in zip(grid, rows, strict=True):
        _strip(axes, row.pixels[:n], n, row.marked)
        axes.set_title(row.title, loc="left", fontsize=9, fontweight="bold")
    return figure


def _strip(axes: Axes, pixels: Any, n: int, marked: Any = ()) -> None:
    """Draw images side by side, in room for n: one picture is faster than one axes for each."""
    images = np.moveaxis(np.asarray(pixels), 1, 3)
    height, width = images.shape[1:3]
    step = width + GAP
    for i, image in enumerate(images):
        place = (i * step, i * step + width, height, 0)
        axes.imshow(image.squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest",
                    extent=place)  # fmt: skip
        if i < len(marked) and marked[i]:
            frame = Rectangle((i * step, 0), width, height, fill=False, color=ORANGE, linewidth=2.2)
            axes.add_patch(frame)
    axes.set(xlim=(-1, n * step), ylim=(height + 1, -1), aspect="equal", anchor="W")
    axes.set_axis_off()


def activation_figure(
    values: Mapping[str, Floats], shares: Mapping[str, tuple[float, float, float]], label: str
) -> Figure:
    """Draw predicted activation and the detector's share of each condition.

    Parameters
    ----------
    values : mapping of str to ndarray
        Predicted activation of each image, by condition.
    shares : mapping of str to (share, low, high)
        Of images with a detected target, with interval.
    label : str
        Of the activation axis.
    """
    names = list(values)
    figure = new_figure(height=0.34 * len(names) + 1.0)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.4, 1))
    rng = np.random.default_rng(0)
    for row, name in enumerate(names):
        points = values[name]
        shade = GREY if name.startswith("real") else BLUE
        spread = row + rng.uniform(-0.22, 0.22, len(points))
        left.plot(points, spread, ".", color=shade, markersize=3, alpha=0.5)
        left.plot([points.mean()] * 2, [row - 0.34, row + 0.34], color=INK, linewidth=2)
        share, low, high = shares[name]
        right.plot([low, high], [row, row], color=shade)
        right.plot(share, row, "o", color=shade)
    for axes in (left, right):
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
    left.set(xlabel=label)
    left.set_title("Predicted activation, and its mean")
    right.set(xlabel="Share of images, 95 % interval", xlim=(-0.03, 1.03))
    right.set_title("Accepted by the detector")
    for name in ("unguided",):
        if name in shares:
            left.axvline(values[name].mean(), color=GREY, linewidth=0.8, linestyle=":")
            right.axvline(shares[name][0], color=GREY, linewidth=0.8, linestyle=":")
    return figure


@dataclass(frozen=True)
class Dose:
    """Results by scale of guidance.

    Parameters
    ----------
    scales : sequence of float
        0 first.
    activation : sequence of ndarray
        Of each image.
    chosen_by, reported : sequence of (value, low, high)
        Mean probability of the judge that chooses, and share that the reported one accepts.
    """

    scales: Sequence[float]
    activation: Sequence[Floats]
    chosen_by: Sequence[tuple[float, float, float]]
    reported: Sequence[tuple[float, float, float]]


def dose_figure(dose: Dose, chosen: float, label: str, real: tuple[float, float]) -> Figure:
    """Draw activation and the judges' shares over the scale.

    Parameters
    ----------
    dose : Dose
        What was found.
    chosen : float
        The scale that was chosen.
    label : str
        Of the activation axis.
    real : (float, float)
        Mean activation of real images of the target category, and of others.
    """
    figure = new_figure(height=3.4)
    left, right = figure.subplots(1, 2)
    place = np.arange(len(dose.scales))
    mean = np.array([values.mean() for values in dose.activation])
    error = np.array([1.96 * values.std(ddof=1) / len(values) ** 0.5 for values in dose.activation])
    left.fill_between(place, mean - error, mean + error, color=PALE, linewidth=0)
    left.plot(place, mean, "o-", color=BLUE)
    for value, text in zip(real, ("real, target", "real, others"), strict=True):
        left.axhline(value, color=GREY, linewidth=0.8, linestyle=":")
        left.text(place[-1], value, text, ha="right", va="bottom", fontsize=8, color=GREY)
    left.set(ylabel=label)
    left.set_title("Activation")
    for values, color, name, shift in (
        (dose.chosen_by, GREEN, "gradient judge, probability (chooses)", -0.06),
        (dose.reported, ORANGE, "detector, share", 0.06),
    ):
        share, low, high = np.array(values).T
        right.vlines(place + shift, low, high, color=color, linewidth=1.2)
        right.plot(place + shift, share, "o-", color=color, label=name)
    right.set(ylabel="Mean probability, share accepted", ylim=(-0.03, 1.03))
    right.set_title("Judges, 95 % intervals")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.set_xticks(place, [f"{scale:g}" for scale in dose.scales])
        axes.set(xlabel="Scale of guidance")
        axes.axvline(place[list(dose.scales).index(chosen)], color=INK, linewidth=0.8, ls="--")
    return figure


def memory_figure(values: Mapping[str, Floats], pairs: Sequence[tuple[Any, Any, float]]) -> Figure:
    """Draw distances to the nearest training image, and the nearest pairs of all.

    Parameters
    ----------
    values : mapping of str to ndarray
        Distances, by set of images; the first are real and held out.
    pairs : sequence of (image, training image, distance)
        The guided images that come nearest.
    """
    figure = new_figure(height=4.6)
    panels: Any = figure.subfigures(2, 1, height_ratios=(1.5, 1))
    above, below = panels
    axes = above.subplots()
    edges = np.linspace(0, max(v.max() for v in values.values()) * 1.02, 30)
    for (name, distance), color in zip(values.items(), COLORS, strict=False):
        weights = np.full(len(distance), 1 / len(distance))
        axes.hist(
            distance, edges, weights=weights, histtype="step", color=color, linewidth=1.6,
            label=f"{name}: median {np.median(distance):.3f}",
        )  # fmt: skip
        axes.axvline(np.median(distance), color=color, linewidth=1, linestyle="--")
    axes.set(xlabel="Distance to the nearest training image (RMS of pixels)", ylabel="Share")
    axes.set_title("Distances to training images; dashed: medians")
    axes.legend(loc="upper left")
    rows: Any = below.subplots(2, 1)
    for axes, column in zip(rows, (0, 1), strict=True):
        _strip(axes, [pair[column] for pair in pairs], len(pairs))
    rows[0].set_title("Guided images nearest to training images (above) and those (below)")
    size = np.asarray(pairs[0][0]).shape[2]
    for i, (_, _, apart) in enumerate(pairs):
        middle = i * (size + GAP) + size / 2
        rows[1].text(middle, size * 1.08, f"{apart:.3f}", ha="center", va="top", fontsize=8)
    return figure


def encoder_figure(
    nulls: Mapping[str, tuple[float, Floats]],
    responses: Mapping[str, Mapping[str, float]],
    stability: Floats,
) -> Figure:
    """Draw held-out r against its null, measured responses of regions, stability of clusters.

    Parameters
    ----------
    nulls : mapping of str to (float, ndarray)
        Mean r of a region, and under permutation.
    responses : mapping of str to mapping
        Mean response to each condition in runs that no region was defined on, by region.
    stability : ndarray
        Adjusted Rand indices.
    """
    figure = new_figure(height=3.6)
    first, second, third = figure.subplots(1, 3, width_ratios=(1.1, 1.5, 0.6))
    for row, ((name, (value, null)), color) in enumerate(
        zip(nulls.items(), COLORS[1:], strict=False)
    ):
        parts = first.violinplot([null], [row], orientation="horizontal", showextrema=False)
        for body in parts["bodies"]:
            body.set(facecolor=GREY, alpha=0.4)
        first.plot(value, row, "D", color=color, label=name)
    first.set_yticks(range(len(nulls)), list(nulls))
    first.axvline(0, color=GREY, linewidth=0.8)
    first.set(xlabel="Mean r, other runs and images")
    first.set_title("Encoder; grey: permuted")
    conditions = list(next(iter(responses.values())))
    width = 0.8 / len(responses)
    for i, ((name, means), color) in enumerate(zip(responses.items(), COLORS[1:], strict=False)):
        place = np.arange(len(conditions)) + (i - (len(responses) - 1) / 2) * width
        second.bar(place, [means[c] for c in conditions], width, color=color, label=name)
    second.set_xticks(range(len(conditions)), conditions, rotation=40, ha="right")
    second.axhline(0, color=GREY, linewidth=0.8)
    second.set(ylabel="Response against rest (SD)")
    second.set_title("Regions, measured in other runs")
    second.legend(title="Region")
    third.plot(np.zeros(len(stability)), stability, "o", color=BLUE, alpha=0.7)
    third.axhline(0, color=GREY, linewidth=0.8, linestyle=":")
    third.set(ylabel="Adjusted Rand index", xlim=(-1, 1), ylim=(-0.2, 1.05), xticks=[])
    third.set_title("Clusters, halves")
    return figure
