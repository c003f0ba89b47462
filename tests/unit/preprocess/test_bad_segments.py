"""Planted bad segments are annotated, and nothing else."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest

from neuro.config.steps import BadSegments
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.foresee import check_header
from neuro.preprocess.steps.bad_segments import bad_segments
from neuro.preprocess.steps.gesd import gesd

RNG = np.random.default_rng(0)
ROSNER = np.fromstring(
    "-0.25 0.68 0.94 1.15 1.20 1.26 1.26 1.34 1.38 1.43 1.49 1.49 1.55 1.56 1.58 1.65 1.69 1.70 "
    "1.76 1.77 1.81 1.91 1.94 1.96 1.99 2.06 2.09 2.10 2.14 2.15 2.23 2.24 2.26 2.35 2.37 2.40 "
    "2.47 2.54 2.62 2.64 2.90 2.92 2.92 2.93 3.21 3.26 3.30 3.59 3.68 4.30 4.64 5.34 5.42 6.01",
    sep=" ",
)
"""Example of Rosner (1983)."""


def loud(raw: mne.io.BaseRaw, start: int, stop: int, factor: float) -> mne.io.BaseRaw:
    data = raw.get_data()
    data[:, start:stop] *= factor
    return mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)


def spans(raw: mne.io.BaseRaw, kind: str) -> list[tuple[float, float]]:
    return [
        (round(float(a["onset"]), 3), round(float(a["onset"] + a["duration"]), 3))
        for a in raw.annotations
        if a["description"] == kind
    ]


def test_gesd_gives_the_three_outliers_of_the_published_example() -> None:
    outliers = gesd(ROSNER, 0.05, 10, two_sided=True)
    assert ROSNER[outliers].tolist() == [5.34, 5.42, 6.01]


def test_gesd_keeps_its_level() -> None:
    rng = np.random.default_rng(0)
    any_found = [gesd(rng.standard_normal(60), 0.05, 6).any() for _ in range(1000)]
    assert 0.025 < np.mean(any_found) < 0.075


def test_gesd_of_equal_values_finds_nothing() -> None:
    assert not gesd(np.ones(30), 0.05, 3).any()


def test_outlying_variance_is_annotated(raw: mne.io.BaseRaw) -> None:
    noisy = loud(raw, 20 * 128, 23 * 128, 6)
    found = bad_segments(noisy, BadSegments(), RNG)
    assert spans(noisy, "BAD_gesd") == [(20.0, 23.0)]
    assert found["seconds"] == {"BAD_gesd": 3.0}
    assert found["segments"] == {"BAD_gesd": 1}
    assert found["good_share"] == pytest.approx(1 - 3 / (raw.n_times / 128), abs=1e-3)


def test_amplitude_counts_channels(raw: mne.io.BaseRaw) -> None:
    data = raw.get_data()
    data[0, 10 * 128 + 5] = 1e-3
    data[:5, 30 * 128 + 5] = 1e-3
    raw = mne.io.RawArray(data, raw.info, verbose="ERROR")
    raw.info["bads"] = [raw.ch_names[1]]
    params = BadSegments(amplitude=500, amplitude_share=0.1, gesd_alpha=None)
    bad_segments(raw, params, RNG)
    assert spans(raw, "BAD_amplitude") == [(30.0, 31.0)]


def test_windows_leave_what_is_bad_already(raw: mne.io.BaseRaw) -> None:
    noisy = loud(raw, 20 * 128, 22 * 128, 50)
    noisy.annotations.append(20.0, 2.0, "bad_jump")
    found = bad_segments(noisy, BadSegments(), RNG)
    assert spans(noisy, "BAD_gesd") == []
    assert found["good_share"] == pytest.approx(1 - 2 / (raw.n_times / 128), abs=1e-3)


def test_muscle_equals_mne(raw: mne.io.BaseRaw) -> None:
    rng = np.random.default_rng(4)
    data = raw.get_data() + 1e-6 * rng.standard_normal((16, raw.n_times))
    data[:, 2560:2816] += 2e-5 * rng.standard_normal((16, 256))
    noisy = mne.io.RawArray(data, raw.info, verbose="ERROR")
    theirs, _ = mne.preprocessing.annotate_muscle_zscore(
        noisy, threshold=5, ch_type="eeg", filter_freq=(40, 60), verbose="ERROR"
    )
    params = BadSegments(muscle_z=5, muscle_band=(40, 60), gesd_alpha=None)
    bad_segments(noisy, params, RNG)
    assert spans(noisy, "BAD_muscle") == [
        (round(float(a["onset"]), 3), round(float(a["onset"] + a["duration"]), 3)) for a in theirs
    ]
    assert len(theirs) >= 1
    assert theirs.onset[0] == pytest.approx(20, abs=0.3)


def test_segments_stay_in_place_after_a_crop(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any]
) -> None:
    noisy = loud(raw, 20 * 128, 23 * 128, 6)
    chain = change_params(chain=[{"mne": {"crop": {"tmin": 10}}}, "bad_segments"]).chain
    apply_chain(noisy, chain, RNG)
    good = noisy.get_data(reject_by_annotation="omit")
    np.testing.assert_allclose(good[:, : 10 * 128], raw.get_data()[:, 10 * 128 : 20 * 128])
    assert good.shape[1] == raw.n_times - 13 * 128


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"muscle_z": 4}, r"bad_segments.muscle_band: must end below the Nyquist frequency 64 Hz"),
        ({"length": 600}, r"bad_segments.length: windows of 600 s do not fit"),
    ],
)
def test_what_cannot_work_is_told_beforehand(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_header(raw, change_params(chain=[{"bad_segments": params}]), "rec.edf")


def test_too_few_windows_and_nothing_left_are_errors(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any]
) -> None:
    few = change_params(chain=[{"bad_segments": {"length": 4}}]).chain
    with pytest.raises(ValueError, match=r"bad_segments: gesd needs at least 25 good windows of 4"):
        apply_chain(raw, few, RNG)
    nothing = {"amplitude": 1, "gesd_alpha": None, "length": raw.n_times / 128}
    with pytest.raises(ValueError, match="nothing of the recording is left as good"):
        apply_chain(raw, change_params(chain=[{"bad_segments": nothing}]).chain, RNG)


def test_a_step_without_a_method_is_refused() -> None:
    with pytest.raises(ValueError, match="give amplitude, muscle_z, gesd_alpha"):
        BadSegments(gesd_alpha=None)
