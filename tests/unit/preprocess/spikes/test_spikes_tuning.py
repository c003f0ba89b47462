"""Tuning: known strength recovered, chance as brute force has it, false positives rare."""

import numpy as np
import pytest
import scipy.special

from neuro.config.spikes import Tuning
from neuro.preprocess.spikes.tuning import Tuned, curves, tune

WIDTH = 0.1


def wander(n: int, seed: int, step: float = 0.4) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(n) * step) % (2 * np.pi)


def run(counts: np.ndarray, values: np.ndarray, angular: bool = True, **params: object) -> Tuned:
    block = np.arange(len(values)) * 10 // len(values)
    return tune(
        counts,
        values,
        block,
        angular=angular,
        bin_width=WIDTH,
        params=Tuning.model_validate(params),
        where="x",
    )


@pytest.mark.parametrize("kappa", [0.5, 2.0, 5.0])
def test_resultant_length_of_a_von_mises_curve(kappa: float) -> None:
    heading = wander(60_000, 1)
    rng = np.random.default_rng(2)
    mean = 3.0 * np.exp(kappa * (np.cos(heading - 2.0) - 1))
    tuned = run(rng.poisson(mean)[None].astype(np.uint16), heading)
    expected = scipy.special.iv(1, kappa) / scipy.special.iv(0, kappa)
    assert tuned.strength[0] == pytest.approx(expected, abs=0.02)
    assert tuned.preferred[0] == pytest.approx(2.0, abs=0.05)
    assert tuned.p[0] < 1e-3
    assert tuned.stability[0] > 0.95


def test_uneven_occupancy_is_no_tuning() -> None:
    rng = np.random.default_rng(3)
    heading = (1.0 + 0.8 * rng.standard_normal(20_000)) % (2 * np.pi)
    counts = rng.poisson(1.0, (1, heading.size)).astype(np.uint16)
    tuned = run(counts, heading, min_occupancy=20)
    assert np.isnan(tuned.rate).sum() > 5
    assert tuned.strength[0] < 0.05
    assert tuned.p[0] > 0.05
    spikes_alone = np.abs(np.mean(np.exp(1j * heading)))
    assert spikes_alone > 0.6


@pytest.mark.parametrize("angular", [True, False])
def test_every_shift_equals_brute_force(angular: bool) -> None:
    rng = np.random.default_rng(4)
    values = wander(600, 5) if angular else rng.gamma(2.0, size=600)
    counts = rng.poisson(0.8, (2, 600)).astype(np.uint16)
    params = {"n_bins": 8, "min_occupancy": 0.5, "min_shift": 10.0}
    tuned = run(counts, values, angular, **params)
    edges = tuned.edges
    known = (values >= edges[0]) & (values <= edges[-1])
    at = np.clip(np.searchsorted(edges, values[known], side="right") - 1, 0, 7)
    spikes = counts[:, known].astype(float)
    shifts = range(100, len(at) - 100 + 1)
    assert tuned.n_shifts == len(shifts)
    brute = np.array([_strength(np.roll(spikes, -s, axis=1), at, tuned, angular) for s in shifts])
    here = _strength(spikes, at, tuned, angular)
    np.testing.assert_allclose(tuned.strength, here, atol=1e-9)
    np.testing.assert_allclose(tuned.chance, brute.mean(axis=0), atol=1e-9)
    beaten = (brute >= here - 1e-9).sum(axis=0)
    np.testing.assert_allclose(tuned.p, (1 + beaten) / (1 + len(shifts)))


def _strength(spikes: np.ndarray, at: np.ndarray, tuned: Tuned, angular: bool) -> np.ndarray:
    rate, occupancy = curves(spikes, at, 8, WIDTH)
    visited = occupancy >= 0.5
    rate = rate[:, visited]
    if angular:
        direction = np.exp(1j * tuned.centers[visited])
        return np.abs((rate * direction).sum(axis=1)) / rate.sum(axis=1)
    share = occupancy[visited] / occupancy[visited].sum()
    ratio = rate / (share * rate).sum(axis=1, keepdims=True)
    return np.nansum(share * ratio * np.log2(np.where(ratio > 0, ratio, 1)), axis=1)


def test_units_that_follow_nothing_are_seldom_tuned() -> None:
    heading = wander(6_000, 6, step=0.1)  # slow: neighbours are alike
    counts = np.random.default_rng(7).poisson(0.5, (200, 6_000)).astype(np.uint16)
    tuned = run(counts, heading)
    assert np.mean(tuned.p <= 0.05) < 0.12
    assert tuned.is_tuned(0.05, 0.0).mean() < 0.03


def test_information_of_a_unit_that_fires_in_half_of_the_range() -> None:
    rng = np.random.default_rng(8)
    values = rng.uniform(0, 1, 20_000)
    counts = rng.poisson(np.where(values > 0.5, 2.0, 0.0))[None].astype(np.uint16)
    tuned = run(counts, values, angular=False, n_bins=10)
    assert tuned.strength[0] == pytest.approx(1.0, abs=0.02)  # log2(2) bits
    assert tuned.preferred[0] > 0.5


def test_bins_hardly_visited_are_missing_and_unknown_times_do_not_count() -> None:
    heading = np.random.default_rng(9).uniform(0, np.pi, 5_000)
    counts = np.random.default_rng(10).poisson(1.0, (1, 5_000)).astype(np.uint16)
    half = run(counts, heading, n_bins=12)
    assert np.isnan(half.rate[0, 6:]).all()
    assert np.isfinite(half.rate[0, :6]).all()
    more = np.concatenate([heading, np.full(500, np.nan)])
    spikes = np.concatenate([counts, np.full((1, 500), 9, np.uint16)], axis=1)
    np.testing.assert_array_equal(run(spikes, more, n_bins=12).rate, half.rate)


@pytest.mark.parametrize(
    ("values", "angular", "message"),
    [
        (np.full(5_000, 2.0), False, "is 2 nearly throughout"),
        (np.full(5_000, np.nan), True, "known nowhere"),
        (np.full(5_000, 2.0), True, "1 of 36 bins were visited"),
        (wander(300, 0), True, "known for 30 s; shifts of min_shift 20 s"),
    ],
)
def test_what_cannot_be_tuned_to_is_an_error(
    values: np.ndarray, angular: bool, message: str
) -> None:
    counts = np.ones((1, len(values)), np.uint16)
    with pytest.raises(ValueError, match=f"x: .*{message}"):
        run(counts, values, angular)
