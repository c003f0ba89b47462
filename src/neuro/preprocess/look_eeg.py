"""A look at an EEG recording: header, events and sidecars, but no samples."""

from pathlib import Path
from typing import TYPE_CHECKING

import mne

from neuro.io.bids import Recording
from neuro.preprocess.eeg import find_events
from neuro.preprocess.epoching import enough_events, examined_overlap
from neuro.preprocess.foresee import check_header
from neuro.preprocess.glance import Glance
from neuro.preprocess.independence import overlap_warnings
from neuro.preprocess.reading import Source, open_recording

if TYPE_CHECKING:
    from neuro.config import EEGDataset

COPIES, SPECTRA_COPIES = 4, 11
"""Of the samples, as 64-bit floats, that the two rules hold at most: measured on 128 channels."""
PACKAGES = 0.4e9
"""Bytes that Python and its libraries take."""


def look(root: Path, recording: Recording, section: "EEGDataset") -> Glance:
    """Look at a recording with the checks that its job would begin with.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    section : EEGDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    seen = Glance()
    try:
        with mne.use_log_level("error"):
            source = open_recording(root, recording)
    except (ValueError, OSError) as error:
        seen.problems.append(str(error))
        return seen
    raw = source.raw
    seen.facts = {
        "sampling rate, Hz": float(raw.info["sfreq"]),
        "EEG channels": len(mne.pick_types(raw.info, eeg=True, exclude=[])),
        "length, min": raw.n_times / raw.info["sfreq"] / 60,
    }
    files = {Path(name) for name in raw.filenames if name is not None} | {source.path}
    seen.n_bytes = sum(path.stat().st_size for path in files)
    notes = source.notes(with_events=bool(section.events))
    seen.warnings += [f"{source.path}: {note}" for note in notes]
    _hold_against(raw, section, seen, str(source.path))
    n_events = _count(source, section, seen)
    _estimate(raw, section, seen, n_events)
    return seen


def _hold_against(raw: mne.io.BaseRaw, section: "EEGDataset", seen: Glance, where: str) -> None:
    """Hold the header against the chain, and then each contrast by itself: all problems at once."""
    params = section.preprocess
    for contrasts in ({}, *({name: each} for name, each in params.contrasts.items())):
        chain = [] if contrasts else params.chain
        try:
            part = params.model_copy(update={"chain": chain, "contrasts": contrasts})
            check_header(raw, part, where)
        except ValueError as error:
            if str(error) not in seen.problems:
                seen.problems.append(str(error))


def _count(source: Source, section: "EEGDataset", seen: Glance) -> int:
    """Count the events of each condition; too few are a problem, overlapping epochs a warning."""
    epochs, where = section.preprocess.epochs, source.events_where
    try:
        events, event_id = find_events(source, section.events)
    except ValueError as error:
        seen.problems.append(str(error))
        return 0
    for name, code in event_id.items():
        seen.facts[f"events {name}"] = int((events[:, 2] == code).sum())
    try:
        enough_events(events, event_id, epochs, where)
    except ValueError as error:
        seen.problems.append(str(error))
    sfreq = float(source.raw.info["sfreq"])
    overlap = examined_overlap(events[:, 0], section.preprocess, sfreq)
    seen.warnings += [f"{where}: {told}" for told in overlap_warnings(overlap, section.preprocess)]
    return len(events)


def _estimate(raw: mne.io.BaseRaw, section: "EEGDataset", seen: Glance, n_events: int) -> None:
    """Memory of the jobs, and size of what they leave: 32-bit floats."""
    params, sfreq = section.preprocess, float(raw.info["sfreq"])
    n_eeg = float(seen.facts["EEG channels"])
    rates = [step.resample.sfreq for step in params.chain if step.resample is not None]
    n_times = raw.n_times * (rates[-1] / sfreq if rates else 1.0)
    clean = "clean_eeg" if section.events else "clean_resting_eeg"
    seen.memory[clean] = PACKAGES + COPIES * 8.0 * len(raw.ch_names) * raw.n_times
    if params.spectra is not None:
        seen.memory["spectra_eeg"] = PACKAGES + SPECTRA_COPIES * 8.0 * n_eeg * n_times
    length = (params.epochs.tmax - params.epochs.tmin) * (rates[-1] if rates else sfreq) + 1
    kept = n_times if params.spectra is not None or not section.events else 0.0
    seen.results = 4.0 * n_eeg * (n_events * length + kept)
