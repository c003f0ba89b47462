"""Patch embedding of evoked responses: one variate at a time, several, or whole channels.

A plain transformer encoder over three kinds of token, as compared by Wang et al.
(arXiv:2601.00573); with two settings of it that are known by name: PatchTST (Nie et al., ICLR
2023), whose channels do not see each other, and iTransformer (Liu et al., ICLR 2024), whose tokens
are channels.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

Tokens = Literal["uni", "multi", "whole"]


@dataclass(frozen=True)
class PatchSettings:
    """Size and kind of a patch encoder.

    Parameters
    ----------
    tokens : str
        `uni`: a patch of one channel; `multi`: a patch of all channels; `whole`: a channel.
    seconds : float
        Length of a patch, s; not for `whole`.
    independent : bool
        Channels do not attend to each other, for `uni`.
    instance : bool
        Each channel of a trial is standardized first.
    masked : float
        Share of samples, and of channels, set to zero in training.
    width, depth, heads : int
        Of the encoder; its feed-forward layers are twice as wide.
    dropout : float
        Of the encoder.
    """

    tokens: Tokens = "uni"
    seconds: float = 0.5
    independent: bool = False
    instance: bool = False
    masked: float = 0.1
    width: int = 64
    depth: int = 3
    heads: int = 4
    dropout: float = 0.1


class PatchEncoder(nn.Module):
    """Tokens, a transformer encoder, and a linear layer on all tokens.

    Parameters
    ----------
    n_channels, n_times, n_classes : int
        Of the task.
    sfreq : float
        Hz.
    settings : PatchSettings
        Size and kind.
    """

    def __init__(
        self, n_channels: int, n_times: int, n_classes: int, sfreq: float, settings: PatchSettings
    ):
        super().__init__()
        self.settings = settings
        whole = settings.tokens == "whole"
        self.patch = n_times if whole else min(n_times, max(2, round(settings.seconds * sfreq)))
        self.n_patches = -(-n_times // self.patch)
        rows = n_channels if settings.tokens == "multi" else 1
        self.embed = nn.Linear(rows * self.patch, settings.width)
        self.channel = nn.Parameter(torch.randn(n_channels, 1, settings.width) * 0.02)
        self.when: Tensor
        self.register_buffer("when", sinusoids(self.n_patches, settings.width), persistent=False)
        layer = nn.TransformerEncoderLayer(
            settings.width,
            settings.heads,
            2 * settings.width,
            settings.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, settings.depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(settings.width)
        n_tokens = self.n_patches * (1 if settings.tokens == "multi" else n_channels)
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(n_tokens * settings.width, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Classify.

        Parameters
        ----------
        x : Tensor, shape (n_trials, n_channels, n_times)
            Trials.

        Returns
        -------
        logits : Tensor, shape (n_trials, n_classes)
            Before the softmax.
        """
        if self.settings.instance:
            x = (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6)
        tokens = self._tokens(self._augment(x))
        together = len(x), -1, self.settings.width
        apart = -1, tokens.shape[2], self.settings.width
        sequence = tokens.reshape(apart if self.settings.independent else together)
        encoded = self.norm(self.encoder(sequence)).reshape(len(x), -1)
        logits: Tensor = self.head(self.dropout(encoded))
        return logits

    def _tokens(self, x: Tensor) -> Tensor:
        """Tokens, shape (n_trials, n_channels or 1, n_patches, width)."""
        short = self.n_patches * self.patch - x.shape[-1]
        if short:
            x = torch.cat([x, x[..., -1:].expand(-1, -1, short)], dim=-1)
        patches = x.reshape(*x.shape[:2], self.n_patches, self.patch)
        if self.settings.tokens == "multi":
            tokens: Tensor = self.embed(patches.transpose(1, 2).flatten(2)).unsqueeze(1)
            return tokens + self.when
        tokens = self.embed(patches) + self.channel
        return tokens if self.settings.tokens == "whole" else tokens + self.when

    def _augment(self, x: Tensor) -> Tensor:
        if not self.training or self.settings.masked == 0:
            return x
        keep = 1 - self.settings.masked
        samples = torch.rand(len(x), 1, x.shape[2], device=x.device) < keep
        channels = torch.rand(len(x), x.shape[1], 1, device=x.device) < keep
        return x * samples * channels


def sinusoids(n_positions: int, width: int) -> Tensor:
    """Encode positions by sines and cosines of wavelengths from 2π to 20,000π.

    Vaswani et al., NeurIPS 2017.

    Parameters
    ----------
    n_positions, width : int
        Shape of the table; the width is even.
    """
    position = torch.arange(n_positions, dtype=torch.float32)[:, None]
    rate = 10_000.0 ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
    return torch.stack([torch.sin(position * rate), torch.cos(position * rate)], -1).flatten(1)
