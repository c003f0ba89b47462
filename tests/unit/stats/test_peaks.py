"""Peaks are found where they were put, of the polarity asked for."""

import numpy as np
import pytest

from neuro.stats.peaks import deflection, in_window

TIMES = np.arange(-0.2, 0.8, 1 / 256)


def bump(latency: float, amplitude: float) -> np.ndarray:
    return amplitude * np.exp(-0.5 * ((TIMES - latency) / 0.02) ** 2)


def test_peak_of_the_polarity_asked_for() -> None:
    waves = np.array([bump(0.15, -3) + bump(0.3, 9), bump(0.17, -1) + bump(0.3, 9)])
    found = deflection(waves, TIMES, (0.1, 0.4), "negative")
    np.testing.assert_allclose(found.latency, [0.15, 0.17], atol=1 / 256)
    np.testing.assert_allclose(found.amplitude, [-3, -1], rtol=0.02)
    assert not found.at_edge.any()
    assert deflection(waves, TIMES, (0.1, 0.4), "positive").latency == pytest.approx(0.3, abs=0.004)


def test_half_of_the_area_lies_before_the_middle_of_a_symmetric_wave() -> None:
    waves = np.array([bump(0.15, -3), bump(0.19, -1) + bump(0.4, 9)])
    found = deflection(waves, TIMES, (0.05, 0.3), "negative")
    np.testing.assert_allclose(found.area_latency, [0.15, 0.19], atol=0.002)


def test_area_latency_is_between_samples() -> None:
    times = np.arange(5.0)
    found = deflection(np.array([0.0, 0, 1, 1, 0]), times, (0, 4), "positive")
    assert found.area_latency == pytest.approx(2.5)


def test_a_wave_without_area_of_that_sign_has_the_latency_of_its_peak() -> None:
    wave = bump(0.15, -3) - 1.0
    found = deflection(wave, TIMES, (0.1, 0.2), "positive")
    assert found.area_latency == found.latency


def test_mean_is_that_of_the_window() -> None:
    inside = (TIMES >= 0.13) & (TIMES <= 0.2)
    wave = bump(0.15, -3)
    assert deflection(wave, TIMES, (0.13, 0.2), "negative").mean == wave[inside].mean()


def test_a_slope_is_no_peak() -> None:
    assert deflection(-TIMES, TIMES, (0.13, 0.2), "negative").at_edge


def test_both_ends_of_a_window_belong_to_it() -> None:
    times = np.arange(11) * 0.1
    assert in_window(times, (0.3, 0.6)).sum() == 4


def test_a_window_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[0.1, 0.101\] s must hold at least 3 samples, got"):
        in_window(TIMES, (0.1, 0.101))
