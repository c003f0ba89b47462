"""Self-attention guidance: away from an image whose salient parts were blurred.

References
----------
Hong, S., Lee, G., Jang, W. & Kim, S. (2023). Improving sample quality of diffusion models using
self-attention guidance. ICCV. Luo et al. (2023) use it at scale 0.75.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

KERNEL, SIGMA = 9, 1.0
"""Of the blur, pixels of what is denoised."""
SALIENT = 1.0
"""Attention received, in units of its mean, above which a place counts as salient."""


class SelfAttentionGuidance:
    """Watches where a denoiser attends, and guides by it.

    Parameters
    ----------
    denoiser : UNet2DConditionModel
        With attention in its middle block.
    scale : float
        How far outputs are moved away from those of the blurred image.

    Raises
    ------
    ValueError
        If the middle block has no attention.
    """

    def __init__(self, denoiser: nn.Module, scale: float = 0.75) -> None:
        middle: Any = getattr(denoiser, "mid_block", None)
        try:
            self.layer: Any = middle.attentions[0].transformer_blocks[0].attn1
        except (AttributeError, IndexError, TypeError):
            raise ValueError(
                f"self-attention guidance: the middle block of {type(denoiser).__name__} has no "
                "transformer; give a UNet2DConditionModel, e.g. of Stable Diffusion, or no such "
                "guidance"
            ) from None
        self.scale = scale
        self._seen: Tensor | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep the attention of each call while the context lasts."""
        own = self.layer.processor
        self.layer.processor = self._watched(own)
        try:
            yield
        finally:
            self.layer.processor = own

    def _watched(self, own: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def process(layer: Any, hidden: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            with torch.no_grad():
                query, key = (
                    layer.head_to_batch_dim(part(hidden)) for part in (layer.to_q, layer.to_k)
                )
                scores = layer.get_attention_scores(query, key)
                self._seen = scores.unflatten(0, (-1, layer.heads)).mean(dim=1)
            return own(layer, hidden, *args, **kwargs)

        return process

    @torch.no_grad()
    def change(
        self, predict: Callable[[Tensor], Tensor], output: Tensor, clean: Tensor, noise: Tensor,
        renoise: Callable[[Tensor, Tensor], Tensor],
    ) -> Tensor:  # fmt: skip
        """What is added to the denoiser's output.

        Parameters
        ----------
        predict : callable
            The denoiser.
        output : Tensor, shape (n_images, n_channels, height, width)
            Its output for the noisy sample, of the last call.
        clean, noise : Tensor, shape of `output`
            The clean image and the noise that the output stands for.
        renoise : callable
            From a clean image and noise to a noisy sample.
        """
        assert self._seen is not None, "the denoiser was not watched"
        salient = self._salient(clean)
        degraded = torch.where(salient, blurred(clean), clean)
        found: Tensor = self.scale * (output - predict(renoise(degraded, noise)))
        return found

    def _salient(self, clean: Tensor) -> Tensor:
        """Places that attract attention, shape (n_images, 1, height, width)."""
        assert self._seen is not None
        received = self._seen.sum(dim=1)
        height, width = clean.shape[2:]
        rows = round((received.shape[1] * height / width) ** 0.5)
        mask = (received > SALIENT).to(clean.dtype).reshape(len(clean), 1, rows, -1)
        return functional.interpolate(mask, (height, width)) > 0


def blurred(images: Tensor) -> Tensor:
    """Images through a Gaussian; edges are mirrored."""
    half = KERNEL // 2
    place = torch.arange(-half, half + 1, device=images.device, dtype=torch.float32)
    weights = torch.exp(-0.5 * (place / SIGMA) ** 2)
    weights = (weights / weights.sum()).to(images.dtype)
    n = images.shape[1]
    kernel = (weights[:, None] * weights).expand(n, 1, KERNEL, KERNEL)
    return functional.conv2d(functional.pad(images, [half] * 4, mode="reflect"), kernel, groups=n)
