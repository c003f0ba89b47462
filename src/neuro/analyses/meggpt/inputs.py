"""Sessions of a dataset: parcels or sensors of MEG, sensors of EEG, or trials laid end to end."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals, standardize
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.trials import read_trials

logger = logging.getLogger(__name__)

Hold = Literal["auto", "subjects", "sessions", "time"]
FEW = 3
"""Fewer subjects or sessions than this are not held out whole."""


@dataclass(frozen=True)
class Recorded:
    """A session.

    Parameters
    ----------
    label : str
        Its name.
    subject : str
        Whose it is.
    names : tuple of str
        Channels.
    sfreq : float
        Sampling rate, Hz.
    band : tuple of float
        High-pass and low-pass, Hz; 0 and half the rate where nothing is known.
    data : ndarray of float32, shape (n_channels, n_times)
        Good samples, each channel in its standard deviations.
    places : ndarray of int, shape (n_times,)
        Which samples of the recording these are.
    positions : ndarray, shape (n_channels, 3), or None
        Centers of parcels, mm, MNI152.
    n_pieces : int
        Stretches, or trials, that were laid end to end.
    """

    label: str
    subject: str
    names: tuple[str, ...]
    sfreq: float
    band: tuple[float, float]
    data: Signals
    places: NDArray[np.int64]
    positions: NDArray[np.float64] | None = None
    n_pieces: int = 1

    @property
    def seconds(self) -> float:
        """Length of what is good."""
        return float(self.data.shape[1] / self.sfreq)


def load_all(paths: Sequence[str | Path], recordings: Sequence[Recording]) -> list[Recorded]:
    """Read the sessions of a dataset.

    Parameters
    ----------
    paths : sequence of str | Path
        `*_parcels.h5` and `*_raw.fif` as preprocessing leaves them, or `*_trials.h5`.
    recordings : sequence of Recording
        Whose they are.

    Returns
    -------
    sessions : list of Recorded
        With the channels that all have, in the order of the first.

    Raises
    ------
    ValueError
        If rates differ, no channel is common to all, or a channel is constant or not finite.
    """
    found = [
        session
        for path, recording in zip(paths, recordings, strict=True)
        for session in _load(Path(path), recording)
    ]
    for session in found:
        if not np.isclose(session.sfreq, found[0].sfreq, rtol=1e-6):
            raise ValueError(
                f"{session.label}: {session.sfreq:g} Hz; {found[0].label} has "
                f"{found[0].sfreq:g} Hz. Tokens are for one rate: add the step `resample` to the "
                "dataset's preprocess.chain"
            )
    common = [name for name in found[0].names if all(name in each.names for each in found)]
    if len(common) < 2:
        raise ValueError(f"{len(common)} channels that all {len(found)} sessions have; 2 is least")
    if lost := max(len(each.names) for each in found) - len(common):
        logger.warning("%d channels are left out, since not all sessions have them", lost)
    return [_only(each, common) for each in found]


def _load(path: Path, recording: Recording) -> list[Recorded]:
    if path.name.endswith("_parcels.h5"):
        return [_parcels(path, recording)]
    if path.suffix == ".fif":
        return [_sensors(path, recording)]
    return _trials(path, recording)


def _parcels(path: Path, recording: Recording) -> Recorded:
    arrays = hdf5.read(path)
    parcels, names = arrays["parcels"], tuple(arrays["names"].values.tolist())
    places = np.flatnonzero(arrays["good"].values)
    if not places.size:
        raise ValueError(f"{path}: no sample is good")
    return Recorded(
        label=recording.name,
        subject=recording.subject,
        names=names,
        sfreq=float(parcels.attrs["sfreq"]),
        band=(float(parcels.attrs["highpass"]), float(parcels.attrs["lowpass"])),
        data=standardize(parcels.values[:, places], names, str(path)),
        places=places,
        positions=arrays["centroids"].values,
        n_pieces=len(arrays["stretches"].values),
    )


def _sensors(path: Path, recording: Recording) -> Recorded:
    import mne  # not needed for parcels and trials

    from neuro.preprocess.windows import good_stretches

    raw = mne.io.read_raw_fif(path, preload=False, verbose="ERROR")
    kinds = set(raw.get_channel_types())
    # MEG and EEG that were recorded together are not mixed: MEG is what the dataset is of.
    picks = [kind for kind in ("mag", "grad") if kind in kinds] or ["eeg"]
    raw.pick(picks, exclude="bads").load_data(verbose="ERROR")
    stretches = good_stretches(raw)
    if not stretches:
        raise ValueError(f"{path}: no sample is good")
    places = np.concatenate([np.arange(part.start, part.stop) for part in stretches])
    names = tuple(raw.ch_names)
    return Recorded(
        label=recording.name,
        subject=recording.subject,
        names=names,
        sfreq=float(raw.info["sfreq"]),
        band=(float(raw.info["highpass"]), float(raw.info["lowpass"])),
        data=standardize(raw.get_data()[:, places], names, str(path)),
        places=places,
        n_pieces=len(stretches),
    )


def _trials(path: Path, recording: Recording) -> list[Recorded]:
    """Trials of each subject, session and run, one after the other."""
    file = read_trials(path)
    whose = [
        "_".join(filter(None, (subject or recording.name, session, run)))
        for subject, session, run in zip(file.subject, file.session, file.run, strict=True)
    ]
    found = []
    for label in dict.fromkeys(whose):
        own = np.flatnonzero(np.array(whose) == label)
        own = own[np.argsort(file.onset[own], kind="stable")]
        data = file.data[own].transpose(1, 0, 2).reshape(len(file.channels), -1)
        found.append(
            Recorded(
                label=label,
                subject=str(file.subject[own[0]]) or recording.subject,
                names=file.channels,
                sfreq=file.sfreq,
                band=(0.0, file.sfreq / 2),
                data=standardize(data, file.channels, f"{path}, {label}"),
                places=np.arange(data.shape[1]),
                n_pieces=len(own),
            )
        )
    return found


def _only(session: Recorded, names: Sequence[str]) -> Recorded:
    if list(session.names) == list(names):
        return session
    rows = [session.names.index(name) for name in names]
    positions = None if session.positions is None else session.positions[rows]
    return replace(session, names=tuple(names), data=session.data[rows], positions=positions)


def first_held_out(
    sessions: Sequence[Recorded], split: Hold, share: float
) -> tuple[str, list[int]]:
    """What is held out of each session.

    Parameters
    ----------
    sessions : sequence of Recorded
        In order.
    split : {"auto", "subjects", "sessions", "time"}
        What is held out; `auto` takes the first of these that there are three or more of.
    share : float
        How much of it.

    Returns
    -------
    split : str
        `subjects`, `sessions` or `time`.
    first : list of int
        First held-out sample of each session: 0 for all of it, its length for none.

    Raises
    ------
    ValueError
        If there is but one of what shall be held out.
    """
    subjects = list(dict.fromkeys(each.subject for each in sessions))
    labels = [each.label for each in sessions]
    if split == "auto":
        many = {"subjects": len(subjects) >= FEW, "sessions": len(sessions) >= FEW}
        split = next((name for name in ("subjects", "sessions") if many[name]), "time")
    if split == "time":
        return split, [int((1 - share) * each.data.shape[1]) for each in sessions]
    units = subjects if split == "subjects" else labels
    if len(units) < 2:
        raise ValueError(f"meggpt.split: {split} asked for, but there is only {units[0]!r}")
    held = set(units[-min(max(round(share * len(units)), 1), len(units) - 1) :])
    own = [each.subject if split == "subjects" else each.label for each in sessions]
    first = [
        0 if unit in held else each.data.shape[1] for unit, each in zip(own, sessions, strict=True)
    ]
    return split, first


def check_lengths(sessions: Sequence[Recorded], first: Sequence[int], window: int) -> None:
    """Every part must be longer than a window.

    Raises
    ------
    ValueError
        If one is not; the message names it.
    """
    for each, cut in zip(sessions, first, strict=True):
        n_times = each.data.shape[1]
        for part, length in (("training", cut), ("held-out", n_times - cut)):
            if 0 < length <= 2 * window:
                raise ValueError(
                    f"{each.label}: its {part} part has {length} samples at {each.sfreq:g} Hz, too "
                    f"few for windows of {window}; lower `meggpt.training.length` and "
                    "`meggpt.model.window`, or give longer recordings"
                )
    twice = [label for label, n in Counter(each.label for each in sessions).items() if n > 1]
    if twice:
        raise ValueError(f"{twice[0]}: two sessions have this name")
