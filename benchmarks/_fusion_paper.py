"""The paper's architecture, built from its description alone, to be counted and timed.

Four inputs: a map of ALFF (61 x 73 x 61 voxels), static connectivity and FA between regions as
images, and dynamic connectivity of 120 windows. Maps and images share one ResNet-10; dynamic
connectivity has an encoder of five time scales; a transformer exchanges between the four. Where the
description leaves sizes open (strides, projections), the cheaper choice is made, so that costs are
lower bounds. Nothing is claimed of what it would find.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool3d, avg_pool3d

VOLUME = (61, 73, 61)
N_WINDOWS = 120
SCALES = {1: 8, 5: 8, 10: 16, 20: 32, 40: 64}
"""Windows that are averaged, and channels of the scale's encoder."""
DOWN = (16, 32, 64, 128)
WIDTH, PATCH, DEPTH, N_HEADS, HEAD, HIDDEN = 512, 32, 6, 16, 16, 16


def conv(before: int, after: int, stride: int | tuple[int, ...] = 1) -> list[nn.Module]:
    """A 3 x 3 x 3 convolution with normalization."""
    return [
        nn.Conv3d(before, after, 3, stride, 1, bias=False),
        nn.BatchNorm3d(after),
    ]


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(
        self, before: int, inside: int, after: int, first: int | tuple[int, ...] = 1,
        second: int | tuple[int, ...] = 1,
    ) -> None:  # fmt: skip
        super().__init__()
        self.path = nn.Sequential(
            *conv(before, inside, first), nn.ReLU(), *conv(inside, after, second)
        )
        same = before == after and first == second == 1
        self.short: nn.Module = nn.Identity()
        if not same:
            steps = [first if isinstance(first, tuple) else (first,) * 3,
                     second if isinstance(second, tuple) else (second,) * 3]  # fmt: skip
            stride = tuple(a * b for a, b in zip(*steps, strict=True))
            self.short = nn.Conv3d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.path(x) + self.short(x))


def resnet10() -> nn.Module:
    """The encoder of maps and images: blocks of 64, 512, 256 and 512 channels."""
    return nn.Sequential(
        nn.Conv3d(1, 64, 7, (1, 2, 2), 3, bias=False),
        nn.BatchNorm3d(64),
        nn.ReLU(),
        nn.MaxPool3d(3, 2, 1),
        Residual(64, 64, 64),
        Residual(64, 512, 512, 2),
        Residual(512, 256, 256, 2),
        Residual(256, 512, 512, 2),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )


class Across(nn.Module):
    """What a finer and a coarser scale make of each pair of slices: pixelwise, 2-512-512-512-1."""

    def __init__(self) -> None:
        super().__init__()
        widths = (2, WIDTH, WIDTH, WIDTH, 1)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 1), nn.ReLU()]
        self.path = nn.Sequential(*layers[:-1])

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        fine = adaptive_avg_pool3d(fine, coarse.shape[2:])
        pairs = torch.stack([fine, coarse], 3).flatten(0, 2)
        return coarse + self.path(pairs).reshape(coarse.shape)


class Dynamic(nn.Module):
    """The encoder of dynamic connectivity: five scales, joined from fine to coarse."""

    def __init__(self) -> None:
        super().__init__()
        half = (1, 2, 2)
        self.scales = nn.ModuleList(
            [Residual(1, WIDTH, channels, half, half) for channels in SCALES.values()]
        )
        self.across = nn.ModuleList([Across() for _ in DOWN])
        widths = list(SCALES.values())[1:]
        self.down = nn.ModuleList(
            [nn.Sequential(*conv(a, b, half), nn.ReLU()) for a, b in zip(widths, DOWN, strict=True)]
        )
        self.last = Residual(DOWN[-1], DOWN[-1], DOWN[-1])
        self.out = nn.Linear(DOWN[-1], WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """From (n, 1, windows, regions, regions) to (n, 512)."""
        found = [
            encoder(avg_pool3d(x, (step, 1, 1)))
            for step, encoder in zip(SCALES, self.scales, strict=True)
        ]
        state = found[0]
        for coarse, across, down in zip(found[1:], self.across, self.down, strict=True):
            state = down(across(state, coarse))
        return self.out(self.last(state).mean((2, 3, 4)))


class Attention(nn.Module):
    """Attention of sixteen heads of sixteen, to itself or to others, beside a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        inner = N_HEADS * HEAD
        self.norm = nn.LayerNorm(WIDTH)
        self.query, self.both = (nn.Linear(WIDTH, k * inner, bias=False) for k in (1, 2))
        self.out = nn.Linear(inner, WIDTH)

    def forward(self, x: Tensor, other: Tensor | None = None) -> Tensor:
        own = self.norm(x)
        seen = own if other is None else self.norm(other)
        parts = (self.query(own), *self.both(seen).chunk(2, -1))
        q, k, v = (each.unflatten(-1, (N_HEADS, HEAD)).transpose(1, 2) for each in parts)
        mixed = torch.softmax(q @ k.mT / HEAD**0.5, -1) @ v
        return x + self.out(mixed.transpose(1, 2).flatten(2))


def feedforward() -> nn.Module:
    """A hidden layer of sixteen."""
    return nn.Sequential(
        nn.LayerNorm(WIDTH), nn.Linear(WIDTH, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, WIDTH)
    )


class Layer(nn.Module):
    """Exchange of thirds, each modality for itself, pairs of modalities, both pairs together."""

    def __init__(self) -> None:
        super().__init__()
        self.single, self.pair, self.cross, self.joint = (Attention() for _ in range(4))
        self.after_pair, self.after_joint = feedforward(), feedforward()

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of dynamic, ALFF, FA, static: (4, n, 16, 512)."""
        third = WIDTH // 3
        x = torch.cat([x[..., :third], x[[1, 0, 0, 0], ..., third : 2 * third],
                       x[[3, 2, 1, 1], ..., 2 * third :]], -1)  # fmt: skip
        x = torch.stack([self.single(each) for each in x])
        pairs = [self.pair(x[0] + x[3]), self.pair(x[1] + x[2])]
        pairs = [each + self.after_pair(each) for each in pairs]
        joint = self.joint(self.cross(pairs[0], pairs[1]) + self.cross(pairs[1], pairs[0]))
        return x + joint + self.after_joint(joint)


class Interaction(nn.Module):
    """Sixteen tokens of each modality's 512 numbers, six layers, and the groups."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(PATCH, WIDTH)
        self.layers = nn.Sequential(*[Layer() for _ in range(DEPTH)])
        self.out = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 2))

    def forward(self, vectors: Tensor) -> Tensor:
        """From (4, n, 512) to (n, 2)."""
        tokens = self.embed(vectors.unflatten(-1, (-1, PATCH)))
        return self.out(self.layers(tokens).mean((0, 2)))


def count(module: nn.Module) -> int:
    """Parameters."""
    return sum(p.numel() for p in module.parameters())
