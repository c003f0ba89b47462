"""Small recordings with a planted deflection, in memory and as a BIDS tree."""

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import mne_bids
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from neuro.config.eeg import EEGPreprocess
from neuro.io.bids import Recording

MONTAGE = "biosemi16"
CONTRAST = {
    "first": ["target"],
    "second": ["standard"],
    "component": "planted",
    "polarity": "negative",
    "roi": ["O1", "O2"],
    "window": [0.13, 0.2],
    "test_window": [0, 0.4],
}
CHAIN = [
    {"montage": {"name": MONTAGE}},
    {"filter": {"l_freq": 0.5, "h_freq": 30}},
    {"resample": {"sfreq": 100}},
    "bad_channels",
    "interpolate",
    {"reference": {"channels": "average"}},
]
LATENCY, AMPLITUDE = 0.17, -12.0


def make_raw(seed: int = 0, n_trials: int = 25, noise: float = 8.0) -> mne.io.RawArray:
    """Noise with a deflection after `target` at O1 and O2; 16 channels, 128 Hz, in V."""
    rng = np.random.default_rng(seed)
    sfreq = 128.0
    names = mne.channels.make_standard_montage(MONTAGE).ch_names
    onsets = 2.0 + 1.2 * np.arange(2 * n_trials)
    n_times = int((onsets[-1] + 3) * sfreq)
    data = mne.filter.filter_data(
        rng.standard_normal((len(names), n_times)), sfreq, 0.5, 40, verbose="ERROR"
    )
    data *= noise / data.std(axis=1, keepdims=True)
    times = np.arange(n_times) / sfreq
    labels = np.array(["standard", "target"])[np.arange(2 * n_trials) % 2]
    for onset in onsets[labels == "target"]:
        wave = AMPLITUDE * np.exp(-0.5 * ((times - onset - LATENCY) / 0.02) ** 2)
        for channel in ("O1", "O2"):
            data[names.index(channel)] += wave
    raw = mne.io.RawArray(data * 1e-6, mne.create_info(names, sfreq, "eeg"), verbose="ERROR")
    raw.set_montage(MONTAGE)
    return raw.set_annotations(mne.Annotations(onsets, 0.0, labels))


def make_params(**changes: Any) -> EEGPreprocess:
    """A valid section; keys can be replaced."""
    section = {
        "chain": CHAIN,
        "epochs": {"tmin": -0.2, "tmax": 0.6},
        "contrasts": {"target-minus-standard": CONTRAST},
        "statistics": {"n_bootstraps": 200, "n_permutations": 200},
    }
    return EEGPreprocess.model_validate({**section, **changes})


@dataclass
class Tree:
    """A BIDS tree with one recording, to be broken at will."""

    root: Path
    recording: Recording

    @property
    def raw(self) -> Path:
        return self.root / self.recording.path

    def sidecar(self, suffix: str) -> Path:
        return self.raw.with_name(self.raw.name.replace("_eeg.edf", suffix))

    def edit(self, suffix: str, change: Callable[[str], str]) -> None:
        path = self.sidecar(suffix)
        path.write_text(change(path.read_text(encoding="utf-8-sig")), encoding="utf-8")


def write_tree(raw: mne.io.BaseRaw, root: Path) -> Tree:
    path = mne_bids.BIDSPath(subject="01", task="odd", datatype="eeg", root=root)
    raw.info["line_freq"] = 50
    with warnings.catch_warnings(), mne.use_log_level("ERROR"):
        warnings.simplefilter("ignore")
        codes = {label: i for i, label in enumerate(sorted(set(raw.annotations.description)), 1)}
        mne_bids.write_raw_bids(
            raw, path, format="EDF", allow_preload=True, event_id=codes, overwrite=True
        )
    return Tree(root, Recording("01", "", "odd", "", "eeg", "sub-01/eeg/sub-01_task-odd_eeg.edf"))


@pytest.fixture(scope="session")
def _pristine(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    raw = make_raw()
    raw.annotations.append([20.0, 33.1], 0.0, ["boundary", "boundary"])
    raw.annotations.append(10.0, 2.0, "bad_muscle")
    return write_tree(raw, tmp_path_factory.mktemp("bids"))


@pytest.fixture
def tree(_pristine: Tree, tmp_path: Path) -> Tree:
    """A copy of a valid tree: `boundary` at 20 and 33.1 s, `bad_muscle` from 10 to 12 s."""
    shutil.copytree(_pristine.root, tmp_path / "bids")
    return Tree(tmp_path / "bids", _pristine.recording)


@pytest.fixture
def raw() -> mne.io.RawArray:
    """A recording in memory."""
    return make_raw()


@pytest.fixture
def params() -> EEGPreprocess:
    """A valid section."""
    return make_params()


@pytest.fixture
def change_params() -> Callable[..., EEGPreprocess]:
    """Make a section with some keys replaced."""
    return make_params


@pytest.fixture
def new_raw() -> Callable[..., mne.io.RawArray]:
    """Make a recording in memory."""
    return make_raw


@pytest.fixture
def new_tree(tmp_path: Path) -> Callable[[mne.io.BaseRaw], Tree]:
    """Write a recording as a BIDS tree."""
    return lambda raw: write_tree(raw, tmp_path / "own")


@pytest.fixture
def new_epochs() -> Callable[..., mne.EpochsArray]:
    """Make epochs with a planted deflection and a history, as the cleaning step leaves them."""

    def make(
        seed: int = 0, n: int = 40, latency: float = LATENCY, amplitude: float = -6.0
    ) -> mne.EpochsArray:
        rng = np.random.default_rng(seed)
        names = mne.channels.make_standard_montage(MONTAGE).ch_names
        info = mne.create_info(names, 200.0, "eeg")
        times = np.arange(-0.2, 0.6, 1 / 200)
        white = rng.standard_normal((2 * n, len(names), times.size))
        data = gaussian_filter1d(white, 2.0, axis=-1, mode="wrap")
        data *= 4 / data.std()
        codes = 1 + np.arange(2 * n) % 2
        wave = amplitude * np.exp(-0.5 * ((times - latency) / 0.02) ** 2)
        for channel in ("O1", "O2"):
            data[codes == 2, names.index(channel)] += wave
        events = np.column_stack([np.arange(2 * n) * 300, np.zeros(2 * n, int), codes])
        epochs = mne.EpochsArray(
            data * 1e-6, info, events, -0.2, {"standard": 1, "target": 2}, verbose="ERROR"
        )
        epochs.set_montage(MONTAGE)
        counts = {"standard": n, "target": n}
        overlap = {"epochs": 0, "of": 2 * n, "longest_s": 0.0}
        found = {"events": counts, "kept": counts, "dropped": {}, "overlap": overlap}
        read = {
            "file": "sub-01_task-odd_eeg.edf",
            "sfreq": 200.0,
            "duration_s": 100.0,
            "n_eeg": 16,
            "highpass": 0.0,
            "lowpass": None,
            "notes": [],
            "flat": [],
        }
        history = [
            {"method": "read", "params": {}, "found": read},
            {"method": "interpolate", "params": {}, "found": {"channels": ["Cz", "O1"]}},
            {
                "method": "epochs",
                "params": {"tmin": -0.2, "tmax": 0.6, "baseline": None, "reject": 150.0},
                "found": found,
            },
        ]
        epochs.info["description"] = json.dumps({"history": history})
        return epochs

    return make
