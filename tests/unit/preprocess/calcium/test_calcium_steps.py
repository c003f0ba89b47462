"""Steps of the chain: planted truth comes back; what makes no sense is refused."""

from collections.abc import Callable

import numpy as np
import pytest

from neuro.config.calcium import (
    DFF,
    Bleaching,
    CalciumResample,
    Derivative,
    Motion,
    Neuropil,
    Select,
)
from neuro.preprocess.calcium.baseline import bleaching, dff, neuropil
from neuro.preprocess.calcium.derivative import derivative, trend
from neuro.preprocess.calcium.frames import motion, resample
from neuro.preprocess.calcium.quality import noise_level, noise_sd, select, signal_to_noise
from neuro.preprocess.calcium.simulate import Simulated, simulate
from neuro.preprocess.calcium.traces import Covariate, Traces, bridged

Make = Callable[..., Traces]
RNG = np.random.default_rng(3)


def test_dff_recovers_baseline_and_calcium(simulated: Simulated, make_traces: Make) -> None:
    traces = make_traces(simulated.fluorescence)
    dff(traces, DFF())
    assert traces.kind == "dff"
    assert traces.baseline is not None
    assert np.median(np.abs(traces.baseline / simulated.baseline - 1)) < 0.05
    for found, truth in zip(traces.values, simulated.calcium, strict=True):
        assert np.corrcoef(found, truth)[0, 1] > 0.75
    np.testing.assert_allclose(
        traces.baseline * (1 + traces.values), simulated.fluorescence, rtol=1e-9
    )


def test_baseline_is_the_percentile_of_a_window(make_traces: Make) -> None:
    values = RNG.uniform(50, 150, 2000)
    traces = make_traces(values)
    dff(traces, DFF(percentile=20, window=20, smoothing=0))
    assert traces.baseline is not None
    centre = np.percentile(values[1000 - 200 : 1000 + 200], 20)
    assert traces.baseline[0, 1000] == pytest.approx(centre, rel=0.01)


@pytest.mark.parametrize("kind", ["dff", "zscore", "components"])
def test_dff_of_what_is_no_fluorescence(make_traces: Make, kind: str) -> None:
    with pytest.raises(ValueError, match=f"the traces are {kind}.*leave this step out"):
        dff(make_traces(RNG.uniform(50, 150, (2, 200)), kind=kind), DFF())


def test_dff_with_a_baseline_that_is_not_positive(make_traces: Make) -> None:
    values = RNG.uniform(50, 150, (3, 2000))
    values[1] -= 120
    with pytest.raises(ValueError, match=r"1 of 3 neurons \(n1\).*not positive.*exclude"):
        dff(make_traces(values), DFF())
    traces = make_traces(values)
    found = dff(traces, DFF(nonpositive="exclude"))
    assert found["excluded"] == ["n1"]
    assert traces.present.tolist() == [True, False, True]
    assert np.isnan(traces.values[1]).all()
    assert np.isfinite(traces.values[[0, 2]]).all()


def test_dff_of_components_is_beyond_belief(make_traces: Make) -> None:
    """A factorization's component rests at almost nothing: dF/F would be in the thousands."""
    spikes = RNG.random((3, 2000)) < 0.01
    values = 1e-4 + np.array([np.convolve(s, np.exp(-np.arange(100) / 20))[:2000] for s in spikes])
    with pytest.raises(ValueError, match=r"exceeds max_dff = 100.*read\.kind"):
        dff(make_traces(values), DFF())


def test_neuropil(make_traces: Make) -> None:
    own, around = RNG.uniform(50, 60, (2, 3, 500))
    traces = make_traces(own + 0.7 * around)
    traces.neuropil = around
    neuropil(traces, Neuropil())
    np.testing.assert_allclose(traces.values, own)
    traces = make_traces(own + 0.7 * around)
    traces.neuropil = around
    neuropil(traces, Neuropil(subtract="fluctuation"))
    level = 0.7 * np.median(around, axis=1, keepdims=True)
    np.testing.assert_allclose(traces.values, own + level)
    with pytest.raises(ValueError, match="no traces of the neuropil"):
        neuropil(traces, Neuropil())


def test_bleaching_is_undone_and_its_time_constant_found(make_traces: Make) -> None:
    bleached = simulate(
        np.random.default_rng(2), n_neurons=4, duration=300, sfreq=10, bleaching=0.4
    )
    traces = make_traces(bleached.fluorescence, sfreq=10)
    found = bleaching(traces, Bleaching())
    assert found["n_corrected"] == 4
    assert found["tau_s"] == pytest.approx(150, rel=0.25)
    flat = traces.values / (1 + bleached.calcium)
    first, last = flat[:, :300].mean(axis=1), flat[:, -300:].mean(axis=1)
    np.testing.assert_allclose(last / first, 1, atol=0.1)
    assert np.median(np.abs(last / first - 1)) < 0.03


def test_bleaching_leaves_a_steady_trace(simulated: Simulated, make_traces: Make) -> None:
    traces = make_traces(simulated.fluorescence)
    assert bleaching(traces, Bleaching(min_r2=0.6))["n_corrected"] == 0
    np.testing.assert_array_equal(traces.values, simulated.fluorescence)


def test_bleaching_subtracts_from_dff(make_traces: Make) -> None:
    time = np.arange(4000) / 20
    fall = 0.5 * np.exp(-time / 60)
    traces = make_traces(fall + 0.02 * RNG.standard_normal(4000), kind="dff")
    bleaching(traces, Bleaching(correction="subtract"))
    assert np.ptp(traces.values.reshape(10, -1).mean(axis=1)) < 0.02


def test_motion_finds_planted_frames(simulated: Simulated, make_traces: Make) -> None:
    values = simulated.fluorescence.copy()
    planted = [300, 900, 1500]
    values[:, planted] *= 0.3
    traces = make_traces(values)
    found = motion(traces, Motion())
    bad = set(np.flatnonzero(~traces.good))
    assert {299, 300, 301, 899, 900, 901, 1499, 1500, 1501} == bad
    assert found["n_bad"] == 9


def test_motion_by_shifts(make_traces: Make) -> None:
    traces = make_traces(RNG.uniform(50, 150, (3, 200)))
    with pytest.raises(ValueError, match="xy_translation"):
        motion(traces, Motion(shift=5.0))
    traces.shifts = np.zeros((200, 2))
    traces.shifts[50] = [4, 4]
    motion(traces, Motion(jump_z=None, shift=5.0, pad=0.1))
    assert np.flatnonzero(~traces.good).tolist() == [48, 49, 50, 51, 52]


def test_motion_everywhere_is_an_error(make_traces: Make) -> None:
    traces = make_traces(RNG.uniform(50, 150, (3, 200)))
    traces.shifts = RNG.uniform(-50, 50, (200, 2))
    with pytest.raises(ValueError, match="more than max_share"):
        motion(traces, Motion(jump_z=None, shift=1.0))


def test_bad_frames_do_not_leak_into_the_baseline(make_traces: Make) -> None:
    values = RNG.uniform(99, 101, (2, 1000))
    clean = make_traces(values)
    dff(clean, DFF())
    values[:, 400:420] = 5
    dirty = make_traces(values)
    dirty.good[400:420] = False
    dff(dirty, DFF())
    assert dirty.baseline is not None
    np.testing.assert_allclose(dirty.baseline, clean.baseline, rtol=0.01)


def test_resample_keeps_slow_and_removes_fast(make_traces: Make) -> None:
    time = np.arange(6000) / 30
    slow, fast = np.sin(2 * np.pi * 0.3 * time), np.sin(2 * np.pi * 11 * time)
    traces = make_traces(slow + fast, sfreq=30)
    resample(traces, CalciumResample(sfreq=8))
    assert traces.sfreq == 8.0
    assert traces.is_even
    inner = slice(40, -40)
    np.testing.assert_allclose(
        traces.values[0, inner], np.sin(2 * np.pi * 0.3 * traces.time)[inner], atol=0.03
    )


def test_resample_uneven_frames_masks_and_covariates(make_traces: Make) -> None:
    traces = make_traces(np.zeros((1, 400)), sfreq=2)
    traces.time = traces.time + RNG.uniform(-0.1, 0.1, 400)
    traces.time[200:] += 30
    traces.values[0] = np.cos(0.2 * traces.time)
    traces.good[50] = False
    angle = np.mod(traces.time, 2 * np.pi)
    traces.covariates = {"heading": Covariate(angle, "rad", circular=True)}
    assert not traces.is_even
    resample(traces, CalciumResample(sfreq=4, max_gap=5))
    gap = (traces.time > 101) & (traces.time < 129)
    assert not traces.good[gap].any()
    assert not traces.good[np.argmin(np.abs(traces.time - 25))]
    assert traces.good.mean() > 0.8
    good = traces.good & (traces.time > 1)
    np.testing.assert_allclose(traces.values[0, good], np.cos(0.2 * traces.time[good]), atol=0.02)
    turned = traces.covariates["heading"].values[good]
    away = np.angle(np.exp(1j * (turned - traces.time[good])))
    assert np.nanmax(np.abs(away)) < 0.01


def test_savgol_derivative_of_a_sine(make_traces: Make) -> None:
    time = np.arange(2000) / 20
    traces = make_traces(np.sin(0.5 * time), kind="dff")
    derivative(traces, Derivative(window=1.0))
    assert traces.derivative is not None
    np.testing.assert_allclose(
        traces.derivative[0, 20:-20], 0.5 * np.cos(0.5 * time)[20:-20], atol=0.01
    )


def test_tv_derivative_is_sharp_where_savgol_is_not(make_traces: Make) -> None:
    """A triangle's derivative has two values; total variation finds them through the noise."""
    time = np.arange(2400) / 20
    truth = np.where(np.floor(time / 20) % 2 == 0, 0.1, -0.1)
    clean = np.cumsum(truth) / 20
    traces = make_traces(clean + 0.05 * np.random.default_rng(0).standard_normal(2400), kind="dff")
    errors = {}
    for method in ("savgol", "tv"):
        derivative(traces, Derivative(method=method, window=3.0))
        assert traces.derivative is not None
        errors[method] = np.sqrt(np.mean((traces.derivative[0] - truth) ** 2))
        errors[f"{method} steps"] = np.abs(np.diff(traces.derivative[0])).sum()
    assert errors["tv"] < errors["savgol"]
    assert errors["tv steps"] < 0.3 * errors["savgol steps"]
    assert errors["tv steps"] == pytest.approx(np.abs(np.diff(truth)).sum(), rel=0.2)


def test_trend_is_the_minimum() -> None:
    """Neither scaling the result nor mixing it with the data lowers the price."""
    rng = np.random.default_rng(5)
    data = np.cumsum(rng.standard_normal(200)) * 0.1

    def price(x: np.ndarray) -> float:
        return 0.5 * float(np.sum((x - data) ** 2)) + 3.0 * float(np.abs(np.diff(x, 2)).sum())

    best = trend(data, 3.0, 1e-6)
    for scale in (1e-3, 1e-2):
        for _ in range(20):
            assert price(best) <= price(best + scale * rng.standard_normal(200)) + 1e-9
    assert price(best) < price(data)
    assert price(best) < price(0.99 * best + 0.01 * data)


def test_derivative_window_too_short(make_traces: Make) -> None:
    traces = make_traces(RNG.standard_normal((2, 100)), sfreq=1.5)
    with pytest.raises(ValueError, match=r"1 frame\(s\) at 1.5 Hz.*make it 2.7 s or more"):
        derivative(traces, Derivative(window=1.0))
    with pytest.raises(ValueError, match="more than the recording's 100"):
        derivative(traces, Derivative(window=100.0))


def test_noise_and_snr_of_known_traces() -> None:
    rng = np.random.default_rng(0)
    values = 0.2 * rng.standard_normal((1, 50000))
    good = np.ones(50000, bool)
    assert noise_sd(values, good)[0] == pytest.approx(0.2, rel=0.02)
    assert noise_level(values, good, 25.0)[0] == pytest.approx(100 * 0.2 * 0.954 / 5, rel=0.02)
    values[:, rng.random(50000) < 0.02] += 4.0
    assert signal_to_noise(values, good)[0] == pytest.approx(20, rel=0.1)


def test_select_leaves_out_noise(simulated: Simulated, make_traces: Make) -> None:
    values = simulated.calcium + 0.15 * RNG.standard_normal(simulated.calcium.shape)
    values[3] = 0.15 * RNG.standard_normal(values.shape[1])
    traces = make_traces(values, kind="dff")
    assert select(traces, Select(min_snr=4))["excluded"] == ["n3"]
    with pytest.raises(ValueError, match="no neuron of 7"):
        select(traces, Select(min_snr=1e6))
    traces.kind = "zscore"
    with pytest.raises(ValueError, match="max_noise is in % of dF/F"):
        select(traces, Select(max_noise=1))


def test_bridged_is_a_straight_line() -> None:
    values = np.array([[0.0, 50.0, 2.0, 3.0]])
    good = np.array([True, False, True, True])
    np.testing.assert_allclose(bridged(values, good), [[0, 1, 2, 3]])
    assert values[0, 1] == 50.0
