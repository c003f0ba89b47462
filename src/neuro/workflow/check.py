"""What can be known to be wrong before anything runs, beyond the keys of the configuration."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

from neuro.config import Dataset
from neuro.datasets.registry import open_source
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.workflow.plan import Plan


def problems(plan: Plan) -> list[str]:
    """Look at sources, sampling rates and events without reading a recording.

    Parameters
    ----------
    plan : Plan
        The validated configuration.

    Returns
    -------
    problems : list of str
        One line each: key, what is wrong, what there is.
    """
    found: list[str] = []
    for name, section in plan.config.datasets.items():
        try:
            open_source(section.source, name).check()
            recordings = plan.recordings(name, _table)
        except (ValueError, OSError) as error:
            message = str(error)
            own = message.startswith("datasets.")
            found += message.splitlines() if own else [f"datasets.{name}: {message}"]
            continue
        found += _montages(name, section)
        root = plan.root(name)
        if root.is_dir():
            found += _events(name, section, root, recordings)
            found += _sampling(name, section, root, recordings)
    return found


def _table(dataset: str) -> Path:
    """Table of a dataset whose recordings are not known beforehand."""
    path = Path("data") / dataset / "recordings.tsv"
    if not path.is_file():
        raise ValueError(f"its recordings are not known yet; `neuro index` lists them in {path}")
    return path


def _montages(name: str, section: Dataset) -> Iterator[str]:
    import mne

    known = mne.channels.get_builtin_montages()
    for i, step in enumerate(section.preprocess.chain):
        if step.montage is not None and step.montage.name not in known:
            yield (
                f"datasets.{name}.preprocess.chain[{i}].montage.name: "
                f"{step.montage.name!r} is not a built-in montage of MNE."
                f"{_guess(step.montage.name, known)} Allowed: {', '.join(known)}."
            )


def _events(name: str, section: Dataset, root: Path, recordings: list[Recording]) -> Iterator[str]:
    """Every named event occurs in every recording."""
    for recording in recordings:
        path = _sidecar(root, recording, "_events.tsv")
        if not path.is_file():
            yield f"datasets.{name}: {path}: missing; BIDS wants events beside each recording"
            continue
        there = sorted(set(read_tsv(path, ("onset", "trial_type"))["trial_type"].dropna()))
        for condition, values in section.events.items():
            for value in sorted(set(values) - set(there)):
                yield (
                    f"datasets.{name}.events.{condition}: {path} has no trial_type {value!r}."
                    f"{_guess(value, there)} It has: {', '.join(there)}."
                )


def _sampling(
    name: str, section: Dataset, root: Path, recordings: list[Recording]
) -> Iterator[str]:
    """No filter edge lies above half the sampling rate at its place in the chain."""
    for recording in recordings:
        path = _sidecar(root, recording, f"_{recording.datatype}.json")
        if not path.is_file():
            continue
        rate = json.loads(path.read_text(encoding="utf-8-sig")).get("SamplingFrequency")
        for i, step in enumerate(section.preprocess.chain):
            if step.resample is not None:
                rate = step.resample.sfreq
            if step.filter is None or rate is None:
                continue
            for key in ("l_freq", "h_freq"):
                edge = getattr(step.filter, key)
                if edge is not None and edge >= rate / 2:
                    yield (
                        f"datasets.{name}.preprocess.chain[{i}].filter.{key}: {edge} Hz must be "
                        f"below {rate / 2} Hz, half the sampling rate of {recording.name}"
                    )


def _sidecar(root: Path, recording: Recording, ending: str) -> Path:
    stem = recording.path.rsplit(f"_{recording.datatype}.", 1)[0]
    return root / f"{stem}{ending}"


def _guess(word: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(word, allowed, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
