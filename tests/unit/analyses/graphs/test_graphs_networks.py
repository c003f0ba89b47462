"""Streamed networks equal those of the whole correlation matrix."""

import numpy as np
import pytest

from neuro.analyses.graphs import stream
from neuro.analyses.graphs.signals import effective_length, standardize
from neuro.analyses.graphs.storage import check_matrix, from_edges, from_matrix
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.thresholds import Absolute, Density, Significance, critical_r

N, T = 700, 90
OFF = ~np.eye(N, dtype=bool)


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(3)
    latent = rng.standard_normal((T, 5)) @ rng.standard_normal((5, N))
    return latent + 2 * rng.standard_normal((T, N))


@pytest.fixture(scope="module")
def correlation(series):
    matrix = np.corrcoef(series.T)
    np.fill_diagonal(matrix, 0)
    return matrix


def sizes(correlation, sign):
    return {"positive": correlation, "negative": -correlation, "absolute": np.abs(correlation)}[
        sign
    ]


@pytest.fixture
def small_tiles(monkeypatch):
    """Many tiles, and corners of all kinds."""
    monkeypatch.setattr(stream, "ROWS", 64)
    monkeypatch.setattr(stream, "COLUMNS", 192)


@pytest.mark.parametrize("storage", ["bits", "lists"])
@pytest.mark.parametrize("sign", ["positive", "negative", "absolute"])
@pytest.mark.usefixtures("small_tiles")
def test_streaming_equals_the_dense_matrix(series, correlation, sign, storage):
    thresholds = [Absolute(0.2), Absolute(0.45)]
    found = networks(standardize(series), thresholds, sign=sign, storage=storage, n_threads=2)
    for threshold, network in zip(thresholds, found, strict=True):
        dense = sizes(correlation, sign) > threshold.r
        np.testing.assert_array_equal(network.graph.dense(), dense)
        np.testing.assert_array_equal(network.graph.degree, dense.sum(axis=1))
        np.testing.assert_allclose(network.strength, (dense * correlation).sum(axis=1), atol=1e-4)
        np.testing.assert_array_equal(network.positive, (dense & (correlation > 0)).sum(axis=1))
        np.testing.assert_array_equal(network.negative, (dense & (correlation < 0)).sum(axis=1))


@pytest.mark.parametrize("storage", ["bits", "lists"])
@pytest.mark.parametrize("sign", ["positive", "absolute"])
@pytest.mark.usefixtures("small_tiles")
def test_a_density_is_exact(series, correlation, sign, storage):
    shares = [0.003, 0.05, 0.31]
    thresholds = [Density(share) for share in shares]
    found = networks(standardize(series), thresholds, sign=sign, storage=storage)
    upper = np.sort(sizes(correlation, sign)[np.triu_indices(N, 1)])[::-1]
    for share, network in zip(shares, found, strict=True):
        wanted = round(share * N * (N - 1) / 2)
        assert network.graph.n_edges == wanted
        np.testing.assert_array_equal(
            network.graph.dense(),
            (sizes(correlation, sign) >= upper[wanted - 1]) & ~np.eye(N, dtype=bool),
        )
        assert network.threshold == pytest.approx(upper[wanted - 1], abs=1e-6)
        assert (network.positive + network.negative).sum() == 2 * wanted


def test_a_density_is_exact_where_all_correlations_tie():
    rng = np.random.default_rng(0)
    series = np.repeat(rng.standard_normal((20, 4)), 50, axis=1)
    (network,) = networks(standardize(series), [Density(0.1)])
    assert network.graph.n_edges == round(0.1 * 200 * 199 / 2)


@pytest.mark.parametrize("margin", [4.0, 0.0])
def test_a_sample_that_misleads_costs_time_and_no_edge(series, correlation, monkeypatch, margin):
    monkeypatch.setattr(stream, "SAMPLED", 60)
    monkeypatch.setattr(stream, "MARGIN", margin)
    upper = np.sort(correlation[np.triu_indices(N, 1)])[::-1]
    for share in (0.002, 0.2):
        (network,) = networks(standardize(series), [Density(share)])
        wanted = round(share * N * (N - 1) / 2)
        np.testing.assert_array_equal(
            network.graph.dense(), (correlation >= upper[wanted - 1]) & OFF
        )


def test_threads_do_not_change_the_result(series):
    signals = standardize(series)
    one, two = (networks(signals, [Density(0.05)], n_threads=k)[0] for k in (1, 2))
    np.testing.assert_array_equal(one.graph.bits, two.graph.bits)
    np.testing.assert_array_equal(one.strength, two.strength)


def test_fdr_passes_what_benjamini_and_hochberg_pass(series, correlation):
    from scipy.stats import false_discovery_control, t

    (network,) = networks(standardize(series), [Significance(0.05, "fdr", n_effective=T)])
    r = correlation[np.triu_indices(N, 1)]
    p = t.sf(r * np.sqrt((T - 2) / (1 - r**2)), T - 2)
    passing = int((false_discovery_control(p) <= 0.05).sum())
    assert 0.995 * passing <= network.graph.n_edges <= passing


def test_noise_gives_edges_at_the_level_alone():
    series = np.random.default_rng(5).standard_normal((60, 600))
    plain, strict = networks(
        standardize(series),
        [Significance(0.01, "none", n_effective=60), Significance(0.05, "bonferroni", 60)],
    )
    assert plain.graph.density == pytest.approx(0.01, abs=0.0015)
    assert strict.graph.n_edges <= 1
    assert critical_r(0.05, 27) == pytest.approx(0.3233, abs=1e-4)  # table of r at 25 df


def test_slow_signals_are_worth_fewer_samples():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((1000, 200))
    slow = noise.copy()
    for t in range(1, len(slow)):
        slow[t] += 0.8 * slow[t - 1]
    assert effective_length(standardize(noise)) > 950
    expected = 1000 * (1 - 0.64) / (1 + 0.64)  # AR(1): (1 - rho^2) / (1 + rho^2)
    assert effective_length(standardize(slow)) == pytest.approx(expected, rel=0.15)


def test_bad_series_are_named():
    series = np.random.default_rng(0).standard_normal((50, 10))
    constant = series.copy()
    constant[:, [3, 7]] = 2.5
    with pytest.raises(ValueError, match=r"run-1: 2 of 10 nodes have zero variance \(nodes 3, 7\)"):
        standardize(constant, where="run-1")
    missing = series.copy()
    missing[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"1 of 10 nodes are not finite \(nodes c\).*bad_voxels"):
        standardize(missing, names="abcdefghij")
    with pytest.raises(ValueError, match="n_times >= 3"):
        standardize(series[:2])
    with pytest.raises(ValueError, match="density must be above 0"):
        Density(0)
    with pytest.raises(ValueError, match="sign: allowed are"):
        networks(standardize(series), [Absolute(0.1)], sign="both")  # type: ignore[arg-type]


def test_bad_matrices_are_named():
    matrix = np.eye(4)
    matrix[1, 2] = 0.5
    with pytest.raises(ValueError, match=r"symmetric, but \[1, 2\] is 0.5 and \[2, 1\] is 0"):
        from_matrix(matrix)
    matrix[2, 1] = np.nan
    with pytest.raises(ValueError, match=r"1 values are not finite, the first at \(2, 1\)"):
        check_matrix(matrix)
    with pytest.raises(ValueError, match="must be square"):
        check_matrix(np.ones((2, 3)))
    with pytest.raises(ValueError, match="1 loops"):
        from_edges([[0, 1], [2, 2]], 3)
    with pytest.raises(ValueError, match="nodes from 0 to 5, of 3"):
        from_edges([[0, 5]], 3)
