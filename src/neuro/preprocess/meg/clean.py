"""From a raw MEG recording in BIDS to clean sensors.

The cleaned recording tells its own story: `info["description"]` holds, as JSON, every step with
its parameters and what it found, and the versions of the software.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro import __version__
from neuro.io.atomic import atomic
from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.preprocess.chain import History, apply_chain
from neuro.preprocess.meg.chain import STEPS
from neuro.preprocess.meg.channels import by_kind
from neuro.preprocess.meg.foresee import check_header, check_samples
from neuro.preprocess.meg.reading import open_meg

if TYPE_CHECKING:
    from neuro.config.meg import MEGCleaning


def run(
    continuous_path: str | Path,
    *,
    root: str | Path,
    recording: Recording,
    params: "MEGCleaning",
    rng: np.random.Generator,
) -> History:
    """Clean a recording.

    EEG channels beside the MEG channels are filtered and resampled with them, and otherwise left
    as they are.

    Parameters
    ----------
    continuous_path : str | Path
        Where the cleaned recording goes, a name that ends in `_raw.fif`.
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    params : MEGCleaning
        The chain.
    rng : numpy.random.Generator
        Random numbers, for steps that draw them.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step, beginning with `read`.

    Raises
    ------
    ValueError, FileNotFoundError
        If the recording or its sidecars are bad, or do not fit the parameters; nothing is
        written then.
    """
    with mne.use_log_level("WARNING"):
        raw, where = open_meg(root, recording)
        check_header(raw, params.chain, where)
        read: dict[str, Any] = {"method": "read", "params": {}, "found": _facts(raw, where)}
        with reading(where, "its samples cannot be read"):
            raw.load_data()
        check_samples(raw, where)
        try:
            history = [read, *apply_chain(raw, params.chain, rng, STEPS)]
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        _drop_projections(raw, read["found"]["notes"])
        raw.info["description"] = json.dumps(story(history))
        with atomic(continuous_path) as temporary:
            raw.save(temporary)
    return history


def read_history(info: mne.Info, where: str | Path) -> History:
    """History of a recording that :func:`run` wrote.

    Raises
    ------
    ValueError
        If it carries none.
    """
    try:
        history: History = json.loads(info["description"] or "")["history"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{where}: its description holds no history of preprocessing; make it with "
            "neuro.preprocess.meg.clean.run"
        ) from error
    return history


def story(history: History) -> dict[str, Any]:
    """History with the versions of the software."""
    libraries = ["mne", "mne-bids", "numpy", "scipy"]
    for entry in history:
        if entry["method"] == "ica" and entry["params"]["method"] == "picard":
            libraries.append("python-picard")
        if entry["method"] == "line_noise" and entry["params"]["method"] == "zapline":
            libraries.append("meegkit")
    versions = {name: version(name) for name in sorted(set(libraries))}
    return {"history": history, "versions": {"neuro": __version__, **versions}}


def _facts(raw: mne.io.BaseRaw, where: str) -> dict[str, Any]:
    """The recording as its authors stored it."""
    lowpass = float(raw.info["lowpass"])
    n_eeg = len(mne.pick_types(raw.info, eeg=True, exclude=[]))
    notes = []
    if n_eeg:
        notes.append(
            f"{n_eeg} EEG channels were filtered along with the MEG channels, but not cleaned: "
            "components, bad channels and sources are those of MEG."
        )
    if grade := raw.compensation_grade:
        notes.append(f"The recording is stored with gradient compensation of grade {grade}.")
    return {
        "file": Path(where).name,
        "sfreq": float(raw.info["sfreq"]),
        "duration_s": round(float(raw.n_times / raw.info["sfreq"]), 3),
        "n_channels": {kind: len(picks) for kind, picks in by_kind(raw.info, bads=True)},
        "n_eeg": n_eeg,
        "highpass": float(raw.info["highpass"]),
        # MNE gives the Nyquist frequency where the file names no low-pass.
        "lowpass": lowpass if lowpass < 0.999 * raw.info["sfreq"] / 2 else None,
        "notes": notes,
    }


def _drop_projections(raw: mne.io.BaseRaw, notes: list[str]) -> None:
    """What was not applied must not be applied later, when nobody looks."""
    idle = [i for i, proj in enumerate(raw.info["projs"]) if not proj["active"]]
    if idle:
        names = ", ".join(str(raw.info["projs"][i]["desc"]) for i in idle)
        raw.del_proj(idle)
        notes.append(
            f"Stored projections were not asked for and are left out ({names}); a `projections` "
            "step applies them."
        )
