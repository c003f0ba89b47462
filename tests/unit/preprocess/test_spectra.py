from types import SimpleNamespace

import mne
import numpy as np
import pandas as pd
import pytest

from neuro.config.spectra import Spectra
from neuro.io import hdf5, manifest
from neuro.preprocess.spectra import evaluate, run
from neuro.preprocess.spectra_texts import warnings_of

SFREQ, MONTAGE = 128.0, "biosemi16"
NAMES = mne.channels.make_standard_montage(MONTAGE).ch_names
PARAMS = {
    "fmin": 2,
    "fmax": 40,
    "roi": ["O1", "Oz", "O2"],
    "connectivity": {"bands": ["alpha"], "epoch": 2, "envelope_epoch": 8, "n_surrogates": 199},
    "microstates": {"n_states": 2, "n_init": 3},
}


def resting(seed=0, seconds=120):
    """Pink noise with an alpha rhythm at the back, and O1 that leads P3; 16 channels, V."""
    rng = np.random.default_rng(seed)
    n = int(seconds * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    freqs[0] = freqs[1]
    noise = np.fft.irfft(np.fft.rfft(rng.normal(size=(len(NAMES), n))) * freqs**-0.75, n)
    rhythm = np.fft.irfft(np.fft.rfft(rng.normal(size=n)) * np.exp(-((freqs - 10) ** 2) / 2), n)
    back = [NAMES.index(name) for name in ("O1", "Oz", "O2")]
    noise[back] += 2 * rhythm / rhythm.std() * noise.std()
    noise[NAMES.index("P3"), 3:] += 1.5 * rhythm[:-3] / rhythm.std() * noise.std()
    raw = mne.io.RawArray(1e-5 * noise, mne.create_info(NAMES, SFREQ, "eeg"), verbose="ERROR")
    raw.set_montage(MONTAGE)
    return raw.set_annotations(
        mne.Annotations([20.0, 60.0, 60.0], [5.0, 0.0, 0.0], ["BAD_move", "EDGE cut", "BAD cut"])
    )


def outputs(folder):
    return SimpleNamespace(
        spectra=folder / "x_spectra.h5",
        channels=folder / "x_spectra.tsv",
        figures=folder / "x_spectra_figures",
        manifest=folder / "x_spectra_manifest.json",
    )


def carry_out(folder, raw=None, **changes):
    folder.mkdir(exist_ok=True)
    path = folder / "x_proc-clean_raw.fif"
    (resting() if raw is None else raw).save(path, overwrite=True, verbose="ERROR")
    params = Spectra.model_validate(PARAMS | changes)
    names = {"dataset": "rest", "recording_name": "sub-1"}
    return run(path, outputs(folder), **names, params=params, rng=np.random.default_rng(1))


def assess(raw, **changes):
    return evaluate(raw, Spectra.model_validate(PARAMS | changes), np.random.default_rng(1))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spectra") / "one"
    return folder, carry_out(folder)


def test_what_was_planted_is_reported(done):
    folder, _ = done
    file = hdf5.read(outputs(folder).spectra)
    arrays = {name: np.asarray(array.values) for name, array in file.items()}
    alpha = arrays["bands/relative/mean"][list(arrays["bands/names"]).index("alpha")]
    assert {NAMES[i] for i in np.argsort(alpha)[-4:]} == {"O1", "Oz", "O2", "P3"}
    assert file["psd/mean"].unit == "V**2/Hz"
    front = NAMES.index("Fp1")
    assert arrays["aperiodic/exponent"][front] == pytest.approx(1.5, abs=0.15)
    p = arrays["connectivity/wpli/p"][0]
    lower = {frozenset((NAMES[i], NAMES[j])) for i, j in np.argwhere(np.tril(p <= 0.05, -1))}
    assert lower == {frozenset(("P3", name)) for name in ("O1", "Oz", "O2")}
    leads = arrays["connectivity/imcoh/value"][0]
    assert leads[NAMES.index("O1"), NAMES.index("P3")] > 0.3


def test_the_manifest_tells_numbers_with_their_intervals(done):
    folder, _ = done
    about = manifest.read(outputs(folder).manifest)
    numbers = {number.name: number for number in about.key_numbers}
    peak = numbers["strongest rhythm"]
    assert peak.value == pytest.approx(10, abs=0.25)
    assert peak.interval[0] < peak.value < peak.interval[1]
    exponent = numbers["aperiodic exponent"]
    assert exponent.interval[0] < exponent.value < exponent.interval[1]
    assert numbers["weighted phase lag index, alpha"].p <= 0.05
    assert (about.word, about.recording) == ("spectra", "sub-1")
    assert {figure.path.split("/")[-1] for figure in about.figures} == {
        "spectrum.svg", "maps.svg", "microstates.svg", "connectivity_wpli.svg",
        "connectivity_imcoh.svg", "connectivity_aec.svg",
    }  # fmt: skip
    assert any("Gaussian signals only" in warning for warning in about.warnings)


def test_the_table_has_a_row_per_channel(done):
    folder, result = done
    table = pd.read_csv(outputs(folder).channels, sep="\t")
    assert list(table["channel"]) == NAMES
    np.testing.assert_allclose(table["alpha_absolute"], result.power.absolute.mean[2])


def test_the_same_seed_gives_the_same_bytes(done, tmp_path):
    folder, _ = done
    carry_out(tmp_path / "again")
    for path in (*outputs(folder).figures.iterdir(), *folder.glob("x_spectra*.*")):
        again = tmp_path / "again" / path.relative_to(folder)
        assert path.read_bytes() == again.read_bytes(), path.name


def test_bad_segments_do_not_enter(done):
    _, result = done
    raw = resting()
    raw.load_data()
    raw._data[:, int(21 * SFREQ) : int(24 * SFREQ)] += 1e-3 * np.sin(np.arange(384))
    other = assess(raw, connectivity=None, microstates=None, aperiodic=None)
    # The file holds single precision.
    np.testing.assert_allclose(other.power.psd.mean, result.power.psd.mean, rtol=1e-3)
    assert result.seconds == pytest.approx(115)


def test_one_part_does_not_change_another():
    few = {"microstates": None, "aperiodic": None}
    asked = PARAMS["connectivity"]
    one = assess(resting(), **few, connectivity=asked)
    more = {"methods": ["imcoh"], "bands": ["theta", "alpha"], "epoch": 2}
    two = assess(resting(), **few, connectivity=asked | more)
    same = [found.coupling["imcoh"]["alpha"].largest for found in (one, two)]
    np.testing.assert_array_equal(*same)


def test_bad_channels_are_left_out_and_told():
    raw = resting()
    raw.info["bads"] = ["Oz", "Fz"]
    changes = {"connectivity": None, "microstates": None}
    result = assess(raw, **changes)
    assert result.roi == ["O1", "O2"]
    assert len(result.info["ch_names"]) == 14
    told = warnings_of(result, Spectra.model_validate(PARAMS | changes))
    assert "Bad channels left out: Oz, Fz." in told


def test_without_positions_there_are_figures_too(tmp_path):
    raw = resting()
    raw.set_montage(None)
    carry_out(tmp_path, raw, aperiodic=None)
    assert len(list(outputs(tmp_path).figures.iterdir())) == 6


def test_a_filter_within_the_limits_is_a_warning():
    changes = {"connectivity": None, "microstates": None}
    result = assess(resting().filter(None, 30, verbose="ERROR"), **changes)
    told = warnings_of(result, Spectra.model_validate(PARAMS | changes))
    assert any("filtered to 0-30 Hz" in text and "exponent" in text for text in told)


def constant(raw):
    raw._data[3] = 5e-6


def not_finite(raw):
    raw._data[3, 4000] = np.nan


def all_bad(raw):
    raw.annotations.append(0, 120, "bad all")


def no_good_channel(raw):
    raw.info["bads"] = list(NAMES)


def doubled(raw):
    raw._data[3] = 2 * raw._data[4]


def roi_bad(raw):
    raw.info["bads"] = ["O1", "Oz", "O2"]


@pytest.mark.parametrize(
    ("spoil", "changes", "message"),
    [
        (constant, {}, f"channel\\(s\\) {NAMES[3]}: samples are constant"),
        (not_finite, {}, f"channel\\(s\\) {NAMES[3]}: samples are not finite"),
        (all_bad, {}, "the whole recording is annotated as bad"),
        (no_good_channel, {}, "no good EEG channel is left"),
        (doubled, {}, f"channels {NAMES[3]} and {NAMES[4]} carry the same signal"),
        (roi_bad, {}, "spectra.roi: all its channels are bad"),
        (None, {"roi": ["o1"]}, "Did you mean 'O1' for 'o1'"),
        (None, {"fmax": 70}, r"fmax \(70 Hz\) must be below the Nyquist frequency \(64 Hz"),
        (None, {"window": 40}, "at least 5 windows of 40 s, got .* 115.0 s are good, the longest"),
        (None, {"connectivity": {"epoch": 30}}, "at least 10 windows of 30 s, got"),
        (None, {"connectivity": {"envelope_epoch": 30}}, "envelopes of delta need at least 10"),
    ],
)
def test_what_cannot_work_is_one_clear_error(tmp_path, spoil, changes, message):
    raw = resting()
    if spoil is not None:
        spoil(raw)
    with pytest.raises(ValueError, match=message) as caught:
        carry_out(tmp_path, raw, **{"microstates": None} | changes)
    assert "x_proc-clean_raw.fif" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x_proc-clean_raw.fif"]
