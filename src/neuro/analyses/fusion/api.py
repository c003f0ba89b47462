"""Public names of the analysis: fusion of functional and diffusion MRI."""

from typing import Any, Literal

import numpy as np

from neuro.analyses.fusion.analysis import Analysis, analyse
from neuro.analyses.fusion.cohort import Cohort, View
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.pairing import Paired, direct, linear, match, networks_score
from neuro.config.fusion import Fusion, FusionGroups

__all__ = ["Analysis", "Cohort", "Paired", "View", "fuse", "match_modalities"]


def fuse(
    cohort: Cohort,
    *,
    rng: np.random.Generator,
    n_folds: int = 5,
    n_inner: int = 4,
    group_by: Literal["subject", "site"] = "subject",
    **settings: Any,
) -> Analysis:
    """Tell two groups apart from both modalities, beside plain methods on the same folds.

    Parameters
    ----------
    cohort : Cohort
        People with features, and labels.
    rng : numpy.random.Generator
        Random numbers.
    n_folds, n_inner : int
        Outer and inner folds.
    group_by : {'subject', 'site'}
        What is never on both sides of a split.
    **settings : dict
        Keys of the configuration's section `fusion`, e.g. `methods`, `n_permutations`.

    Returns
    -------
    found : Analysis
        Scores of all methods with intervals, the model's map, chance.

    Raises
    ------
    ValueError
        If there are no labels, a group is smaller than the number of folds, or a setting is not
        allowed.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(60) % 2 == 1
    >>> views = []
    >>> for name, modality in (("alff", "function"), ("fa", "structure")):
    ...     values = rng.standard_normal((60, 12))
    ...     values[labels, :4] += 1.5  # four regions tell, in both modalities
    ...     views.append(neuro.fusion.View(name, modality, "regions", values))
    >>> cohort = neuro.fusion.Cohort(
    ...     tuple(views), tuple(f"R{i}" for i in range(12)), np.arange(60).astype(str), labels)
    >>> found = neuro.fusion.fuse(
    ...     cohort, rng=rng, n_folds=3, n_inner=2, methods=["early"], n_permutations=0,
    ...     ablation=False, n_encoders=1, n_steps=10)
    >>> sorted(found.judged)
    ['early', 'fusion']
    >>> bool(found.judged["early"].auroc > 0.8)
    True
    """
    if cohort.labels is None:
        raise ValueError("cohort: has no labels; fusion needs two groups")
    asked = FusionGroups.model_construct(group_by=group_by, n_folds=n_folds, n_inner=n_inner)
    least = int(min(cohort.labels.sum(), (~cohort.labels).sum()))
    if least < n_folds:
        raise ValueError(f"n_folds: {n_folds} folds need as many people of each group. Got {least}")
    return analyse(cohort, Fusion(**settings), asked, rng)


def match_modalities(cohort: Cohort, method: str = "direct", *, rng: np.random.Generator) -> Paired:
    """Do a functional and a structural matrix tell whose they are? No labels are needed.

    Parameters
    ----------
    cohort : Cohort
        People with a view of kind `edges` of each modality.
    method : {'direct', 'linear', 'networks'}
        Correlation of deviations, canonical correlations, or networks aligned by InfoNCE.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    paired : Paired
        Share of pairs of people whose right pairing fits better, with its interval; chance is
        one half.

    Raises
    ------
    ValueError
        If the method is unknown, or there are fewer than four people.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> own = rng.standard_normal((8, 15))  # what a person's two matrices share
    >>> views = tuple(
    ...     neuro.fusion.View(name, modality, "edges", own + rng.standard_normal((8, 15)))
    ...     for name, modality in (("fc", "function"), ("sc", "structure")))
    >>> cohort = neuro.fusion.Cohort(
    ...     views, tuple("ABCDEF"), np.arange(8).astype(str))
    >>> bool(neuro.fusion.match_modalities(cohort, rng=rng).accuracy > 0.7)
    True
    """
    scores = {"direct": direct, "linear": linear, "networks": networks_score(EncoderPlan(), rng)}
    if method not in scores:
        raise ValueError(f"method: allowed are {sorted(scores)}. Got {method!r}")
    return match(cohort, scores[method], rng)
