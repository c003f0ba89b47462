from dataclasses import replace

import numpy as np
import pytest
import scipy.signal

from neuro.analyses.meggpt.decoding import METHODS, decode, summarise
from neuro.analyses.meggpt.features import Settings, see
from neuro.analyses.meggpt.folds import Recording, new_block, new_subject, published
from neuro.analyses.meggpt.logistic import fit_logistic

SMALL = Settings(
    length=40, width=8, n_layers=1, n_heads=1, hidden=8, window=32, lags=8, n_steps=4,
    tuning_steps=4,
)  # fmt: skip


def recording(subject: str, seed: int, n_trials: int = 40) -> Recording:
    """Noise; trials of class 1 have a slow wave in the first channel."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((3, n_trials * 60))
    data = scipy.signal.lfilter([1], [1, -0.8], noise).astype(np.float32)
    onsets = np.arange(n_trials) * 60 + 10
    y = rng.permutation(np.arange(n_trials) % 2)
    for at in onsets[y == 1]:
        data[0, at : at + 40] += 4 * np.sin(np.pi * np.arange(40) / 40)
    return Recording(subject, data, onsets, y)


@pytest.fixture(scope="module")
def pair() -> list[Recording]:
    return [recording("a", 0), recording("b", 1)]


def spoilt(recordings: list[Recording], fold) -> list[Recording]:  # type: ignore[no-untyped-def]
    """Another world wherever nothing may be learned from."""
    out = []
    for r, one in enumerate(recordings):
        data = np.random.default_rng(7).standard_normal(one.data.shape).astype(np.float32)
        for _, a, b in fold.stretches[fold.stretches[:, 0] == r]:
            data[:, a:b] = one.data[:, a:b]
        out.append(replace(one, data=data))
    return out


def test_what_is_tested_changes_nothing_that_is_learned(pair: list[Recording]) -> None:
    """Tokenizer and tokens of training data, bit by bit, whatever the tested data are."""
    for fold in (new_block(pair, 40, 4, gap=20)[1], new_subject(pair, 40)[0]):
        first, second = (see(some, fold, 100.0, SMALL) for some in (pair, spoilt(pair, fold)))
        assert np.array_equal(first.tokenizer.levels, second.tokenizer.levels)
        assert np.array_equal(first.tokenizer.weights, second.tokenizer.weights)
        for one, other in zip(first.learned, second.learned, strict=True):
            assert np.array_equal(one.tokens, other.tokens)
            assert np.array_equal(one.trace, other.trace)
        for r, i in fold.train:
            part = slice(pair[r].onsets[i], pair[r].onsets[i] + 40)
            assert np.array_equal(
                first.sessions[r].tokens[:, part], second.sessions[r].tokens[:, part]
            )


def test_folds_share_no_sample(pair: list[Recording]) -> None:
    folds = new_block(pair, 40, 4, gap=20)
    assert sorted(map(tuple, np.concatenate([each.test for each in folds]))) == [
        (r, i) for r in range(2) for i in range(40)
    ]
    for fold in folds + new_subject(pair, 40):
        free = [np.zeros(one.data.shape[1], dtype=bool) for one in pair]
        for r, a, b in fold.stretches:
            free[r][a:b] = True
        for r, i in fold.test:
            at = pair[r].onsets[i]
            assert not free[r][max(at - 20, 0) : at + 60].any() or fold.split == "new-subject"
            assert not free[r][at : at + 40].any()
        for r, i in fold.train:
            assert free[r][pair[r].onsets[i] : pair[r].onsets[i] + 40].all()
    part = np.where(np.arange(40) < 30, "train", "test")
    stretches = np.stack([np.arange(40) * 60, np.arange(1, 41) * 60], axis=1)
    (fold,) = published([replace(pair[0], part=part, stretches=stretches)], 40)
    assert (len(fold.train), len(fold.test), fold.stretches[-1, 2]) == (30, 10, 1800)
    with pytest.raises(ValueError, match="at least 2 subjects"):
        new_subject(pair[:1], 40)
    with pytest.raises(ValueError, match="no published part"):
        published(pair, 40)


def test_every_method_decodes_what_is_plain(pair: list[Recording]) -> None:
    outcomes = [one for fold in new_subject(pair, 40) for one in decode(pair, fold, 100.0, SMALL)]
    table = summarise(outcomes, np.random.default_rng(0)).set_index("method")
    assert list(table.index) == list(METHODS)
    assert table.value.min() > 0.75
    assert (table.low <= table.value).all()
    assert (table.value <= table.high).all()
    assert table.difference["raw"] == 0
    assert set(table.n_test) == {80}
    again = decode(pair, new_subject(pair, 40)[0], 100.0, SMALL, ["end-to-end"])
    assert np.array_equal(again[0].probability, outcomes[len(METHODS) - 1].probability)
    with pytest.raises(ValueError, match="allowed are raw, means"):
        decode(pair, new_subject(pair, 40)[0], 100.0, SMALL, ["deep"])


def test_noise_is_not_decoded(pair: list[Recording]) -> None:
    rng = np.random.default_rng(0)
    shuffled = [replace(one, y=rng.permutation(one.y)) for one in pair]
    outcomes = [
        one
        for fold in new_block(shuffled, 40, 2)
        for one in decode(shuffled, fold, 100.0, SMALL, ["raw", "zero-shot"])
    ]
    table = summarise(outcomes, rng)
    assert (table.low < 0.5).all()
    assert (table.high > 0.4).all()


def test_logistic_weights_are_those_of_features() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 200)) * 3 + 1
    y = (np.arange(60) % 3).astype(np.intp)
    x[np.arange(60), y] += 6
    fitted = fit_logistic(x, y, np.arange(60).astype(str))
    weight, offset = fitted.linear()
    scores = x @ weight.T + offset
    expected = np.exp(scores - scores.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    assert np.allclose(fitted.probability(x), expected)
    assert (expected.argmax(1) == y).all()
