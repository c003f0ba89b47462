"""Sessions that never were: tokens drawn one sample after another, and what they decode to."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuro.analyses.meggpt.copula import fit_copula
from neuro.analyses.meggpt.corpus import Session, cut
from neuro.analyses.meggpt.model import Model
from neuro.analyses.meggpt.sampling import Sampling
from neuro.analyses.meggpt.tokenizers.base import Tokenizer


@dataclass(frozen=True)
class Start:
    """Where generation begins.

    Parameters
    ----------
    statistics : ndarray of float32, shape (n_sessions, n_channels, n_statistics)
        Of the sessions to be imitated.
    prompt : ndarray of int | None, shape (n_sessions, n_channels, n_prompt)
        Tokens to go on from; one token each, drawn from the tokenizer's frequencies, if not given.
    """

    statistics: NDArray[np.float32]
    prompt: NDArray[np.integer] | None = None


class Generator:
    """Draws tokens from a model.

    Parameters
    ----------
    model : Model
        Trained.
    tokenizer : Tokenizer
        Whose tokens it was trained on.
    sampling : Sampling
        Which tokens may be drawn.
    correlation : ndarray | None, shape (n_channels, n_channels)
        What channels share at one sample, of :func:`shared`; nothing if not given.

    Raises
    ------
    ValueError
        If the vocabularies differ.
    """

    def __init__(
        self,
        model: Model,
        tokenizer: Tokenizer,
        sampling: Sampling | None = None,
        correlation: NDArray[np.float64] | None = None,
    ) -> None:
        if model.shape.n_tokens != tokenizer.n_tokens:
            raise ValueError(
                f"tokenizer: the model's vocabulary has {model.shape.n_tokens} tokens. Got a "
                f"{tokenizer.kind} tokenizer with {tokenizer.n_tokens}."
            )
        self.model, self.tokenizer = _for_few_rows(model), tokenizer
        self.sampling = sampling or Sampling()
        n = model.shape.n_channels
        self.mixing = np.linalg.cholesky(np.eye(n) if correlation is None else correlation)
        self.order = torch.from_numpy(np.argsort(tokenizer.values, kind="stable"))
        self.filters, self.weights = tokenizer.tracer()

    def stream(
        self, start: Start, n_times: int, rng: np.random.Generator, cached: bool = True
    ) -> Iterator[NDArray[np.uint16]]:
        """Draw tokens, sample by sample.

        Parameters
        ----------
        start : Start
            Where to begin.
        n_times : int
            Samples to draw.
        rng : Generator
            Randomness: the same gives the same tokens.
        cached : bool
            Whether keys and values of earlier samples are remembered; without, the whole past
            is computed anew for each sample, to the same tokens.

        Yields
        ------
        tokens : ndarray, shape (n_sessions, n_channels)
            Of one more sample.
        """
        prompt = self._prompt(start, rng)
        statistics = torch.from_numpy(start.statistics)
        memories = self.model.memory(len(prompt)) if cached else None
        past, history = _Past(self, prompt.shape[:2]), []
        given = prompt.shape[-1]
        tokens = prompt[..., 0]
        for position in range(given + n_times - 1):
            if position < given:
                tokens = prompt[..., position]
            with torch.inference_mode():
                lags = torch.from_numpy(past.push(tokens))
                x = self._embed(tokens, lags, statistics)
                if memories is not None:
                    scores = self.model.step(x, lags, position, memories)
                else:
                    history.append(x)
                    states = self.model.hidden(torch.cat(history, dim=2))[:, :, -1:]
                    scores = self.model.scores(states, lags)[:, :, 0]
                if position < given - 1:
                    continue
                tokens = self._draw(scores, rng)
            yield tokens.astype(np.uint16)

    def run(
        self, start: Start, n_times: int, rng: np.random.Generator, skip: int = 0
    ) -> NDArray[np.uint16]:
        """Draw tokens, without the first `skip`, shape (n_sessions, n_channels, n_times)."""
        drawn = list(self.stream(start, n_times + skip, rng))
        return np.stack(drawn[skip:], axis=-1)

    def _prompt(self, start: Start, rng: np.random.Generator) -> NDArray[np.int64]:
        n, n_channels = start.statistics.shape[:2]
        if start.prompt is not None:
            return start.prompt.astype(np.int64)
        drawn = rng.choice(
            self.tokenizer.n_tokens, (n, n_channels, 1), p=self.tokenizer.frequencies
        )
        return drawn.astype(np.int64)

    def _embed(self, tokens: NDArray[np.integer], lags: Tensor, statistics: Tensor) -> Tensor:
        own = torch.from_numpy(tokens.astype(np.int64))[..., None]
        return self.model.embed(own, lags[:, :, None], statistics)

    def _draw(self, scores: Tensor, rng: np.random.Generator) -> NDArray[np.int64]:
        normal = rng.standard_normal(scores.shape[:2]) @ self.mixing.T
        uniforms = torch.special.ndtr(torch.from_numpy(normal))
        return self.sampling.draw(scores, uniforms, self.order).numpy()


class _Past:
    """The decoded past that comes with each token, kept up to date."""

    def __init__(self, generator: Generator, shape: tuple[int, int]) -> None:
        self.filters, self.weights = generator.filters, generator.weights
        self.lags = generator.model.shape.lags
        self.laid = np.zeros((*shape, self.filters.shape[1]))
        self.values = np.zeros((*shape, max(self.lags, len(self.weights), 1)))

    def push(self, tokens: NDArray[np.integer]) -> NDArray[np.float32]:
        """Decode one more token per channel; the last samples, the latest last."""
        self.laid += self.filters[tokens]
        order = len(self.weights)
        new = self.laid[..., 0] + self.values[..., :order] @ self.weights
        self.laid = np.roll(self.laid, -1, axis=-1)
        self.laid[..., -1] = 0
        self.values = np.roll(self.values, 1, axis=-1)
        self.values[..., 0] = new
        return self.values[..., self.lags - 1 :: -1].astype(np.float32)


def _for_few_rows(model: Model) -> Model:
    """A copy whose weights lie in columns: products with the few rows of one sample are faster."""
    copy = deepcopy(model).eval()
    for part in copy.modules():
        if isinstance(part, nn.Linear):
            part.weight.data = part.weight.data.t().contiguous().t()
    return copy


def shared(
    model: Model,
    tokenizer: Tokenizer,
    sessions: list[Session],
    rng: np.random.Generator,
    n_windows: int = 24,
) -> NDArray[np.float64]:
    """What channels share at one sample beyond what the model foretells.

    Parameters
    ----------
    model : Model
        Trained.
    tokenizer : Tokenizer
        Whose tokens it was trained on.
    sessions : list of Session
        It was trained on.
    rng : Generator
        Randomness.
    n_windows : int
        Windows to look at.

    Returns
    -------
    correlation : ndarray, shape (n_channels, n_channels)
        As :class:`Generator` takes it.
    """
    order = np.argsort(tokenizer.values, kind="stable")
    place = np.argsort(order)
    n = model.shape.window
    probabilities, came = [], []
    for _ in range(n_windows):
        index = int(rng.integers(len(sessions)))
        begin = int(rng.integers(sessions[index].tokens.shape[1] - n))
        batch = cut(sessions, [(index, begin)], n, model.shape.lags)
        with torch.inference_mode():
            scores = model.eval()(batch.tokens[..., :-1], batch.past, batch.statistics)
        later = slice(n // 4, None)  # those with some context
        p = scores[0, :, later].double().softmax(-1)[..., torch.from_numpy(order)]
        probabilities.append(p.transpose(0, 1).numpy())
        came.append(place[batch.tokens[0, :, 1:].numpy()][:, later].T)
    return fit_copula(np.concatenate(probabilities), np.concatenate(came), rng)
