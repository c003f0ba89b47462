"""Planted artifacts are found and go; the rest stays; the same as MNE called directly."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest
from mne_icalabel.iclabel import iclabel_label_components

from neuro.config.ica import ICA
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.findings import quality_of, warnings_of
from neuro.preprocess.foresee import check_header
from neuro.preprocess.methods import citations
from neuro.preprocess.steps.common import draw_seed
from neuro.preprocess.steps.ica import CLASSES, data_rank, ica
from neuro.preprocess.steps.sentences import SENTENCES

Params = Callable[..., Any]
SFREQ = 250.0
FRONTAL = {"Fp1": 1.0, "Fp2": 1.0, "F3": 0.4, "F4": 0.4}


def bursts(rng: np.random.Generator, n: int, n_times: int) -> Any:
    """Sources whose amplitude comes and goes, as ICA wants them."""
    white = rng.standard_normal((n, n_times))
    values = mne.filter.filter_data(white, SFREQ, 2, 40, verbose="ERROR")
    loudness = np.repeat(rng.exponential(size=(n, n_times // 125)), 125, axis=1)
    values *= loudness
    return values / values.std(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def blinking() -> tuple[mne.io.RawArray, Any]:
    """16 channels of bursting sources with blinks at the front, and the same without blinks, V."""
    rng = np.random.default_rng(5)
    montage = mne.channels.make_standard_montage("biosemi16")
    n_times = int(60 * SFREQ)
    clean = 4e-6 * rng.standard_normal((16, 16)) @ bursts(rng, 16, n_times)
    blinks = np.zeros(n_times)
    for onset in np.arange(2, 58, 2.7) + rng.uniform(-0.5, 0.5, 21):
        start = int(onset * SFREQ)
        blinks[start : start + 75] = np.hanning(75)
    field = np.array([FRONTAL.get(name, 0.02) for name in montage.ch_names])
    eog = 4e-4 * blinks + 1e-5 * rng.standard_normal(n_times)
    data = np.vstack([clean + 2e-4 * np.outer(field, blinks), eog])
    kinds = ["eeg"] * 16 + ["eog"]
    info = mne.create_info([*montage.ch_names, "VEOG"], SFREQ, kinds)
    raw = mne.io.RawArray(data, info, verbose="ERROR")
    raw.set_montage(montage)
    return raw, clean


def correlations(raw: mne.io.BaseRaw, clean: Any) -> Any:
    data = mne.filter.filter_data(raw.get_data(picks="eeg"), SFREQ, 1, None, verbose="ERROR")
    truth = mne.filter.filter_data(clean, SFREQ, 1, None, verbose="ERROR")
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(data, truth, strict=True)])


def test_blinks_go_and_the_rest_stays(blinking: Any) -> None:
    raw, clean = blinking[0].copy(), blinking[1]
    fronts = [raw.ch_names.index(name) for name in ("Fp1", "Fp2")]
    assert correlations(raw, clean)[fronts].max() < 0.75
    found = ica(raw, ICA(iclabel=None), np.random.default_rng(0))
    assert correlations(raw, clean).min() > 0.96
    assert len(found["excluded"]) == 1
    ((component, reasons),) = found["excluded"].items()
    assert reasons == ["correlates: eog"]
    assert found["correlated"] == {"eog": [component]}
    field = np.array(found["mixing"]["maps"][int(component[3:])])
    known = np.array([FRONTAL.get(name, 0.02) for name in found["mixing"]["channels"]])
    assert abs(np.corrcoef(field, known)[0, 1]) > 0.98
    assert (found["rank"], found["n_components"]) == (15, 15)
    assert 0.05 < found["variance_removed"] < 0.9
    np.testing.assert_array_equal(raw.get_data(picks=["VEOG"]), blinking[0].get_data(["VEOG"]))


def test_same_as_mne_and_iclabel_called_directly(blinking: Any) -> None:
    ours, theirs = blinking[0].copy(), blinking[0].copy()
    for raw in (ours, theirs):
        raw.info["bads"] = ["Oz"]
        raw.set_eeg_reference("average", verbose="ERROR")
        raw.set_annotations(mne.Annotations(10.0, 5.0, "BAD_loud"))
    found = ica(ours, ICA(correlate=[]), np.random.default_rng(3))
    fitted = theirs.copy().pick("eeg", exclude="bads")
    fitted.filter(1, 100, verbose="ERROR")
    data = fitted.get_data(reject_by_annotation="omit")
    good = mne.io.RawArray(data, fitted.info, verbose="ERROR")
    good.set_eeg_reference("average", verbose="ERROR")
    solution = mne.preprocessing.ICA(
        14,
        method="picard",
        fit_params={"extended": True, "ortho": False, "tol": 1e-4},
        random_state=draw_seed(np.random.default_rng(3)),
        max_iter=500,
        verbose="ERROR",
    ).fit(good, verbose="ERROR")
    probabilities = iclabel_label_components(good, solution, inplace=False, backend="onnx")
    np.testing.assert_allclose(found["probabilities"], probabilities, atol=1e-4)
    limits = ICA().iclabel.model_dump()
    excluded = [
        i
        for i, row in enumerate(probabilities)
        if any(row[CLASSES.index(name)] >= least for name, least in limits.items())
    ]
    assert found["excluded"].keys() == {f"ICA{i:03d}" for i in excluded}
    assert len(excluded) >= 1
    solution.apply(theirs, exclude=excluded, verbose="ERROR")
    np.testing.assert_allclose(ours.get_data(), theirs.get_data(), atol=1e-10)
    assert ours.info["bads"] == ["Oz"]
    assert "Oz" not in found["mixing"]["channels"]
    assert found["fitted_s"] == pytest.approx(55)


def test_interpolated_channels_lower_the_rank(blinking: Any) -> None:
    raw = blinking[0].copy()
    raw.info["bads"] = ["Cz", "O1"]
    raw.interpolate_bads(verbose="ERROR")
    found = ica(raw, ICA(iclabel=None, correlate=[]), np.random.default_rng(0))
    assert (found["rank"], found["n_components"]) == (13, 13)
    assert found["excluded"] == {}
    assert data_rank(np.ones((3, 50)) * np.arange(50)) == 1


def test_removal_does_not_depend_on_the_reference(blinking: Any) -> None:
    """To clean and re-reference is to re-reference and clean."""
    params = ICA(iclabel=None)
    one, other = blinking[0].copy(), blinking[0].copy()
    other.set_eeg_reference(["Cz"], verbose="ERROR")
    for raw in (one, other):
        ica(raw, params, np.random.default_rng(0))
    one.set_eeg_reference(["Cz"], verbose="ERROR")
    np.testing.assert_allclose(other.get_data(), one.get_data(), atol=1e-10)


def test_same_seed_same_result(blinking: Any) -> None:
    raws = [blinking[0].copy() for _ in range(2)]
    founds = [ica(raw, ICA(iclabel=None), np.random.default_rng(1)) for raw in raws]
    assert founds[0] == founds[1]
    np.testing.assert_array_equal(raws[0].get_data(), raws[1].get_data())


def test_what_was_done_is_told(
    blinking: Any, change_params: Params, new_epochs: Callable[..., Any]
) -> None:
    raw = blinking[0].copy().filter(1, 40, verbose="ERROR")
    params = change_params(chain=[{"ica": {"n_components": 8, "max_iter": 2}}], contrasts={})
    history = apply_chain(raw, params.chain, np.random.default_rng(0))
    text = SENTENCES["ica"](history[0])
    assert "(extended picard) to an average-referenced copy" in text
    assert "from 1 to 40 Hz" in text
    assert "eye 0.7, muscle 0.6, heart 0.5, line 0.8 and channel 0.9) or were like EOG" in text
    cited = " ".join(citation.text for citation in citations(history, params))
    assert "Ablin P" in cited
    assert "ICLabel" in cited
    story = [*_ends(new_epochs), *history]
    told = " ".join(warnings_of({}, params, story, quality_of(story, [])))
    assert "here it saw 1 to 40 Hz" in told
    assert "did not converge within 2 iterations" in told


def _ends(new_epochs: Callable[..., Any]) -> list[dict[str, Any]]:
    from neuro.preprocess.eeg import read_history

    return read_history(new_epochs(n=2), "x")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"n_components": 40}, r"chain\[0\].ica.n_components: 40 components of 16 EEG channels"),
        ({"l_freq": 70}, r"chain\[0\].ica.l_freq: must be below the Nyquist frequency 64 Hz"),
    ],
)
def test_what_cannot_work_is_told_beforehand(
    raw: mne.io.BaseRaw, change_params: Params, step: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_header(raw, change_params(chain=[{"ica": step}]), "rec.edf")


def test_labels_need_positions(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.set_montage(None)
    with pytest.raises(ValueError, match=r"chain\[0\].ica.iclabel: needs the positions of all"):
        check_header(raw, change_params(chain=["ica"]), "rec.edf")
    check_header(raw, change_params(chain=[{"ica": {"iclabel": None}}]), "rec.edf")


def test_too_little_data_is_an_error(raw: mne.io.BaseRaw, change_params: Params) -> None:
    chain = change_params(chain=[{"ica": {"iclabel": None}}]).chain
    few = raw.copy()
    few.info["bads"] = raw.ch_names[2:]
    with pytest.raises(ValueError, match=r"ica: ICA needs at least 3 good EEG channels, got 2"):
        apply_chain(few, chain, np.random.default_rng(0))
    short = raw.copy().crop(0, 1.5)
    with (
        mne.use_log_level("ERROR"),
        pytest.raises(ValueError, match=r"ica: 193 good samples are too few .* 256 are needed"),
    ):
        apply_chain(short, chain, np.random.default_rng(0))
    same = raw.get_data()
    same[:] = same[0]
    alike = mne.io.RawArray(same, raw.info, verbose="ERROR")
    with pytest.raises(ValueError, match=r"have rank [01]; ICA needs"):
        apply_chain(alike, chain, np.random.default_rng(0))
