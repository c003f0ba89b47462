from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import torch

from neuro.analyses.meggpt.rates import at_rate, explained, measure
from neuro.analyses.meggpt.sessions import Signals, standardize
from neuro.analyses.meggpt.tokenizers import KINDS, Learned, MuLaw, Quantile, Residual, load
from neuro.analyses.meggpt.tokenizers.base import Tokenizer
from neuro.analyses.meggpt.tokenizers.learning import Recipe
from neuro.analyses.meggpt.tokenizers.network import Network, collapse, overlap
from neuro.analyses.meggpt.tokenizers.recurrence import Recurrence

SFREQ = 250.0


def rhythm(seed: int, n_channels: int = 4, n_times: int = 3000) -> Signals:
    """A 10 Hz rhythm on a slow background, below 45 Hz."""
    white = np.random.default_rng(seed).standard_normal((n_channels, n_times))
    slow = scipy.signal.lfilter([1], [1, -0.95], white)
    pole = 0.97 * np.exp(2j * np.pi * 10 / SFREQ)
    fast = scipy.signal.lfilter([1], np.poly([pole, pole.conj()]).real, white[::-1])
    low = scipy.signal.butter(5, 45, fs=SFREQ, output="sos")
    return standardize(scipy.signal.sosfilt(low, slow + 0.5 * fast))


@pytest.fixture(scope="module")
def fitted() -> dict[str, Tokenizer]:
    train, rng = [rhythm(0), rhythm(1)], np.random.default_rng(0)
    recipe = Recipe(rate=3e-3, n_stages=4, n_steps=8, n_rows=8, window=100, n_restarts=2)
    made = {
        "mu-law": MuLaw(SFREQ, 16),
        "quantile": Quantile(SFREQ, 16),
        "residual": Residual(SFREQ, step=0.3),
        "learned": Learned(SFREQ, n_tokens=24, n_units=16, recipe=recipe),
    }
    return {name: each.fit(train, rng) for name, each in made.items()}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_one_interface(kind: str, fitted: dict[str, Tokenizer], tmp_path: Path) -> None:
    """Tokens of the vocabulary, shape kept; a file gives the same tokenizer again."""
    tokenizer, data = fitted[kind], rhythm(2)
    tokens = tokenizer.encode(data, SFREQ)
    assert tokens.shape == data.shape
    assert tokens.max() < tokenizer.n_tokens == len(tokenizer.values)
    assert tokenizer.frequencies.sum() == pytest.approx(1)
    assert explained(data, tokenizer.decode(tokens)) > 30
    path = tmp_path / "tokenizer.safetensors"
    tokenizer.save(path)
    again = load(path)
    assert type(again) is type(tokenizer)
    assert np.array_equal(again.encode(data), tokens)
    assert np.array_equal(again.decode(tokens), tokenizer.decode(tokens))
    assert np.array_equal(again.counts, tokenizer.counts)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"tokenizer\.safetensors.*cut short"):
        load(path)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bad_input(kind: str, fitted: dict[str, Tokenizer]) -> None:
    tokenizer, data = fitted[kind], rhythm(2)
    with pytest.raises(ValueError, match=r"fitted at 250 Hz. Got signals at 200 Hz"):
        tokenizer.encode(data, 200.0)
    with pytest.raises(ValueError, match="they come from another tokenizer"):
        tokenizer.decode(np.full((1, 5), tokenizer.n_tokens))
    data[1, 7] = np.nan
    with pytest.raises(ValueError, match=r"channel 1 has values that are not finite.*sample 7"):
        tokenizer.encode(data)


def test_constant_channel_is_named() -> None:
    data = np.random.default_rng(0).standard_normal((3, 50))
    data[2] = 1e3 / 3
    with pytest.raises(ValueError, match="rest: channel c is constant"):
        standardize(data, ["a", "b", "c"], "rest")


def test_unfitted_says_so() -> None:
    with pytest.raises(RuntimeError, match="call fit first"):
        MuLaw(SFREQ, 16).encode(rhythm(0))


@pytest.mark.parametrize("n_tokens", [54, 256])
def test_mu_law_is_as_defined(n_tokens: int) -> None:
    data = rhythm(0)
    tokenizer = MuLaw(SFREQ, n_tokens).fit([data], np.random.default_rng(0))
    peak, mu = min(np.abs(data).max(), 4.0), n_tokens - 1
    x = np.clip(data / peak, -1, 1)
    squeezed = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
    expected = np.digitize(squeezed, np.linspace(-1, 1, n_tokens - 1))
    assert (tokenizer.encode(data) == expected).mean() > 0.9999
    assert explained(data, tokenizer.decode(tokenizer.encode(data))) > 99.5


def test_quantiles_are_equally_full() -> None:
    data = rhythm(0)
    tokenizer = Quantile(SFREQ, 20).fit([data], np.random.default_rng(0))
    assert np.allclose(tokenizer.frequencies, 1 / 20, atol=1e-3)


def test_residual_explains_more_at_equal_rate() -> None:
    """At every rate that both reach, charged by the best code of either."""
    train, test, rng = [rhythm(i) for i in range(3)], [rhythm(9)], np.random.default_rng(0)
    level = [measure(MuLaw(SFREQ, n).fit(train, rng), train, test) for n in (12, 16, 32)]
    steps = (1.5, 0.7, 0.3, 0.15, 0.06)
    residual = [measure(Residual(SFREQ, s).fit(train, rng), train, test) for s in steps]
    top = max(each.best for each in level)
    rates = np.linspace(min(each.best for each in level) + 0.01, top - 0.01, 5)
    ours, theirs = ([at_rate(curve, each) for each in rates] for curve in (residual, level))
    assert np.all(np.subtract(ours, theirs) > 0)


def test_residual_survives_a_jump(fitted: dict[str, Tokenizer]) -> None:
    """A step of fifteen deviations is followed, and forgotten."""
    data = rhythm(3)
    jumped = data.copy()
    jumped[:, 1000:1003] += 15
    tokenizer = fitted["residual"]
    error = np.abs(tokenizer.decode(tokenizer.encode(jumped)) - jumped)
    assert error[:, 1100:].max() < 1
    assert explained(data[:, 1100:], tokenizer.decode(tokenizer.encode(jumped))[:, 1100:]) > 98


def test_residual_causal_decoder_sees_no_later_token() -> None:
    data = rhythm(0)
    tokenizer = Residual(SFREQ, causal=True).fit([data], np.random.default_rng(0))
    tokens = tokenizer.encode(data)
    changed = tokens.copy()
    changed[:, 2000:] = 0
    before = np.abs(tokenizer.decode(tokens) - tokenizer.decode(changed))[:, :2000]
    assert before.max() < 1e-5


@pytest.mark.parametrize("padding", ["same", "causal"])
def test_collapsed_decoder_equals_the_full_one(padding: str) -> None:
    """One filter per token does what the convolution with summed outputs does."""
    torch.manual_seed(0)
    n, width, length = 12, 10, 50
    full = torch.nn.Conv1d(n, n, width, padding="same" if padding == "same" else 0)
    tokens = torch.randint(n, (3, length))
    hot = torch.nn.functional.one_hot(tokens, n).float().transpose(1, 2)
    padded = hot if padding == "same" else torch.nn.functional.pad(hot, (width - 1, 0))
    expected = full(padded).sum(1)
    network = Network(n, 4, width, padding)  # type: ignore[arg-type]
    filters, offset = collapse(full.weight, full.bias)
    found = overlap(filters[tokens.T], network.ahead).T + offset
    assert torch.allclose(found, expected, atol=1e-6)
    tokenizer = Learned(SFREQ, n, 4, width, padding)  # type: ignore[arg-type]
    tokenizer.filters, tokenizer.offset = filters.detach().numpy(), float(offset.detach())
    assert np.allclose(tokenizer.decode(tokens.numpy()), expected.detach().numpy(), atol=1e-6)


def test_collapsed_decoder_learns_as_the_full_one() -> None:
    """Adam at K times the rate moves one filter as it moves the sum of K."""
    torch.manual_seed(0)
    n, width = 8, 6
    full = torch.nn.Conv1d(n, n, width, padding="same")
    filters, offset = (each.detach().clone() for each in collapse(full.weight, full.bias))
    ours = [torch.nn.Parameter(filters), torch.nn.Parameter(offset)]
    ahead = Network(n, 4, width, "same").ahead
    theirs = torch.optim.Adam(full.parameters(), 1e-3, eps=1e-7)
    adam = torch.optim.Adam(ours, 1e-3 * n, eps=1e-7)
    for _ in range(20):
        weights, x = torch.rand(2, n, 40).softmax(1), torch.randn(2, 40)
        for optimizer in (theirs, adam):
            optimizer.zero_grad()
        (full(weights).sum(1) - x).square().mean().backward()
        pieces = weights.permute(2, 0, 1) @ ours[0]
        (overlap(pieces, ahead).T + ours[1] - x).square().mean().backward()
        for optimizer in (theirs, adam):
            optimizer.step()
    assert torch.allclose(ours[0], collapse(full.weight, full.bias)[0], atol=1e-5)


def test_recurrence_is_torchs() -> None:
    torch.manual_seed(0)
    theirs, ours = torch.nn.GRU(1, 24, batch_first=True), Recurrence(24)
    ours.load_state_dict({k.removesuffix("_l0"): v for k, v in theirs.state_dict().items()})
    x, weight = 3 * torch.randn(5, 30), torch.randn(5, 30, 24)
    expected, found = theirs(x[..., None])[0], ours(x).transpose(0, 1)
    assert torch.allclose(found, expected, atol=1e-6)
    (expected * weight).sum().backward()
    (found * weight).sum().backward()
    for name, parameter in ours.named_parameters():
        grad = theirs.get_parameter(f"{name}_l0").grad
        assert torch.allclose(parameter.grad, grad, atol=1e-4, rtol=1e-4), name


def test_streaming_is_one_shot(fitted: dict[str, Tokenizer]) -> None:
    """Where a recording is cut changes no token."""
    tokenizer, data = fitted["learned"], rhythm(5)
    assert isinstance(tokenizer, Learned)
    pieces, state = [], None
    for piece in np.split(data, [1, 700, 701, 1900], axis=1):
        tokens, state = tokenizer.stream(piece, state)
        pieces.append(tokens)
    assert np.array_equal(np.concatenate(pieces, axis=1), tokenizer.encode(data))


def test_vocabulary_is_sorted_and_without_gaps(fitted: dict[str, Tokenizer]) -> None:
    tokenizer = fitted["learned"]
    assert isinstance(tokenizer, Learned)
    counts = tokenizer.counts
    assert counts[0] == 0
    assert counts[1:].min() > 0
    assert np.all(np.diff(counts[1:]) <= 0)
    assert sorted(set(tokenizer.labels)) == list(
        range(0 if 0 in tokenizer.labels else 1, len(counts))
    )


def test_best_of_all_stages_and_runs_is_kept(fitted: dict[str, Tokenizer]) -> None:
    """By held-out variance explained through hard tokens."""
    from neuro.analyses.meggpt.tokenizers.learning import _split, hard_pve

    tokenizer = fitted["learned"]
    assert isinstance(tokenizer, Learned)
    _, judge = _split([rhythm(0), rhythm(1)], tokenizer.recipe)
    best = max(max(course.pve) for course in tokenizer.courses)
    assert len(tokenizer.courses) == 2
    assert hard_pve(tokenizer.network, judge) == pytest.approx(best)


def test_least_squares_filters_explain_more() -> None:
    recipe = Recipe(rate=3e-3, n_stages=3, n_steps=5, n_rows=8, window=100, n_restarts=1)
    tokenizer = Learned(SFREQ, 16, 12, least_squares=False, recipe=recipe)
    data = rhythm(0)
    tokenizer.fit([data], np.random.default_rng(0))
    before = explained(data, tokenizer.decode(tokenizer.encode(data)))
    tokenizer.least_squares = True
    tokenizer.refactor([data])
    assert explained(data, tokenizer.decode(tokenizer.encode(data))) > before


def test_hard_tokens_have_no_gradient() -> None:
    network = Network(8, 6)
    network.start(torch.Generator().manual_seed(0))
    network(torch.randn(2, 30), 0.0).square().sum().backward()
    assert network.encoder.weight_hh.grad is None
    assert network.filters.grad is not None


def test_released_weights_give_what_they_gave(tmp_path: Path) -> None:
    """Names as released; tokens and signals as their layers compute them."""
    torch.manual_seed(0)
    n, units, width = 12, 8, 10
    gru, dense = torch.nn.GRU(1, units, batch_first=True), torch.nn.Linear(units, n)
    norm, conv = torch.nn.LayerNorm(n), torch.nn.Conv1d(n, n, width)
    layers = {
        "encoder_layer.rnn_layers.0.": gru,
        "token_weights_layer.dense_layer.": dense,
        "token_weights_layer.norm_layer.": norm,
        "decoder_layer.token_basis_layer.": conv,
    }
    state = {f"{at}{k}": v for at, layer in layers.items() for k, v in layer.state_dict().items()}
    torch.save(state, tmp_path / "model_state.pt")
    tokenizer = Learned(SFREQ, n, units, width, "causal", least_squares=False)
    tokenizer.load_published(tmp_path / "model_state.pt")
    data = rhythm(0)
    tokenizer.refactor([data])
    with torch.no_grad():
        scores = norm(dense(gru(torch.from_numpy(data)[..., None])[0]))
        hot = torch.nn.functional.one_hot(scores.argmax(-1), n).float().transpose(1, 2)
        expected = conv(torch.nn.functional.pad(hot, (width - 1, 0))).sum(1)
    assert np.allclose(tokenizer.decode(tokenizer.encode(data)), expected, atol=1e-5)
    with pytest.raises(ValueError, match="sizes differ"):
        Learned(SFREQ, n, units + 1, width).load_published(tmp_path / "model_state.pt")
    torch.save({"other": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match=r"other\.pt: expected a released tokenizer"):
        tokenizer.load_published(tmp_path / "other.pt")
