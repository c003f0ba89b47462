"""What a model makes of trials: its hidden states, learned from nothing that is tested."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.meggpt.corpus import Batch, Session
from neuro.analyses.meggpt.folds import Fold, Ints, Recording
from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.sessions import Signals, checked
from neuro.analyses.meggpt.start import start
from neuro.analyses.meggpt.tokenizers.residual import Residual
from neuro.analyses.meggpt.training import Schedule, Trainer

BATCH = 32
"""Trials that go through a model at once."""
SHORTEST = 100
"""Samples below which a stretch is not learned from."""


@dataclass(frozen=True)
class Settings:
    """Sizes of the model that trials are looked at with, and how it is trained.

    Parameters
    ----------
    length : int
        Samples of a trial's window.
    step : float
        Width of a token's level, in standard deviations.
    width, n_layers, n_heads, hidden, window, lags : int
        As :class:`neuro.analyses.meggpt.model.Shape` has them.
    n_steps, n_windows : int
        Steps of training on the next token, and windows in each.
    rate : float
        Highest learning rate.
    tuning_steps : int
        Steps on training trials, for what is tuned to them.
    tuning_rate : float
        Highest learning rate of these.
    """

    length: int = 80
    step: float = 0.3
    width: int = 32
    n_layers: int = 2
    n_heads: int = 2
    hidden: int = 64
    window: int = 64
    lags: int = 16
    n_steps: int = 150
    n_windows: int = 2
    rate: float = 5e-3
    tuning_steps: int = 60
    tuning_rate: float = 5e-4


@dataclass(frozen=True)
class Seen:
    """Recordings as a fold lets a model see them.

    Parameters
    ----------
    data : list of ndarray, shape (n_channels, n_times)
        Standardized signals of each recording.
    sessions : list of Session
        Their tokens, without statistics.
    tokenizer : Residual
        Fitted to what may be learned from.
    learned : list of Session
        Tokens of what may be learned from.
    """

    data: list[Signals]
    sessions: list[Session]
    tokenizer: Residual
    learned: list[Session]


def see(
    recordings: Sequence[Recording], fold: Fold, sfreq: float, settings: Settings, seed: int = 0
) -> Seen:
    """Standardize and tokenize recordings.

    Means and deviations are those of what may be learned from; a recording of which nothing may
    be has its own, for which no label is needed.

    Parameters
    ----------
    recordings : sequence of Recording
        All, with the same channels.
    fold : Fold
        What may be learned from.
    sfreq : float
        Their sampling rate, in hertz.
    settings : Settings
        The tokens' step.
    seed : int
        Of what is drawn.

    Returns
    -------
    seen : Seen
        Tokens of all, from a tokenizer that has seen the fold's stretches only.
    """
    data = [_standardized(r, one, fold) for r, one in enumerate(recordings)]
    pieces = [data[r][:, a:b] for r, a, b in fold.stretches if b - a >= SHORTEST]
    tokenizer = Residual(sfreq, settings.step).fit(pieces, np.random.default_rng(seed))
    sessions = [_session(tokenizer, each) for each in data]
    learned = []
    for r, a, b in fold.stretches:
        # On its own: tokens follow from those before, which may be of what is tested.
        own = _session(tokenizer, data[r][:, a:b])
        sessions[r].tokens[:, a:b], sessions[r].trace[:, a:b] = own.tokens, own.trace
        if b - a >= SHORTEST:
            learned.append(own)
    return Seen(data, sessions, tokenizer, learned)


def begin(seen: Seen, settings: Settings, seed: int = 0) -> Model:
    """A model that has not been trained, but for its linear part."""
    n_channels = len(seen.data[0])
    sizes = (settings.width, settings.n_layers, settings.n_heads, settings.hidden)
    shape = Shape(seen.tokenizer.n_tokens, n_channels, *sizes, settings.window, settings.lags)
    return start(shape, seen.tokenizer, seen.learned, seed)


def pretrain(model: Model, seen: Seen, settings: Settings, seed: int = 0) -> Model:
    """Train in place on the next tokens of all that may be learned from."""
    length = min(settings.window, SHORTEST - 2)
    schedule = Schedule(settings.n_steps, settings.n_windows, length, rate=settings.rate, seed=seed)
    for _ in Trainer(model, seen.learned, schedule).run():
        pass
    return model.eval()


def tune(
    model: Model, seen: Seen, recordings: Sequence[Recording], trials: Ints, settings: Settings,
    seed: int = 0,
) -> Model:  # fmt: skip
    """Train in place on the next tokens of training trials alone."""
    n = settings.length
    pieces = []
    for r, i in trials:
        at, one = int(recordings[r].onsets[i]), seen.sessions[r]
        part = slice(at, at + n)
        pieces.append(Session(one.tokens[:, part], one.trace[:, part], one.statistics, 2))
    schedule = Schedule(
        settings.tuning_steps, 4, min(settings.window, n - 1), rate=settings.tuning_rate, seed=seed
    )
    for _ in Trainer(model, pieces, schedule).run():
        pass
    return model.eval()


def windows(
    seen: Seen, recordings: Sequence[Recording], trials: Ints, settings: Settings
) -> NDArray[np.float32]:
    """Signals of trials, shape (n_trials, n_channels, length)."""
    n = settings.length
    return np.stack(
        [seen.data[r][:, (a := int(recordings[r].onsets[i])) : a + n] for r, i in trials]
    )


def batch(
    seen: Seen, recordings: Sequence[Recording], trials: Ints, settings: Settings, lags: int
) -> Batch:
    """Tokens of trials, and the decoded past of each."""
    tokens, past = [], []
    for r, i in trials:
        one, at = seen.sessions[r], int(recordings[r].onsets[i])
        stop, first = at + settings.length, at - lags + 1
        tokens.append(one.tokens[:, at:stop].astype(np.int64))
        past.append(np.pad(one.trace[:, max(first, 0) : stop], ((0, 0), (max(-first, 0), 0))))
    empty = np.zeros((len(tokens), len(tokens[0]), 0), dtype=np.float32)
    return Batch(*(torch.from_numpy(each) for each in (np.stack(tokens), np.stack(past), empty)))


def states(model: Model, given: Batch, n_parts: int) -> Tensor:
    """Hidden states, averaged over parts of the window.

    Parameters
    ----------
    model : Model
        Any.
    given : Batch
        Trials.
    n_parts : int
        Parts of a window; 1 is the published average over all of it.

    Returns
    -------
    states : Tensor, shape (n_trials, n_channels * width * n_parts)
        Features.
    """
    x = model.embed(given.tokens, given.past.unfold(-1, model.shape.lags, 1))
    hidden = model.hidden(x)
    parts = [each.mean(dim=2) for each in hidden.tensor_split(n_parts, dim=2)]
    return torch.stack(parts, dim=-1).flatten(1)


def features(
    model: Model,
    seen: Seen,
    recordings: Sequence[Recording],
    trials: Ints,
    settings: Settings,
    n_parts: int = 1,
) -> NDArray[np.float32]:
    """Hidden states of trials, shape (n_trials, n_channels * width * n_parts)."""
    model.eval()
    rows = []
    with torch.inference_mode():
        for first in range(0, len(trials), BATCH):
            some = trials[first : first + BATCH]
            given = batch(seen, recordings, some, settings, model.shape.lags)
            rows.append(states(model, given, n_parts).numpy())
    return np.concatenate(rows)


def _standardized(index: int, one: Recording, fold: Fold) -> Signals:
    checked(one.data, where=f"recording {index}")
    known = [one.data[:, a:b] for r, a, b in fold.stretches if r == index]
    values = np.concatenate(known, axis=1) if known else one.data
    scale = values.std(axis=1, keepdims=True, dtype=np.float64)
    if not scale.all():
        raise ValueError(
            f"recording {index}: channel {int(scale[:, 0].argmin())} is constant where it may be "
            "learned from; leave it out"
        )
    center = values.mean(axis=1, keepdims=True, dtype=np.float64)
    signals: Signals = ((one.data - center) / scale).astype(np.float32)
    return signals


def _session(tokenizer: Residual, data: Signals) -> Session:
    tokens = tokenizer.encode(data)
    return Session(tokens, tokenizer.trace(tokens), np.zeros((len(data), 0), np.float32), 2)
