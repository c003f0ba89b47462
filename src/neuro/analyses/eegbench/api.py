"""Public names of the analysis: methods compared on single trials of EEG and MEG."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from neuro.analyses.eegbench.classical.methods import classical_methods
from neuro.analyses.eegbench.evaluate import evaluate
from neuro.analyses.eegbench.method import Method
from neuro.analyses.eegbench.scores import score_table
from neuro.analyses.eegbench.splits import Fold, make_folds
from neuro.analyses.eegbench.tasks import join, trials_of
from neuro.analyses.eegbench.trials import Sensors, Trials
from neuro.config.eegbench import SplitSettings
from neuro.io.bids import Recording

__all__ = [
    "Fold",
    "Method",
    "Sensors",
    "Trials",
    "benchmark",
    "classical_methods",
    "trials_from_epochs",
]


def trials_from_epochs(epochs: Any, classes: Mapping[str, Sequence[str]] | None = None) -> Trials:
    """Labelled trials of MNE epochs.

    Parameters
    ----------
    epochs : mne.Epochs, or mapping of str to mne.Epochs
        Of one subject, or of each by name; clean, with the same channels and times.
    classes : mapping of str to sequence of str, optional
        Conditions of each class; each condition by itself without it.

    Returns
    -------
    trials : Trials
        In order of time.

    Raises
    ------
    ValueError
        If subjects differ in channels or times, or a condition is lacking.

    Examples
    --------
    >>> import mne, numpy as np
    >>> import neuro
    >>> info = mne.create_info(4, 100.0, "eeg")
    >>> events = np.c_[np.arange(20) * 100, np.zeros(20, int), np.arange(20) % 2 + 1]
    >>> epochs = mne.EpochsArray(np.random.default_rng(0).standard_normal((20, 4, 50)) * 1e-6,
    ...                          info, events, event_id={"face": 1, "house": 2}, verbose=False)
    >>> trials = neuro.eegbench.trials_from_epochs(epochs)
    >>> trials.data.shape, trials.classes
    ((20, 4, 50), ('face', 'house'))
    """
    each = dict(epochs) if isinstance(epochs, Mapping) else {"1": epochs}
    first = next(iter(each.values()))
    named = classes or {name: [name] for name in first.event_id}
    parts = []
    for subject, one in each.items():
        if one.ch_names != first.ch_names or not np.allclose(one.times, first.times):
            raise ValueError(
                f"epochs: channels or times of {subject!r} are not those of {next(iter(each))!r}; "
                "pick and resample them alike"
            )
        wanted = [label for labels in named.values() for label in labels]
        if lacking := sorted(set(wanted) - set(one.event_id)):
            raise ValueError(f"epochs: {subject!r} has no {lacking}; it has {sorted(one.event_id)}")
        chosen = one[wanted].load_data()
        parts.append(trials_of(chosen, _recording(subject), named))
    return join(parts)


def _recording(subject: str) -> Recording:
    return Recording(subject, "", "", "", "eeg", "epochs")


def benchmark(
    trials: Any,
    methods: Sequence[str | Method] = ("dummy", "ridge", "windows-lda", "xdawn-tangent"),
    split: str = "blocks",
    *,
    settings: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Compare methods on the same folds, by subject or by block of time.

    Parameters
    ----------
    trials : Trials, mne.Epochs, or mapping of str to mne.Epochs
        Labelled trials.
    methods : sequence of str or Method
        Names of :func:`classical_methods`, or methods of one's own.
    split : str
        `blocks`, `leave-one-subject-out`, `subjects`, `few-shot` or `published`.
    settings : mapping, optional
        Keys of `eegbench.splits` in the configuration, e.g. `n_blocks`, `gap`.

    Returns
    -------
    scores : DataFrame
        A row per method, fold and metric, with chance.

    Raises
    ------
    ValueError
        If a method or split is unknown, or trials do not allow for the split.

    Examples
    --------
    >>> import mne, numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> info = mne.create_info(8, 100.0, "eeg")
    >>> events = np.c_[np.arange(80) * 300, np.zeros(80, int), np.arange(80) % 2 + 1]
    >>> data = rng.standard_normal((80, 8, 50))
    >>> data[::2, 0, 20:30] += 1.5  # faces have a wave at one electrode
    >>> epochs = mne.EpochsArray(data * 1e-6, info, events, event_id={"face": 1, "house": 2},
    ...                          verbose=False)
    >>> scores = neuro.eegbench.benchmark(epochs, ["dummy", "ridge"])
    >>> auroc = scores[scores["metric"] == "auroc"].groupby("method")["value"].mean()
    >>> bool(auroc["ridge"] > 0.8), float(auroc["dummy"])
    (True, 0.5)
    """
    found = trials if isinstance(trials, Trials) else trials_from_epochs(trials)
    known = classical_methods()
    if unknown := [name for name in methods if isinstance(name, str) and name not in known]:
        raise ValueError(f"methods: {unknown} unknown; there are {sorted(known)}")
    chosen = [known[each] if isinstance(each, str) else each for each in methods]
    folds = make_folds(found, split, SplitSettings(**(settings or {})))
    done = evaluate(found, folds, chosen)
    if done.refused:
        raise ValueError("; ".join(f"{name}: {why}" for name, why in done.refused.items()))
    return score_table(found, done.outcomes, "", "", split)
