"""A look at an MEG recording before anything runs: its header, but no samples."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.io.bids import Recording
from neuro.preprocess.glance import Glance

if TYPE_CHECKING:
    import mne

    from neuro.config.dataset import MEGDataset

LIBRARIES = 320e6
"""What Python and its libraries take of memory, bytes."""
FORWARD = 250e6
"""What head model, fields and filters take, bytes."""


def look(root: Path, recording: Recording, section: "MEGDataset") -> Glance:
    """Look at a recording with the checks that its jobs begin with.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    section : MEGDataset
        What shall be done with it.

    Returns
    -------
    seen : Glance
        What is there, and what is wrong with it.
    """
    import mne

    from neuro.preprocess.meg.reading import open_meg

    seen = Glance()
    with mne.use_log_level("ERROR"):
        try:
            raw, where = open_meg(root, recording)
        except (ValueError, OSError) as error:
            seen.problems.append(str(error))
            return seen
        _hold_against(raw, section, where, seen)
    _sizes(raw, root / recording.path, section, seen)
    return seen


def _hold_against(raw: "mne.io.BaseRaw", section: "MEGDataset", where: str, seen: Glance) -> None:
    from neuro.preprocess.epoching import select_events
    from neuro.preprocess.meg.coregistration import check_digitization
    from neuro.preprocess.meg.epochs import enough
    from neuro.preprocess.meg.foresee import check_header
    from neuro.preprocess.meg.maxwell import calibration_files, skip_reason

    params = section.preprocess
    try:
        check_header(raw, params.chain, where)
    except ValueError as error:
        seen.problems.append(str(error))
    try:
        check_digitization(raw.info, where)
    except ValueError as error:
        seen.problems.append(str(error))
    for step in params.chain:
        if step.maxwell is None:
            continue
        try:
            reason = skip_reason(raw.info, step.maxwell, calibration_files(raw, step.maxwell))
        except OSError as error:
            seen.problems.append(f"{where}: preprocess.chain: maxwell: {error}")
            continue
        if reason:
            seen.warnings.append(f"{where}: signal-space separation will be skipped: {reason}")
    if section.events:
        try:
            events, event_id = select_events(raw, section.events, where)
            counts = {name: int((events[:, 2] == code).sum()) for name, code in event_id.items()}
            seen.facts |= {f"events: {name}": n for name, n in counts.items()}
            enough(counts, params.epochs, where)
        except ValueError as error:
            seen.problems.append(str(error))


def _sizes(raw: "mne.io.BaseRaw", path: Path, section: "MEGDataset", seen: Glance) -> None:
    from neuro.preprocess.meg.channels import NAMES, by_kind

    counts = {NAMES[kind]: len(picks) for kind, picks in by_kind(raw.info, bads=True)}
    sfreq, n_times = float(raw.info["sfreq"]), int(raw.n_times)
    facts: dict[str, float | str] = {**counts, "sampling rate, Hz": round(sfreq, 3)}
    seen.facts = {**facts, "duration, s": round(n_times / sfreq, 1), **seen.facts}
    files = {Path(name) for name in raw.filenames if name is not None} | {path}
    singles = [
        each
        for file in files
        for each in (file.rglob("*") if file.is_dir() else [file])
        if each.is_file()
    ]
    seen.n_bytes = float(sum(each.stat().st_size for each in set(singles)))
    n_channels = len(raw.ch_names)
    rates = [step.resample.sfreq for step in section.preprocess.chain if step.resample]
    share = min([sfreq, *rates]) / sfreq
    whole = 8.0 * n_channels * n_times
    n_meg = sum(counts.values())
    clean = 8.0 * n_meg * n_times * share
    seen.memory = {
        # The recording, a filtered copy, and what separation or components make of it.
        "clean_meg": LIBRARIES + 3.5 * whole,
        "parcellate_meg": LIBRARIES + FORWARD + 3 * clean,
        "finish_meg": LIBRARIES + 2 * whole * share,
    }
    seen.results = 4.0 * n_channels * n_times * share * 1.2 + 20e6
