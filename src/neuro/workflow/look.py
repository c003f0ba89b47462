"""A look at one recording: header, events and sidecars, but no samples."""

from dataclasses import dataclass, field
from pathlib import Path

import mne

from neuro.config import Dataset
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.preprocess.epoching import enough_events, select_events
from neuro.preprocess.foresee import check_header
from neuro.preprocess.reading import Source, open_recording

SIDECARS = ("channels.tsv", "events.tsv", "eeg.json")


@dataclass
class Look:
    """What was seen of a recording.

    Parameters
    ----------
    recording : Recording
        Which.
    path : Path
        Its file.
    problems, warnings : list of str
        What is wrong, and what may be.
    sfreq, duration : float
        Sampling rate, Hz, and length, s; 0 when the file could not be read.
    n_eeg, n_channels, n_times : int
        EEG channels, all channels, samples.
    n_bytes : int
        Size of the recording's files on disk.
    counts : dict of str to int
        Events by condition.
    """

    recording: Recording
    path: Path
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sfreq: float = 0.0
    duration: float = 0.0
    n_eeg: int = 0
    n_channels: int = 0
    n_times: int = 0
    n_bytes: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def readable(self) -> bool:
        """Whether the header was read."""
        return self.sfreq > 0


def look(root: Path, recording: Recording, section: Dataset) -> Look:
    """Look at a recording with the checks that its job would begin with.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    section : Dataset
        What shall be done with it.

    Returns
    -------
    seen : Look
        What is there, and what is wrong with it.
    """
    seen = Look(recording, root / recording.path)
    seen.warnings += _participants(root, recording)
    try:
        with mne.use_log_level("error"):
            source = open_recording(root, recording)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    raw = source.raw
    seen.sfreq, seen.n_times = float(raw.info["sfreq"]), int(raw.n_times)
    seen.duration = seen.n_times / seen.sfreq
    seen.n_channels = len(raw.ch_names)
    seen.n_eeg = len(mne.pick_types(raw.info, eeg=True, exclude=[]))
    files = {Path(name) for name in raw.filenames if name is not None} | {seen.path}
    seen.n_bytes = sum(path.stat().st_size for path in files)
    seen.warnings += _sidecars(root, seen.path)
    _hold_against(raw, section, seen)
    _count(source, section, seen)
    return seen


def _hold_against(raw: mne.io.BaseRaw, section: Dataset, seen: Look) -> None:
    """Hold the header against the chain, and then each contrast by itself: all problems at once."""
    params = section.preprocess
    for contrasts in ({}, *({name: each} for name, each in params.contrasts.items())):
        chain = [] if contrasts else params.chain
        try:
            part = params.model_copy(update={"chain": chain, "contrasts": contrasts})
            check_header(raw, part, str(seen.path))
        except ValueError as error:
            if str(error) not in seen.problems:
                seen.problems.append(str(error))


def _count(source: Source, section: Dataset, seen: Look) -> None:
    """Count the events of each condition; too few are a problem."""
    where = source.events_path or source.path
    with mne.use_log_level("error"):
        try:
            events, event_id = select_events(source.raw, section.events, where)
            seen.counts = {n: int((events[:, 2] == code).sum()) for n, code in event_id.items()}
            enough_events(events, event_id, section.preprocess.epochs, where)
        except ValueError as error:
            seen.problems.append(str(error))


def _sidecars(root: Path, path: Path) -> list[str]:
    """Sidecars that are neither beside the recording nor, as BIDS allows, further up."""
    from mne_bids import get_bids_path_from_fname

    bids_path = get_bids_path_from_fname(path, check=False).update(root=root)
    missing = []
    for sidecar in SIDECARS:
        suffix, _, extension = sidecar.partition(".")
        found = bids_path.find_matching_sidecar(suffix, f".{extension}", on_error="ignore")
        if found is None:
            missing.append(
                f"{path}: has no {sidecar}, which BIDS wants beside a recording; what the file "
                "itself tells is taken"
            )
    return missing


def _participants(root: Path, recording: Recording) -> list[str]:
    table = root / "participants.tsv"
    if not table.is_file():
        return [f"{table}: missing; BIDS wants one row per subject there"]
    try:
        known = {str(label) for label in read_tsv(table, ("participant_id",))["participant_id"]}
    except ValueError as error:
        return [str(error)]
    if f"sub-{recording.subject}" in known:
        return []
    return [f"{table}: has no row for sub-{recording.subject}; it has {len(known)} subject(s)"]
