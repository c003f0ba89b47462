"""A small unconditional denoiser in pixel space, and its file."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DModel
from torch import Tensor, nn

from neuro.analyses.braindive.mixture import Mixture
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
    parts : int
        Gaussians of the mixture that the network corrects; 0 for a network alone.
    """

    size: int = 24
    n_channels: int = 1
    widths: tuple[int, ...] = (16, 32, 64)
    layers: int = 1
    groups: int = 8
    attention: bool = False
    parts: int = 0

    def __post_init__(self) -> None:
        step = 2 ** (len(self.widths) - 1)
        if self.size % step:
            raise ValueError(
                f"size: {len(self.widths)} levels need a multiple of {step} pixels. "
                f"Got {self.size}."
            )
        if wrong := [width for width in self.widths if width % self.groups]:
            raise ValueError(f"widths: {wrong} are no multiples of {self.groups} groups")


class Denoiser(nn.Module):
    """A network of diffusers that predicts v, alone or as correction of a mixture of Gaussians.

    Parameters
    ----------
    network : UNet2DModel
        Sees the noisy image, and the clean one that the mixture expects where there is a mixture.
    mixture : Mixture, optional
        Denoises in closed form.
    """

    def __init__(self, network: UNet2DModel, mixture: Mixture | None = None) -> None:
        super().__init__()
        self.network, self.mixture = network, mixture

    @property
    def config(self) -> SimpleNamespace:
        """Size and channels of images, as diffusers names them."""
        own = self.network.config
        return SimpleNamespace(sample_size=own.sample_size, in_channels=own.out_channels)

    def enable_gradient_checkpointing(self) -> None:
        """Save memory in the gradient."""
        self.network.enable_gradient_checkpointing()

    def forward(self, sample: Tensor, timestep: Any, return_dict: bool = True) -> Any:
        """Expected v, like a network of diffusers: an output with `sample`, or a tuple."""
        if self.mixture is None:
            return self.network(sample, timestep, return_dict=return_dict)
        times = torch.as_tensor(timestep, device=sample.device).expand(len(sample))
        expected = self.mixture(sample, alphas().to(sample.device)[times])
        output = corrected(self.network, sample, times, expected)
        return SimpleNamespace(sample=output) if return_dict else (output,)


def corrected(
    network: UNet2DModel, sample: Tensor, times: Tensor, expected: tuple[Tensor, Tensor]
) -> Tensor:
    """The v that a mixture expects, corrected by a network that also sees the clean image."""
    velocity, clean = expected
    seen = torch.cat([sample, clean], dim=1)
    found: Tensor = velocity + network(seen, times, return_dict=False)[0]
    return found


def build(shape: Shape) -> Denoiser:
    """Make an untrained denoiser; its mixture is to be filled."""
    levels, n = len(shape.widths), shape.n_channels
    network = UNet2DModel(
        sample_size=shape.size,
        in_channels=2 * n if shape.parts else n,
        out_channels=n,
        block_out_channels=shape.widths,
        layers_per_block=shape.layers,
        down_block_types=("DownBlock2D",) * levels,
        up_block_types=("UpBlock2D",) * levels,
        norm_num_groups=shape.groups,
        add_attention=shape.attention,
    )
    network.to(memory_format=torch.channels_last)  # less time on a CPU
    if not shape.parts:
        return Denoiser(network)
    for parameter in network.conv_out.parameters():
        nn.init.zeros_(parameter)  # before training, the mixture alone denoises
    return Denoiser(network, Mixture(shape.parts, n * shape.size**2))


@cache
def alphas() -> Tensor:
    """Share of the signal's variance at each time."""
    found: Tensor = schedule().alphas_cumprod
    return found


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


def write(path: str | Path, network: Denoiser, shape: Shape, about: dict[str, Any]) -> None:
    """Write a trained denoiser."""
    told = {"kind": KIND, "shape": asdict(shape), **about}
    write_state(path, network.state_dict(), told)


def read(path: str | Path) -> tuple[Denoiser, Shape, dict[str, Any]]:
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
    network.network.to(memory_format=torch.channels_last)
    network.eval().requires_grad_(False)
    return network, shape, about
