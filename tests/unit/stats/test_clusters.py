"""The cluster test finds what was planted, agrees with MNE, and keeps its error rate."""

import mne
import numpy as np
import pytest
import scipy.stats

from neuro.stats.clusters import cluster_test

TIMES = np.arange(50) / 100


def sides(seed: int, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, n, TIMES.size))
    return first, second


def test_planted_cluster_is_found_with_its_sign_and_extent() -> None:
    first, second = sides(0)
    first[:, 15:25] -= 1.5
    found = cluster_test(first, second, TIMES, 300, np.random.default_rng(1))
    best = int(np.argmin(found.p))
    assert found.mass[best] < 0
    assert (found.start[best], found.stop[best]) == pytest.approx((0.15, 0.24), abs=0.011)
    assert found.p_within((0.18, 0.3), -1) <= 0.01
    assert found.p_within((0.18, 0.2), 1) == 1.0
    assert list(found.start) == sorted(found.start)


def test_agrees_with_scipy_and_mne() -> None:
    first, second = sides(2)
    first[:, 30:36] += 1
    found = cluster_test(first, second, TIMES, 200, np.random.default_rng(3))
    np.testing.assert_allclose(found.t, scipy.stats.ttest_ind(first, second).statistic)
    seed = int(np.random.default_rng(3).integers(2**31))
    with mne.use_log_level("ERROR"):
        _, clusters, p, _ = mne.stats.permutation_cluster_test(
            [first, second],
            threshold=found.threshold,
            stat_fun=mne.stats.ttest_ind_no_p,
            n_permutations=200,
            seed=seed,
            out_type="indices",
        )
    spans = sorted((TIMES[c[0][0]], TIMES[c[0][-1]], q) for c, q in zip(clusters, p, strict=True))
    ours = zip(found.start, found.stop, found.p, strict=True)
    np.testing.assert_allclose(list(ours), spans)


def test_false_positives_stay_at_the_nominal_rate() -> None:
    rng = np.random.default_rng(4)
    positives = 0
    for seed in range(40):
        first, second = sides(100 + seed, n=15)
        found = cluster_test(first, second, TIMES, 99, rng)
        positives += found.p.min(initial=1.0) <= 0.05
    assert positives <= 6  # 2 expected; 7 or more would happen once in 300


def test_nothing_above_threshold_is_no_cluster() -> None:
    rng = np.random.default_rng(5)
    first = np.tile([[1.0], [-1.0]], (5, TIMES.size))
    found = cluster_test(first, first.copy(), TIMES, 20, rng)
    assert found.p.size == 0
    assert found.p_within((0.0, 0.5), -1) == 1.0


def test_one_trial_is_refused() -> None:
    with pytest.raises(ValueError, match="two trials per side, got 1 and 40"):
        cluster_test(*(sides(0)[0][:1], sides(0)[1]), TIMES, 10, np.random.default_rng(0))
