"""Epochs of a cleaned MEG recording."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne

from neuro.io.atomic import atomic
from neuro.preprocess.chain import History
from neuro.preprocess.epoching import select_events
from neuro.preprocess.meg.channels import UNITS, by_kind
from neuro.preprocess.meg.clean import read_history, story
from neuro.preprocess.names import listed

if TYPE_CHECKING:
    from neuro.config.meg import MEGEpochs


def run(
    continuous_path: str | Path,
    epochs_path: str | Path,
    *,
    events: Mapping[str, Sequence[str]],
    params: "MEGEpochs",
) -> History:
    """Cut a cleaned recording into epochs of all its MEG and EEG channels.

    Parameters
    ----------
    continuous_path : str | Path
        What :func:`neuro.preprocess.meg.clean.run` wrote.
    epochs_path : str | Path
        Where the epochs go, a name that ends in `_epo.fif`.
    events : mapping of str to sequence of str
        Values of `trial_type` by condition.
    params : MEGEpochs
        Times, baseline, rejection.

    Returns
    -------
    history : list of dict
        That of the recording, and an entry `epochs`.

    Raises
    ------
    ValueError
        If a condition has too few events, or too few epochs are left.
    """
    with mne.use_log_level("WARNING"):
        raw = mne.io.read_raw_fif(continuous_path, preload=True, verbose="ERROR")
        history = read_history(raw.info, continuous_path)
        codes, event_id = select_events(raw, events, continuous_path)
        enough(_counts(codes[:, 2], event_id), params, continuous_path)
        epochs = mne.Epochs(
            raw,
            codes,
            event_id,
            params.tmin,
            params.tmax,
            baseline=params.baseline,
            picks=["meg", "eeg"],
            reject=_limits(raw.info, params),
            reject_by_annotation=True,
            preload=True,
        )
        found = {
            "events": _counts(codes[:, 2], event_id),
            "kept": _counts(epochs.events[:, 2], event_id),
        }
        enough(found["kept"], params, continuous_path)
        entry = {"method": "epochs", "params": params.model_dump(mode="json"), "found": found}
        history.append(entry)
        epochs.info["description"] = json.dumps(story(history))
        with atomic(epochs_path) as temporary:
            epochs.save(temporary)
    return history


def enough(counts: Mapping[str, int], params: "MEGEpochs", where: str | Path) -> None:
    """Raise if a condition has too few epochs."""
    if few := {name: n for name, n in counts.items() if n < params.min_trials}:
        raise ValueError(
            f"{where}: fewer than preprocess.epochs.min_trials ({params.min_trials}) epochs in "
            f"condition(s) {listed(f'{name} ({n})' for name, n in few.items())}. Raise "
            "preprocess.epochs.reject, annotate less as bad, lower min_trials, or leave the "
            "recording out with `recordings.exclude`"
        )


def _counts(codes: Any, event_id: Mapping[str, int]) -> dict[str, int]:
    return {name: int((codes == code).sum()) for name, code in event_id.items()}


def _limits(info: mne.Info, params: "MEGEpochs") -> dict[str, float] | None:
    """Limits of the types that there are, in SI units."""
    given = {
        kind: getattr(params.reject, kind) / UNITS[kind][1]
        for kind, _ in by_kind(info)
        if getattr(params.reject, kind) is not None
    }
    return given or None
