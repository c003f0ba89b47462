"""The chain: steps over traces, by name.

A step changes the traces in place and returns what it found. A new step is a model in
`neuro.config.calcium.CalciumStep`, a function here, a check where a header can tell that it will
fail, and a sentence in `neuro.preprocess.calcium.texts`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from neuro.preprocess.calcium.baseline import bleaching, dff, neuropil
from neuro.preprocess.calcium.deconvolution import deconvolve
from neuro.preprocess.calcium.derivative import derivative, window_frames
from neuro.preprocess.calcium.frames import motion, resample
from neuro.preprocess.calcium.quality import select
from neuro.preprocess.calcium.traces import Opened, Traces

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumStep

History = list[dict[str, Any]]
Found = dict[str, Any]

STEPS: dict[str, Callable[[Traces, Any], Found]] = {
    "neuropil": neuropil,
    "motion": motion,
    "bleaching": bleaching,
    "dff": dff,
    "resample": resample,
    "select": select,
    "deconvolve": deconvolve,
    "derivative": derivative,
}


def check_chain(opened: Opened, chain: "Sequence[CalciumStep]") -> None:
    """Walk a header through the chain.

    Raises
    ------
    ValueError
        With the key of the first step that would fail, and what to do.
    """
    kind, sfreq = opened.kind, opened.sfreq
    for i, step in enumerate(chain):
        where = f"{opened.where}: preprocess.chain[{i}].{step.method}"
        params = step.params
        match step.method:
            case "neuropil":
                _needs_fluorescence(kind, where)
                if not opened.has_neuropil:
                    raise ValueError(f"{where}: there are no traces of the neuropil; leave it out")
            case "dff":
                _needs_fluorescence(kind, where)
                kind = "dff"
            case "bleaching" if params.correction == "divide":
                _needs_fluorescence(kind, where, "set correction: subtract, or leave it out")
            case "select" if params.max_noise is not None and kind != "dff":
                raise ValueError(
                    f"{where}: max_noise is in % of dF/F, but the traces are {kind}; give min_snr"
                )
            case "resample":
                sfreq = params.sfreq
            case "derivative":
                try:
                    window_frames(params, sfreq, opened.n_frames * sfreq / opened.sfreq)
                except ValueError as error:
                    raise ValueError(f"{where}: {error}") from error


def apply_chain(traces: Traces, chain: "Sequence[CalciumStep]", where: str) -> History:
    """Carry out the steps, in place.

    Parameters
    ----------
    traces : Traces
        The recording.
    chain : sequence of CalciumStep
        Steps in order.
    where : str
        The file, for messages.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step; ready for JSON.

    Raises
    ------
    ValueError
        If a step fails; the message begins with the file and the step's key.
    """
    history: History = []
    for i, step in enumerate(chain):
        try:
            found = STEPS[step.method](traces, step.params)
        except ValueError as error:
            raise ValueError(f"{where}: preprocess.chain[{i}].{step.method}: {error}") from error
        entry = {"method": step.method, "params": step.params.model_dump(mode="json")}
        history.append({**entry, "found": found})
    return history


def _needs_fluorescence(kind: str, where: str, remedy: str = "") -> None:
    if kind == "fluorescence":
        return
    what = {
        "dff": "already dF/F",
        "zscore": "z-scores, which have no baseline",
        "components": "components of a factorization, whose baseline was removed",
    }[kind]
    raise ValueError(
        f"{where}: needs raw fluorescence, but the traces are {what}; "
        f"{remedy or 'leave this step out'}, or set preprocess.read.kind: fluorescence if the "
        "file tells wrong"
    )
