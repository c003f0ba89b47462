import mne
import numpy as np
import pandas as pd
import pytest

from neuro.config import SimulateSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.cache import sha256
from neuro.datasets.registry import open_source
from neuro.datasets.simulate import background, simulate_raw, topography

PATH = "sub-{0}/eeg/sub-{0}_task-oddball_{1}"


def average(root, subject, condition, tmax=0.5):
    """Mean over trials, µV, cut by events.tsv from the EDF file; channels; times."""
    raw = mne.io.read_raw_edf(root / PATH.format(subject, "eeg.edf"), verbose="error")
    events = pd.read_csv(root / PATH.format(subject, "events.tsv"), sep="\t")
    onsets = events.loc[events["trial_type"] == condition, "onset"]
    sfreq = raw.info["sfreq"]
    starts = np.rint(onsets * sfreq).astype(int)
    cut = np.arange(int(tmax * sfreq))
    data = raw.get_data() * 1e6
    return data[:, starts.to_numpy()[:, None] + cut].mean(axis=1), raw.ch_names, cut / sfreq


def test_planted_deflection_is_recovered_from_the_file(simulated, planted):
    difference = np.mean(
        [
            average(simulated / "bids", s, "target")[0]
            - average(simulated / "bids", s, "standard")[0]
            for s in ("01", "02")
        ],
        axis=0,
    )
    _, names, times = average(simulated / "bids", "01", "target")
    wave = difference[[names.index(c) for c in planted.channels]].mean(axis=0)
    assert abs(times[np.argmin(wave)] - planted.latency) <= 2 / planted.sfreq
    # Standard error of the mean difference: 3 µV * sqrt(2 / 120), less what channels share.
    assert abs(wave.min() - planted.amplitude) < 4 * 3.0 * np.sqrt(2 / 120)
    assert abs(difference[names.index("Fp1")]).max() < 4 * 3.0 * np.sqrt(2 / 120)


def test_without_noise_the_deflection_is_exact(tmp_path):
    config = SimulateSource(
        type="simulate",
        n_subjects=1,
        n_trials=5,
        noise=0,
        channels=["Cz"],
        latency=0.25,
        amplitude=4,
        width=0.03,
    )
    fetch.run(config, "exact", 1, tmp_path / "fetch.json", progress=False)
    target, names, times = average(tmp_path / "bids", "01", "target")
    standard, _, _ = average(tmp_path / "bids", "01", "standard")
    expected = 4 * np.exp(-0.5 * ((times - 0.25) / 0.03) ** 2)
    np.testing.assert_allclose(target[names.index("Cz")], expected, atol=1e-3)
    np.testing.assert_allclose(standard, 0, atol=1e-3)
    others = np.abs(target).max(axis=1)
    assert others.argmax() == names.index("Cz")
    assert others[names.index("O1")] < 0.5


def test_trials_vary_about_the_stated_amplitude():
    config = SimulateSource(type="simulate", n_trials=50, noise=0, channels=["Cz"], latency=0.25)
    raw, events = simulate_raw(config, np.random.default_rng(3))
    peaks = events[events[:, 2] == 2, 0] + 32
    amplitudes = raw.get_data("Cz")[0, peaks] * 1e6
    assert abs(amplitudes.mean() - config.amplitude) < 1e-9
    assert 0.2 < amplitudes.std() < 1.0


def test_design():
    config = SimulateSource(type="simulate", n_trials=100, channels=["Cz"])
    raw, events = simulate_raw(config, np.random.default_rng(0))
    codes = events[:, 2]
    assert (np.bincount(codes)[1:] == 100).all()
    assert 50 < (np.diff(codes) != 0).sum() < 150  # in random order
    isi = np.diff(events[:, 0]) / config.sfreq
    assert isi.min() >= 0.9 - 1 / config.sfreq
    assert isi.max() <= 1.1 + 1 / config.sfreq
    assert isi.std() > 0.04
    assert raw.times[-1] > events[-1, 0] / config.sfreq + 1


def test_background():
    montage = mne.channels.make_standard_montage("biosemi32")
    positions = montage.get_positions()["ch_pos"]
    xyz = np.array(list(positions.values()))
    noise = background(xyz, 128.0, 128 * 120, np.random.default_rng(0))
    np.testing.assert_allclose(noise.std(axis=1), 1)
    power, freqs = mne.time_frequency.psd_array_welch(
        noise, 128.0, 1, 40, n_fft=512, verbose="error"
    )
    log = np.log(freqs[(freqs > 15) & (freqs < 40)])
    slope = np.polyfit(log, np.log(power.mean(axis=0)[(freqs > 15) & (freqs < 40)]), 1)[0]
    assert -1.3 < slope < -0.7
    names = list(positions)
    at_ten = power[:, np.argmin(abs(freqs - 10))]
    assert at_ten[names.index("Oz")] > 3 * at_ten[names.index("Fp1")]
    r = np.corrcoef(noise)
    near, far = r[names.index("PO3"), names.index("O1")], r[names.index("PO3"), names.index("AF4")]
    assert near > 0.5
    assert near > far + 0.3


def test_topography_falls_off_with_distance():
    positions = np.array([[0, 0, 0.1], [0.04, 0, 0.1], [0.08, 0, 0.1]])
    expected = np.exp(-0.5 * np.array([0, 1, 2]) ** 2)
    np.testing.assert_allclose(topography(positions, positions[:1]), expected)
    np.testing.assert_allclose(topography(positions, positions[[0, 2]])[[0, 2]], 1)


def test_same_seed_gives_the_same_files(simulated, planted, tmp_path):
    fetch.run(planted, "planted", 7, tmp_path / "fetch.json", progress=False)
    files = sorted(p.relative_to(tmp_path) for p in (tmp_path / "bids").rglob("*") if p.is_file())
    assert len(files) > 20
    assert all(sha256(tmp_path / f) == sha256(simulated / f) for f in files)


def _digest(config, name, seed, folder, subject="01"):
    fetch.run(config, name, seed, folder / "fetch.json", progress=False)
    return sha256(folder / "bids" / PATH.format(subject, "eeg.edf"))


def test_seed_dataset_and_subject_make_the_numbers(tmp_path):
    few = SimulateSource(type="simulate", n_subjects=1, n_trials=2, channels=["Cz"])
    more = SimulateSource(type="simulate", n_subjects=2, n_trials=2, channels=["Cz"])
    first = _digest(few, "a", 1, tmp_path / "0")
    assert _digest(more, "a", 1, tmp_path / "1") == first
    others = {
        _digest(few, "a", 2, tmp_path / "2"),
        _digest(few, "b", 1, tmp_path / "3"),
        _digest(more, "a", 1, tmp_path / "4", subject="02"),
    }
    assert len(others | {first}) == 4


def test_files_are_the_ones_listed_and_read_as_bids(simulated, planted):
    from mne_bids import BIDSPath, read_raw_bids

    listed = [r.path for r in open_source(planted, "planted").listing()]
    there = sorted(p.relative_to(simulated / "bids") for p in (simulated / "bids").rglob("*.edf"))
    assert [p.as_posix() for p in there] == listed
    path = BIDSPath(subject="02", task="oddball", datatype="eeg", root=simulated / "bids")
    raw = read_raw_bids(path, verbose="error")
    assert set(raw.annotations.description) == {"standard", "target"}
    standard = mne.channels.make_standard_montage("biosemi16").get_positions()["ch_pos"]
    positions = raw.get_montage().get_positions()["ch_pos"]
    cz, oz = positions["Cz"], positions["Oz"]
    assert np.isclose(np.linalg.norm(cz - oz), np.linalg.norm(standard["Cz"] - standard["Oz"]))


def test_unknown_channel_is_an_error_with_a_guess(tmp_path):
    config = SimulateSource(type="simulate", channels=["Oz", "PO33"], montage="biosemi32")
    with pytest.raises(DatasetError, match=r"datasets\.s\.source\.channels.*'PO33'\. Did you mean"):
        open_source(config, "s").fetch(tmp_path / "bids", FetchContext(1, tmp_path))
    assert not (tmp_path / "bids").exists()


def test_broken_sampling_rate_is_an_error_before_anything_runs():
    with pytest.raises(DatasetError, match=r"datasets\.s\.source\.sfreq .*whole number.*128\.5"):
        open_source(SimulateSource(type="simulate", sfreq=128.5), "s")


def test_no_seed_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="needs a seed"):
        open_source(SimulateSource(type="simulate"), "s").fetch(
            tmp_path / "bids", FetchContext(None, tmp_path)
        )
