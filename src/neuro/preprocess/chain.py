"""The cleaning chain: small steps over a recording, by name.

A step changes the recording in place, as MNE's methods do, and returns what it found. A new step
is a model in `neuro.config.steps.Step`, and in `neuro.preprocess.steps` a function, a check and a
sentence.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.steps.bad_channels import bad_channels
from neuro.preprocess.steps.bad_segments import bad_segments
from neuro.preprocess.steps.basic import filter_, interpolate, montage, resample
from neuro.preprocess.steps.common import Found
from neuro.preprocess.steps.ica import ica
from neuro.preprocess.steps.line_noise import line_noise
from neuro.preprocess.steps.mne_method import mne_method
from neuro.preprocess.steps.reference import csd, reference

if TYPE_CHECKING:
    from neuro.config.meg_steps import MEGStep
    from neuro.config.steps import Step

History = list[dict[str, Any]]

StepFunction = Callable[[mne.io.BaseRaw, Any, np.random.Generator], Found]

STEPS: dict[str, StepFunction] = {
    "montage": montage,
    "filter": filter_,
    "line_noise": line_noise,
    "resample": resample,
    "bad_channels": bad_channels,
    "bad_segments": bad_segments,
    "ica": ica,
    "interpolate": interpolate,
    "reference": reference,
    "csd": csd,
    "mne": mne_method,
}


def apply_chain(
    raw: mne.io.BaseRaw,
    chain: "Sequence[Step | MEGStep]",
    rng: np.random.Generator,
    steps: Mapping[str, StepFunction] = STEPS,
) -> History:
    """Carry out the steps, in place.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    chain : sequence of Step
        Steps in order.
    rng : numpy.random.Generator
        Random numbers, for steps that draw them.
    steps : mapping of str to callable
        The functions by method; those of EEG by default.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step; ready for JSON.

    Raises
    ------
    ValueError
        If a step fails; the message begins with the step's key.
    """
    history: History = []
    for i, step in enumerate(chain):
        try:
            found = steps[step.method](raw, step.params, rng)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"preprocess.chain[{i}].{step.method}: {error}") from error
        entry = {"method": step.method, "params": step.params.model_dump(mode="json")}
        history.append({**entry, "found": found})
    return history
