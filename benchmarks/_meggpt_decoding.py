"""Trials told from hidden states, on hand movements (MEG) and on faces and houses (EEG)."""

from pathlib import Path

import numpy as np

from neuro.analyses.meggpt.decoding import METHODS, Outcome, decode, summarise
from neuro.analyses.meggpt.features import Settings
from neuro.analyses.meggpt.folds import Fold, Recording, new_block, new_subject, published
from neuro.io import hdf5

HANDS = Path("data/hands/bids/sub-hands/trials/sub-hands_trials.h5")
FACES = "results/faces/preprocessed/**/*_proc-clean_epo.fif"
CHEAP = tuple(name for name in METHODS if name not in ("next-token", "end-to-end"))
"""Methods without tuning, for blocks."""


def hands() -> dict[str, float]:
    """Movements in four directions, all methods."""
    if not HANDS.exists():
        print(f"\nno {HANDS}; run `snakemake fetch` for decoding")
        return {}
    recording, sfreq = _hands()
    settings = Settings(length=round(0.64 * sfreq), step=0.5, n_steps=120, n_windows=4)
    folds = published([recording], settings.length)
    _show(
        "hand movements, 4 directions, MEG, 10 channels, published test trials",
        _run([recording], folds, sfreq, settings),
    )
    return {}


def faces() -> dict[str, float]:
    """Faces and houses, new blocks and a new subject; methods with tuning for the latter only."""
    paths = sorted(Path().glob(FACES))
    if not paths:
        print(f"\nno {FACES}; run `snakemake preprocess` for decoding")
        return {}
    pair, sfreq = _faces(paths)
    settings = Settings(length=round(0.32 * sfreq), step=0.5, window=41, n_steps=80)
    folds = [
        *new_block(pair, settings.length, 3, gap=round(sfreq)),
        *new_subject(pair, settings.length),
    ]
    title = f"faces and houses, EEG, {len(pair[0].data)} electrodes, 0-0.32 s"
    _show(f"{title}, {len(paths)} subjects", _run(pair, folds, sfreq, settings))
    return {}


def _run(
    recordings: list[Recording], folds: list[Fold], sfreq: float, settings: Settings
) -> list[Outcome]:
    return [
        one
        for fold in folds
        for one in decode(
            recordings,
            fold,
            sfreq,
            settings,
            CHEAP if fold.split == "new-block" else tuple(METHODS),
        )
    ]


def _hands() -> tuple[Recording, float]:
    """Trials side by side, at 200 Hz; the window begins with the movement's cue."""
    file = hdf5.read(HANDS)
    sfreq, tmin = float(file["data"].attrs["sfreq"]), float(file["data"].attrs["tmin"])
    trials = file["data"].values.astype(np.float32)
    trials = trials[..., : trials.shape[-1] // 2 * 2]
    trials = trials.reshape(*trials.shape[:2], -1, 2).mean(axis=-1)
    n, n_channels, n_times = trials.shape
    labels = np.unique(file["labels"].values, return_inverse=True)[1]
    first = round(max(-tmin, 0) * sfreq / 2) - round(0.1 * sfreq / 2)
    starts = np.arange(n) * n_times
    recording = Recording(
        "hands",
        trials.transpose(1, 0, 2).reshape(n_channels, -1),
        starts + first,
        labels.astype(np.intp),
        np.asarray(file["part"].values).astype(str),
        np.stack([starts, starts + n_times], axis=1),
    )
    return recording, sfreq / 2


def _faces(paths: list[Path]) -> tuple[list[Recording], float]:
    """Upright faces and houses, at 128 Hz, every eighth electrode: it has to take minutes."""
    import mne

    out = []
    for path in paths:
        epochs = mne.read_epochs(path, verbose="error")
        epochs = epochs[["face-upright", "house-upright"]]
        data = epochs.get_data(picks="eeg")[:, ::8, :-1].astype(np.float32) * 1e6
        trials = data.reshape(*data.shape[:2], -1, 2).mean(axis=-1)
        n, n_channels, n_times = trials.shape
        names = {code: name for name, code in epochs.event_id.items()}
        y = np.array([names[code].startswith("house") for code in epochs.events[:, 2]])
        starts = np.arange(n) * n_times
        onset = round(-epochs.tmin * epochs.info["sfreq"] / 2)
        flat = trials.transpose(1, 0, 2).reshape(n_channels, -1)
        ends = np.stack([starts, starts + n_times], axis=1)
        subject = path.name.split("_")[0]
        out.append(Recording(subject, flat, starts + onset, y.astype(np.intp), None, ends))
    return out, float(epochs.info["sfreq"]) / 2


def _show(title: str, outcomes: list[Outcome]) -> None:
    table = summarise(outcomes, np.random.default_rng(0))
    print(f"\n{title}: balanced accuracy, 95 % intervals over tested trials")
    print(f"{'split':12} {'features':20} {'value':>20} {'less raw':>22} chance  n_test  CPU s")
    for row in table.itertuples():
        value = f"{row.value:.3f} ({row.low:.3f}-{row.high:.3f})"
        apart = f"{row.difference:+.3f} ({row.difference_low:+.3f}, {row.difference_high:+.3f})"
        print(
            f"{row.split:12} {row.method:20} {value:>20} {apart:>22} {row.chance:6.2f} "
            f"{row.n_test:7d} {row.seconds:6.0f}",
            flush=True,
        )
