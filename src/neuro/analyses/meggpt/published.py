"""The published models: each channel on its own, over patches of its past.

Huang et al. (2025) and their released weights differ in sizes only, so that both are settings of
one model. Later layers hold fewer, the latest, samples; they look at patches of the layer before,
and at its last samples one by one. A patch is seen by samples at or after its end alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Layer:
    """One layer.

    Parameters
    ----------
    length : int
        Samples it holds, the latest ones of the layer before.
    patch : int
        Samples in a patch of what it looks at.
    recent : int
        Last samples that it looks at one by one as well.
    band : int
        Samples that it looks back, 0 for all.
    """

    length: int
    patch: int
    recent: int = 0
    band: int = 0


@dataclass(frozen=True)
class PublishedShape:
    """Sizes of a published model.

    Parameters
    ----------
    n_tokens, n_channels, n_sessions : int
        Vocabulary, channels, and sessions looked up; 0 sessions for none.
    length : int
        Samples it reads.
    width, n_heads, hidden : int
        Features, heads, units between two linear maps.
    layers : tuple of Layer
        Its layers.
    n_targets : int
        Last samples whose next token counts in training.
    norm_first : bool
        Whether features are normalized before a layer or after it.
    label_width : int
        Features of a session before a linear map; those of the model, and a linear map after
        every embedding, if 0.
    dropout : float
        Share of features dropped in training.
    """

    n_tokens: int
    n_channels: int
    n_sessions: int
    length: int
    width: int
    n_heads: int
    hidden: int
    layers: tuple[Layer, ...]
    n_targets: int
    norm_first: bool
    label_width: int = 0
    dropout: float = 0.2

    def __post_init__(self) -> None:
        before = self.length
        for layer in self.layers:
            if not 0 < layer.length <= before or before % layer.patch or layer.recent > before:
                raise ValueError(f"layers: {layer} does not fit to {before} samples before it")
            before = layer.length
        if self.n_targets > before:
            raise ValueError(f"n_targets: at most the {before} samples of the last layer")


def paper(n_tokens: int, n_channels: int = 52, n_sessions: int = 612) -> PublishedShape:
    """Sizes of the model of the paper."""
    first, later = Layer(40, 4, recent=16), Layer(40, 4, recent=40)
    layers = (first, later, later, later)
    return PublishedShape(
        n_tokens, n_channels, n_sessions, 80, 400, 4, 400, layers, 8, norm_first=False
    )


def released(n_tokens: int = 66, n_channels: int = 52, n_sessions: int = 621) -> PublishedShape:
    """Sizes of the model whose weights were released."""
    layers = (
        Layer(100, 1, band=9),
        Layer(80, 4),
        Layer(80, 4),
        Layer(64, 8),
        Layer(16, 8),
    )
    return PublishedShape(
        n_tokens, n_channels, n_sessions, 100, 256, 4, 1024, layers, 16, True, n_tokens
    )


class PublishedModel(nn.Module):
    """Next tokens, each channel from its own past.

    Parameters
    ----------
    shape : PublishedShape
        Its sizes.
    """

    def __init__(self, shape: PublishedShape) -> None:
        super().__init__()
        self.shape = shape
        sizes = {"token": shape.n_tokens, "position": shape.length, "channel": shape.n_channels}
        tables = {name: _table(size, shape) for name, size in sizes.items()}
        if shape.n_sessions:
            each = shape.label_width or shape.width
            tables["session"] = nn.Sequential(
                nn.Embedding(shape.n_sessions, each), nn.Linear(each, shape.width)
            )
        self.tables = nn.ModuleDict(tables)
        before = (shape.length, *(layer.length for layer in shape.layers))
        self.layers = nn.ModuleList(
            _Layer(shape, layer, n) for layer, n in zip(shape.layers, before, strict=False)
        )
        self.head = nn.Linear(shape.width, shape.n_tokens)

    def embed(self, tokens: Tensor, session: Tensor | None = None) -> Tensor:
        """Features of samples, shape (n_windows * n_channels, length, width).

        Parameters
        ----------
        tokens : Tensor of int64, shape (n_windows, n_channels, length)
            Tokens.
        session : Tensor | None, shape (n_windows,)
            Numbers of sessions; nothing is added for sessions that are not known.
        """
        device = tokens.device
        x = self.tables["token"](tokens)
        x = x + self.tables["position"](torch.arange(self.shape.length, device=device))
        channel = self.tables["channel"](torch.arange(self.shape.n_channels, device=device))
        x = x + channel[:, None]
        if session is not None:
            x = x + self.tables["session"](session)[:, None, None]
        rows: Tensor = x.flatten(0, 1)
        return rows

    def run(self, x: Tensor) -> Tensor:
        """Scores from features, shape (n_windows * n_channels, n_targets, n_tokens)."""
        for layer in self.layers:
            x = layer(x)
        scores: Tensor = self.head(x[:, -self.shape.n_targets :])
        return scores

    def forward(self, tokens: Tensor, session: Tensor | None = None) -> Tensor:
        """Scores after the last samples, shape (n_windows, n_channels, n_targets, n_tokens)."""
        if tokens.shape[1:] != (self.shape.n_channels, self.shape.length):
            raise ValueError(
                f"tokens: expected (n_windows, {self.shape.n_channels}, {self.shape.length}). "
                f"Got {tuple(tokens.shape)}."
            )
        found = self.run(self.embed(tokens, session))
        return found.view(*tokens.shape[:2], *found.shape[1:])


class _Layer(nn.Module):
    """Attention to patches and to recent samples, then a map within each sample."""

    def __init__(self, shape: PublishedShape, layer: Layer, before: int) -> None:
        super().__init__()
        width = shape.width
        self.layer, self.n_heads, self.norm_first = layer, shape.n_heads, shape.norm_first
        self.query, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.pair = nn.Linear(width, 2 * width)
        self.patching: nn.ModuleList | None = None
        if layer.patch > 1:  # samples of a patch are mixed within each feature of a head
            mixed = shape.n_heads * layer.patch
            self.patching = nn.ModuleList(nn.Linear(mixed, shape.n_heads) for _ in range(2))
        self.single = nn.Linear(width, 2 * width) if layer.recent else None
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        act = nn.GELU() if shape.norm_first else nn.LeakyReLU()
        self.within = nn.Sequential(
            nn.Linear(width, shape.hidden), act, nn.Linear(shape.hidden, width)
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.mask: Tensor
        self.blind: Tensor
        seen = _visible(before, layer, torch.device("cpu"))
        self.register_buffer("mask", seen, False)
        self.register_buffer("blind", ~seen.any(-1, keepdim=True), False)

    def forward(self, x: Tensor) -> Tensor:
        kept = x[:, -self.layer.length :]
        if self.norm_first:
            kept = kept + self.dropout(self._attend(self.first(x)))
            out: Tensor = kept + self.dropout(self.within(self.second(kept)))
            return out
        kept = self.first(kept + self.dropout(self._attend(x)))
        out = self.second(kept + self.dropout(self.within(kept)))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        query = self._heads(self.query(x[:, -self.layer.length :]))
        sources = [x, x] if self.patching is None else [self._patches(x, m) for m in self.patching]
        weights, offsets = self.pair.weight.chunk(2), self.pair.bias.chunk(2)
        keys, values = (
            functional.linear(*each) for each in zip(sources, weights, offsets, strict=True)
        )
        if self.single is not None:
            recent = self.single(x[:, x.shape[1] - self.layer.recent :]).chunk(2, -1)
            keys, values = (
                torch.cat(each, dim=1) for each in zip((keys, values), recent, strict=True)
            )
        found = functional.scaled_dot_product_attention(
            query, self._heads(keys), self._heads(values), attn_mask=self.mask | self.blind
        )
        found = found.masked_fill(self.blind, 0.0)  # before the first patch ends
        joined: Tensor = self.out(found.transpose(1, 2).flatten(2))
        return joined

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.n_heads, -1).transpose(1, 2)

    def _patches(self, x: Tensor, mix: nn.Module) -> Tensor:
        """Patches, mixed over heads and the samples within."""
        n_rows, n_times, width = x.shape
        n, each = n_times // self.layer.patch, width // self.n_heads
        split = x.view(n_rows, n, self.layer.patch, self.n_heads, each)
        mixed: Tensor = mix(split.permute(0, 1, 4, 3, 2).flatten(3))
        return mixed.transpose(2, 3).flatten(2)


def _table(size: int, shape: PublishedShape) -> nn.Module:
    """Features of tokens, positions or channels."""
    features = nn.Embedding(size, shape.width)
    if shape.label_width:
        return features
    return nn.Sequential(features, nn.Linear(shape.width, shape.width))


def _visible(before: int, layer: Layer, device: torch.device) -> Tensor:
    """Which keys each sample of a layer sees, shape (length, n_keys)."""
    query = torch.arange(before - layer.length, before, device=device)[:, None]
    ends = torch.arange(layer.patch - 1, before, layer.patch, device=device)
    if layer.patch > 1:
        ends = torch.cat([ends, torch.arange(before - layer.recent, before, device=device)])
    seen = ends <= query
    return seen & (query - ends < layer.band) if layer.band else seen
