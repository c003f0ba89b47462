import numpy as np
import pytest

from neuro.analyses.meggpt.likeness import compare, cosines, off_diagonal, welch
from neuro.analyses.meggpt.ngrams import NGram
from neuro.analyses.meggpt.oracle import oracle_nats
from neuro.analyses.meggpt.sessions import standardize
from neuro.analyses.meggpt.tokenizers import Residual
from neuro.datasets.rhythms import Recipe, Simulated, Truth, draw_truth, simulate

RECIPE = Recipe(n_channels=12, seconds=120.0)


@pytest.fixture(scope="module")
def drawn() -> tuple[Truth, Simulated]:
    truth = draw_truth(RECIPE, np.random.default_rng(0))
    return truth, simulate(truth, np.random.default_rng(1))


def test_covariance_and_spectra_are_the_stated_ones(drawn: tuple[Truth, Simulated]) -> None:
    truth, session = drawn
    expected = truth.covariance(session.strengths)
    found = np.cov(session.data)
    assert off_diagonal(found, expected) > 0.97
    assert np.allclose(np.diag(found) / np.diag(expected), 1, atol=0.35)
    frequencies, density = welch(session.data, RECIPE.sfreq)
    stated = truth.spectra(frequencies, session.strengths)
    assert cosines(density, stated).min() > 0.97
    every = np.linspace(0, RECIPE.sfreq / 2, 2001)
    power = np.trapezoid(truth.spectra(every, session.strengths), every)
    assert np.allclose(power, np.diag(expected), rtol=0.01)


def test_foreteller_is_right(drawn: tuple[Truth, Simulated]) -> None:
    """What is left of a sample has the stated deviation, and nothing to do with the past."""
    _, session = drawn
    left = (session.data - session.mean) / session.deviation
    assert left.std() == pytest.approx(1, abs=0.01)
    lagged = np.corrcoef(left[:, 1:], session.data[:, :-1])[: len(left), len(left) :]
    assert np.abs(lagged).max() < 0.05


def test_oracle_is_below_every_code(drawn: tuple[Truth, Simulated]) -> None:
    _, session = drawn
    data = standardize(session.data)
    tokenizer = Residual(RECIPE.sfreq, 0.5).fit([data], np.random.default_rng(0))
    tokens = [tokenizer.encode(data)]
    trigram = NGram(3, tokenizer.n_tokens).fit(tokens).score(tokens)
    assert 0.3 < oracle_nats(tokenizer, session) < trigram.nats


def test_same_seed_same_session(drawn: tuple[Truth, Simulated]) -> None:
    _, session = drawn
    again = simulate(draw_truth(RECIPE, np.random.default_rng(0)), np.random.default_rng(1))
    assert np.array_equal(again.data, session.data)


def test_bursts_last_as_told(drawn: tuple[Truth, Simulated]) -> None:
    _, session = drawn
    share = session.bursts.mean()
    assert share == pytest.approx(RECIPE.on / (RECIPE.on + RECIPE.off), abs=0.05)
    begins = (np.diff(session.bursts.astype(int), axis=1) == 1).sum()
    length = session.bursts.sum() / begins / RECIPE.sfreq
    assert length == pytest.approx(RECIPE.on, rel=0.15)


def test_likeness(drawn: tuple[Truth, Simulated]) -> None:
    """Two sessions are alike; channels that know nothing of each other have no covariance."""
    truth, session = drawn
    other = simulate(truth, np.random.default_rng(2))
    first, second = standardize(session.data), standardize(other.data)
    alike = compare(first, second, RECIPE.sfreq)
    assert alike.cosine.min() > 0.9
    assert alike.covariance > 0.8
    rolled = np.stack([np.roll(row, 997 * i) for i, row in enumerate(first)])
    apart = compare(rolled, first, RECIPE.sfreq)
    assert apart.cosine.min() > 0.98
    assert abs(apart.covariance) < 0.4
    with pytest.raises(ValueError, match="expected 12 channels"):
        compare(first[:3], second, RECIPE.sfreq)
