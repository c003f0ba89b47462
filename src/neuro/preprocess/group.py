"""The group: a contrast's difference wave over subjects, each of whom counts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.io import manifest
from neuro.io.manifest import KeyNumber
from neuro.preprocess.contrasts import generator_for
from neuro.preprocess.findings import ALPHA
from neuro.preprocess.methods import ms
from neuro.preprocess.recorded import Recorded
from neuro.stats.clusters import CLUSTER_ALPHA, Clusters, fewest_subjects, sign_flip_test
from neuro.stats.intervals import Band, mean_band
from neuro.stats.peaks import in_window
from neuro.viz.erp import Wave
from neuro.viz.group import group_figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """A contrast over subjects.

    Parameters
    ----------
    name : str
        The contrast.
    subjects : list of str
        Who they are.
    times : ndarray, shape (n_times,)
        Sample times, s.
    waves : ndarray, shape (n_subjects, n_times)
        Difference wave of the region, V; the mean of a subject's recordings.
    mean : Band
        Over subjects, V, shape (n_times,).
    amplitude : Band
        Mean over the window, V, over subjects.
    clusters : Clusters
        Sign-flip cluster test.
    p : float
        Of the cluster with the expected sign that overlaps the window; 1 if there is none.
    """

    name: str
    subjects: list[str]
    times: Floats
    waves: Floats
    mean: Band
    amplitude: Band
    clusters: Clusters
    p: float


def enough_subjects(recordings: Sequence[Recorded]) -> bool:
    """Whether there are subjects enough for a test over them to find anything."""
    return len({recorded.subject for recorded in recordings}) >= fewest_subjects(ALPHA)


def evaluate(recordings: Sequence[Recorded], rng: np.random.Generator) -> dict[str, Group]:
    """Test each contrast over subjects.

    Parameters
    ----------
    recordings : sequence of Recorded
        All recordings.
    rng : numpy.random.Generator
        Random numbers; those of one contrast do not depend on other contrasts.

    Returns
    -------
    groups : dict of str to Group
        By contrast; empty with too few subjects.
    """
    entropy = int(rng.integers(2**63))
    if not enough_subjects(recordings):
        return {}
    return {
        name: _evaluate(recordings, name, contrast, generator_for(name, entropy))
        for name, contrast in recordings[0].contrasts.items()
    }


def subject_waves(recordings: Sequence[Recorded], name: str) -> tuple[list[str], Floats]:
    """Subjects and their difference waves, V, shape (n_subjects, n_times).

    A subject's wave is the mean over its recordings, at the times of the first recording of all.
    """
    times = recordings[0].array("times")
    by_subject: dict[str, list[Floats]] = {}
    for recorded in recordings:
        wave = recorded.array(f"contrasts/{name}/roi_difference/mean")
        at = np.interp(times, recorded.array("times"), wave)
        by_subject.setdefault(recorded.subject, []).append(at)
    return list(by_subject), np.array([np.mean(waves, axis=0) for waves in by_subject.values()])


def picture(group: Group, contrast: Mapping[str, Any], confidence: float) -> Figure:
    """Figure of a group."""
    label = f"mean, {100 * confidence:g}% confidence band"
    mean = Wave(label, group.mean.mean, group.mean.low, group.mean.high)
    return group_figure(group.times, group.waves, mean, tuple(contrast["window"]), _spans(group))


def texts(group: Group, contrast: Mapping[str, Any], path: str) -> manifest.Figure:
    """Title, caption and alternative text of the figure of a group."""
    n = len(group.subjects)
    spans = ", ".join(f"{ms(start)} to {ms(stop)} ms" for start, stop in _spans(group)) or "none"
    return manifest.Figure(
        path=path,
        title=f"{contrast['component']}: the group",
        caption=(
            f"Contrast {group.name}, mean over the region. Thin: {n} subjects, each the mean of "
            "its recordings; thick: their mean with its pointwise confidence band across subjects. "
            f"Bars: clusters with p ≤ {ALPHA:g} in a sign-flip test over subjects ({spans}). "
            f"Shaded: the window {ms(contrast['window'][0])} to {ms(contrast['window'][1])} ms."
        ),
        alt=f"Difference waves of {n} subjects and their mean; significant clusters: {spans}.",
    )


def key_numbers(groups: Mapping[str, Group], recordings: Sequence[Recorded]) -> list[KeyNumber]:
    """Mean amplitude of each component over subjects, with the p of the cluster test."""
    return [
        KeyNumber(
            name=f"{recordings[0].contrasts[name]['component']} mean amplitude over subjects "
            f"({name})",
            value=float(group.amplitude.mean) * 1e6,
            unit="µV",
            interval=(float(group.amplitude.low) * 1e6, float(group.amplitude.high) * 1e6),
            confidence=recordings[0].confidence,
            p=group.p,
            n=f"{len(group.subjects)} subjects",
            note="p of the sign-flip cluster test over subjects",
        )
        for name, group in groups.items()
    ]


def paragraph(recordings: Sequence[Recorded]) -> list[str]:
    """How the group was tested, or why it was not; nothing without contrasts."""
    if not recordings[0].contrasts:
        return []
    n, least = len({recorded.subject for recorded in recordings}), fewest_subjects(ALPHA)
    if n < least:
        who = "There is 1 subject" if n == 1 else f"There are {n} subjects"
        return [
            f"No test over subjects was made. {who}: the smallest p that a sign-flip test could "
            f"reach is {2.0 ** (1 - n):.3g}, and at least {least} subjects are needed for p ≤ "
            f"{ALPHA:g}. Each recording stands for itself; nothing here speaks of a population."
        ]
    n_flips = int(recordings[0].params["statistics"]["n_permutations"])
    flips = f"all {2 ** (n - 1)}" if 2 ** (n - 1) <= n_flips else f"{n_flips} random"
    return [
        f"Over the {n} subjects, each of whom counts once with the mean of its recordings, the "
        "difference wave of each contrast's region was tested against zero within the contrast's "
        f"test window by a cluster-based permutation test that flips the subjects' signs ({flips} "
        f"flips, one-sample t, two-sided, cluster-forming p < {CLUSTER_ALPHA:g})."
    ]


def _evaluate(
    recordings: Sequence[Recorded],
    name: str,
    contrast: Mapping[str, Any],
    rng: np.random.Generator,
) -> Group:
    subjects, waves = subject_waves(recordings, name)
    times, confidence = recordings[0].array("times"), recordings[0].confidence
    tested = in_window(times, tuple(contrast["test_window"]))
    n_flips = int(recordings[0].params["statistics"]["n_permutations"])
    clusters = sign_flip_test(waves[:, tested], times[tested], n_flips, rng)
    window = tuple(contrast["window"])
    sign = -1 if contrast["polarity"] == "negative" else 1
    return Group(
        name=name,
        subjects=subjects,
        times=times,
        waves=waves,
        mean=mean_band(waves, confidence),
        amplitude=mean_band(waves[:, in_window(times, window)].mean(axis=1), confidence),
        clusters=clusters,
        p=clusters.p_within(window, sign),
    )


def _spans(group: Group) -> list[tuple[float, float]]:
    found = group.clusters
    return [
        (float(start), float(stop))
        for start, stop, p in zip(found.start, found.stop, found.p, strict=True)
        if p <= ALPHA
    ]
