"""Attention over time, causal and with memory, and over channels at one time."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass
class Memory:
    """Keys and values of the samples so far, of one layer; the oldest are written over.

    Parameters
    ----------
    keys, values : Tensor, shape (n_rows, key_heads, window, width)
        What has been seen, rotated.
    """

    keys: Tensor
    values: Tensor

    @classmethod
    def empty(cls, n_rows: int, key_heads: int, window: int, width: int, like: Tensor) -> "Memory":
        """Room for a window."""
        shape = (n_rows, key_heads, window, width)
        return cls(like.new_zeros(shape), like.new_zeros(shape))


Turn = tuple[Tensor, Tensor]
"""Cosines and sines of rotary positions, each of shape (n_times, width / 2)."""


def turns(positions: Tensor, width: int) -> Turn:
    """Angles of rotary positions (Su et al. 2021), which products see the differences of alone.

    Parameters
    ----------
    positions : Tensor, shape (n_times,)
        Sample numbers.
    width : int
        Of queries and keys, even.

    Returns
    -------
    turn : tuple of Tensor, shape (n_times, width / 2)
        Cosines and sines, for :func:`rotate`.
    """
    half = width // 2
    rates = 1000.0 ** (-torch.arange(half, dtype=torch.float64, device=positions.device) / half)
    angle = positions.to(torch.float64)[:, None] * rates
    return angle.cos().float(), angle.sin().float()


def rotate(x: Tensor, turn: Turn) -> Tensor:
    """Queries or keys of shape (..., n_times, width), turned by their positions."""
    cos, sin = (each.to(x.dtype) for each in turn)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class OverTime(nn.Module):
    """Each channel looks at its own last `window` samples.

    Heads may share keys and values (Shazeer 2019): reading them is most of what a sample costs
    in generation.

    Parameters
    ----------
    width, n_heads, window : int
        Features, heads, and samples seen.
    key_heads : int
        Heads of keys and values.
    """

    def __init__(self, width: int, n_heads: int, window: int, key_heads: int) -> None:
        super().__init__()
        self.n_heads, self.window, self.key_heads = n_heads, window, key_heads
        self.each = width // n_heads
        self.inward = nn.Linear(width, width + 2 * key_heads * self.each, bias=False)
        self.outward = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """All samples at once, shape (n_rows, n_times, width)."""
        n_times = x.shape[1]
        positions = torch.arange(n_times, device=x.device)
        query, key, value = self._split(x, turns(positions, self.each))
        shared = self.n_heads // self.key_heads
        key, value = (each.repeat_interleave(shared, dim=1) for each in (key, value))
        if n_times <= self.window:
            found = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        else:
            back = positions[:, None] - positions[None]
            mask = (back >= 0) & (back < self.window)
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        joined: Tensor = self.outward(found.transpose(1, 2).flatten(2))
        return joined

    def step(self, x: Tensor, position: int, turn: Turn, memory: Memory) -> Tensor:
        """One sample, shape (n_rows, 1, width), after those in memory, which it joins."""
        query, key, value = self._split(x, turn)
        place = position % self.window
        memory.keys[:, :, place] = key[:, :, 0]
        memory.values[:, :, place] = value[:, :, 0]
        n = min(position + 1, self.window)
        # Heads that share keys are so many queries of one head.
        grouped = query.reshape(len(x), self.key_heads, -1, self.each)
        found = functional.scaled_dot_product_attention(
            grouped, memory.keys[:, :, :n], memory.values[:, :, :n]
        )
        joined: Tensor = self.outward(found.reshape(len(x), 1, -1))
        return joined

    def _split(self, x: Tensor, turn: Turn) -> tuple[Tensor, ...]:
        """Queries, keys (both turned) and values, (n_rows, heads, n_times, width / n_heads)."""
        n_rows, n_times, _ = x.shape
        heads = self.inward(x).view(n_rows, n_times, -1, self.each).transpose(1, 2)
        turning, value = heads[:, : -self.key_heads], heads[:, -self.key_heads :]
        turned = rotate(turning, turn)
        query, key = turned[:, : self.n_heads], turned[:, self.n_heads :]
        return query, key, value


class OverChannels(nn.Module):
    """Each channel looks at all channels at the same sample.

    Attention says which channels matter now; beside it, a fixed mixture with signs says how
    parcels are connected, whose signs attention alone could not tell apart.

    Parameters
    ----------
    width, n_heads, n_channels : int
        Features, heads, channels.
    """

    def __init__(self, width: int, n_heads: int, n_channels: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.inward = nn.Linear(width, 3 * width, bias=False)
        self.outward = nn.Linear(width, width, bias=False)
        self.mixture = nn.Parameter(torch.zeros(n_heads, n_channels, n_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Features of shape (n_rows, n_channels, width)."""
        n_rows, n_channels, width = x.shape
        parts = self.inward(x).view(n_rows, n_channels, 3, self.n_heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        scale = (width // self.n_heads) ** -0.5
        weights = (query * scale @ key.transpose(-2, -1)).softmax(-1) + self.mixture
        joined: Tensor = self.outward((weights @ value).transpose(1, 2).flatten(2))
        return joined
