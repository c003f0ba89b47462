"""Figures of calcium recordings: what they show, and that no text runs into another."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neuro.viz.calcium import NeuronTraces, extremes, traces_figure
from neuro.viz.calcium_dataset import RecordingQuality, presence_figure, recordings_figure
from neuro.viz.calcium_population import averaged, correlation_figure, raster_figure
from neuro.viz.calcium_quality import quality_figure
from neuro.viz.calcium_tuning import TuningCurve, tuning_figure
from neuro.viz.style import style

RNG = np.random.default_rng(0)
TIME = np.arange(3000) / 20
GOOD = np.ones(3000, bool)
GOOD[1000:1004] = False


def neuron(name: str, *, deconvolved: bool = True) -> NeuronTraces:
    values = RNG.standard_normal(3000)
    if not deconvolved:
        return NeuronTraces(name, 12.3, values)
    events = np.where(RNG.random(3000) < 0.02, 1.0, 0.0)
    return NeuronTraces(name, 12.3, values, values, events, values + 5, np.full(3000, 5.0))


def traces() -> Figure:
    rows = [neuron(f"a neuron with a long name {i}") for i in range(6)]
    return traces_figure(rows, TIME, GOOD, (30.0, 90.0), "dF/F")


def plain() -> Figure:
    return traces_figure([neuron("AVAL", deconvolved=False)], TIME, GOOD, (30.0, 90.0), "z-score")


def raster(n: int = 98) -> Figure:
    names = [f"N{i:03d}" for i in range(n)]
    return raster_figure(RNG.standard_normal((n, 3000)), TIME, GOOD, names)


def correlation() -> Figure:
    matrix = np.corrcoef(RNG.standard_normal((12, 100)))
    pairs = [(f"A{i}L-A{i}R", 0.1 * i) for i in range(6)]
    return correlation_figure(matrix, [f"neuron {i}" for i in range(12)], pairs)


def quality() -> Figure:
    present = np.ones(20, bool)
    present[3] = False
    values = RNG.uniform(5, 500, 20)
    values[7] = np.nan
    return quality_figure({"Signal-to-noise ratio": values, "Events per minute": values}, present)


def tuning() -> Figure:
    angles = (np.arange(36) + 0.5) * np.pi / 18
    curves = [
        TuningCurve(f"roi-{i:04d}", 1 + np.cos(angles - i), 0.5, float(i), 0.01 * i)
        for i in range(8)
    ]
    return tuning_figure(curves, angles, 0.05)


def recordings(n: int = 4) -> Figure:
    return recordings_figure(
        [
            RecordingQuality(
                f"sub-{i:02d}_task-openfield", 15 + i, 219, 0.97, RNG.uniform(5, 50, 15)
            )
            for i in range(n)
        ]
    )


def presence() -> Figure:
    mask = RNG.random((4, 90)) < 0.7
    return presence_figure(
        mask, [f"sub-{i:02d}" for i in range(4)], [f"N{i:03d}" for i in range(90)]
    )


FIGURES = [
    traces,
    plain,
    raster,
    lambda: raster(8),
    correlation,
    quality,
    tuning,
    recordings,
    lambda: recordings(1),
    presence,
]


@pytest.mark.parametrize("draw", FIGURES)
def test_titles_and_legends_do_not_collide(draw: Callable[[], Figure]) -> None:
    with style():
        figure = draw()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [
            axes.title.get_window_extent()
            if part == "center"
            else axes._left_title.get_window_extent()
            for axes in figure.axes
            for part in ("left", "center")
            if (axes.get_title(loc=part))
        ]
        boxes += [axes.xaxis.label.get_window_extent() for axes in figure.axes if axes.get_xlabel()]
        boxes += [legend.get_window_extent() for legend in figure.legends]
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second)
    whole = figure.bbox
    for box in boxes:
        assert box.x0 >= whole.x0 - 1
        assert box.x1 <= whole.x1 + 1


def test_extremes_keep_the_outline() -> None:
    values = RNG.standard_normal(50_000)
    values[31_234] = 40.0
    at, kept = extremes(np.arange(50_000.0), values)
    assert len(kept) < 3000
    assert kept.max() == 40.0
    assert at[kept.argmax()] == 31_234
    assert (np.diff(at) >= 0).all()


def test_averaged_image_keeps_the_mean() -> None:
    values = RNG.standard_normal((3, 9000))
    at, image = averaged(np.arange(9000.0), values)
    assert image.shape[1] <= 1500
    np.testing.assert_allclose(image.mean(axis=1), values.mean(axis=1), atol=1e-12)
    assert at[0] == pytest.approx(2.5)


def test_neurons_left_out_are_marked() -> None:
    with style():
        axes: Axes = quality().axes[0]
    marks = {line.get_marker(): len(line.get_xdata()) for line in axes.lines}
    assert marks["o"] == 18
    assert marks["x"] == 1
