"""A network on a hierarchy of the scalp: electrodes, regions, hemispheres, head.

After the hierarchical spatial-temporal network of Kuang, Song and Michoski (arXiv:2408.15255), of
which the abstract is public: features are passed up a fixed graph, with about a thousand parameters
in all, and ratings are learned with labels smoothed towards their neighbours.
"""

import torch
from torch import Tensor, nn

from neuro.analyses.eegbench.networks.channels import ChannelError
from neuro.analyses.eegbench.trials import Floats, Sensors

REGIONS = ("frontal", "central", "temporal", "posterior")
SIDES = ("left", "right")
MIDLINE = 0.15
"""Of the head's radius: closer to the midline, an electrode belongs to both sides."""


def region_matrix(sensors: Sensors) -> Tensor:
    """Average electrodes into regions of each side of the head.

    Parameters
    ----------
    sensors : Sensors
        With positions.

    Returns
    -------
    matrix : Tensor, shape (n_sides * n_regions, n_channels)
        Rows sum to 1, or are zero for a region without electrodes.

    Raises
    ------
    ChannelError
        If positions are not known.
    """
    if sensors.positions is None:
        raise ChannelError(
            f"HiSTN groups electrodes by where they are, and the {len(sensors.ch_names)} channels "
            "have no positions. Place them, or leave histn out of this task."
        )
    unit = _on_sphere(sensors.positions)
    matrix = torch.zeros(len(SIDES), len(REGIONS), len(unit))
    for i, (right, front, up) in enumerate(unit.tolist()):
        if up < 0.5 and abs(right) > 0.75:
            region = 2
        elif front > 0.35:
            region = 0
        else:
            region = 1 if front > -0.35 else 3
        matrix[0, region, i] = float(right < MIDLINE)
        matrix[1, region, i] = float(right > -MIDLINE)
    return (matrix / matrix.sum(-1, keepdim=True).clamp(min=1)).flatten(0, 1)


def _on_sphere(positions: Floats) -> Floats:
    center = (positions.max(axis=0) + positions.min(axis=0)) / 2
    # The lowest electrodes are near the equator of the head, not at its bottom.
    center[2] = positions[:, 2].min() + 0.2 * (positions[:, 2].max() - positions[:, 2].min())
    centered = positions - center
    unit: Floats = centered / abs(centered).max(axis=0).clip(min=1e-9)
    return unit


class HierarchicalNet(nn.Module):
    """Temporal filters shared by electrodes, then averages up the hierarchy with small mixes.

    Parameters
    ----------
    sensors : Sensors
        With positions.
    n_classes : int
        Classes.
    n_filters : int
        Features kept on each level.
    """

    def __init__(self, sensors: Sensors, n_classes: int, n_filters: int = 8):
        super().__init__()
        self.register_buffer("regions", region_matrix(sensors), persistent=False)
        length = max(3, round(0.15 * sensors.sfreq)) | 1
        self.filters = nn.Conv2d(1, n_filters, (1, length), padding=(0, length // 2), bias=False)
        self.norm = nn.BatchNorm2d(n_filters)
        self.pool = nn.AvgPool2d((1, max(1, round(0.05 * sensors.sfreq))))
        self.mixes = nn.ModuleList([nn.Conv2d(n_filters, n_filters, 1) for _ in range(3)])
        self.place = nn.Parameter(torch.ones(len(SIDES) * len(REGIONS), 1))
        self.later = nn.Conv2d(
            n_filters, n_filters, (1, 5), padding=(0, 2), groups=n_filters, bias=False
        )
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(3 * n_filters * 4, n_classes)

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
        level = self.pool(torch.nn.functional.elu(self.norm(self.filters(x[:, None]))))
        level = torch.einsum("rc,bfct->bfrt", self.regions, level) * self.place
        level = level + torch.nn.functional.elu(self.mixes[0](level))
        sides = self.later(torch.stack([part.mean(2) for part in level.chunk(len(SIDES), 2)], 2))
        sides = sides + torch.nn.functional.elu(self.mixes[1](sides))
        # Upwards: both sides alike, and how they differ.
        head = sides.mean(2, keepdim=True)
        head = head + torch.nn.functional.elu(self.mixes[2](head))
        difference = sides[:, :, 1:] - sides[:, :, :1]
        summary = [head, difference, level.mean(2, keepdim=True)]
        quarters = [nn.functional.adaptive_avg_pool2d(part, (1, 4)).flatten(1) for part in summary]
        logits: Tensor = self.head(self.dropout(torch.cat(quarters, 1)))
        return logits


def ordinal_targets(y: Tensor, n_classes: int, scale: float) -> Tensor:
    """Smooth labels of ordered classes towards their neighbours.

    Parameters
    ----------
    y : Tensor of int, shape (n_trials,)
        Classes in their order.
    n_classes : int
        Classes.
    scale : float
        The target of class k falls off as exp(-|k - y| / scale).

    Returns
    -------
    targets : Tensor, shape (n_trials, n_classes)
        Rows sum to 1.
    """
    distance = (torch.arange(n_classes, device=y.device)[None] - y[:, None]).abs().float()
    return torch.softmax(-distance / scale, dim=1)
