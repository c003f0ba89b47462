r"""Guidance of a diffusion model by predicted activation, through a wrapper of its denoiser.

At time t the denoiser's own output gives the clean image :math:`\hat x_0`; it is mixed with the
noisy image, decoded, and its predicted activation a is differentiated back through the denoiser:

.. math::
    s = \sqrt{1 - \bar\alpha} \hat x_0 + (1 - \sqrt{1 - \bar\alpha}) x_t, \quad
    \epsilon' = \epsilon - \sqrt{1 - \bar\alpha}\, \gamma \nabla_{x_t} a(\mathrm{decode}(s)).

Only the denoiser's output changes, so any scheduler with `alphas_cumprod` goes on from it.

References
----------
Luo et al. (2023), as in the package.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from neuro.analyses.braindive.self_attention import SelfAttentionGuidance

Call = Callable[..., Tensor]

LEAST_SIGNAL = 0.05
"""Floor of the signal's share where a change of noise becomes a change of v: the first steps
would blow up."""
SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "rise": lambda done: 2 * done,
    "fall": lambda done: 2 * (1 - done),
    "early": lambda done: 2.0 if done < 0.5 else 0.0,
    "late": lambda done: 0.0 if done < 0.5 else 2.0,
}
"""Scale over the course of denoising, from 0 (noise) to 1 (image); the mean is 1."""


@dataclass(frozen=True)
class Guidance:
    """How activation guides.

    Parameters
    ----------
    scale : float
        Gamma; negative to suppress.
    shape : str
        Name in :data:`SHAPES`; `constant` is the published recipe.
    through : bool
        Whether the gradient goes through the denoiser; else the clean image counts as a
        rescaled noisy one.
    checkpointing : bool
        Whether activations of denoiser and decoder are computed anew for the gradient, which
        takes time and saves memory.
    """

    scale: float
    shape: str = "constant"
    through: bool = True
    checkpointing: bool = False

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"shape: got {self.shape!r}. Allowed: {', '.join(SHAPES)}.")

    def at(self, done: float) -> float:
        """Scale when a share of the way from noise to image is done."""
        return self.scale * SHAPES[self.shape](min(max(done, 0.0), 1.0))


@dataclass(frozen=True)
class Steering:
    """Everything that turns a denoiser's output into a guided one.

    Parameters
    ----------
    guidance : Guidance
        How.
    activation : callable
        From pixels between 0 and 1, shape (n_images, n_channels, height, width), to shape
        (n_images,).
    decode : callable
        From what is denoised to pixels between 0 and 1.
    alphas : Tensor
        `alphas_cumprod` of the scheduler.
    kind : str
        What the denoiser predicts: `epsilon` or `v_prediction`.
    attention : SelfAttentionGuidance, optional
        Added to activation's; the gradient does not see it.
    told : list of Tensor
        Gets the predicted activation of each step.
    """

    guidance: Guidance
    activation: Call
    decode: Call
    alphas: Tensor
    kind: str = "epsilon"
    attention: SelfAttentionGuidance | None = None
    told: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.kind not in ("epsilon", "v_prediction"):
            raise ValueError(f"prediction_type: got {self.kind!r}. Allowed: epsilon, v_prediction.")

    def __call__(self, predict: Call, sample: Tensor, time: int) -> Tensor:
        """The denoiser's output, guided.

        Parameters
        ----------
        predict : callable
            The denoiser: from a noisy sample to its output.
        sample : Tensor, shape (n_images, ...)
            Noisy.
        time : int
            Index into `alphas`.

        Returns
        -------
        output : Tensor, shape of `sample`
        """
        scale = self.guidance.at(1 - time / len(self.alphas))
        if scale == 0:
            return self._attended(predict, sample, predict(sample), time)
        output, gradient = self.gradient(predict, sample, time)
        change = -((1 - self.alphas[time].to(sample)) ** 0.5) * scale * gradient
        if self.kind == "v_prediction":
            change = change / self.alphas[time].to(sample).sqrt().clamp(min=LEAST_SIGNAL)
        return self._attended(predict, sample, output, time) + change

    def _attended(self, predict: Call, sample: Tensor, output: Tensor, time: int) -> Tensor:
        """The denoiser's own output, with self-attention guidance where there is any."""
        if self.attention is None:
            return output
        signal = self.alphas[time].to(sample).sqrt()
        share = (1 - self.alphas[time].to(sample)).sqrt()
        clean = _clean(self.kind, sample, output, signal, share)
        noise = output if self.kind == "epsilon" else share * sample + signal * output
        return output + self.attention.change(
            predict, output, clean, noise, lambda image, own: signal * image + share * own
        )

    def gradient(self, predict: Call, sample: Tensor, time: int) -> tuple[Tensor, Tensor]:
        """The denoiser's own output, and the gradient of activation at the noisy sample."""
        signal = self.alphas[time].to(sample).sqrt()
        noise = (1 - self.alphas[time].to(sample)).sqrt()
        with torch.enable_grad():
            leaf = sample.detach().requires_grad_()
            if self.guidance.through:
                output = self._run(predict, leaf)
            else:
                with torch.no_grad():
                    output = predict(sample)
            clean = _clean(self.kind, leaf, output, signal, noise)
            blended = noise * clean + (1 - noise) * leaf
            found = self.activation(self._run(self.decode, blended))
            (gradient,) = torch.autograd.grad(found.sum(), leaf)
        self.told.append(found.detach())
        return output.detach(), gradient

    def _run(self, function: Call, value: Tensor) -> Tensor:
        if not self.guidance.checkpointing:
            return function(value)
        found: Tensor = checkpoint(function, value, use_reentrant=False)
        return found


def _clean(kind: str, sample: Tensor, output: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
    """The clean image that an output stands for."""
    if kind == "epsilon":
        return (sample - noise * output) / signal
    return signal * sample - noise * output


@contextmanager
def guided(denoiser: nn.Module, steering: Steering | None) -> Iterator[None]:
    """Let a denoiser of diffusers give guided outputs, whoever calls it.

    Works with `UNet2DModel`, and with `UNet2DConditionModel` inside a stock pipeline: everything
    else that is handed over (text, `return_dict`) goes to the denoiser as it is.

    Parameters
    ----------
    denoiser : nn.Module
        Its `forward` is replaced while the context lasts.
    steering : Steering, optional
        How; without it nothing happens.
    """
    if steering is None:
        yield
        return
    own: Any = denoiser.forward

    def forward(sample: Tensor, timestep: Any, *args: Any, **kwargs: Any) -> Any:
        as_dict = kwargs.pop("return_dict", True)

        def predict(value: Tensor) -> Tensor:
            found: Tensor = own(value, timestep, *args, return_dict=False, **kwargs)[0]
            return found

        output = steering(predict, sample, int(torch.as_tensor(timestep).flatten()[0]))
        return _Output(output) if as_dict else (output,)

    watching = nullcontext() if steering.attention is None else steering.attention.watching()
    denoiser.forward = forward
    try:
        with watching:
            yield
    finally:
        denoiser.forward = own


@dataclass(frozen=True)
class _Output:
    """As diffusers' outputs: the sample by name or first."""

    sample: Tensor

    def __getitem__(self, index: int) -> Tensor:
        return (self.sample,)[index]
