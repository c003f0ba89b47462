"""From a raw EEG recording in BIDS to clean epochs.

The epochs file tells its own story: `epochs.info["description"]` holds, as JSON, every step with
its parameters and what it found, and the versions of the software.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro import __version__
from neuro.io.atomic import atomic
from neuro.io.bids import Recording
from neuro.preprocess.chain import History, apply_chain
from neuro.preprocess.epoching import cut_epochs, enough_events, select_events
from neuro.preprocess.foresee import check_header, check_samples
from neuro.preprocess.reading import Source, open_recording
from neuro.preprocess.steps.bad_channels import PREP

if TYPE_CHECKING:
    from neuro.config.eeg import EEGCleaning


def run(
    epochs_path: str | Path,
    continuous_path: str | Path | None = None,
    *,
    root: str | Path,
    recording: Recording,
    events: Mapping[str, Sequence[str]],
    params: "EEGCleaning",
    rng: np.random.Generator,
) -> History:
    """Clean a recording and cut it into epochs.

    Parameters
    ----------
    epochs_path : str | Path
        Where the epochs go, a name that ends in `_epo.fif`.
    continuous_path : str | Path | None
        Where the cleaned continuous recording goes, a name that ends in `_raw.fif`; None for
        nowhere.
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    events : mapping of str to sequence of str
        Values of `trial_type` by condition.
    params : EEGCleaning
        Chain, epochs, and the channels that contrasts will ask for.
    rng : numpy.random.Generator
        Random numbers, for steps that draw them.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step, from `read` to `epochs`.

    Raises
    ------
    ValueError, FileNotFoundError
        If the recording or its sidecars are bad, or do not fit the parameters; nothing is
        written then.
    """
    with mne.use_log_level("WARNING"):
        source = open_recording(root, recording)
        raw, where = source.raw, str(source.path)
        check_header(raw, params, where)
        found_events, event_id = select_events(raw, events, source.events_path or where)
        enough_events(found_events, event_id, params.epochs, source.events_path or where)
        history = [{"method": "read", "params": {}, "found": _facts(source)}]
        raw.load_data()
        check_samples(raw, where)
        history += _chain(raw, params, rng, where)
        if continuous_path is not None:
            raw.info["description"] = json.dumps(_story(history, events))
            with atomic(continuous_path) as temporary:
                raw.save(temporary)
        # Once more: resampling has moved the events to other samples.
        found_events, event_id = select_events(raw, events, source.events_path or where)
        epochs, found = cut_epochs(raw, found_events, event_id, params.epochs, where, rng)
        entry = {"method": "epochs", "params": params.epochs.model_dump(mode="json")}
        history.append({**entry, "found": found})
        epochs.info["description"] = json.dumps(_story(history, events))
        with atomic(epochs_path) as temporary:
            epochs.save(temporary)
    return history


def read_history(epochs: mne.BaseEpochs, where: str | Path) -> History:
    """History of epochs that :func:`run` wrote.

    Raises
    ------
    ValueError
        If the epochs carry none.
    """
    try:
        history: History = json.loads(epochs.info["description"] or "")["history"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{where}: its description holds no history of preprocessing; make the epochs with "
            "neuro.preprocess.eeg.run"
        ) from error
    return history


def step_of(history: History, method: str) -> dict[str, Any] | None:
    """Last entry of a method in a history, if there is one."""
    return next((entry for entry in reversed(history) if entry["method"] == method), None)


def _chain(
    raw: mne.io.BaseRaw, params: "EEGCleaning", rng: np.random.Generator, where: str
) -> History:
    try:
        return apply_chain(raw, params.chain, rng)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _facts(source: Source) -> dict[str, Any]:
    """The recording as its authors stored it."""
    raw = source.raw
    eeg = mne.pick_types(raw.info, eeg=True, exclude=[])
    nyquist = raw.info["sfreq"] / 2
    lowpass = float(raw.info["lowpass"])
    return {
        "file": source.path.name,
        "sfreq": float(raw.info["sfreq"]),
        "duration_s": round(raw.n_times / raw.info["sfreq"], 3),
        "n_eeg": len(eeg),
        "highpass": float(raw.info["highpass"]),
        # MNE gives the Nyquist frequency where the file names no low-pass.
        "lowpass": lowpass if lowpass < 0.999 * nyquist else None,
        "notes": source.notes,
    }


def _story(history: History, events: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "history": history,
        "events": {name: list(values) for name, values in events.items()},
        "versions": {
            "neuro": __version__,
            **{name: version(name) for name in _libraries(history)},
        },
    }


def _libraries(history: History) -> list[str]:
    """Packages behind what was done."""
    used = ["mne", "mne-bids", "numpy", "scikit-learn"]
    for entry in history:
        params = entry["params"]
        match entry["method"]:
            case "bad_channels" if PREP & {*params["methods"]}:
                used.append("pyprep")
            case "line_noise" if params["method"] == "zapline":
                used.append("meegkit")
            case "ica":
                used += ["python-picard"] if params["method"] == "picard" else []
                used += ["mne-icalabel", "onnxruntime"] if params["iclabel"] is not None else []
            case "epochs" if params["autoreject"] is not None:
                used.append("autoreject")
    return sorted(set(used))
