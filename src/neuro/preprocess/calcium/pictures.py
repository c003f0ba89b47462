"""What the figures of a recording show, and what is said below them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray

from neuro.io.manifest import Figure
from neuro.preprocess.calcium.findings import ALPHA, CLEAR, event_rate
from neuro.preprocess.calcium.population import Pairs
from neuro.preprocess.calcium.product import Product
from neuro.preprocess.calcium.traces import Floats
from neuro.preprocess.calcium.tuning import Tuned
from neuro.viz.calcium import NeuronTraces, traces_figure
from neuro.viz.calcium_population import correlation_figure, raster_figure
from neuro.viz.calcium_quality import quality_figure
from neuro.viz.calcium_tuning import TuningCurve, tuning_figure
from neuro.viz.style import save_svg

MOST_SHOWN = 6
MOST_CURVES = 12
ZOOM = 60.0
"""Length of the stretch that is shown in detail, s."""
UNITS = {
    "fluorescence": "F (a.u.)",
    "dff": "dF/F",
    "zscore": "z-score",
    "components": "component (a.u.)",
}

Described = tuple[Callable[[], Drawing], Figure]


def draw_all(described: Mapping[str, Described], folder: Path) -> list[Figure]:
    """Draw figures into a folder, and give their texts."""
    for name, (draw, _) in described.items():
        save_svg(draw(), folder / f"{name}.svg")
    return [texts for _, texts in described.values()]


def traces_picture(product: Product, path: str) -> Described:
    """Traces of neurons from the highest to the lowest signal-to-noise ratio."""
    chosen = _spread(product)
    values, good = product.floats("dff"), product.good
    baseline, time = product.maybe("baseline"), product.time
    denoised, events = product.maybe("denoised"), product.maybe("deconvolved")
    snr, names = product.floats("quality/snr"), product.names
    rows = [
        NeuronTraces(
            name=names[i],
            snr=float(snr[i]),
            values=values[i],
            denoised=None if denoised is None else denoised[i],
            events=None if events is None else events[i],
            fluorescence=None if baseline is None else baseline[i] * (1 + values[i]),
            baseline=None if baseline is None else baseline[i],
        )
        for i in chosen
    ]
    zoom = _liveliest(values[chosen], time)
    unit = UNITS[product.kind]
    left = "fluorescence and its baseline" if baseline is not None else unit
    right = unit if denoised is None else f"{unit}, the denoised trace, and events below"
    texts = Figure(
        path=path,
        title="Traces of single neurons",
        caption=(
            f"{len(rows)} of {int(product.present.sum())} neurons, from the highest to the lowest "
            f"signal-to-noise ratio (SNR). Left: {left}, whole recording. Right: {right}, in the "
            "liveliest minute (grey on the left)."
        ),
        alt=f"Traces of {len(rows)} neurons over {time[-1] - time[0]:.0f} s.",
    )
    return lambda: traces_figure(rows, time, good, zoom, unit), texts


def raster_picture(product: Product, order: NDArray[np.intp], path: str) -> Described:
    """All neurons as an image."""
    used, good = product.present, product.good
    values = product.floats("dff")[used][order]
    centre = values[:, good].mean(axis=1, keepdims=True)
    scaled = (values - centre) / values[:, good].std(axis=1, keepdims=True)
    names = _ordered(product, order)
    texts = Figure(
        path=path,
        title="Activity of all neurons",
        caption=(
            f"{len(names)} neurons, z-scored, in the order of the clustering of their "
            "correlations. Above: their mean."
        ),
        alt=f"Image of the activity of {len(names)} neurons over time, with bands where many act.",
    )
    return lambda: raster_figure(scaled, product.time, good, names), texts


def correlation_picture(
    product: Product, matrix: Floats, order: NDArray[np.intp], pairs: Pairs | None, path: str
) -> Described:
    """Correlations of all neurons."""
    names = _ordered(product, order)
    upper = matrix[np.triu_indices(len(matrix), 1)]
    marked = [] if pairs is None else list(zip(pairs.names, pairs.r.tolist(), strict=True))
    caption = "Left: correlation of each neuron with each over good frames. Right: all pairs"
    if pairs is not None:
        caption += f", and {len(marked)} left-right pairs"
    texts = Figure(
        path=path,
        title="Correlation between neurons",
        caption=f"{caption}.",
        alt=f"Matrix of {len(names)} neurons; median correlation {np.median(upper):.2f}.",
    )
    return lambda: correlation_figure(matrix[np.ix_(order, order)], names, marked), texts


def quality_picture(product: Product, path: str) -> Described:
    """Signal-to-noise ratio, noise and events of all neurons."""
    measures = {"Signal-to-noise ratio": product.floats("quality/snr")}
    if (level := product.maybe("quality/noise_level")) is not None:
        measures["Noise level (%/√Hz)"] = level
    else:
        measures[f"Noise, SD of {UNITS[product.kind]}"] = product.floats("quality/noise_sd")
    if (rate := event_rate(product)) is not None:
        measures["Events per minute"] = rate
    texts = Figure(
        path=path,
        title="Quality of the neurons",
        caption=(
            "Each neuron's value, from the largest to the smallest; dashed: median. Events are "
            f"frames whose event exceeds {CLEAR:g} standard deviations of the noise."
        ),
        alt=f"{', '.join(measures)} of {len(product.names)} neurons, sorted.",
    )
    return lambda: quality_figure(measures, product.present), texts


def tuning_picture(product: Product, name: str, found: Tuned, path: str) -> Described:
    """Polar curves of the neurons with the longest resultants."""
    used = [n for n, p in zip(product.names, product.present, strict=True) if p]
    best = np.argsort(-found.resultant, kind="stable")[:MOST_CURVES]
    curves = [
        TuningCurve(
            used[i],
            found.curves[i],
            float(found.resultant[i]),
            float(found.preferred[i]),
            float(found.p[i]),
        )
        for i in best
        if np.nanmax(found.curves[i]) > 0
    ]
    n_tuned = int(np.sum(found.p <= ALPHA))
    texts = Figure(
        path=path,
        title=f"Tuning to {name}",
        caption=(
            f"Mean activity by {name} of the {len(curves)} neurons with the longest resultant, "
            "each scaled to its peak. Orange: resultant, whose length R is 1 when all activity is "
            f"in one direction; grey curves: p > {ALPHA:g}."
        ),
        alt=f"{len(curves)} polar curves; {n_tuned} of {len(used)} neurons are tuned to {name}.",
    )
    return lambda: tuning_figure(curves, found.angles, ALPHA), texts


def _ordered(product: Product, order: NDArray[np.intp]) -> list[str]:
    used = [n for n, p in zip(product.names, product.present, strict=True) if p]
    return [used[i] for i in order]


def _spread(product: Product) -> list[int]:
    """Neurons at even steps of the ranks of their signal-to-noise ratios."""
    used = np.flatnonzero(product.present)
    ranked = used[np.argsort(-product.floats("quality/snr")[used], kind="stable")]
    at = np.unique(
        np.linspace(0, len(ranked) - 1, min(MOST_SHOWN, len(ranked))).round().astype(int)
    )
    return [int(i) for i in ranked[at]]


def _liveliest(values: Floats, time: Floats) -> tuple[float, float]:
    """The minute in which these neurons vary most, in their own standard deviations."""
    if time[-1] - time[0] <= ZOOM:
        return float(time[0]), float(time[-1])
    scaled = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    starts = np.arange(time[0], time[-1] - ZOOM, ZOOM / 2)
    edges = np.searchsorted(time, [starts, starts + ZOOM])
    liveliness = [float(np.mean(scaled[:, a:b].var(axis=1))) for a, b in edges.T]
    start = float(starts[int(np.argmax(liveliness))])
    return start, start + ZOOM
