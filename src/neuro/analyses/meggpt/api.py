"""Public names of the analysis: tokens of signals, and a model that continues them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.corpus import prepare
from neuro.analyses.meggpt.generation import Generator, Start, shared
from neuro.analyses.meggpt.likeness import Likeness, compare
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.ngrams import Foretold
from neuro.analyses.meggpt.scoring import score
from neuro.analyses.meggpt.sessions import Signals, standardize
from neuro.analyses.meggpt.start import start
from neuro.analyses.meggpt.tokenizers import Learned, MuLaw, Quantile, Residual, Tokenizer
from neuro.analyses.meggpt.trained import warm_of
from neuro.analyses.meggpt.training import Schedule, Trainer
from neuro.io.convert import is_of, raw_of, signals_of

__all__ = [
    "Foretold",
    "Likeness",
    "TokenModel",
    "Tokenizer",
    "compare",
    "fit_tokenizer",
    "train_model",
]


def fit_tokenizer(
    sessions: Any,
    sfreq: float | None = None,
    kind: str = "residual",
    *,
    rng: np.random.Generator,
    step: float = 0.5,
    n_tokens: int = 64,
) -> Tokenizer:
    """Fit what turns each sample of each channel into one token.

    Parameters
    ----------
    sessions : ndarray, mne.io.Raw, or sequence of them
        Signals, shape (n_channels, n_times); each channel is standardized.
    sfreq : float, optional
        Sampling rate of arrays, Hz; `Raw` has its own.
    kind : {'residual', 'quantile', 'mu-law', 'learned'}
        Levels of the error of a prediction, levels of amplitude, or short waveforms.
    rng : numpy.random.Generator
        Random numbers.
    step : float
        `residual`: width of a level, standard deviations.
    n_tokens : int
        Size of the vocabulary of the others.

    Returns
    -------
    tokenizer : Tokenizer
        With `encode` and `decode`.

    Raises
    ------
    ValueError
        If the kind is unknown, `sfreq` is lacking, or a channel is constant.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> signals = np.cumsum(rng.standard_normal((2, 2000)), axis=1)
    >>> tokenizer = neuro.meggpt.fit_tokenizer(signals, 100.0, "quantile", rng=rng, n_tokens=32)
    >>> z = (signals - signals.mean(1, keepdims=True)) / signals.std(1, keepdims=True)
    >>> decoded = tokenizer.decode(tokenizer.encode(z.astype("float32")))
    >>> bool(((decoded - z) ** 2).mean() < 0.01)  # 1 % of the variance is lost, or less
    True
    """
    signals, rate, _ = _signals(sessions, sfreq)
    kinds: dict[str, Tokenizer] = {
        "residual": Residual(rate, step),
        "quantile": Quantile(rate, n_tokens),
        "mu-law": MuLaw(rate, n_tokens),
    }
    if kind not in (*kinds, "learned"):
        raise ValueError(f"kind: allowed are {[*kinds, 'learned']}. Got {kind!r}")
    return (kinds[kind] if kind in kinds else Learned(rate, n_tokens)).fit(signals, rng)


@dataclass(frozen=True, eq=False)
class TokenModel:
    """A trained model with its tokenizer.

    Parameters
    ----------
    model : Model
        The network.
    tokenizer : Tokenizer
        Of its tokens.
    names : tuple of str
        Channels.
    correlation : ndarray, shape (n_channels, n_channels)
        What channels share at one sample beyond what the model foretells.
    losses : tuple of float
        Nats per token, of each step of training.
    """

    model: Model
    tokenizer: Tokenizer
    names: tuple[str, ...]
    correlation: NDArray[np.float64]
    losses: tuple[float, ...]

    def score(self, sessions: Any) -> Foretold:
        """How well the tokens of held-out sessions are foretold.

        Parameters
        ----------
        sessions : ndarray, mne.io.Raw, or sequence of them
            As for :func:`train_model`.

        Returns
        -------
        foretold : Foretold
            Nats per token, and shares of hits.
        """
        signals = _signals(sessions, self.tokenizer.sfreq)[0]
        prepared = [prepare(self.tokenizer, each) for each in signals]
        return score(self.model, prepared, warm_of(self.model))

    def generate(self, like: Any, seconds: float, *, rng: np.random.Generator) -> Any:
        """Draw a session like another one.

        Parameters
        ----------
        like : ndarray or mne.io.Raw
            Session whose statistics are imitated, shape (n_channels, n_times).
        seconds : float
            Length.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        signals : ndarray, shape (n_channels, n_samples), or mne.io.RawArray
            In standard deviations; a `Raw` where `like` is one.
        """
        signals, rate, _ = _signals(like, self.tokenizer.sfreq)
        statistics = prepare(self.tokenizer, signals[0]).statistics[np.newaxis]
        generator = Generator(self.model, self.tokenizer, correlation=self.correlation)
        n, warm = round(seconds * rate), self.model.shape.window
        drawn = self.tokenizer.decode(generator.run(Start(statistics), n, rng, skip=warm)[0])
        return raw_of(drawn, rate, self.names) if is_of(like, "mne", "BaseRaw") else drawn


def train_model(
    sessions: Any,
    tokenizer: Tokenizer,
    *,
    n_steps: int = 300,
    seed: int = 0,
    **sizes: Any,
) -> TokenModel:
    """Train a transformer over time and channels to foretell tokens.

    Parameters
    ----------
    sessions : ndarray, mne.io.Raw, or sequence of them
        Signals to learn from, shape (n_channels, n_times).
    tokenizer : Tokenizer
        Fitted.
    n_steps : int
        Steps of the optimizer.
    seed : int
        Of all that is drawn.
    **sizes : dict
        Of the network, e.g. `width`, `n_layers`, `n_heads`, `hidden`, `window`, `lags`.

    Returns
    -------
    model : TokenModel
        With `score` and `generate`.

    Raises
    ------
    ValueError
        If sessions are shorter than two windows, or differ in channels.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> time = np.arange(3000) / 100
    >>> wave = np.sin(2 * np.pi * 10 * time) + 0.3 * rng.standard_normal((2, 3000))
    >>> tokenizer = neuro.meggpt.fit_tokenizer(wave[:, :2000], 100.0, rng=rng)
    >>> model = neuro.meggpt.train_model(
    ...     wave[:, :2000], tokenizer, n_steps=3, width=16, n_layers=1, n_heads=2, hidden=16,
    ...     window=32, lags=16)
    >>> bool(model.score(wave[:, 2000:]).nats < np.log(tokenizer.n_tokens))  # less than chance
    True
    >>> model.generate(wave[:, 2000:], 0.5, rng=rng).shape
    (2, 50)
    """
    signals, _, names = _signals(sessions, tokenizer.sfreq)
    prepared = [prepare(tokenizer, each) for each in signals]
    n_channels, n_statistics = prepared[0].statistics.shape
    shape = Shape(tokenizer.n_tokens, n_channels, n_statistics=n_statistics, **sizes)
    shortest = min(each.shape[1] for each in signals)
    if shortest < 2 * (shape.window + shape.lags) or len({len(each) for each in signals}) > 1:
        raise ValueError(
            f"sessions: must have the same channels and {2 * (shape.window + shape.lags)} samples "
            f"or more, two windows with their lags. Got {[each.shape for each in signals]}"
        )
    schedule = replace(Schedule(), n_steps=n_steps, length=shape.window, seed=seed)
    trainer = Trainer(start(shape, tokenizer, prepared, seed), prepared, schedule)
    losses = tuple(trainer.run())
    model = trainer.model.eval()
    assert isinstance(model, Model)
    correlation = shared(model, tokenizer, prepared, np.random.default_rng(seed))
    return TokenModel(model, tokenizer, names, correlation, losses)


def _signals(
    sessions: Any, sfreq: float | None
) -> tuple[Sequence[Signals], float, tuple[str, ...]]:
    """Standardized signals, their rate, and the names of channels."""
    several = sessions if isinstance(sessions, list | tuple) else [sessions]
    found, rates, names = [], [], None
    for k, each in enumerate(several):
        data, rate = each, sfreq
        if is_of(each, "mne", "BaseRaw"):
            data, rate, names = signals_of(each)
        if rate is None:
            raise ValueError("sfreq: an array needs its sampling rate, Hz")
        found.append(standardize(np.asarray(data), names or (), f"session {k}"))
        rates.append(rate)
    if not np.allclose(rates, sfreq or rates[0]):
        raise ValueError(f"sessions: rates {rates} Hz differ; resample them alike")
    return found, float(rates[0]), names or tuple(str(i) for i in range(len(found[0])))
