import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuro.stats import auc

RNG = np.random.default_rng(0)
FOLDS = np.repeat([0, 1, 2], [30, 20, 10])
LABELS = RNG.permutation(np.arange(60) % 2 == 0)
SCORES = RNG.normal(size=(60, 4)) + 0.6 * LABELS[:, np.newaxis]


def area(scores, labels=LABELS, folds=FOLDS):
    return auc.areas(auc.ranks_within(scores, folds), labels, folds)


def test_areas_are_the_mean_over_folds_by_pairs():
    parts = [f == FOLDS for f in range(3)]
    theirs = [[roc_auc_score(LABELS[p], SCORES[p, i]) for p in parts] for i in range(4)]
    pairs = [LABELS[p].sum() * (~LABELS[p]).sum() for p in parts]
    np.testing.assert_allclose(area(SCORES), np.average(theirs, weights=pairs, axis=1), rtol=1e-12)


def test_offsets_of_folds_do_not_count_but_ties_do_by_half():
    np.testing.assert_allclose(area(SCORES + 100 * FOLDS[:, np.newaxis]), area(SCORES))
    np.testing.assert_allclose(area(np.zeros((60, 1))), 0.5)
    coarse = SCORES.round()
    whole = np.zeros(60, int)
    theirs = [roc_auc_score(LABELS, column) for column in coarse.T]
    np.testing.assert_allclose(area(coarse, LABELS, whole), theirs, rtol=1e-12)


def test_a_fold_of_one_kind_has_no_pairs():
    labels = LABELS.copy()
    labels[FOLDS == 2] = True
    inside = FOLDS < 2
    np.testing.assert_allclose(
        area(SCORES, labels), area(SCORES[inside], labels[inside], FOLDS[inside])
    )
    with pytest.raises(ValueError, match="no pair to compare"):
        area(SCORES, np.ones(60, bool))


def test_quick_sums_of_ranks_are_those_of_the_areas():
    permuted = auc.permuted_labels(LABELS, FOLDS, 7, RNG)
    sums = sum(
        auc.rank_sums(np.tile(SCORES[f == FOLDS, 0], (7, 1)).astype(np.float32),
                      permuted[:, f == FOLDS]) for f in range(3)
    )  # fmt: skip
    ranks = auc.ranks_within(SCORES[:, :1], FOLDS)
    expected = auc.areas(ranks, permuted, FOLDS)[:, 0]
    np.testing.assert_allclose(auc.Pairs.of(LABELS, FOLDS).areas(sums), expected, rtol=1e-12)


def test_permutations_stay_within_folds():
    permuted = auc.permuted_labels(LABELS, FOLDS, 50, RNG)
    for fold in range(3):
        inside = fold == FOLDS
        assert (permuted[:, inside].sum(axis=1) == LABELS[inside].sum()).all()
    assert len(np.unique(permuted, axis=0)) == 50


def test_bootstrap_has_the_error_of_the_area():
    """Against the variance of Hanley and McNeil (1982) for one fold."""
    n = 60
    labels, folds = np.arange(2 * n) % 2 == 0, np.zeros(2 * n, int)
    scores = np.random.default_rng(1).normal(size=(2 * n, 2)) + labels[:, np.newaxis]
    drawn = auc.bootstrap_areas(scores, labels, folds, 2000, np.random.default_rng(2))
    a = area(scores, labels, folds)
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    error = np.sqrt((a * (1 - a) + (n - 1) * (q1 - a**2 + q2 - a**2)) / n**2)
    np.testing.assert_allclose(drawn.std(axis=0), error, rtol=0.15)
    np.testing.assert_allclose(drawn.mean(axis=0), a, atol=0.005)


def test_bootstrap_samples_are_the_same_for_all_scores():
    both = np.hstack([SCORES[:, :1], 3 * SCORES[:, :1] + 1])
    drawn = auc.bootstrap_areas(both, LABELS, FOLDS, 100, RNG)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])


def test_level_is_where_p_becomes_significant():
    null = np.random.default_rng(3).random(199)
    level = auc.level(null, 0.05)
    above, at = auc.p_above(np.array([level + 1e-9, level]), null)
    assert above <= 0.05 < at
    assert auc.p_above(np.array(2.0), null) == 1 / 200
    assert auc.level(null[:10], 0.05) == np.inf
