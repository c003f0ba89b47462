"""Line noise goes, the rest stays."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest
from meegkit.dss import dss_line
from scipy.signal import periodogram

from neuro.config.steps import LineNoise
from neuro.preprocess.foresee import check_header
from neuro.preprocess.steps.line_noise import line_noise

RNG = np.random.default_rng(0)


def humming(raw: mne.io.BaseRaw, freq: float = 50.0) -> mne.io.RawArray:
    times = raw.times
    hum = np.random.default_rng(1).uniform(10e-6, 30e-6, (len(raw.ch_names), 1))
    data = raw.get_data() + hum * np.sin(2 * np.pi * freq * times)
    return mne.io.RawArray(data, raw.info, verbose="ERROR")


def power(raw: mne.io.BaseRaw, low: float, high: float) -> float:
    freqs, density = periodogram(raw.get_data(), raw.info["sfreq"], window="hann")
    return float(density[:, (freqs >= low) & (freqs <= high)].mean())


@pytest.mark.parametrize(("method", "left"), [("notch", 1e-3), ("zapline", 0.05)])
def test_the_hum_goes_and_the_rest_stays(raw: mne.io.BaseRaw, method: str, left: float) -> None:
    loud = humming(raw)
    clean = loud.copy()
    found = line_noise(clean, LineNoise(method=method, freq=50), RNG)
    assert found["harmonics"] == [50.0]
    assert power(clean, 49.9, 50.1) < left * power(loud, 49.9, 50.1)
    assert power(clean, 5, 40) == pytest.approx(power(raw, 5, 40), rel=0.02)


def test_notch_equals_mne(raw: mne.io.BaseRaw) -> None:
    raw.info["line_freq"] = 50
    ours, theirs = humming(raw), humming(raw)
    line_noise(ours, LineNoise(), RNG)
    theirs.notch_filter([50.0], verbose="ERROR")
    np.testing.assert_array_equal(ours.get_data(), theirs.get_data())


def test_zapline_equals_meegkit_on_good_channels(raw: mne.io.BaseRaw) -> None:
    loud = humming(raw)
    loud.info["bads"] = ["Cz"]
    ours = loud.copy()
    found = line_noise(ours, LineNoise(method="zapline", freq=50, n_remove=2), RNG)
    good = loud.get_data(picks=mne.pick_types(loud.info, eeg=True))
    mean = good.mean(axis=1, keepdims=True)
    theirs, _ = dss_line(good.T.copy(), 50.0, 128.0, nremove=2)
    np.testing.assert_allclose(
        ours.get_data(picks=mne.pick_types(loud.info, eeg=True)),
        theirs.reshape(good.T.shape).T + mean,
        atol=1e-15,
    )
    np.testing.assert_array_equal(ours.get_data(picks=["Cz"]), loud.get_data(picks=["Cz"]))
    assert 0.3 < found["variance_removed"] < 0.95


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, r"chain\[0\].line_noise: the line frequency is not known; give `freq`"),
        ({"freq": 63}, r"line_noise: the line frequency \(63 Hz\) must be below 0.95 times"),
    ],
)
def test_line_frequency_is_checked_beforehand(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_header(raw, change_params(chain=[{"line_noise": params}]), "rec.edf")
