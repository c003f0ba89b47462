"""Features of images behind one interface, and their unit norm."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuro.analyses.braindive import efficientnet

FLOOR = 1e-6
"""Least norm: a flat image may have no features at all, and zero by zero is not a number."""
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_SD = (0.26862954, 0.26130258, 0.27577711)
BATCH = 64


class Features(nn.Module):
    """A frozen network with what its pictures must look like.

    Parameters
    ----------
    network : nn.Module
        From normalised pictures to features.
    size : int
        Height and width that pictures are brought to, bilinearly.
    mean, sd : sequence of float
        Of red, green and blue.
    """

    mean: Tensor
    sd: Tensor

    def __init__(
        self,
        network: nn.Module,
        size: int,
        mean: tuple[float, ...] = (0.498,) * 3,
        sd: tuple[float, ...] = (0.502,) * 3,
    ) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)
        self.size = size
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("sd", torch.tensor(sd)[:, None, None])

    def forward(self, pixels: Tensor) -> Tensor:
        """Features of unit norm.

        Parameters
        ----------
        pixels : Tensor, shape (n_images, 1 or 3, height, width)
            Between 0 and 1.

        Returns
        -------
        features : Tensor, shape (n_images, n_features)
            Of length one; of zeros alone where an image has none.

        Raises
        ------
        ValueError
            If the images have neither one nor three channels.
        """
        if pixels.ndim != 4 or pixels.shape[1] not in (1, 3):
            raise ValueError(
                "pixels: must have shape (n_images, 1 or 3, height, width). Got "
                f"{tuple(pixels.shape)}."
            )
        pictures = functional.interpolate(
            pixels.expand(-1, 3, -1, -1), (self.size, self.size), mode="bilinear"
        )
        found: Tensor = self.network((pictures - self.mean) / self.sd)
        norm = torch.linalg.vector_norm(found, dim=1, keepdim=True)
        unit: Tensor = found / norm.clamp(min=FLOOR)
        return unit

    @torch.no_grad()
    def of(self, pixels: Any) -> Tensor:
        """Features of many images, batch by batch.

        Parameters
        ----------
        pixels : array-like, shape (n_images, 1 or 3, height, width)
            Between 0 and 1.

        Returns
        -------
        features : Tensor, shape (n_images, n_features)
        """
        every = torch.as_tensor(pixels, dtype=torch.float32, device=self.mean.device)
        return torch.cat([self(part) for part in torch.split(every, BATCH)])


class _ImageEmbeds(nn.Module):
    """The projected embedding of transformers' CLIP."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        embeds: Tensor = self.model(pixel_values=pictures).image_embeds
        return embeds


def lite0(weights: str | Path, size: int = 64) -> Features:
    """EfficientNet-Lite0, from converted weights."""
    return Features(efficientnet.read(weights), size)


def clip(model: str | Path) -> Features:
    """CLIP's image encoder, projected, from a local folder or a name on the Hugging Face hub.

    Only safetensors are read. The paper's is OpenCLIP ViT-B/16 of LAION-2B
    (`laion/CLIP-ViT-B-16-laion2B-s34B-b88K`).

    Raises
    ------
    ValueError
        If there is no such model, or it has no safetensors.
    """
    from transformers import CLIPVisionModelWithProjection

    try:
        network = CLIPVisionModelWithProjection.from_pretrained(str(model), use_safetensors=True)  # nosec B615
    except OSError as error:
        raise ValueError(
            f"features.model: {model!s} is neither a folder nor a model of the hub with "
            f"safetensors weights of CLIP ({error})"
        ) from error
    size = int(network.config.image_size)
    return Features(_ImageEmbeds(network), size, CLIP_MEAN, CLIP_SD)


def timm(name: str) -> Features:
    """A model of timm with its published weights; needs the package `timm`.

    The paper's is `vit_base_patch16_clip_224.laion2b`; `num_classes` keeps the projection.

    Raises
    ------
    ImportError
        If timm is not installed.
    """
    try:
        import timm as library
    except ImportError as error:
        raise ImportError(
            f"features.model: {name} needs the package timm; `pip install "
            "'neuro-workflow[timm]'`, or take CLIP through transformers (`kind: clip`)"
        ) from error
    network = library.create_model(name, pretrained=True)
    told = network.default_cfg
    return Features(network, int(told["input_size"][1]), tuple(told["mean"]), tuple(told["std"]))
