"""A small unconditional denoiser in pixel space, and its file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DModel
from torch import Tensor

from neuro.torchkit.checkpoint import read_state, write_state

KIND = "pixel denoiser"


@dataclass(frozen=True)
class Shape:
    """Size of a denoiser.

    Parameters
    ----------
    size : int
        Height and width of the images.
    n_channels : int
        1 for grey values, 3 for colour.
    widths : tuple of int
        Channels of each level; multiples of `groups`.
    layers : int
        Residual layers of each level.
    groups : int
        Of normalisation.
    attention : bool
        Whether the deepest level attends.
    """

    size: int = 24
    n_channels: int = 1
    widths: tuple[int, ...] = (16, 32, 64)
    layers: int = 1
    groups: int = 8
    attention: bool = False

    def __post_init__(self) -> None:
        step = 2 ** (len(self.widths) - 1)
        if self.size % step:
            raise ValueError(
                f"size: {len(self.widths)} levels need a multiple of {step} pixels. "
                f"Got {self.size}."
            )
        if wrong := [width for width in self.widths if width % self.groups]:
            raise ValueError(f"widths: {wrong} are no multiples of {self.groups} groups")


def build(shape: Shape) -> UNet2DModel:
    """Make an untrained denoiser."""
    levels = len(shape.widths)
    network = UNet2DModel(
        sample_size=shape.size,
        in_channels=shape.n_channels,
        out_channels=shape.n_channels,
        block_out_channels=shape.widths,
        layers_per_block=shape.layers,
        down_block_types=("DownBlock2D",) * levels,
        up_block_types=("UpBlock2D",) * levels,
        norm_num_groups=shape.groups,
        add_attention=shape.attention,
    )
    return network.to(memory_format=torch.channels_last)  # less time on a CPU


def schedule() -> DDIMScheduler:
    """Noise levels: squared cosine, the network predicts v."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        clip_sample=True,
    )


def to_signed(pixels: Tensor) -> Tensor:
    """From 0..1 to -1..1, the range of the denoiser."""
    return 2 * pixels - 1


def to_pixels(signed: Tensor) -> Tensor:
    """From -1..1 to 0..1, cut there."""
    return (signed / 2 + 0.5).clamp(0, 1)


def write(path: str | Path, network: UNet2DModel, shape: Shape, about: dict[str, Any]) -> None:
    """Write a trained denoiser."""
    told = {"kind": KIND, "shape": asdict(shape), **about}
    write_state(path, network.state_dict(), told)


def read(path: str | Path) -> tuple[UNet2DModel, Shape, dict[str, Any]]:
    """Read what :func:`write` wrote, ready to denoise.

    Raises
    ------
    ValueError
        If it is something else, or damaged.
    """
    tensors, about = read_state(path)
    if about.get("kind") != KIND:
        raise ValueError(f"{path}: a checkpoint, but of a {about.get('kind')!r}, not a {KIND}")
    fields = about["shape"]
    shape = Shape(**{**fields, "widths": tuple(fields["widths"])})
    with torch.device("meta"):
        network = build(shape)
    network.load_state_dict(tensors, assign=True)
    network.to(memory_format=torch.channels_last)
    network.eval().requires_grad_(False)
    return network, shape, about
