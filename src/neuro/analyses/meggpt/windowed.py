"""The published models in training, scoring and generation: a window that slides."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuro.analyses.meggpt.generation import Start
from neuro.analyses.meggpt.published import (
    Layer,
    PublishedModel,
    PublishedShape,
    paper,
    released,
)
from neuro.analyses.meggpt.sampling import Sampling
from neuro.analyses.meggpt.tokenizers.base import Tokenizer

PRESETS = {"published": paper, "released": released}


@dataclass(frozen=True)
class WindowedShape(PublishedShape):
    """Sizes of a published model, by the names that ours has."""

    @property
    def window(self) -> int:
        """Samples that it reads."""
        return self.length

    @property
    def lags(self) -> int:
        """Decoded samples that come with a token: it reads none."""
        return 1

    @property
    def warm(self) -> int:
        """First samples of a window whose next tokens it does not foretell."""
        return self.length - self.n_targets


class Windowed(nn.Module):
    """A published model with the calls of ours.

    Parameters
    ----------
    shape : WindowedShape
        Its sizes.
    """

    def __init__(self, shape: WindowedShape) -> None:
        super().__init__()
        self.shape = shape
        self.inner = PublishedModel(shape)

    @property
    def head(self) -> nn.Linear:
        """The last map, from features to scores."""
        return self.inner.head

    def forward(
        self, tokens: Tensor, past: Tensor | None = None, statistics: Tensor | None = None
    ) -> Tensor:
        """Scores after those samples that have a whole window before them.

        Parameters
        ----------
        tokens : Tensor of int64, shape (n_windows, n_channels, n_times)
            Tokens, at least a window of them.
        past, statistics : Tensor | None
            Not read.

        Returns
        -------
        scores : Tensor, shape (n_windows, n_channels, n_times - warm, n_tokens)
            Unnormalized log probabilities of the token after each sample.
        """
        length, step = self.shape.length, self.shape.n_targets
        n_times = tokens.shape[-1]
        if n_times < length:
            raise ValueError(f"tokens: expected at least {length} samples. Got {n_times}.")
        # The last window ends with the last sample; windows overlap where they must.
        begins = [*range(0, n_times - length, step), n_times - length]
        parts, done = [], self.shape.warm
        for begin in begins:
            found = self.inner(tokens[..., begin : begin + length])
            fresh = begin + length - done
            parts.append(found[:, :, step - fresh :])
            done = begin + length
        return torch.cat(parts, dim=2)


def make(preset: str, n_tokens: int, n_channels: int, seed: int) -> Windowed:
    """A model of the sizes of a preset, with its initial weights."""
    shape = PRESETS[preset](n_tokens, n_channels, 0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Windowed(_named(vars(shape)))


def restore(sizes: dict[str, Any]) -> Windowed:
    """A model of sizes that were kept as JSON."""
    layers = tuple(Layer(**each) for each in sizes["layers"])
    return Windowed(_named({**sizes, "layers": layers}))


def _named(sizes: dict[str, Any]) -> WindowedShape:
    return WindowedShape(**{field.name: sizes[field.name] for field in fields(PublishedShape)})


@torch.inference_mode()
def stream(
    model: Windowed,
    tokenizer: Tokenizer,
    sampling: Sampling,
    start: Start,
    n_times: int,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.uint16]]:
    """Draw tokens, each channel on its own; the window is computed anew for each sample.

    Parameters
    ----------
    model : Windowed
        Trained.
    tokenizer : Tokenizer
        Whose tokens it was trained on.
    sampling : Sampling
        Which tokens may be drawn.
    start : Start
        How many sessions; these models know no statistics.
    n_times : int
        Samples to draw.
    rng : Generator
        Randomness.

    Yields
    ------
    tokens : ndarray, shape (n_sessions, n_channels)
        Of one more sample.
    """
    model.eval()
    shape = (*start.statistics.shape[:2], model.shape.length)
    drawn = rng.choice(tokenizer.n_tokens, shape, p=tokenizer.frequencies)
    window = torch.from_numpy(drawn.astype(np.int64))
    order = torch.from_numpy(np.argsort(tokenizer.values, kind="stable"))
    for _ in range(n_times):
        scores = model.inner(window)[:, :, -1]
        tokens = sampling.draw(scores, torch.from_numpy(rng.random(shape[:2])), order)
        window = torch.cat([window[..., 1:], tokens[..., None]], dim=-1)
        yield tokens.numpy().astype(np.uint16)
