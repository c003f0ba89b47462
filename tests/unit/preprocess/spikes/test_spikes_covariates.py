"""Covariates in bins: circles stay circles, gaps stay gaps."""

import numpy as np
import pytest

from neuro.config.spikes import Covariate
from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.covariates import bring_to_bins, resample
from neuro.preprocess.spikes.grid import Grid, make_grid
from neuro.preprocess.spikes.source import Samples, SpikeRecording, UnitTable

TURN = 2 * np.pi


def grid(stop: float, width: float = 0.1) -> Grid:
    return make_grid(Intervals(np.zeros(1), np.array([stop]), ["e"]), width, "file")


class Recorded(SpikeRecording):
    """Series that are given."""

    def __init__(self, **series: Samples) -> None:
        self.path, self.series = "file", series  # type: ignore[assignment]

    def units(self, *, samples: bool = True) -> UnitTable:
        raise NotImplementedError

    def tables(self) -> list[str]:
        return []

    def intervals(self, table: str, label: str | None = None) -> Intervals:
        raise NotImplementedError

    def find(self, series: str) -> str:
        return series

    def samples(self, series: str) -> Samples:
        return self.series[series]


def angular_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(np.angle(np.exp(1j * (a - b))))


@pytest.mark.parametrize("rate", [4.0, 11.0, 120.0])
def test_an_angle_that_turns_is_followed_across_zero(rate: float) -> None:
    times = np.arange(0, 20, 1 / rate)
    samples = Samples(times, (3 * times) % TURN, "rad")
    bins = grid(19.5)
    values = resample(samples, bins, "angle", 1.0)
    assert np.all((values >= 0) & (values < TURN))
    assert angular_distance(values, 3 * bins.centers).max() < 1e-6


def test_a_line_stays_a_line() -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 10, 400))
    bins = grid(9.0)
    values = resample(Samples(times, 2 * times - 1, "m"), bins, "linear", None)
    inside = (bins.start >= times[0]) & (bins.start + bins.width <= times[-1])
    np.testing.assert_allclose(values[inside], 2 * bins.centers[inside] - 1, atol=1e-9)


def test_gaps_and_ends_are_missing() -> None:
    times = np.concatenate([np.arange(1, 3, 0.1), np.arange(5, 7, 0.1)])
    bins = grid(10.0)
    values = resample(Samples(times, times, "m"), bins, "linear", 0.5)
    missing = bins.centers[np.isnan(values)]
    assert np.all((missing < 1) | ((missing > 2.8) & (missing < 5)) | (missing > 6.8))
    known = bins.centers[~np.isnan(values)]
    assert known.min() < 1.2
    assert known.max() > 6.7
    whole = resample(Samples(times, times, "m"), bins, "linear", None)
    assert np.isfinite(whole[(bins.centers > 3) & (bins.centers < 5)]).all()


def test_a_step_holds() -> None:
    samples = Samples(np.array([1.0, 4.0]), np.array([7.0, 8.0]), "")
    values = resample(samples, grid(6.0, 1.0), "step", None)
    np.testing.assert_array_equal(values, [np.nan, 7, 7, 7, 8, 8])
    held = resample(samples, grid(6.0, 1.0), "step", 1.6)
    np.testing.assert_array_equal(held, [np.nan, 7, 7, np.nan, 8, 8])


def test_speed_of_a_circle() -> None:
    times = np.arange(0, 30, 1 / 60)
    x, y = 2 * np.cos(0.5 * times), 2 * np.sin(0.5 * times)
    recorded = Recorded(x=Samples(times, x, "m"), y=Samples(times, y, "m"))
    params = Covariate(series=["x", "y"], kind="speed")
    binned = bring_to_bins(recorded, "speed", params, grid(29.0))
    smoothed = np.exp(-((0.5 * 0.1) ** 2) / 2)  # what the Gaussian leaves of this frequency
    np.testing.assert_allclose(binned.values[10:-10], smoothed, rtol=1e-4)
    assert binned.unit == "m/s"


def test_speed_does_not_jump_across_a_gap() -> None:
    times = np.concatenate([np.arange(0, 5, 0.05), np.arange(10, 15, 0.05)])
    x = np.where(times < 7, times, times + 100)
    recorded = Recorded(x=Samples(times, x, "m"))
    params = Covariate(series=["x"], kind="speed")
    values = bring_to_bins(recorded, "speed", params, grid(14.0)).values
    assert np.nanmax(values) < 1.1


@pytest.mark.parametrize(("unit", "own"), [("degrees", None), ("", "deg")])
def test_degrees_become_radians(unit: str, own: str | None) -> None:
    times = np.arange(0, 5, 0.05)
    recorded = Recorded(a=Samples(times, np.full(times.size, 90.0), unit))
    params = Covariate.model_validate({"series": ["a"], "kind": "angle", "unit": own})
    binned = bring_to_bins(recorded, "heading", params, grid(4.0))
    np.testing.assert_allclose(binned.values, np.pi / 2)


def test_samples_that_are_nan_count_as_a_gap() -> None:
    times = np.arange(0, 10, 0.1)
    values = np.where((times > 4) & (times < 6), np.nan, 1.0)
    recorded = Recorded(a=Samples(times, values, ""))
    binned = bring_to_bins(recorded, "a", Covariate(series=["a"]), grid(9.0))
    assert np.isnan(binned.values[42:58]).all()
    assert np.isfinite(binned.values[:39]).all()


@pytest.mark.parametrize(
    ("series", "params", "message"),
    [
        ({"a": Samples(np.arange(3.0), np.zeros(3), "m")}, {"kind": "angle"}, "an angle in 'm'"),
        ({"a": Samples(np.arange(3.0), np.zeros((3, 2)), "")}, {"column": 2}, "no column 2"),
        ({"a": Samples(np.arange(3.0) + 50, np.zeros(3), "")}, {}, "covers no bin: .* 50 to 52 s"),
        ({"a": Samples(np.arange(3.0), np.full(3, np.nan), "")}, {}, "has 0 finite sample"),
        ({"a": Samples(np.arange(3.0), np.zeros(4), "")}, {}, "4 values but 3 times"),
    ],
)
def test_what_does_not_fit_is_an_error(
    series: dict[str, Samples], params: dict[str, object], message: str
) -> None:
    covariate = Covariate.model_validate({"series": ["a"]} | params)
    with pytest.raises(ValueError, match=f"file: covariate 'q'.*{message}"):
        bring_to_bins(Recorded(**series), "q", covariate, grid(5.0))


def test_positions_of_different_clocks_have_no_speed() -> None:
    recorded = Recorded(
        x=Samples(np.arange(9.0), np.zeros(9), ""), y=Samples(np.arange(9.0) + 0.1, np.zeros(9), "")
    )
    with pytest.raises(ValueError, match="y and x have different times"):
        bring_to_bins(recorded, "v", Covariate(series=["x", "y"], kind="speed"), grid(5.0))
