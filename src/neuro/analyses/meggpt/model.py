"""The model: what token comes next in each channel, from the past of all channels.

Attention is factorised: over time within a channel, and over channels at one time. Both see
nothing later than a sample, so that every sample of a window is a target. Beside its token, each
sample brings the last samples that the tokens so far decode to; channels of a session are told
apart by statistics of their tokens, so that a new session needs no training.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from neuro.analyses.meggpt.attention import Memory, OverChannels, OverTime, Turn, turns
from neuro.analyses.meggpt.linear import LinearPart


@dataclass(frozen=True)
class Shape:
    """Sizes of a model.

    Parameters
    ----------
    n_tokens, n_channels : int
        Vocabulary and channels.
    width, n_layers, n_heads, hidden : int
        Features, layers, heads of attention, and units between two linear maps.
    window : int
        Samples that attention over time reaches back.
    lags : int
        Decoded samples that come with each token.
    n_statistics : int
        Statistics per channel of a session; 0 for none.
    dropout : float
        Share of features dropped in training.
    key_heads : int
        Heads of keys and values in attention over time, which the other heads share.
    across : bool
        Whether channels see each other; without, each is on its own, as in the published model.
    """

    n_tokens: int
    n_channels: int
    width: int = 64
    n_layers: int = 2
    n_heads: int = 2
    hidden: int = 128
    window: int = 64
    lags: int = 40
    n_statistics: int = 0
    dropout: float = 0.0
    key_heads: int = 1
    across: bool = True

    def __post_init__(self) -> None:
        sizes = (self.n_tokens, self.n_channels, self.width, self.n_layers, self.n_heads)
        if min(*sizes, self.hidden, self.window, self.lags) < 1:
            raise ValueError("shape: all sizes of a model must be at least 1")
        if self.width % (2 * self.n_heads):
            raise ValueError(
                f"width: must be a multiple of twice the {self.n_heads} heads. Got {self.width}."
            )
        if self.key_heads < 1 or self.n_heads % self.key_heads:
            raise ValueError(
                f"key_heads: must divide the {self.n_heads} heads. Got {self.key_heads}."
            )


class Block(nn.Module):
    """One layer: over time, over channels, and within each sample."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.over_time = OverTime(width, shape.n_heads, shape.window, shape.key_heads)
        self.time_norm = nn.LayerNorm(width)
        self.over_channels: OverChannels | None = None
        if shape.across:
            self.over_channels = OverChannels(width, shape.n_heads, shape.n_channels)
            self.channel_norm = nn.LayerNorm(width)
        self.within = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, shape.hidden),
            nn.GELU(),
            nn.Linear(shape.hidden, width),
        )
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, now: tuple[int, Turn, Memory] | None = None) -> Tensor:
        """Features of shape (n_windows, n_channels, n_times, width).

        `now` is number, turn and memory where one sample comes after those remembered.
        """
        rows = self.time_norm(x).flatten(0, 1)
        seen: Tensor = self.over_time(rows) if now is None else self.over_time.step(rows, *now)
        x = x + self.dropout(seen.view_as(x))
        if self.over_channels is not None:
            turned = self.channel_norm(x).transpose(1, 2)
            mixed = self.over_channels(turned.flatten(0, 1))
            x = x + self.dropout(mixed.view_as(turned).transpose(1, 2))
        out: Tensor = x + self.dropout(self.within(x))
        return out


class Model(nn.Module):
    """Next tokens of all channels.

    Parameters
    ----------
    shape : Shape
        Its sizes.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.token = nn.Embedding(shape.n_tokens, width)
        self.past = nn.Linear(shape.lags, width, bias=False)
        self.channel = nn.Parameter(torch.zeros(shape.n_channels, width))
        self.session = nn.Linear(shape.n_statistics, width) if shape.n_statistics else None
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.n_layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, shape.n_tokens)
        self.law = nn.Linear(width, 2)
        sizes = (shape.n_tokens, shape.n_channels, shape.lags)
        self.linear = LinearPart(*sizes, shape.across)

    def start(self, generator: torch.Generator, frequencies: Tensor) -> None:
        """Draw initial weights; what it foretells at first are the tokens' frequencies."""
        depth = (3 * len(self.blocks)) ** -0.5
        for name, weight in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(weight)
            if (
                weight.ndim == 1
                or "mixture" in name
                or name.startswith(("head.", "law.", "linear."))
            ):
                continue
            nn.init.normal_(weight, 0.0, weight.shape[-1] ** -0.5, generator=generator)
            if "outward" in name or "within.3" in name:
                weight.data.mul_(depth)
        with torch.no_grad():
            self.token.weight.mul_(0.5 * self.shape.width**0.5)
            self.channel.mul_(0.5)
            self.head.weight.zero_()
            self.law.weight.zero_()
            self.head.bias.copy_((frequencies + 1e-6).log())

    def forward(self, tokens: Tensor, past: Tensor, statistics: Tensor | None = None) -> Tensor:
        """Scores of what comes next.

        Parameters
        ----------
        tokens : Tensor of int64, shape (n_windows, n_channels, n_times)
            Tokens.
        past : Tensor, shape (n_windows, n_channels, n_times + lags - 1)
            What tokens decode to, from `lags - 1` samples before the first token on.
        statistics : Tensor | None, shape (n_windows, n_channels, n_statistics)
            Of the sessions that windows are of.

        Returns
        -------
        scores : Tensor, shape (n_windows, n_channels, n_times, n_tokens)
            Unnormalized log probabilities of the token after each sample.
        """
        x = self.embed(tokens, past.unfold(-1, self.shape.lags, 1), statistics)
        return self.run(x, past)

    def embed(self, tokens: Tensor, lags: Tensor, statistics: Tensor | None = None) -> Tensor:
        """Features of samples: token, decoded past, channel, session."""
        x = self.token(tokens) + self.past(lags) + self.channel[:, None]
        if self.session is not None:
            if statistics is None:
                raise ValueError("statistics: this model was made for statistics of sessions")
            x = x + self.session(statistics)[:, :, None]
        features: Tensor = x
        return features

    def run(self, x: Tensor, past: Tensor) -> Tensor:
        """Scores from features and the decoded past."""
        return self.scores(self.hidden(x), past)

    def hidden(self, x: Tensor) -> Tensor:
        """What the last layer makes of features, same shape."""
        for block in self.blocks:
            x = block(x)
        states: Tensor = self.norm(x)
        return states

    def memory(self, n_windows: int) -> list[Memory]:
        """Empty memories for :meth:`step`."""
        rows, shape = n_windows * self.shape.n_channels, self.shape
        each = shape.width // shape.n_heads
        return [
            Memory.empty(rows, shape.key_heads, shape.window, each, self.head.weight.detach())
            for _ in self.blocks
        ]

    def step(self, x: Tensor, lags: Tensor, position: int, memories: list[Memory]) -> Tensor:
        """Scores after one more sample.

        Parameters
        ----------
        x : Tensor, shape (n_windows, n_channels, 1, width)
            Its features.
        lags : Tensor, shape (n_windows, n_channels, lags)
            The last decoded samples.
        position : int
            Its number.
        memories : list of Memory
            Of what came before; the sample joins them.

        Returns
        -------
        scores : Tensor, shape (n_windows, n_channels, n_tokens)
            Unnormalized log probabilities of the next token.
        """
        each = self.shape.width // self.shape.n_heads
        turn = turns(torch.tensor([position], device=x.device), each)
        for block, memory in zip(self.blocks, memories, strict=True):
            x = block(x, (position, turn, memory))
        return self.scores(self.norm(x), lags)[:, :, 0]

    def scores(self, states: Tensor, past: Tensor) -> Tensor:
        """Scores from what :meth:`hidden` gives and the decoded past."""
        scores: Tensor = self.head(states) + self.linear(past, self.law(states))
        return scores
