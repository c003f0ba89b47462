"""Known spikes come back, at least as well as from OASIS called directly."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from oasis.functions import deconvolve as oasis

from neuro.config.calcium import Deconvolve
from neuro.preprocess.calcium.deconvolution import deconvolve, time_constants
from neuro.preprocess.calcium.simulate import simulate
from neuro.preprocess.calcium.traces import Traces

Make = Callable[..., Traces]
Floats = NDArray[np.float64]


def mean_r(first: Floats, second: Floats) -> float:
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(first, second, strict=True)]))


@pytest.mark.parametrize(("sfreq", "modulation"), [(30.0, 0.0), (10.0, 1.0)])
def test_at_least_as_good_as_oasis_called_directly(
    make_traces: Make, sfreq: float, modulation: float
) -> None:
    truth = simulate(
        np.random.default_rng(1), n_neurons=8, duration=200, sfreq=sfreq, modulation=modulation
    )
    values = truth.fluorescence / truth.baseline - 1
    traces = make_traces(values, sfreq=sfreq, kind="dff")
    found = deconvolve(traces, Deconvolve())
    assert traces.deconvolved is not None
    assert traces.denoised is not None
    direct = np.array([oasis(row).s for row in values])
    ours = mean_r(traces.deconvolved, truth.spikes)
    assert ours >= mean_r(direct, truth.spikes)
    assert ours > 0.85
    assert found["tau_s"][0] == pytest.approx(0.7, rel=0.2)
    assert mean_r(traces.denoised, truth.calcium) > mean_r(values, truth.calcium)


def test_given_time_constants_are_oasis_to_the_number(make_traces: Make) -> None:
    truth = simulate(np.random.default_rng(2), n_neurons=2, duration=60, sfreq=20)
    values = truth.fluorescence / truth.baseline - 1
    traces = make_traces(values, sfreq=20, kind="dff")
    deconvolve(traces, Deconvolve(tau_decay=0.7, penalty=0))
    assert traces.deconvolved is not None
    direct = oasis(values[0], tau_d=0.7, framerate=20.0, penalty=0, b_nonneg=False)
    np.testing.assert_allclose(traces.deconvolved[0], direct.s, atol=1e-9)


def test_second_order_finds_the_rise(make_traces: Make) -> None:
    truth = simulate(np.random.default_rng(1), n_neurons=6, duration=120, sfreq=30, tau_rise=0.1)
    values = truth.fluorescence / truth.baseline - 1
    traces = make_traces(values, sfreq=30, kind="dff")
    found = deconvolve(traces, Deconvolve(order=2))
    assert traces.deconvolved is not None
    assert found["tau_s"] == pytest.approx([0.7, 0.08], rel=0.4)
    second = mean_r(traces.deconvolved, truth.spikes)
    deconvolve(traces, Deconvolve(order=1))
    assert second > mean_r(traces.deconvolved, truth.spikes) + 0.1


def test_no_random_numbers(make_traces: Make) -> None:
    """An oscillation does not decay; where OASIS draws a root at random, here it is an error."""
    wave = np.sin(2 * np.pi * np.arange(1000) / 20)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    traces = make_traces(
        wave + 0.01 * np.random.default_rng(0).standard_normal((2, 1000)), kind="dff"
    )
    with pytest.raises(ValueError, match=r"no time constant could be estimated.*give tau_decay"):
        deconvolve(traces, Deconvolve(order=2))
    deconvolve(traces, Deconvolve(tau_decay=1.0))
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_time_constants_of_a_known_process() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros(50000)
    for i in range(1, len(truth)):
        truth[i] = 0.95 * truth[i - 1] + rng.poisson(0.02)
    noisy = truth + 0.1 * rng.standard_normal(len(truth))
    tau = time_constants(noisy, 0.1, 1, 30.0)
    assert tau[0] == pytest.approx(-1 / (30 * np.log(0.95)), rel=0.1)


def test_bad_frames_make_no_events_and_absent_neurons_none(make_traces: Make) -> None:
    truth = simulate(np.random.default_rng(3), n_neurons=3, duration=60, sfreq=20, rate=0.2)
    values = truth.fluorescence / truth.baseline - 1
    values[:, 600:603] += 40.0
    values[2] = np.nan
    traces = make_traces(values, kind="dff")
    traces.good[600:603] = False
    traces.present[2] = False
    deconvolve(traces, Deconvolve(tau_decay=0.7))
    assert traces.deconvolved is not None
    assert traces.deconvolved[:2, 595:610].max() < 2.0
    assert np.isnan(traces.deconvolved[2]).all()
