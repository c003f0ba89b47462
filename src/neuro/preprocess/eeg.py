"""From a raw EEG recording in BIDS to clean epochs, or to a clean recording at rest.

The files tell their own story: `info["description"]` holds, as JSON, every step with its
parameters and what it found, and the versions of the software.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from numpy.typing import NDArray

from neuro import __version__
from neuro.io.atomic import atomic
from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.preprocess.chain import History, apply_chain
from neuro.preprocess.epoching import cut_epochs, enough_events, select_events
from neuro.preprocess.foresee import check_header, check_samples
from neuro.preprocess.reading import Source, open_recording
from neuro.preprocess.rest import rest_found
from neuro.preprocess.steps.bad_channels import PREP

if TYPE_CHECKING:
    from neuro.config.eeg import EEGCleaning


def run(
    epochs_path: str | Path | None,
    continuous_path: str | Path | None = None,
    *,
    root: str | Path,
    recording: Recording,
    events: Mapping[str, Sequence[str]],
    params: "EEGCleaning",
    rng: np.random.Generator,
) -> History:
    """Clean a recording; cut it into epochs where there are events.

    Parameters
    ----------
    epochs_path : str | Path | None
        Where the epochs go, a name that ends in `_epo.fif`; None for a recording at rest.
    continuous_path : str | Path | None
        Where the cleaned continuous recording goes, a name that ends in `_raw.fif`; None for
        nowhere.
    root : str | Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    events : mapping of str to sequence of str
        Values of `trial_type` by condition; none for a recording at rest.
    params : EEGCleaning
        Chain, epochs, and the channels that contrasts will ask for.
    rng : numpy.random.Generator
        Random numbers, for steps that draw them.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step, from `read` to `epochs` or `rest`.

    Raises
    ------
    ValueError, FileNotFoundError
        If the recording or its sidecars are bad, or do not fit the parameters; nothing is
        written then.
    """
    with mne.use_log_level("WARNING"):
        if (epochs_path is None) != (not events):
            raise ValueError("There are epochs where there are events: give both, or neither")
        source = open_recording(root, recording)
        raw, where = source.raw, str(source.path)
        check_header(raw, params, where)
        found_events, event_id = find_events(source, events)
        enough_events(found_events, event_id, params.epochs, source.events_where)
        facts = _facts(source, with_events=bool(events))
        with reading(where, "its samples cannot be read"):
            raw.load_data()
        flat = [name for name in check_samples(raw, where) if name not in raw.info["bads"]]
        history = [{"method": "read", "params": {}, "found": facts}]
        history += _chain(raw, params, rng, where)
        facts["flat"] = [name for name in flat if name in raw.ch_names]
        if epochs_path is None:
            history.append({"method": "rest", "params": {}, "found": rest_found(raw, where)})
        if continuous_path is not None:
            _save(raw, continuous_path, history, events)
        if epochs_path is not None:
            # Once more: resampling has moved the events to other samples.
            found_events, event_id = find_events(source, events)
            epochs, found = cut_epochs(raw, found_events, event_id, params.epochs, where, rng)
            entry = {"method": "epochs", "params": params.epochs.model_dump(mode="json")}
            history.append({**entry, "found": found})
            _save(epochs, epochs_path, history, events)
    return history


def find_events(
    source: Source, events: Mapping[str, Sequence[str]]
) -> tuple[NDArray[np.int_], dict[str, int]]:
    """Find the events of each condition in a recording; see `epoching.select_events`."""
    return select_events(source.raw, events, source.events_where, source.left_out)


def read_history(made: mne.BaseEpochs | mne.io.BaseRaw, where: str | Path) -> History:
    """History of epochs, or of a continuous recording, that :func:`run` wrote.

    Raises
    ------
    ValueError
        If the file carries none.
    """
    try:
        history: History = json.loads(made.info["description"] or "")["history"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{where}: its description holds no history of preprocessing; make the file with "
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


def _save(
    made: mne.BaseEpochs | mne.io.BaseRaw,
    path: str | Path,
    history: History,
    events: Mapping[str, Sequence[str]],
) -> None:
    """Write a file with its story."""
    made.info["description"] = json.dumps(_story(history, events))
    with atomic(path) as temporary:
        made.save(temporary)


def _facts(source: Source, *, with_events: bool) -> dict[str, Any]:
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
        "notes": source.notes(with_events=with_events),
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
