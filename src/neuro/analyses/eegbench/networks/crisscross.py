"""A small encoder that is pretrained here: masked patches, attention over channels and over time.

A reduced CBraMod (Wang et al., ICLR 2025): each patch of each channel is a token, embedded from its
samples and its spectrum; half of the attention heads look along the channels of one moment, half
along the moments of one channel. A few hundred thousand parameters, trained in seconds to a minute
without labels by restoring patches that were hidden from it.
"""

import torch
from torch import Tensor, nn


class CrissCrossLayer(nn.Module):
    """Attention across channels and across time, side by side, then a feed-forward layer.

    Parameters
    ----------
    width, heads : int
        Features of a token, and heads, each shared equally by the two directions.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.space = nn.MultiheadAttention(width // 2, heads // 2, batch_first=True)
        self.time = nn.MultiheadAttention(width // 2, heads // 2, batch_first=True)
        self.forth = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Mix tokens, shape (n_trials, n_channels, n_patches, width)."""
        n_trials, n_channels, n_patches, _ = x.shape
        space, time = self.first(x).chunk(2, dim=-1)
        space = space.transpose(1, 2).flatten(0, 1)
        space = self.space(space, space, space, need_weights=False)[0]
        space = space.unflatten(0, (n_trials, n_patches)).transpose(1, 2)
        time = time.flatten(0, 1)
        time = self.time(time, time, time, need_weights=False)[0].unflatten(
            0, (n_trials, n_channels)
        )
        x = x + torch.cat([space, time], dim=-1)
        mixed: Tensor = x + self.forth(self.second(x))
        return mixed


class CrissCrossEncoder(nn.Module):
    """Tokens of a trial.

    Parameters
    ----------
    patch_size : int
        Samples in a patch; a trial is a whole number of patches.
    width, depth, heads : int
        Of the encoder.
    """

    def __init__(self, patch_size: int = 25, width: int = 64, depth: int = 3, heads: int = 4):
        super().__init__()
        self.patch_size = patch_size
        self.samples = nn.Linear(patch_size, width)
        self.spectrum = nn.Linear(patch_size // 2 + 1, width)
        self.hidden = nn.Parameter(torch.zeros(patch_size), requires_grad=False)
        # Where a token is, from its neighbors: longer across channels, as CBraMod has it.
        self.place = nn.Conv2d(width, width, (7, 3), padding=(3, 1), groups=width)
        self.layers = nn.ModuleList([CrissCrossLayer(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)

    def patches(self, x: Tensor) -> Tensor:
        """Cut trials, shape (n_trials, n_channels, n_patches, patch_size)."""
        return x.reshape(*x.shape[:2], -1, self.patch_size)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode.

        Parameters
        ----------
        x : Tensor, shape (n_trials, n_channels, n_times)
            Trials.
        mask : Tensor of bool, shape (n_trials, n_channels, n_patches), or None
            Patches that are hidden.

        Returns
        -------
        tokens : Tensor, shape (n_trials, n_channels, n_patches, width)
            One for each patch.
        """
        patches = self.patches(x)
        if mask is not None:
            patches = torch.where(mask[..., None], self.hidden, patches)
        spectrum = torch.fft.rfft(patches, dim=-1, norm="forward").abs()
        tokens = self.samples(patches) + self.spectrum(spectrum)
        tokens = tokens + self.place(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        for layer in self.layers:
            tokens = layer(tokens)
        encoded: Tensor = self.norm(tokens)
        return encoded
