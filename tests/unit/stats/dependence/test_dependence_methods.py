"""Estimators against known truth, scikit-learn, brute force, and the mistakes others made."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, spearmanr
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.metrics import mutual_info_score

from neuro.stats.dependence import histogram
from neuro.stats.dependence.block import Block
from neuro.stats.dependence.methods import ESTIMATES, METHODS, SCORES, Options, get_method


def gaussian_pairs(rho, n, n_draws, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    return Block(rho * y + np.sqrt(1 - rho**2) * rng.normal(size=(n_draws, n))), Block(y[None])


def shifted_classes(shift, n, n_draws, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    x = rng.normal(size=(n_draws, n)) + shift * labels
    return Block(x), Block(labels[None].astype(float), categorical=True)


def information_of_shift(shift):
    """Of two equal classes of unit variance, by quadrature."""

    def entropy_density(x):
        density = (norm.pdf(x) + norm.pdf(x - shift)) / 2
        return -density * np.log(density)

    return quad(entropy_density, -9, 9 + shift)[0] - 0.5 * np.log(2 * np.pi * np.e)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("name", ["kde", "knn", "gaussian"])
def test_gaussian_information_is_found(name, rho):
    x, y = gaussian_pairs(rho, 1000, 30)
    truth = -0.5 * np.log(1 - rho**2)
    assert METHODS[name](x, y).mean() == pytest.approx(truth, abs=0.02)


def test_strong_gaussian_information_within_five_percent():
    x, y = gaussian_pairs(0.9, 2000, 10)
    assert METHODS["kde"](x, y).mean() == pytest.approx(-0.5 * np.log(1 - 0.81), rel=0.05)


def test_estimate_improves_with_samples():
    # A fixed bandwidth would stay as far off with 2,000 samples as with 250.
    errors = []
    for n in (250, 2000):
        x, y = gaussian_pairs(0.9, n, 10)
        errors.append(np.sqrt(np.mean((METHODS["kde"](x, y) + 0.5 * np.log(1 - 0.81)) ** 2)))
    assert errors[1] < errors[0] / 1.5


def test_ring_has_information_without_correlation():
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 2 * np.pi, 2000)
    x, y = (f(angle) + 0.15 * rng.normal(size=2000) for f in (np.cos, np.sin))
    ring, noise = Block(x[None]), Block(rng.permutation(x)[None])
    truth = 0.438  # by quadrature of the Rice density
    assert METHODS["knn"](ring, Block(y[None]))[0] == pytest.approx(truth, abs=0.05)
    # With the noise of a pair that covers the whole plane taken off it would be 15 % too low.
    assert METHODS["kde"](ring, Block(y[None]))[0] == pytest.approx(truth, rel=0.08)
    assert METHODS["gaussian"](ring, Block(y[None]))[0] < 0.01
    for name in ("kde_score", "distance", "binning"):
        assert METHODS[name](ring, Block(y[None]))[0] > 2 * METHODS[name](noise, Block(y[None]))[0]


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", ["kde", "knn"])
def test_information_of_classes_is_found_both_ways(name, shift):
    x, y = shifted_classes(shift, 1000, 20)
    truth = information_of_shift(shift) if shift else 0.0
    assert METHODS[name](x, y).mean() == pytest.approx(truth, abs=0.015)
    swapped = METHODS[name](
        Block(np.tile(y.values, (20, 1)), categorical=True), Block(x.values[:1])
    )
    np.testing.assert_allclose(swapped, METHODS[name](x, y)[0])


def test_information_of_three_unequal_classes():
    rng = np.random.default_rng(2)
    labels = rng.choice(3, size=3000, p=[0.6, 0.3, 0.1])
    x = rng.normal(size=(5, 3000)) + np.array([0, 1.5, 3])[labels]
    y = Block(np.array([0.0, 1.0, 5.0])[labels][None], categorical=True)
    grid = np.linspace(-8, 12, 4001)
    parts = np.array([0.6, 0.3, 0.1])[:, None] * norm.pdf(grid - np.array([[0], [1.5], [3]]))
    mixture = parts.sum(0)
    truth = -(mixture * np.log(mixture)).sum() * (grid[1] - grid[0]) - 0.5 * np.log(
        2 * np.pi * np.e
    )
    assert METHODS["kde"](Block(x), y).mean() == pytest.approx(truth, rel=0.05)
    assert METHODS["knn"](Block(x), y).mean() == pytest.approx(truth, rel=0.05)


def test_categories_agree_with_scikit_learn():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 3, 500), rng.integers(0, 4, 500)
    x[y == 3] = 2
    found = METHODS["kde"](Block(x[None], True), Block(y[None], True))[0]
    cells = len({*zip(x.tolist(), y.tolist(), strict=True)})
    excess = (cells - 3 - 4 + 1) / 1000
    assert found == pytest.approx(mutual_info_score(x, y) - excess)


def test_neighbors_agree_with_scikit_learn():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 12))
    y = x[:, 0] + x[:, 1] ** 2 + rng.normal(size=300)
    for k in (1, 3, 7):
        ours = METHODS["knn"](Block(x.T), Block(y[None]), Options(n_neighbors=k))
        theirs = mutual_info_regression(x, y, n_neighbors=k, random_state=0)
        np.testing.assert_allclose(np.maximum(ours, 0), theirs, atol=1e-9)
        labels = np.digitize(y, [0, 2])
        ours = METHODS["knn"](Block(x.T), Block(labels[None], True), Options(n_neighbors=k))
        theirs = mutual_info_classif(x, labels, n_neighbors=k, random_state=0)
        np.testing.assert_allclose(np.maximum(ours, 0), theirs, atol=1e-9)


def test_neighbors_leave_a_class_of_one_out_like_scikit_learn():
    rng = np.random.default_rng(5)
    x, labels = rng.normal(size=(60, 4)), np.repeat([0, 1], 30)
    labels[7] = 9
    ours = METHODS["knn"](Block(x.T), Block(labels[None], True))
    theirs = mutual_info_classif(x, labels, random_state=0)
    np.testing.assert_allclose(np.maximum(ours, 0), theirs, atol=1e-9)


def test_bins_of_birge_and_rozenholc_maximize_the_penalized_likelihood():
    rng = np.random.default_rng(6)
    rows = np.stack([rng.normal(size=300), rng.exponential(size=300), rng.uniform(size=300)])
    bins = histogram.bins(Block(rows), "birge-rozenholc")
    for row, codes in zip(rows, bins, strict=True):
        worth = {}
        for n_bins in range(2, 100):
            counts = np.histogram(row, n_bins)[0]
            likelihood = (counts * np.log(np.maximum(counts, 1))).sum() + 300 * np.log(n_bins)
            worth[n_bins] = likelihood - (n_bins - 1 + np.log(n_bins) ** 2.5)
        best = max(worth, key=worth.__getitem__)
        np.testing.assert_array_equal(np.bincount(codes), np.histogram(row, best)[0])


@pytest.mark.parametrize("rule", histogram.RULES)
def test_correction_takes_most_of_the_bias_of_binning(rule):
    x, y = gaussian_pairs(0.0, 800, 40)
    plain = histogram.binning_plain(x, y, rule).mean()
    assert abs(histogram.binning(x, y, rule).mean()) < 0.55 * plain


def test_unknown_rule_is_refused():
    x, y = gaussian_pairs(0.0, 100, 1)
    with pytest.raises(ValueError, match="binning rule must be one of"):
        METHODS["binning"](x, y, Options(bins="best"))


def test_distance_correlation_is_that_of_its_definition():
    rng = np.random.default_rng(7)
    x, y, labels = rng.normal(size=90), rng.normal(size=90), rng.integers(0, 3, 90)

    def by_definition(first, second):
        parts = [a - a.mean(0) - a.mean(1)[:, None] + a.mean() for a in (first, second)]
        covariance, one, two = (np.mean(parts[i] * parts[j]) for i, j in ((0, 1), (0, 0), (1, 1)))
        return np.sqrt(covariance / np.sqrt(one * two))

    def between(values):
        return np.abs(values[:, None] - values)

    apart = (labels[:, None] != labels).astype(float)
    other = rng.integers(0, 2, 90)
    distance, categories = METHODS["distance"], Block(labels[None], True)
    quantity = Block(x[None])
    assert distance(quantity, Block(y[None]))[0] == pytest.approx(
        by_definition(between(x), between(y))
    )
    assert distance(quantity, categories)[0] == pytest.approx(by_definition(between(x), apart))
    assert distance(categories, quantity)[0] == pytest.approx(by_definition(between(x), apart))
    assert distance(Block(other[None], True), categories)[0] == pytest.approx(
        by_definition((other[:, None] != other).astype(float), apart)
    )


def test_correlations_are_those_of_numpy_and_scipy():
    x, y = gaussian_pairs(-0.4, 60, 3)
    for i in range(3):
        assert METHODS["pearson"](x, y)[i] == pytest.approx(
            abs(np.corrcoef(x.values[i], y.values[0])[0, 1])
        )
        assert METHODS["spearman"](x, y)[i] == pytest.approx(
            abs(spearmanr(x.values[i], y.values[0]).statistic)
        )


@pytest.mark.parametrize("name", ["kde_score", "kde", "spearman"])
def test_ranks_make_it_invariant_and_robust(name):
    # y against its fifth power must not be 0, and outliers must not make dependence.
    rng = np.random.default_rng(8)
    y = rng.normal(size=(1, 400))
    x = y + 0.5 * rng.normal(size=(1, 400))
    np.testing.assert_allclose(
        METHODS[name](Block(x**5), Block(y)), METHODS[name](Block(x), Block(y))
    )
    power = METHODS[name](Block(y**5), Block(y))[0]
    assert power > METHODS[name](Block(x), Block(y))[0]
    wild = METHODS[name](Block(rng.standard_cauchy(size=(20, 400))), Block(y))
    tame = METHODS[name](Block(rng.normal(size=(20, 400))), Block(y))
    assert abs(wild.mean() - tame.mean()) < 4 * tame.std()


@pytest.mark.parametrize("name", METHODS)
def test_arguments_may_be_swapped(name):
    x, y = gaussian_pairs(0.5, 200, 1)
    assert METHODS[name](x, y)[0] == pytest.approx(METHODS[name](y, x)[0], rel=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_methods_differ_and_none_is_ignored(name):
    x, y = gaussian_pairs(0.5, 200, 6)
    own = METHODS[name](x, y)
    others = [METHODS[other](x, y) for other in METHODS if other != name]
    assert not any(np.allclose(own, other) for other in others)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("categorical", [False, True])
def test_constant_features_are_zero_and_end(name, categorical):
    y = np.arange(100) % 2 if categorical else np.random.default_rng(9).normal(size=100)
    x = Block(np.stack([np.full(100, 3.0), np.random.default_rng(1).normal(size=100)]))
    values = METHODS[name](x, Block(y[None], categorical))
    assert values[0] == 0
    assert np.isfinite(values).all()


def test_labels_need_not_be_codes():
    x, y = shifted_classes(1.0, 200, 3)
    odd = Block(np.where(y.values == 1, 5.0, -3.0), categorical=True)
    for method in METHODS.values():
        np.testing.assert_allclose(method(x, odd), method(x, y))


def test_names_tell_estimates_from_scores():
    assert set(ESTIMATES) == {"kde", "knn", "binning", "gaussian"}
    assert set(SCORES) == {"kde_score", "pearson", "spearman", "distance"}
    with pytest.raises(ValueError, match="method must be one of"):
        get_method("mutual_info")


def test_wide_score_orders_weak_dependence_better_than_the_estimate():
    rng = np.random.default_rng(10)
    y = rng.normal(size=(1, 300))
    x = rng.normal(size=(400, 300))
    x[:200] += 0.2 * y
    areas = {}
    for name in ("kde_score", "kde"):
        values = METHODS[name](Block(x), Block(y))
        areas[name] = np.mean(values[:200, None] > values[None, 200:])
    assert areas["kde_score"] > areas["kde"]
