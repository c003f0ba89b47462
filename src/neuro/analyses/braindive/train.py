"""The job that trains the small denoiser."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuro.analyses.braindive import denoiser
from neuro.analyses.braindive.augment import Augmentation
from neuro.analyses.braindive.denoiser import Shape
from neuro.analyses.braindive.material import real_images
from neuro.analyses.braindive.training import Recipe, Trainer
from neuro.torchkit.device import pick_device

if TYPE_CHECKING:
    from neuro.config.braindive import BrainDive


def run(output: Path, *, settings: "BrainDive", seed: int) -> None:
    """Train, going on where a killed job stopped.

    Parameters
    ----------
    output : Path
        The denoiser, safetensors; the state of training lies beside it until the end.
    settings : BrainDive
        The section `braindive`.
    seed : int
        The configuration's seed, which parts images and from which everything drawn follows.
    """
    real = real_images(settings.images, seed)
    chosen = settings.denoiser
    shape = Shape(
        size=settings.images.size,
        n_channels=real.train.pixels.shape[1],
        widths=chosen.widths,
        parts=len(set(real.whole.categories)) if chosen.gaussians else 0,
    )
    recipe = Recipe(
        n_steps=chosen.n_steps,
        batch=chosen.batch,
        rate=chosen.rate,
        every=chosen.every,
        patience=chosen.patience,
        augmentation=Augmentation(
            shift=chosen.shift, contrast=chosen.contrast, brightness=chosen.brightness
        ),
        seed=seed,
    )
    device = pick_device(settings.device)
    categories = real.whole.categories.tolist()
    trainer = Trainer(shape, real.whole.pixels, real.held_out.pixels, recipe, device, categories)
    state = output.with_name(f"{output.stem}.training.safetensors")
    trainer.run(state)
    told = {"curve": trainer.curve, "n_train": len(real.train), "step": trainer.step}
    denoiser.write(output, trainer.finished(), shape, told)
    state.unlink(missing_ok=True)
