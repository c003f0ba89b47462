"""Euclidean alignment: each subject's trials are whitened by their mean covariance.

He & Wu (2020), IEEE Transactions on Biomedical Engineering 67:399-410. Which trials the mean is
over decides whether the test is looked at: `euclidean` takes training trials alone, and gives a
subject that has none the mean of the others'; `euclidean-target` takes the tested trials of such
a subject, without their labels, which a running system does not have all at once.
"""

from dataclasses import replace

import numpy as np

from neuro.analyses.eegbench.splits import Fold
from neuro.analyses.eegbench.trials import Floats, Ints, Trials

SHRINKAGE = 1e-3
"""Share of its own variance that is added to each channel's."""
DEPENDS_ON_FOLD = {"none": False, "euclidean": True, "euclidean-target": True}


def align(trials: Trials, how: str, fold: Fold) -> Trials:
    """Align the trials of a fold.

    Parameters
    ----------
    trials : Trials
        All.
    how : str
        `none`, `euclidean` or `euclidean-target`.
    fold : Fold
        Which are trained on, and which tested.

    Returns
    -------
    aligned : Trials
        In arbitrary units; trials of no side of the fold stay as they are.
    """
    if how == "none":
        return trials
    data = trials.data.copy()
    train_subjects = trials.subject[fold.train]
    references = {
        str(name): mean_covariance(trials, fold.train[train_subjects == name])
        for name in np.unique(train_subjects)
    }
    common: Floats = np.mean(list(references.values()), axis=0)
    for name in np.unique(trials.subject[np.concatenate([fold.train, fold.test])]):
        test = fold.test[trials.subject[fold.test] == name]
        train = fold.train[train_subjects == name]
        own = references.get(str(name), common)
        data[train] = _whitened(trials, train, own)
        if how == "euclidean-target":
            own = mean_covariance(trials, test) if len(test) else own
        data[test] = _whitened(trials, test, own)
    return replace(trials, data=data, sensors=replace(trials.sensors, unit="arbitrary"))


def mean_covariance(trials: Trials, index: Ints) -> Floats:
    """Mean over trials of the covariance of their channels, a little shrunken.

    Parameters
    ----------
    trials : Trials
        All.
    index : ndarray of int
        Which of them.

    Returns
    -------
    covariance : ndarray, shape (n_channels, n_channels)
    """
    data = trials.data[index].astype(np.float64)
    data -= data.mean(axis=-1, keepdims=True)
    covariance: Floats = np.einsum("tcs,tds->cd", data, data, optimize=True)
    covariance /= len(index) * data.shape[-1]
    shrunken: Floats = covariance + SHRINKAGE * np.diag(np.diag(covariance))
    return shrunken


def _whitened(trials: Trials, index: Ints, reference: Floats) -> "np.ndarray":
    values, vectors = np.linalg.eigh(reference)
    whitening = (vectors / np.sqrt(values)) @ vectors.T
    return np.asarray(whitening.astype(np.float32) @ trials.data[index])
