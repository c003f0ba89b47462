"""Cluster-based permutation tests of time courses: of two sets of trials, or of subjects.

Maris & Oostenveld (2007), Journal of Neuroscience Methods 164:177-190; carried out by MNE-Python.
"""

from dataclasses import dataclass
from typing import Any

import mne
import numpy as np
import scipy.stats
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLUSTER_ALPHA = 0.05
"""Two-sided p of a single sample that lets it into a cluster."""


@dataclass(frozen=True)
class Clusters:
    """Result of a cluster test; clusters are in order of time.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
        Sample times that were tested.
    t : ndarray, shape (n_times,)
        The t statistic: of independent samples, first minus second, or of one sample against 0.
    threshold : float
        Absolute t from which a sample belongs to a cluster.
    start, stop : ndarray, shape (n_clusters,)
        First and last sample time of each cluster.
    mass : ndarray, shape (n_clusters,)
        Sum of t over the cluster.
    p : ndarray, shape (n_clusters,)
        Two-sided p of each cluster, corrected for all samples tested.
    """

    times: Floats
    t: Floats
    threshold: float
    start: Floats
    stop: Floats
    mass: Floats
    p: Floats

    def p_within(self, window: tuple[float, float], sign: int) -> float:
        """Smallest p of the clusters of one sign that overlap a window; 1 if there is none.

        Parameters
        ----------
        window : tuple of float
            First and last time.
        sign : int
            -1 for clusters where the second condition is larger, 1 for the opposite.
        """
        there = (self.start <= window[1]) & (self.stop >= window[0]) & (np.sign(self.mass) == sign)
        return float(self.p[there].min(initial=1.0))


def cluster_test(
    first: Floats, second: Floats, times: Floats, n_permutations: int, rng: np.random.Generator
) -> Clusters:
    """Test whether two sets of trials differ anywhere in time.

    Parameters
    ----------
    first, second : ndarray, shapes (n_first, n_times) and (n_second, n_times)
        Trials.
    times : ndarray, shape (n_times,)
        Sample times.
    n_permutations : int
        Random permutations of the trials' labels.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    clusters : Clusters
        The t statistic and all clusters.

    Raises
    ------
    ValueError
        If a side has fewer than two trials.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError(f"A test needs two trials per side, got {len(first)} and {len(second)}")
    threshold = scipy.stats.t.ppf(1 - CLUSTER_ALPHA / 2, len(first) + len(second) - 2)
    with mne.use_log_level("ERROR"):
        t, found, p, _ = mne.stats.permutation_cluster_test(
            [first, second],
            threshold=threshold,
            n_permutations=n_permutations,
            tail=0,
            stat_fun=mne.stats.ttest_ind_no_p,
            seed=int(rng.integers(2**31)),
            out_type="mask",
        )
    return _in_order(times, t, float(threshold), found, p)


def sign_flip_test(
    waves: Floats, times: Floats, n_permutations: int, rng: np.random.Generator
) -> Clusters:
    """Test whether subjects' waves differ from zero anywhere in time.

    Parameters
    ----------
    waves : ndarray, shape (n_subjects, n_times)
        One wave per subject, e.g. a difference of two conditions.
    times : ndarray, shape (n_times,)
        Sample times.
    n_permutations : int
        Random flips of the subjects' signs; all flips are taken where there are fewer.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    clusters : Clusters
        The t statistic and all clusters.

    Raises
    ------
    ValueError
        If there are fewer than two subjects.
    """
    if len(waves) < 2:
        raise ValueError(f"A test over subjects needs at least 2 of them, got {len(waves)}")
    threshold = scipy.stats.t.ppf(1 - CLUSTER_ALPHA / 2, len(waves) - 1)
    with mne.use_log_level("ERROR"):
        t, found, p, _ = mne.stats.permutation_cluster_1samp_test(
            waves,
            threshold=threshold,
            n_permutations=n_permutations,
            tail=0,
            seed=int(rng.integers(2**31)),
            out_type="mask",
        )
    return _in_order(times, t, float(threshold), found, p)


def fewest_subjects(alpha: float) -> int:
    """Subjects from which a two-sided sign-flip test can reach p = alpha.

    With n subjects there are 2^n patterns of signs, and the smallest p is 2 / 2^n.
    """
    return 1 + int(np.ceil(-np.log2(alpha) - 1e-9))


def _in_order(times: Floats, t: Floats, threshold: float, found: Any, p: Any) -> Clusters:
    """Clusters as MNE gives them, in order of time."""
    # A one-dimensional mask comes as a slice.
    members = np.array([np.isin(np.arange(t.size), np.arange(t.size)[part]) for (part,) in found])
    members = members.reshape(len(found), t.size)
    order = np.argsort(members.argmax(axis=1), kind="stable")
    members = members[order]
    return Clusters(
        times=times,
        t=t,
        threshold=threshold,
        start=times[members.argmax(axis=1)],
        stop=times[t.size - 1 - members[:, ::-1].argmax(axis=1)],
        mass=members @ t,
        p=np.asarray(p, dtype=float)[order],
    )
