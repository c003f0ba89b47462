"""Images from a stock pipeline of diffusers, e.g. Stable Diffusion, guided in its latent space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.braindive.guidance import Guidance, Steering, guided
from neuro.analyses.braindive.self_attention import SelfAttentionGuidance

Floats = NDArray[np.float32]
Call = Callable[..., Tensor]


@dataclass(frozen=True)
class LatentSampler:
    """How images are drawn from a pipeline with `unet`, `vae` and a scheduler.

    The prompt is empty, and there is no guidance by text: activation alone guides.

    Parameters
    ----------
    pipeline : StableDiffusionPipeline
        Loaded; weights in half precision on a GPU are used as they are.
    n_steps : int
        Steps of the scheduler.
    size : int, optional
        Height and width of images; without it, what the pipeline was trained for.
    batch : int
        Images at a time.
    attention_scale : float
        Of self-attention guidance; 0 for none, 0.75 in the paper.
    """

    pipeline: Any
    n_steps: int = 50
    size: int | None = None
    batch: int = 4
    attention_scale: float = 0.0

    def draw(
        self,
        seeds: Sequence[int],
        activation: Call | None = None,
        guidance: Guidance | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Floats:
        """An image for each seed, as :meth:`neuro.analyses.braindive.sampling.Sampler.draw`.

        Returns
        -------
        pixels : ndarray, shape (n_images, 3, size, size)
            Between 0 and 1.
        """
        parts = []
        for start in range(0, len(seeds), self.batch):
            parts.append(self._some(seeds[start : start + self.batch], activation, guidance))
            if progress is not None:
                progress(min(start + self.batch, len(seeds)))
        return np.concatenate(parts)

    def _some(
        self, seeds: Sequence[int], activation: Call | None, guidance: Guidance | None
    ) -> Floats:
        pipe = self.pipeline
        steering = self._steering(activation, guidance)
        device = pipe.unet.device
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        with guided(pipe.unet, steering):
            found = pipe(
                **self._text(len(seeds), device),
                height=self.size,
                width=self.size,
                num_inference_steps=self.n_steps,
                guidance_scale=0.0,
                generator=generators,
                output_type="pt",
            ).images
        return np.asarray(found.float().cpu().numpy(), dtype=np.float32)

    def _steering(self, activation: Call | None, guidance: Guidance | None) -> Steering | None:
        """What changes the denoiser's output; nothing where nothing guides."""
        attention = None
        if self.attention_scale:
            attention = SelfAttentionGuidance(self.pipeline.unet, self.attention_scale)
        if activation is None or guidance is None or not guidance.scale:
            if attention is None:
                return None
            activation, guidance = torch.zeros_like, Guidance(0.0)
        scheduler = self.pipeline.scheduler
        return Steering(
            guidance,
            activation,
            self._decode,
            scheduler.alphas_cumprod,
            scheduler.config.prediction_type,
            attention,
        )

    def _decode(self, latents: Tensor) -> Tensor:
        vae = self.pipeline.vae
        decoded: Tensor = vae.decode(latents / vae.config.scaling_factor).sample
        return (decoded / 2 + 0.5).clamp(0, 1)

    def _text(self, n: int, device: torch.device) -> dict[str, Any]:
        """An empty prompt for each image; zeros where the pipeline has no text encoder."""
        pipe = self.pipeline
        if pipe.text_encoder is not None:
            return {"prompt": [""] * n}
        width = pipe.unet.config.cross_attention_dim
        return {"prompt_embeds": torch.zeros(n, 1, width, device=device, dtype=pipe.unet.dtype)}


def load(model: str, device: torch.device, half: bool) -> Any:
    """Stable Diffusion with DPM-Solver++, from a local folder or a name of the hub.

    Parameters
    ----------
    model : str
        E.g. `stabilityai/stable-diffusion-2-1-base`, the paper's. Only safetensors are read.
    device : torch.device
        Where.
    half : bool
        Whether weights are taken in half precision.

    Raises
    ------
    ValueError
        If there is no such model.
    """
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    try:
        pipe = StableDiffusionPipeline.from_pretrained(
            model,
            torch_dtype=torch.float16 if half else torch.float32,
            use_safetensors=True,
            safety_checker=None,
            requires_safety_checker=False,
        )
    except OSError as error:
        raise ValueError(
            f"{model} is neither a folder nor a model of the hub with safetensors "
            f"weights of Stable Diffusion ({error})"
        ) from error
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    for part in (pipe.unet, pipe.vae):
        part.requires_grad_(False)
    return pipe.to(device)
