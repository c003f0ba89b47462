"""Two groups of a dataset's subjects: differences of their maps, and diagnosis."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.cohorts import cohort_of, default_features
from neuro.analyses.graphs.differences import Difference, group_difference
from neuro.analyses.graphs.judgement import Judged, judge, permutations
from neuro.analyses.graphs.validation import Design, Predicted, lacking, validate, views_of
from neuro.analyses.graphs.weights import Projected, project

if TYPE_CHECKING:
    from neuro.analyses.graphs.model import Mapped
    from neuro.config.diagnosis import Diagnosis

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Diagnosed:
    """What was found about two groups.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    features : str
        What classifiers of features see.
    differences : dict of str to Difference
        By measure, at the first threshold; `edges` where there are some.
    compared : dict of str to ndarray, shape (n_subjects, n)
        What was compared.
    predicted : dict of str to Predicted
        By classifier.
    judged : dict of str to Judged
        By classifier.
    projected : dict of str to Projected
        By classifier, but those that see no brain.
    left_out : dict of str to str
        Classifiers that the dataset lacks something for, and what.
    """

    cohort: Cohort
    features: str
    differences: dict[str, Difference]
    compared: dict[str, Floats]
    predicted: dict[str, Predicted]
    judged: dict[str, Judged]
    projected: dict[str, Projected]
    left_out: dict[str, str]

    @property
    def best(self) -> str:
        """The classifier with the largest area."""
        return max(self.judged, key=lambda name: self.judged[name].auroc)


BLIND = ("majority", "confounds")
"""Classifiers that see no brain."""


def diagnose(
    mapped: "Mapped",
    people: pd.DataFrame,
    params: "Diagnosis",
    rng: np.random.Generator,
    *,
    where: Path,
    n_permutations: int = 1000,
) -> Diagnosed:
    """Compare and diagnose two groups.

    All classifiers are validated in the same folds.

    Parameters
    ----------
    mapped : Mapped
        Maps of all recordings.
    people : DataFrame
        A row per subject.
    params : Diagnosis
        How.
    rng : numpy.random.Generator
        Random numbers.
    where : Path
        File of `people`, for messages.
    n_permutations : int
        Permutations of group differences.

    Raises
    ------
    ValueError
        If the table lacks a subject, a column or a group; or recordings' lengths differ by site.
    """
    cohort, compared = cohort_of(mapped, people, params, where)
    differences = {
        name: group_difference(
            values, cohort.labels, rng, sites=cohort.sites, confounds=cohort.confounds,
            n_permutations=n_permutations,
        )
        for name, values in compared.items()
    }  # fmt: skip
    design = Design(
        params.group_by, params.n_folds, params.n_inner, params.harmonize, params.mask_share
    )
    views = views_of(cohort, design, rng)
    told = Diagnosed(
        cohort, params.features or default_features(mapped), differences, compared, {}, {}, {}, {}
    )
    for name in dict.fromkeys(params.classifiers):
        if what := lacking(cohort, name):
            told.left_out[name] = what
            continue
        predicted = validate(cohort, name, design, rng, views)
        # The majority's scores are all alike: there is nothing that a permutation would change.
        n = 0 if name == "majority" else params.n_permutations
        null = permutations(cohort, name, design, n, rng, views)
        told.predicted[name] = predicted
        told.judged[name] = judge(cohort, predicted, rng, null=null)
        if name not in BLIND:
            told.projected[name] = project(views, name, predicted)
    if not told.judged:
        raise ValueError(f"{where}: the dataset has nothing for any classifier: {told.left_out}")
    return told
