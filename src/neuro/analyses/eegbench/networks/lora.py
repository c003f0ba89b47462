"""Low-rank adaptation: each matrix of a frozen encoder gets an update of small rank.

Hu et al., ICLR 2022. The update is a parametrization of torch's, so it reaches the fused weights of
attention layers too, which are no layers of their own that could be wrapped.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class LowRank(nn.Module):
    """A matrix plus the product of two thin ones, the second of which starts at zero.

    Parameters
    ----------
    n_out, n_in, rank : int
        Shape of the matrix, and rank of its update.
    scale : float
        Factor of the update.
    """

    def __init__(self, n_out: int, n_in: int, rank: int, scale: float = 2.0):
        super().__init__()
        self.down = nn.Parameter(torch.empty(rank, n_in))
        self.up = nn.Parameter(torch.zeros(n_out, rank))
        self.scale = scale
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, matrix: Tensor) -> Tensor:
        """Update the matrix."""
        return matrix + self.scale * (self.up @ self.down)


def add_low_rank(module: nn.Module, rank: int) -> int:
    """Freeze a module and give its linear and attention layers updates that are trained.

    Parameters
    ----------
    module : nn.Module
        Encoder, changed in place; its output is the same as before until the updates are trained.
    rank : int
        Of the updates.

    Returns
    -------
    n_matrices : int
        Matrices that were given one.

    Raises
    ------
    ValueError
        If there is no matrix to adapt.
    """
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    places = [
        (layer, name)
        for layer in list(module.modules())
        for name in ("weight", "in_proj_weight")
        if isinstance(layer, nn.Linear if name == "weight" else nn.MultiheadAttention)
        and getattr(layer, name) is not None
    ]
    if not places:
        raise ValueError(f"{type(module).__name__} has no linear layer for a low-rank update")
    for layer, name in places:
        n_out, n_in = getattr(layer, name).shape
        update = LowRank(n_out, n_in, min(rank, n_out, n_in))
        parametrize.register_parametrization(layer, name, update, unsafe=True)
    return len(places)
