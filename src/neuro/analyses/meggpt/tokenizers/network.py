"""The learned tokenizer's network: a recurrent encoder, soft or hard tokens, one filter per token.

The published decoder convolves the weights of K tokens to K outputs and adds these up. That is
one filter per token, and here it is kept as such: :func:`collapse` turns one form into the other.
Adam moves each of the K summands alike, so that their sum moves K times as fast: the learning
rate of the filters is scaled by K, and they start with the variance of the sum.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from neuro.analyses.meggpt.tokenizers.recurrence import Recurrence

SHARPNESS = 10.0
"""The normalized scores of tokens are multiplied by this."""
Padding = Literal["same", "causal"]


class Network(nn.Module):
    """Signals to scores of tokens, and weights of tokens to signals.

    Parameters
    ----------
    n_tokens, n_units, width : int
        Tokens, recurrent units, and length of a token's filter in samples.
    padding : {"same", "causal"}
        Whether a filter reaches to both sides of its sample, or only onwards from it.
    """

    def __init__(
        self,
        n_tokens: int = 128,
        n_units: int = 128,
        width: int = 10,
        padding: Padding = "same",
    ) -> None:
        super().__init__()
        self.encoder = Recurrence(n_units)
        self.scores = nn.Linear(n_units, n_tokens)
        self.norm = nn.LayerNorm(n_tokens)
        self.filters = nn.Parameter(torch.empty(n_tokens, width))
        self.offset = nn.Parameter(torch.zeros(()))
        self.ahead = reach(width, padding)

    def start(self, generator: torch.Generator) -> None:
        """Draw initial weights, distributed as published."""
        nn.init.xavier_uniform_(self.encoder.weight_ih, generator=generator)
        nn.init.orthogonal_(self.encoder.weight_hh, generator=generator)
        nn.init.xavier_uniform_(self.scores.weight, generator=generator)
        nn.init.normal_(self.filters, 0.0, self.filters.shape[1] ** -0.5, generator=generator)
        for bias in (self.encoder.bias_ih, self.encoder.bias_hh, self.scores.bias, self.offset):
            nn.init.zeros_(bias)

    def score(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores of tokens, shape (n_times, n_rows, n_tokens), and the state at the end."""
        states = self.encoder(x, state)
        return SHARPNESS * self.norm(self.scores(states)), states[-1]

    def forward(self, x: Tensor, soft: float, noise: Tensor | None = None) -> Tensor:
        """Signals through soft and hard tokens.

        Parameters
        ----------
        x : Tensor, shape (n_rows, n_times)
            Signals.
        soft : float
            Share of the soft tokens, between 1 and 0; the rest is hard and has no gradient.
        noise : Tensor | None, shape (n_times, n_rows, n_tokens)
            Gumbel noise on the scores where the hard token is drawn.

        Returns
        -------
        decoded : Tensor, shape (n_rows, n_times)
            What is decoded.
        """
        scores, _ = self.score(x)
        pieces = x.new_zeros(())
        if soft > 0:
            pieces = soft * (scores.softmax(-1) @ self.filters)
        if soft < 1:
            hard = (scores.detach() if noise is None else scores.detach() + noise).argmax(-1)
            pieces = pieces + (1 - soft) * self.filters[hard]
        return overlap(pieces, self.ahead).T + self.offset

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameters for Adam, with the learning rate of the filters scaled."""
        decoder = [self.filters, self.offset]
        encoder = [p for p in self.parameters() if all(p is not each for each in decoder)]
        return [
            {"params": encoder, "lr": rate},
            {"params": decoder, "lr": rate * len(self.filters)},
        ]


def reach(width: int, padding: str) -> int:
    """Samples before its own that a token's filter reaches to."""
    if padding not in ("same", "causal"):
        raise ValueError(f"padding: allowed values are 'same' and 'causal'. Got {padding!r}.")
    return width // 2 if padding == "same" else 0


def overlap(pieces: Tensor, ahead: int) -> Tensor:
    """Sum of filters laid over each other, shape (n_times, n_rows).

    Parameters
    ----------
    pieces : Tensor, shape (n_times, n_rows, width)
        The filter of each sample's token.
    ahead : int
        Samples before its own that a filter begins.
    """
    length, _, width = pieces.shape
    after = width - 1 - ahead
    padded = nn.functional.pad(pieces, (0, 0, 0, 0, after, ahead))
    total = padded[width - 1 : width - 1 + length, :, 0]
    for i in range(1, width):
        total = total + padded[width - 1 - i : width - 1 - i + length, :, i]
    return total


def collapse(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """One filter per token from a convolution whose outputs are added up.

    Parameters
    ----------
    weight : Tensor, shape (n_outputs, n_tokens, width)
        Weights of the convolution, as `torch.nn.Conv1d` keeps them.
    bias : Tensor, shape (n_outputs,)
        Its bias.

    Returns
    -------
    filters : Tensor, shape (n_tokens, width)
        The same as one filter per token, in the order of time.
    offset : Tensor, shape ()
        The same as one bias.
    """
    return weight.sum(0).flip(-1), bias.sum()
