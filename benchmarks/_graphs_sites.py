"""Many sites, with and without a disease: what grouping by site, and ComBat, do to the area."""

import time

import numpy as np

from neuro.analyses.graphs.judgement import area
from neuro.analyses.graphs.simulate import site_cohort
from neuro.analyses.graphs.validation import Design, validate

COHORTS = 5
CLASSIFIERS = ("ridge", "masked_pca_lda", "confounds")
EFFECTS = (0.0, 0.7)


def claims() -> dict[str, float]:
    """No claim of its own: a table of areas, mean and range over cohorts."""
    start = time.process_time()
    print(f"{'disease':>8}{'folds by':>10}{'ComBat':>8}"
          + "".join(f"{name:>28}" for name in CLASSIFIERS))  # fmt: skip
    for effect in EFFECTS:
        for group_by in ("subject", "site"):
            for harmonize in (False, True):
                design = Design(group_by, n_folds=8, n_inner=3, harmonize=harmonize)
                cells = [_cell(effect, name, design) for name in CLASSIFIERS]
                head = f"{effect:8}{group_by:>10}{'yes' if harmonize else 'no':>8}"
                print(head + "".join(f"{cell:>28}" for cell in cells), flush=True)
    print(f"{time.process_time() - start:.0f} CPU s")
    return {}


def _cell(effect: float, name: str, design: Design) -> str:
    found = []
    for seed in range(COHORTS):
        cohort = site_cohort(np.random.default_rng(seed), effect=effect)
        predicted = validate(cohort, name, design, np.random.default_rng(seed))
        found.append(area(predicted, cohort.labels))
    return f"{np.mean(found):.3f} ({min(found):.3f} to {max(found):.3f})"


if __name__ == "__main__":
    print(claims())
