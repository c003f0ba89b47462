"""What independent judges say of each condition, and how near its images are to training images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from neuro.analyses.braindive.conditions import Made, re_ranked
from neuro.analyses.braindive.judges import GradientJudge, detected_faces
from neuro.analyses.braindive.material import Real
from neuro.analyses.braindive.nearest import distances, diversity, variants

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CONFIDENCE = 0.95
N_BOOTSTRAPS = 2000
DETECTED = "face"
"""The category that the detector knows."""


@dataclass(frozen=True)
class Verdict:
    """What is known of a condition's images.

    Parameters
    ----------
    made : Made
        The images.
    detected : ndarray of bool, shape (n_images,)
        By the detector (the gradient judge, where the target is no face).
    probability : ndarray, shape (n_images,)
        That it is of the target category, by the gradient judge.
    nearest, plain : ndarray, shape (n_images,)
        Distance to the nearest training image: of pixels, and of pixels without brightness and
        contrast.
    which : ndarray of int, shape (n_images,)
        That training image.
    diversity : float
        Mean distance between two images.
    named : ndarray of str, shape (n_images,), optional
        What CLIP finds it shows.
    """

    made: Made
    detected: Bools
    probability: Floats
    nearest: Floats
    plain: Floats
    which: NDArray[np.intp]
    diversity: float
    named: NDArray[np.str_] | None = None

    @property
    def judged(self) -> Bools:
        """Images that the gradient judge accepts."""
        return np.asarray(self.probability > 0.5)

    @property
    def share(self) -> float:
        """Share of images with a detected target."""
        return float(self.detected.mean())

    def interval(self) -> tuple[float, float]:
        """Wilson's interval of that share."""
        return wilson(self.detected)


def wilson(hits: Bools) -> tuple[float, float]:
    """Wilson's interval of a share."""
    found = scipy.stats.binomtest(int(hits.sum()), len(hits))
    bounds = found.proportion_ci(CONFIDENCE, method="wilson")
    return float(bounds.low), float(bounds.high)


def fisher(first: Verdict, second: Verdict) -> float:
    """P that a detected target is as likely in both, two-sided."""
    table = [[int(v.detected.sum()), int((~v.detected).sum())] for v in (first, second)]
    return float(scipy.stats.fisher_exact(table).pvalue)


def paired(first: Verdict, second: Verdict) -> float:
    """P that two conditions of the same seeds have as many targets: McNemar's exact test."""
    only = int((first.detected & ~second.detected).sum())
    other = int((second.detected & ~first.detected).sum())
    if only + other == 0:
        return 1.0
    return float(scipy.stats.binomtest(only, only + other).pvalue)


def memorisation(
    made: Verdict, real: Verdict, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Median distance to training images over that of held-out real images, with its interval.

    Returns
    -------
    ratio, low, high : float
        The interval by bootstrap over images of both.
    """
    ratio = float(np.median(made.nearest) / np.median(real.nearest))
    samples = []
    for values in (made.nearest, real.nearest):
        drawn = rng.integers(len(values), size=(N_BOOTSTRAPS, len(values)))
        samples.append(np.median(values[drawn], axis=1))
    low, high = np.quantile(samples[0] / samples[1], [0.025, 0.975])
    return ratio, float(low), float(high)


@dataclass(frozen=True)
class Court:
    """Judges, trained on real images.

    Parameters
    ----------
    real : Real
        Images in their parts.
    target : str
        The judged category.
    shift : int
        Of the augmentation in training.
    zero_shot : callable, optional
        Names what images show.
    """

    real: Real
    target: str
    shift: int
    zero_shot: Callable[[Any], NDArray[np.str_]] | None = None

    def __post_init__(self) -> None:
        pixels, size = self.real.whole.pixels, self.real.train.pixels.shape[2]
        judge = GradientJudge(self.real.train.pixels, self.real.train.categories == self.target)
        object.__setattr__(self, "_judge", judge)
        object.__setattr__(self, "_references", variants(pixels, size, self.shift))

    def hear(self, made: Made) -> Verdict:
        """Judge the images of a condition."""
        judge: GradientJudge = getattr(self, "_judge")  # noqa: B009
        references = getattr(self, "_references")  # noqa: B009
        n = len(self.real.train)
        probability = judge.probability(made.pixels)
        nearest, which = distances(made.pixels, references, n)
        plain, _ = distances(made.pixels, references, n, standardized=True)
        return Verdict(
            made,
            detected_faces(made.pixels) if self.target == DETECTED else probability > 0.5,
            probability,
            nearest.astype(np.float64),
            plain.astype(np.float64),
            which,
            diversity(made.pixels) if len(made.pixels) > 1 else 0.0,
            None if self.zero_shot is None else self.zero_shot(made.pixels),
        )


def all_verdicts(
    court: Court,
    conditions: Sequence[Made],
    real: Mapping[str, Made],
    region: str,
    keep: float,
) -> dict[str, Verdict]:
    """Judge real images, all conditions, and the re-ranked ones, by name."""
    found = {name: court.hear(made) for name, made in real.items()}
    for made in conditions:
        found[made.name] = court.hear(made)
    for name in ("unguided", "guided"):
        best = re_ranked(found[name].made, region, keep)
        found[best.name] = court.hear(best)
    return found
