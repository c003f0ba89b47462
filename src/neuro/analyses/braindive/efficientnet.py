"""EfficientNet-Lite0: a network of ImageNet for small devices, and its pinned weights.

Batch normalisation is folded into the convolutions when weights are converted, so that the
network here is convolutions alone.

References
----------
Tan, M. & Le, Q. V. (2019). EfficientNet: rethinking model scaling for convolutional neural
networks. ICML. The `Lite` variants leave out squeeze-and-excitation and use ReLU6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuro.torchkit.checkpoint import read_state

KIND = "efficientnet-lite0"
EPSILON = 1e-3
"""Of batch normalisation."""


@dataclass(frozen=True)
class Stage:
    """Blocks of one kind: how many, and kernel, stride, expansion and width of the outputs."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280


class Same(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) pixels, extra padding at the far end."""

    def forward(self, values: Tensor) -> Tensor:
        """Pad and convolve."""
        (top, bottom), (left, right) = (
            self._pads(size) for size in (values.shape[2], values.shape[3])
        )
        if top != bottom or left != right:  # a copy: only where it must be
            values = functional.pad(values, [left, right, top, bottom])
            top = left = 0
        return functional.conv2d(
            values, self.weight, self.bias, self.stride, (top, left), groups=self.groups
        )

    def _pads(self, size: int) -> tuple[int, int]:
        """Padding before and after."""
        stride, kernel = self.stride[0], self.kernel_size[0]
        needed = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return needed // 2, needed - needed // 2


class Block(nn.Module):
    """Expand, filter each channel in space, project; added to the input where sizes agree."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = inputs * stage.expansion
        self.expand = Same(inputs, hidden, 1) if stage.expansion > 1 else None
        self.depthwise = Same(hidden, hidden, stage.kernel, stride, groups=hidden)
        self.project = Same(hidden, stage.width, 1)
        self.residual = stride == 1 and inputs == stage.width

    def forward(self, values: Tensor) -> Tensor:
        """Through the block."""
        hidden = values if self.expand is None else functional.relu6(self.expand(values))
        hidden = functional.relu6(self.depthwise(hidden))
        projected: Tensor = self.project(hidden)
        return projected + values if self.residual else projected


class EfficientNetLite0(nn.Module):
    """From pictures of three channels to 1,280 pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        blocks, inputs = [], STEM
        for stage in STAGES:
            for repeat in range(stage.repeats):
                blocks.append(Block(inputs, stage, stage.stride if repeat == 0 else 1))
                inputs = stage.width
        self.blocks = nn.ModuleList(blocks)
        self.head = Same(inputs, HEAD, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Features of normalised pictures.

        Parameters
        ----------
        pictures : Tensor, shape (n_images, 3, height, width)
            Normalised.

        Returns
        -------
        features : Tensor, shape (n_images, 1280)
        """
        values = functional.relu6(self.stem(pictures))
        for block in self.blocks:
            values = block(values)
        pooled: Tensor = functional.relu6(self.head(values)).mean(dim=(2, 3))
        return pooled


def converted(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published weights by this network's names, batch normalisation folded in.

    Parameters
    ----------
    published : mapping
        State dict of the published file.

    Raises
    ------
    ValueError
        If a weight is missing.
    """
    pairs = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    for i in range(sum(stage.repeats for stage in STAGES)):
        below = f"_blocks.{i}."
        if i:
            pairs[f"blocks.{i}.expand"] = (f"{below}_expand_conv", f"{below}_bn0")
        pairs[f"blocks.{i}.depthwise"] = (f"{below}_depthwise_conv", f"{below}_bn1")
        pairs[f"blocks.{i}.project"] = (f"{below}_project_conv", f"{below}_bn2")
    found: dict[str, Tensor] = {}
    for name, (conv, norm) in pairs.items():
        try:
            scale = published[f"{norm}.weight"] / torch.sqrt(
                published[f"{norm}.running_var"] + EPSILON
            )
            weight = published[f"{conv}.weight"] * scale[:, None, None, None]
            bias = published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale
        except KeyError as error:
            raise ValueError(f"weights of EfficientNet-Lite0: {error} is missing") from None
        found |= {f"{name}.weight": weight, f"{name}.bias": bias}
    return found


def read(path: str | Path) -> EfficientNetLite0:
    """Read converted weights, frozen.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    tensors, about = read_state(path)
    if about.get("kind") != KIND:
        raise ValueError(f"{path}: not the converted weights of EfficientNet-Lite0")
    with torch.device("meta"):
        network = EfficientNetLite0()
    network.load_state_dict(tensors, assign=True)
    network.to(memory_format=torch.channels_last)  # a third less time on a CPU
    return network.eval().requires_grad_(False)
