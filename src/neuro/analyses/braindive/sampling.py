"""Images from the small denoiser: one seed each, guided or not, and ascent without a denoiser.

References
----------
Song, J., Meng, C. & Ermon, S. (2021). Denoising diffusion implicit models. ICLR.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.braindive.denoiser import Denoiser, schedule, to_pixels
from neuro.analyses.braindive.guidance import Guidance, Steering, guided

Floats = NDArray[np.float32]
Call = Callable[..., Tensor]


@dataclass(frozen=True)
class Sampler:
    """How images are drawn.

    Parameters
    ----------
    network : Denoiser
        Trained to predict v.
    n_steps : int
        Steps of DDIM.
    fresh : float
        Share of fresh noise at each step, from 0 (none: DDIM) to 1 (as much as in DDPM): the eta
        of Song, Meng & Ermon (2021). What guidance adds beyond images that the denoiser knows is
        drowned in it, and denoised in the steps that follow.
    batch : int
        Images at a time; what comes out does not depend on it but for rounding.
    device : torch.device, optional
        Where.
    """

    network: Denoiser
    n_steps: int = 20
    fresh: float = 0.0
    batch: int = 32
    device: torch.device | None = None

    def draw(
        self,
        seeds: Sequence[int],
        activation: Call | None = None,
        guidance: Guidance | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Floats:
        """An image for each seed.

        Parameters
        ----------
        seeds : sequence of int
            Of each image's noise.
        activation, guidance : optional
            What is raised and how; without them, nothing guides.
        progress : callable, optional
            Told how many images are done.

        Returns
        -------
        pixels : ndarray, shape (n_images, n_channels, size, size)
            Between 0 and 1.
        """
        parts = []
        for start in range(0, len(seeds), self.batch):
            parts.append(self._some(seeds[start : start + self.batch], activation, guidance))
            if progress is not None:
                progress(min(start + self.batch, len(seeds)))
        return np.concatenate(parts)

    @torch.no_grad()
    def _some(
        self, seeds: Sequence[int], activation: Call | None, guidance: Guidance | None
    ) -> Floats:
        device = self.device or torch.device("cpu")
        scheduler = schedule()
        scheduler.set_timesteps(self.n_steps)
        draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        sample = self._noise(draws).to(device)
        steering = None
        if activation is not None and guidance is not None and guidance.scale:
            steering = Steering(
                guidance, activation, to_pixels, scheduler.alphas_cumprod, "v_prediction"
            )
        with guided(self.network, steering):
            for time in scheduler.timesteps:
                output = self.network(sample, time).sample
                noise = self._noise(draws).to(device) if self.fresh else None
                sample = scheduler.step(
                    output,
                    time,
                    sample,
                    eta=self.fresh,
                    use_clipped_model_output=True,
                    variance_noise=noise,
                ).prev_sample
        return np.asarray(to_pixels(sample).cpu().numpy(), dtype=np.float32)

    def _noise(self, draws: Sequence[torch.Generator]) -> Tensor:
        """Noise for each image, from its own generator: whatever batch it is in."""
        config = self.network.config
        return _normal(draws, (config.in_channels, config.sample_size, config.sample_size))


def _normal(draws: Sequence[torch.Generator], shape: tuple[int, ...]) -> Tensor:
    return torch.stack([torch.randn(shape, generator=draw) for draw in draws])


def ascend(
    seeds: Sequence[int],
    shape: tuple[int, ...],
    activation: Call,
    n_steps: int = 100,
    rate: float = 0.02,
    device: torch.device | None = None,
) -> Floats:
    """Pixels that raise activation, with no denoiser to keep them like images.

    Parameters
    ----------
    seeds : sequence of int
        Of the noise that each begins with.
    shape : tuple of int
        Channels, height, width.
    activation : callable
        From pixels to shape (n_images,).
    n_steps : int
        Steps of Adam.
    rate : float
        Learning rate.
    device : torch.device, optional
        Where.

    Returns
    -------
    pixels : ndarray, shape (n_images, n_channels, height, width)
        Between 0 and 1.
    """
    noise = _normal([torch.Generator().manual_seed(seed) for seed in seeds], shape).to(device)
    pixels = (0.5 + 0.2 * noise).clamp(0, 1).requires_grad_()
    optimizer = torch.optim.Adam([pixels], lr=rate)
    for _ in range(n_steps):
        optimizer.zero_grad()
        (-activation(pixels).sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            pixels.clamp_(0, 1)
    return np.asarray(pixels.detach().cpu().numpy(), dtype=np.float32)
