from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuro.analyses.meggpt.cells import fit_scale
from neuro.analyses.meggpt.copula import fit_copula
from neuro.analyses.meggpt.corpus import Session, cut, prepare
from neuro.analyses.meggpt.generation import Generator, Start
from neuro.analyses.meggpt.linear import solve
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.ngrams import NGram
from neuro.analyses.meggpt.recorded import write_stream
from neuro.analyses.meggpt.sampling import Sampling
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.sessions import standardize
from neuro.analyses.meggpt.start import load_model, start
from neuro.analyses.meggpt.tokenizers import MuLaw, Residual
from neuro.analyses.meggpt.training import Schedule, Trainer
from neuro.datasets.rhythms import Recipe, draw_truth, simulate
from neuro.io import hdf5

RECIPE = Recipe(n_channels=6, seconds=12.0)
SMALL = {"width": 16, "n_heads": 2, "hidden": 24, "window": 20, "lags": 8}


@pytest.fixture(scope="module")
def corpus() -> tuple[Residual, list[Session]]:
    truth = draw_truth(RECIPE, np.random.default_rng(0))
    data = [
        standardize(simulate(truth, np.random.default_rng(1 + i)).data).astype(np.float32)
        for i in range(3)
    ]
    tokenizer = Residual(RECIPE.sfreq, 0.4).fit(data[:2], np.random.default_rng(0))
    return tokenizer, [prepare(tokenizer, each) for each in data]


def fresh(corpus: tuple[Residual, list[Session]], **changes: object) -> Model:
    """A model with random weights everywhere."""
    tokenizer, sessions = corpus
    n_statistics = sessions[0].statistics.shape[1]
    shape = Shape(tokenizer.n_tokens, 6, n_statistics=n_statistics, **SMALL)  # type: ignore[arg-type]
    model = start(replace(shape, **changes), tokenizer, sessions[:2])  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
    return model.eval()


@pytest.mark.parametrize("across", [True, False])
def test_no_output_sees_a_later_sample(
    corpus: tuple[Residual, list[Session]], across: bool
) -> None:
    """Gradients of one output: none to later samples; to other channels only with attention."""
    model = fresh(corpus, across=across)
    batch = cut(corpus[1], [(0, 100)], 16, 8)
    x = model.embed(batch.tokens[..., :-1], batch.past.unfold(-1, 8, 1), batch.statistics)
    x, past = x.detach().requires_grad_(), batch.past.clone().requires_grad_()
    at, channel = 9, 2
    model.run(x, past)[0, channel, at].square().sum().backward()
    assert x.grad is not None
    assert past.grad is not None
    decoded = past.grad[0, :, 7:].abs()  # what the first token read decodes to comes eighth
    for reach, first in ((x.grad[0].abs().amax(-1), 0), (decoded, at - 7)):
        assert reach[:, at + 1 :].max() == 0
        assert reach[channel, first : at + 1].min() > 0
        others = reach[[c for c in range(6) if c != channel], first : at + 1]
        assert (others.min() > 0) if across else (others.max() == 0)


def test_decoded_past_is_of_the_past(corpus: tuple[Residual, list[Session]]) -> None:
    """A later token changes no earlier sample of what comes with tokens."""
    tokenizer, sessions = corpus
    tokens = sessions[0].tokens
    changed = tokens.copy()
    changed[:, 500:] = 0
    assert np.array_equal(tokenizer.trace(changed)[:, :500], tokenizer.trace(tokens)[:, :500])
    batch = cut(sessions, [(0, 100), (1, 3)], 16, 8)
    assert np.array_equal(batch.past[0, :, -1], sessions[0].trace[:, 115])
    assert batch.past.shape == (2, 6, 16 + 7)
    assert np.all(batch.past[1, :, :4].numpy() == 0)


@pytest.mark.parametrize(("across", "key_heads"), [(True, 1), (False, 2)])
def test_cache_gives_the_same_tokens(
    corpus: tuple[Residual, list[Session]], across: bool, key_heads: int
) -> None:
    """Also beyond the window, and with a prompt."""
    tokenizer, sessions = corpus
    model = fresh(corpus, across=across, key_heads=key_heads)
    prompt = np.stack([each.tokens[:, :5] for each in sessions[:2]])
    begin = Start(np.stack([each.statistics for each in sessions[:2]]), prompt)
    generator = Generator(model, tokenizer, Sampling(top_p=0.95))
    runs = [
        np.stack(list(generator.stream(begin, 45, np.random.default_rng(3), cached)), axis=-1)
        for cached in (True, False, True)
    ]
    assert runs[0].shape == (2, 6, 45)
    assert np.array_equal(runs[0], runs[1])
    assert np.array_equal(runs[0], runs[2])
    other = generator.run(begin, 45, np.random.default_rng(4))
    assert not np.array_equal(runs[0], other)


def test_generation_reads_what_training_reads(corpus: tuple[Residual, list[Session]]) -> None:
    """Scores of a prompt, token by token, are those of the window at once."""
    tokenizer, sessions = corpus
    model, generator = fresh(corpus), None
    generator = Generator(model, tokenizer)
    from neuro.analyses.meggpt.generation import _Past

    past = _Past(generator, (1, 6))
    batch = cut(sessions, [(0, 0)], 15, 8)
    lags = np.stack([past.push(t) for t in batch.tokens[..., :-1].numpy().transpose(2, 0, 1)], 2)
    assert np.allclose(lags, batch.past.unfold(-1, 8, 1).numpy(), atol=1e-5)


def test_learns_beyond_trigrams(corpus: tuple[Residual, list[Session]]) -> None:
    tokenizer, sessions = corpus
    shape = Shape(
        tokenizer.n_tokens, 6, 32, 1, 2, 32, 32, n_statistics=sessions[0].statistics.shape[1]
    )
    model = start(shape, tokenizer, sessions[:2])
    before = score(model, sessions[2:])
    list(Trainer(model, sessions[:2], Schedule(20, 3, 32)).run())
    after = score(model, sessions[2:])
    train = [each.tokens for each in sessions[:2]]
    trigram = NGram(3, tokenizer.n_tokens).fit(train)
    test = [sessions[2].tokens[:, sessions[2].begin :]]
    assert before.nats < trigram.score(test).nats
    assert after.nats < before.nats


def test_resumed_training_is_the_same_bit_by_bit(
    corpus: tuple[Residual, list[Session]], tmp_path: Path
) -> None:
    sessions, schedule = corpus[1], Schedule(9, 2, 16, accumulate=2)
    whole = Trainer(fresh(corpus, dropout=0.2), sessions, schedule)
    expected = list(whole.run())
    first = Trainer(fresh(corpus, dropout=0.2), sessions, schedule)
    losses = list(first.run(until=int(np.random.default_rng().integers(1, 9))))
    path = tmp_path / "checkpoint.safetensors"
    first.save(path)
    for ours, saved in zip(
        first.model.state_dict().values(), load_model(path).state_dict().values(), strict=True
    ):
        assert torch.equal(ours, saved)
    torch.manual_seed(99)
    second = Trainer(fresh(corpus, dropout=0.2), sessions, schedule)
    second.resume(path)
    losses += list(second.run())
    assert losses == expected
    for ours, theirs in zip(second.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_checkpoints_that_do_not_fit(
    corpus: tuple[Residual, list[Session]], tmp_path: Path
) -> None:
    sessions, path = corpus[1], tmp_path / "checkpoint.safetensors"
    Trainer(fresh(corpus), sessions, Schedule(2, 1, 16)).save(path)
    with pytest.raises(ValueError, match=r"schedule\.rate is 0\.005 in the checkpoint and 0\.1"):
        Trainer(fresh(corpus), sessions, Schedule(2, 1, 16, rate=0.1)).resume(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors.*cut short"):
        Trainer(fresh(corpus), sessions, Schedule(2, 1, 16)).resume(path)


def test_vocabularies_and_channels_must_agree(corpus: tuple[Residual, list[Session]]) -> None:
    _, sessions = corpus
    other = MuLaw(RECIPE.sfreq, 500).fit([sessions[0].trace], np.random.default_rng(0))
    with pytest.raises(ValueError, match="mu-law tokenizer with 500"):
        Generator(fresh(corpus), other)
    with pytest.raises(ValueError, match="use the tokenizer that the model was made for"):
        Trainer(fresh(corpus), [prepare(other, sessions[0].trace)], Schedule(1, 1, 16))
    with pytest.raises(ValueError, match=r"for 6 channels\. Got 5"):
        Trainer(fresh(corpus), [replace(sessions[0], tokens=sessions[0].tokens[:5])], Schedule())


def test_rates_of_the_schedule() -> None:
    schedule = Schedule(n_steps=100, rate=1.0, warmup=0.1, floor=0.1)
    rates = [schedule.rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(1)
    assert rates[-1] == pytest.approx(0.1, abs=0.01)
    assert np.all(np.diff(rates[10:]) < 0)


@pytest.mark.parametrize(
    ("sampling", "kept"),
    [
        (Sampling(), {0, 1, 2, 3}),
        (Sampling(top_k=2), {0, 1}),
        (Sampling(top_p=0.75), {0, 1}),
        (Sampling(top_p=0.3), {0}),
        (Sampling(typical=0.2), {1}),
        (Sampling(temperature=0.01), {0}),
    ],
)
def test_sampling_rules_tokens_out(sampling: Sampling, kept: set[int]) -> None:
    scores = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    p = sampling.probabilities(scores)
    assert set(torch.nonzero(p > 1e-12).flatten().tolist()) == kept
    uniforms = torch.linspace(0, 1, 2001)
    drawn = sampling.draw(scores.expand(2001, 4), uniforms, torch.tensor([2, 0, 3, 1]))
    shares = torch.bincount(drawn, minlength=4) / 2001
    assert torch.allclose(shares.double(), p, atol=2e-3)


def test_copula_recovers_the_correlation_of_coarse_tokens() -> None:
    """Three in four tokens are the same one, which hides most of it."""
    rng = np.random.default_rng(0)
    truth = np.array([[1, 0.7, -0.4], [0.7, 1, 0.0], [-0.4, 0.0, 1]])
    z = rng.multivariate_normal(np.zeros(3), truth, size=20_000)
    p = np.broadcast_to([0.1, 0.75, 0.15], (20_000, 3, 3))
    tokens = (z > -1.2816).astype(int) + (z > 1.0364)
    assert np.allclose(fit_copula(p, tokens, rng), truth, atol=0.06)


def test_streamed_tokens_are_those_drawn(
    corpus: tuple[Residual, list[Session]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces to a file, byte for byte the same twice; nothing is left of a stream that ends."""
    monkeypatch.setattr("neuro.analyses.meggpt.recorded.CHUNK", 7)
    tokenizer, sessions = corpus
    generator = Generator(fresh(corpus), tokenizer)
    begin = Start(sessions[0].statistics[None])
    paths = [tmp_path / f"{name}.h5" for name in ("one", "two", "three")]
    for path in paths[:2]:
        write_stream(path, generator.stream(begin, 20, np.random.default_rng(0)), 20, {"seed": 0})
    expected = generator.run(begin, 20, np.random.default_rng(0))
    assert np.array_equal(hdf5.read(paths[0])["tokens"].values, expected)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with pytest.raises(ValueError, match=r"three\.h5: the stream ended after 5 of 20"):
        write_stream(paths[2], generator.stream(begin, 5, np.random.default_rng(0)), 20, {})
    assert not paths[2].exists()


def test_linear_part_is_the_law_of_a_linear_process() -> None:
    """Filters across channels as drawn; nothing is left that the past could tell."""
    rng = np.random.default_rng(0)
    law = np.array([[0.6, 0.3], [0.0, 0.5]])
    data = np.zeros((2, 10_000))
    noise = 0.5 * rng.standard_normal(data.shape)
    for t in range(1, data.shape[1]):
        data[:, t] = law @ data[:, t - 1] + noise[:, t]
    tokenizer = MuLaw(100.0, 200).fit([data.astype(np.float32)], rng)
    session = prepare(tokenizer, data.astype(np.float32))
    solved = solve([session], tokenizer.values, 3, across=True)
    assert np.allclose(solved.filters[:, :, -1], law, atol=0.03)
    assert np.allclose(solved.filters[:, :, :-1], 0, atol=0.03)
    assert np.allclose(solved.variance, 0.25, atol=0.02)
    alone = solve([session], tokenizer.values, 3, across=False)
    assert alone.variance[0] > 1.1 * solved.variance[0]
    model = start(Shape(200, 2, 8, 1, 1, 8, 16, 3), tokenizer, [session])
    cells = np.gradient(tokenizer.values)[session.tokens]
    least = 0.5 * np.log(2 * np.pi * np.e * 0.25) - np.log(cells).mean()
    assert score(model, [session], warm=4).nats == pytest.approx(least, abs=0.02)


def test_where_tokens_are_not_amplitudes_frequencies_are_the_start(
    corpus: tuple[Residual, list[Session]],
) -> None:
    tokenizer, sessions = corpus
    shuffle = np.random.default_rng(0).permutation(tokenizer.n_tokens).astype(np.uint16)
    other = [replace(each, tokens=shuffle[each.tokens]) for each in sessions]
    odd = copy(tokenizer)
    odd.counts = np.bincount(other[0].tokens.ravel(), minlength=tokenizer.n_tokens)
    model = start(Shape(tokenizer.n_tokens, 6), odd, other[:1])
    told = score(model, other[:1])
    unigram = NGram(1, tokenizer.n_tokens).fit([other[0].tokens])
    assert told.nats == pytest.approx(
        unigram.score([other[0].tokens[:, other[0].begin :]]).nats, abs=0.02
    )


def test_gain_and_deviation_are_found_behind_wide_cells() -> None:
    rng = np.random.default_rng(0)
    mean = rng.standard_normal((2, 20000))
    amplitude = np.array([[1.3], [0.6]]) * mean
    amplitude += np.array([[0.5], [0.9]]) * rng.standard_normal(mean.shape)
    edges = np.array([-30.0, -2.0, -0.7, 0.7, 2.0, 30.0])
    cell = np.searchsorted(edges, amplitude) - 1
    gain, deviation = fit_scale(mean, edges[cell], edges[cell + 1], np.full(2, 0.3), 100)
    assert np.allclose(gain, [1.3, 0.6], atol=0.03)
    assert np.allclose(deviation, [0.5, 0.9], atol=0.03)
