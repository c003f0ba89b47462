"""Figures of spikes: drawn for few and many units, with what names there is room for."""

import numpy as np
import pytest

from neuro.viz.spikes import ActivityPicture, Epoch, Trace, activity_figure, rates_figure
from neuro.viz.spikes_summary import Dots, summary_figure
from neuro.viz.spikes_tuning import (
    MOST_UNITS,
    TuningPicture,
    curves_figure,
    polar_figure,
    strongest,
)
from neuro.viz.spikes_units import UnitsPicture, units_figure
from neuro.viz.style import style

EDGES = np.linspace(0, 2 * np.pi, 13)


def activity(n_units: int, n_epochs: int) -> ActivityPicture:
    rng = np.random.default_rng(0)
    times = np.arange(1000) * 0.1 + 0.05
    heading = np.where(times > 50, times % (2 * np.pi), np.nan)
    each = 100 / n_epochs
    return ActivityPicture(
        times=times,
        width=0.1,
        counts=rng.poisson(0.5, (n_units, 1000)).astype(np.uint16),
        names=[str(i) for i in range(n_units)],
        regions=["adn" if i < n_units // 2 else "" for i in range(n_units)],
        epochs=[Epoch(i * each, (i + 1) * each, f"e{i % 3}") for i in range(n_epochs)],
        traces=[Trace("heading", heading, "rad", True), Trace("speed", heading, "m/s", False)],
        detail=(60.0, 80.0),
    )


@pytest.mark.parametrize(("n_units", "named"), [(1, 1), (8, 8), (100, 0)])
def test_activity_has_a_row_per_covariate_and_names_units_while_there_is_room(
    n_units: int, named: int
) -> None:
    with style():
        figure = activity_figure(activity(n_units, 2))
        figure.draw_without_rendering()
    assert len(figure.axes) == 2 * 3
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert len(names) == named
    assert figure.axes[1].get_xlim() == (60.0, 80.0)
    assert figure.axes[2].get_ylim() == (0, 360)


def test_many_epochs_are_counted_instead_of_named() -> None:
    with style():
        few, many = (rates_figure(activity(4, n)) for n in (3, 50))
    assert [text.get_text() for text in few.axes[0].texts] == ["e0", "e1", "e2"]
    assert not many.axes[0].texts
    assert many.axes[0].get_title(loc="left") == "50 epochs"


def pictures(n: int) -> list[TuningPicture]:
    rate = np.append(np.nan, np.arange(11.0))
    return [TuningPicture(str(i), "adn", rate, 0.5, 1.0, "R = .50", i == 0) for i in range(n)]


def test_the_resultant_is_drawn_to_scale() -> None:
    with style():
        figure = polar_figure(pictures(7), EDGES)
        figure.draw_without_rendering()
    axes = figure.axes[0]
    curve, resultant = axes.lines
    assert np.nanmax(curve.get_ydata()) == 1.0
    assert np.isnan(curve.get_ydata()[[0, -1]]).all()  # hardly visited: not drawn as zero
    np.testing.assert_allclose(resultant.get_data(), [[1.0, 1.0], [0.0, 0.5]])
    assert axes.get_ylim() == (0.0, 1.0)
    assert curve.get_color() != figure.axes[1].lines[0].get_color()


def test_flat_curves_are_drawn_over_what_was_visited() -> None:
    with style():
        figure = curves_figure(pictures(3), EDGES, np.arange(12.0), "speed (m/s)")
    assert figure.axes[0].get_xlim() == pytest.approx((EDGES[1], EDGES[-1]))


def test_the_strongest_units_are_shown_in_their_order() -> None:
    strengths = np.arange(MOST_UNITS + 5.0)
    strengths[0] = 1e3
    shown = strongest(strengths.tolist())
    assert len(shown) == MOST_UNITS
    assert shown == sorted(shown)
    assert shown[0] == 0
    assert 1 not in shown


@pytest.mark.parametrize("n", [1, 10, 80])
def test_units_that_are_not_kept_are_open(n: int) -> None:
    rng = np.random.default_rng(0)
    kept = np.arange(n) % 2 == 0
    picture = UnitsPicture(
        names=[str(i) for i in range(n)],
        regions=["adn"] * n,
        kept=kept,
        isi_counts=rng.poisson(3, (n, 20)),
        isi_edges=np.logspace(-3, 1, 21),
        rate=rng.uniform(1, 5, n),
        violations=np.full(n, np.nan),
        presence=rng.uniform(0, 2, (n, 12)),
        refractory=0.002,
        min_rate=0.1,
        max_violations=0.02,
    )
    with style():
        figure = units_figure(picture)
        figure.draw_without_rendering()
    faces = figure.axes[1].collections[0].get_facecolors()
    white = np.all(faces[:, :3] == 1, axis=1)
    np.testing.assert_array_equal(white, ~kept)


def test_the_summary_has_a_row_per_recording() -> None:
    dots = [Dots("Rate (Hz)", np.arange(1.0, 7), True, np.arange(6) > 2)]
    with style():
        figure = summary_figure(dots, recordings=["a", "a", "a", "b", "b", "c"], regions=["x"] * 6)
        figure.draw_without_rendering()
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b", "c"]
    heights = axes.collections[0].get_offsets()[:, 1]
    np.testing.assert_array_equal(np.round(heights), [0, 0, 0, 1, 1, 2])
