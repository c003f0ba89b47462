"""The sets of images that are compared, and how the scale of guidance is chosen."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive.encoder import Encoder
from neuro.analyses.braindive.guidance import Guidance
from neuro.analyses.braindive.regions import direction
from neuro.analyses.braindive.sampling import Sampler, ascend
from neuro.io import hdf5
from neuro.io.hdf5 import Array

if TYPE_CHECKING:
    from neuro.config.braindive import Driven, Guide

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

PUBLISHED = "published recipe"
SWEEP_SEED, SEED = 100_000, 0
"""First seeds of images by which the scale is chosen, and of those that are reported."""


@dataclass(frozen=True)
class Made:
    """Images of one condition.

    Parameters
    ----------
    name : str
        The condition.
    pixels : ndarray, shape (n_images, n_channels, size, size)
        Between 0 and 1.
    seeds : ndarray of int, shape (n_images,)
        Of each image.
    scale : float
        Of guidance; 0 for none.
    activation : dict of str to ndarray, shape (n_images,)
        Predicted, by region.
    """

    name: str
    pixels: Pixels
    seeds: NDArray[np.int64]
    scale: float
    activation: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Maker:
    """Draws the images of conditions.

    Parameters
    ----------
    encoder : Encoder
        Guides.
    sampler : Sampler
        Draws.
    driven, guide
        Sections `datasets.<name>.braindive` and `braindive.guide`.
    folder : Path, optional
        Where each finished set is kept, so that a killed job goes on from there; it is for one
        encoder, denoiser and configuration alone.
    """

    encoder: Encoder
    sampler: Sampler
    driven: "Driven"
    guide: "Guide"
    folder: Path | None = None

    def make(
        self,
        name: str,
        scale: float,
        *,
        signs: Mapping[str, float] | None = None,
        weights: Floats | None = None,
        published: bool = False,
        through: bool = True,
        first: int = SEED,
        n: int | None = None,
    ) -> Made:
        """Images of a condition, the same seeds for each.

        The published recipe has one scale for all steps, and no fresh noise.
        """
        seeds = np.arange(first, first + (self.guide.n_images if n is None else n))
        if weights is None:
            weights = direction(self.encoder.regions, signs or {self.driven.drive: 1.0})
        shape = "constant" if published else self.guide.shape
        sampler = replace(self.sampler, fresh=0.0) if published else self.sampler
        guidance = Guidance(scale, shape, through, self.guide.checkpointing)
        drive = self.encoder.drive(weights)

        def draw() -> Pixels:
            return sampler.draw(
                seeds.tolist(),
                drive,
                guidance,
                lambda done: logger.info("%s: %d of %d images", name, done, len(seeds)),
            )

        return self._told(name, self._kept(name, draw), seeds, scale)

    def ascended(self) -> Made:
        """Pixels driven without a denoiser."""
        seeds = np.arange(SEED, SEED + self.guide.n_controls)
        config = self.sampler.network.config
        drive = self.encoder.drive(direction(self.encoder.regions, {self.driven.drive: 1.0}))
        shape = (config.in_channels, config.sample_size, config.sample_size)
        name = "pixel ascent"
        pixels = self._kept(
            name, lambda: ascend(seeds.tolist(), shape, drive, device=self.sampler.device)
        )
        return self._told(name, pixels, seeds, 0.0)

    def sweep(self) -> list[Made]:
        """Each scale, no guidance first."""
        n = self.guide.n_sweep
        return [
            self.make(f"scale {scale:g}", scale, first=SWEEP_SEED, n=n)
            for scale in (0.0, *sorted(self.guide.scales))
        ]

    def all_conditions(self, scale: float, clusters: Mapping[str, Floats]) -> list[Made]:
        """All sets at the chosen scale.

        Parameters
        ----------
        scale : float
            Chosen.
        clusters : mapping of str to ndarray, shape (n_voxels,)
            Further directions over voxels by name: differences between clusters.
        """
        drive, control = self.driven.drive, self.driven.control
        few = self.guide.n_controls
        made = [
            self.make("unguided", 0.0),
            self.make("guided", scale),
            self.make("suppressed", -scale, n=few),
        ]
        if self.guide.fresh or self.guide.shape != "constant":
            made.insert(2, self.make(PUBLISHED, scale, published=True))
        if control is not None:
            both = {drive: 1.0, control: -1.0}
            made.append(self.make(control, scale, signs={control: 1.0}, n=few))
            made.append(self.make(f"{drive} - {control}", scale, signs=both, n=few))
        made.append(self.make("not through denoiser", scale, through=False, n=few))
        made.append(self.ascended())
        for name, weights in clusters.items():
            made.append(self.make(name, scale, weights=weights, n=few))
        return made

    def _kept(self, name: str, draw: Callable[[], Pixels]) -> Pixels:
        """Images that were drawn before the job was killed, else drawn now."""
        if self.folder is None:
            return draw()
        path = self.folder / f"{name.replace(' ', '_')}.h5"
        if not path.is_file():
            axes = ("image", "channel", "row", "column")
            hdf5.write(path, {"pixels": Array(draw(), axes)}, {"condition": name})
        return np.asarray(hdf5.read(path)["pixels"].values)

    def _told(self, name: str, pixels: Pixels, seeds: NDArray[np.int64], scale: float) -> Made:
        responses = self.encoder.responses(pixels)
        means = {r: responses[:, m].mean(axis=1) for r, m in self.encoder.regions.items()}
        return Made(name, pixels, seeds, scale, means)


def chosen_scale(
    sweep: list[Made], probability: Callable[[Pixels], Floats]
) -> tuple[float, list[float]]:
    """The scale whose images a judge finds likeliest; the least of those that it finds alike.

    Parameters
    ----------
    sweep : list of Made
        By scale, no guidance first.
    probability : callable
        Says how likely each image is of the target category.

    Returns
    -------
    scale : float
        Chosen; never 0.
    means : list of float
        Mean probability of each.
    """
    means = [float(probability(each.pixels).mean()) for each in sweep]
    best = max(range(1, len(sweep)), key=lambda i: (means[i], -sweep[i].scale))
    return sweep[best].scale, means


def re_ranked(made: Made, region: str, keep: float) -> Made:
    """The images with the highest predicted activation."""
    n = max(1, round(keep * len(made.pixels)))
    order = np.argsort(-made.activation[region], kind="stable")[:n]
    activation = {name: values[order] for name, values in made.activation.items()}
    return Made(
        f"{made.name}, re-ranked", made.pixels[order], made.seeds[order], made.scale, activation
    )
