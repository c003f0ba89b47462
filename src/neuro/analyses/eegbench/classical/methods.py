"""Classical methods by name: those of the package, and a user's own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from neuro.analyses.eegbench.classical.load import Entry, read_folder
from neuro.analyses.eegbench.classical.pipeline import PipelineClassifier, split_steps
from neuro.analyses.eegbench.classical.shared import remember
from neuro.analyses.eegbench.method import Family, Method, Setting
from neuro.analyses.eegbench.trials import Trials

SHIPPED = Path(__file__).parent / "pipelines"
BASELINES = ("dummy", "ridge")
NOTES = {"erpcov-mdm-recentered": "recentered on the unlabeled trials tested"}
"""What must stand beside a name."""


def classical_methods(folder: Path | None = None) -> dict[str, Method]:
    """Make the methods that pipelines describe.

    Parameters
    ----------
    folder : Path or None
        With further pipelines as YAML files in moabb's format.

    Returns
    -------
    methods : dict of str to Method
        By name, which is the file's without its ending.

    Raises
    ------
    ValueError
        If a file is not a pipeline, or has the name of one that is there.

    Examples
    --------
    >>> import neuro
    >>> known = neuro.eegbench.classical_methods()
    >>> known["xdawn-tangent"].family
    'classical'
    """
    entries = read_folder(SHIPPED)
    if folder is not None:
        own = read_folder(folder)
        if taken := sorted(set(entries) & set(own)):
            raise ValueError(
                f"{folder}: {', '.join(taken)} is the name of a method that is there already; "
                "rename the file"
            )
        entries |= own
    return {name: method_of(entry) for name, entry in entries.items()}


def method_of(entry: Entry) -> Method:
    """Make a method of a pipeline.

    Parameters
    ----------
    entry : Entry
        From :func:`neuro.analyses.eegbench.classical.load.read_pipeline`.
    """
    before, after = split_steps(entry.pipeline, [*entry.grid, *entry.space])

    def prepare(trials: Trials, setting: Setting) -> NDArray[np.floating[Any]]:
        return prepared(before, trials, setting)

    def tuned(setting: Setting, parameters: Mapping[str, Any]) -> PipelineClassifier:
        steps = [(name, informed(step, setting)) for name, step in after.steps]
        pipeline = Pipeline(steps).set_params(**parameters)
        return PipelineClassifier(pipeline, setting.n_classes, entry.grid)

    def build(setting: Setting) -> PipelineClassifier:
        return tuned(setting, {})

    return Method(
        name=entry.name,
        title=entry.title,
        family=_family(entry),
        build=build,
        prepare=prepare if before else None,
        citation="; ".join(entry.citations),
        note=NOTES.get(entry.name, ""),
        space=entry.space,
        tuned=tuned,
    )


def _family(entry: Entry) -> Family:
    return "baseline" if entry.name in BASELINES else "classical"


def informed(step: BaseEstimator, setting: Setting) -> BaseEstimator:
    """Copy a step and tell it what it cannot know: sampling rate, first sample, seed.

    Where classes are not to be weighed, it is told that too.

    Parameters
    ----------
    step : estimator
        Parameters that its file gives are kept.
    setting : Setting
        What is known of the trials.
    """
    known: dict[str, Any] = {
        "sfreq": setting.sensors.sfreq,
        "tmin": setting.sensors.tmin,
        "random_state": setting.seed,
    }
    given = step.get_params(deep=False)
    told = {name: value for name, value in known.items() if name in given and given[name] is None}
    if not setting.class_weights and "class_weight" in given:
        told["class_weight"] = None
    copied: BaseEstimator = clone(step).set_params(**told)
    return copied


def prepared(
    steps: Sequence[BaseEstimator], trials: Trials, setting: Setting
) -> NDArray[np.floating[Any]]:
    """Do the steps that look at each trial by itself; methods that begin alike share them.

    Parameters
    ----------
    steps : sequence of estimator
        Leading steps.
    trials : Trials
        All trials.
    setting : Setting
        What is known of them.
    """
    data: NDArray[np.floating[Any]] = trials.data
    for step in steps:
        told = informed(step, setting)
        data = _shared(told, data)
    return data


def _shared(step: BaseEstimator, data: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    parameters = repr(sorted(step.get_params().items()))
    found: NDArray[np.floating[Any]] = remember(
        (type(step).__name__, parameters), (data,), lambda: step.transform(data)
    )
    return found
