import numpy as np
import pytest
import scipy.signal

from neuro.analyses.meggpt.autoregression import Autoregression
from neuro.analyses.meggpt.ngrams import NGram


def chain(seed: int, n: int) -> np.ndarray:
    """Tokens of a second-order chain over 4 tokens, shape (2, n), and nothing else."""
    rng = np.random.default_rng(seed)
    law = np.random.default_rng(99).dirichlet(np.full(4, 0.3), size=(4, 4))
    steps, draws = law.cumsum(-1), rng.random((2, n))
    out = np.zeros((2, n), dtype=np.uint16)
    for t in range(2, n):
        for c in range(2):
            out[c, t] = min(int((draws[c, t] > steps[out[c, t - 2], out[c, t - 1]]).sum()), 3)
    return out


def test_trigram_finds_a_second_order_chain() -> None:
    train, test = chain(0, 4000), chain(1, 2000)
    scores = [NGram(order, 4).fit([train]).score([test]) for order in (1, 2, 3)]
    law = np.random.default_rng(99).dirichlet(np.full(4, 0.3), size=(4, 4))
    truth = -np.log(law[test[:, :-2], test[:, 1:-1], test[:, 2:]]).mean()
    assert scores[0].nats > scores[1].nats > scores[2].nats
    assert scores[2].nats == pytest.approx(truth, abs=0.02)
    assert scores[2].bits == pytest.approx(scores[2].nats / np.log(2))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_probabilities_sum_to_one_everywhere(order: int) -> None:
    """Also in contexts that never occurred, and for tokens that never did."""
    model = NGram(order, 6).fit([chain(0, 50)])
    for table in model.tables:
        assert np.allclose(table.sum(axis=-1), 1, atol=1e-5)
        assert table.min() > 0
    context = [5, 5][: order - 1]
    assert model.probabilities(context).sum() == pytest.approx(1, abs=1e-5)


def test_top_tokens() -> None:
    tokens = np.tile(np.array([0, 1, 2], dtype=np.uint16), (1, 40))
    found = NGram(2, 8).fit([tokens]).score([tokens])
    assert found.top1 == found.top5 == 1
    assert NGram(1, 8).fit([tokens]).score([tokens]).top1 == pytest.approx(1 / 3, abs=0.02)


def test_autoregression_finds_its_own_law() -> None:
    rng = np.random.default_rng(0)
    data = scipy.signal.lfilter([1], [1, -1.6, 0.8], rng.standard_normal((2, 20_000)))
    model = Autoregression(2).fit([data])
    assert np.allclose(model.weights, [1.6, -0.8], atol=0.02)
    assert np.allclose(model.deviation, 1, atol=0.05)
    again = Autoregression(2).fit([model.generate(20_000, rng)])
    assert np.allclose(again.weights, model.weights, atol=0.03)
    edges = np.linspace(-8, 8, 41)
    values = (edges[1:] + edges[:-1]) / 2
    tokens = np.clip(np.digitize(data, edges) - 1, 0, 39).astype(np.uint16)
    found = Autoregression(2).fit([values[tokens]]).score([tokens], values)
    entropy = 0.5 * np.log(2 * np.pi * np.e) - np.log(0.4)  # of the innovation, in such cells
    assert found.nats == pytest.approx(entropy, abs=0.05)
    assert found.nats < NGram(1, 40).fit([tokens]).score([tokens]).nats - 0.5
