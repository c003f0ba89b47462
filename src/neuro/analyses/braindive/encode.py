"""The job that fits an encoder, tests it on other runs and images, and divides its region."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive import encoder as heads
from neuro.analyses.braindive.augment import variants
from neuro.analyses.braindive.blocks import Blocks, Space
from neuro.analyses.braindive.encoder import Encoder, Head
from neuro.analyses.braindive.evaluate import Tested, explained, permuted
from neuro.analyses.braindive.material import Measured, Real, image_features, measured, real_images
from neuro.analyses.braindive.pairing import pair
from neuro.analyses.braindive.subdivide import Clusters, subdivide
from neuro.io import hdf5
from neuro.io.atomic import atomic
from neuro.io.hdf5 import Array

if TYPE_CHECKING:
    from neuro.config.braindive import BrainDive, Driven

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]

N_HALVES = 6
"""Ways to halve the runs for the stability of clusters."""


class Outputs(Protocol):
    """`encoder` (safetensors), `scores` (HDF5) and `maps` (a folder)."""

    encoder: Path
    scores: Path
    maps: Path


@dataclass(frozen=True)
class Fit:
    """Everything that fits heads to one set of images.

    Parameters
    ----------
    settings, driven
        The configuration.
    features : ndarray, shape (n_variants, n_images, n_features)
        Of variants of the training images.
    categories : ndarray of str, shape (n_images,)
        Theirs.
    """

    settings: "BrainDive"
    driven: "Driven"
    features: Any
    categories: NDArray[np.str_]

    def __call__(self, blocks: Blocks, rng: np.random.Generator) -> Head:
        """Pair images with blocks, and fit."""
        target = pair(self.categories, blocks, self.driven.pairs, self.driven.n_blocks, rng)
        chosen = self.settings.encoder
        if chosen.method == "adamw":
            return heads.fit_adamw(self.features, target, rng)
        return heads.fit_ridge(self.features, target, chosen.alphas, chosen.n_folds)


def run(
    recordings: Sequence[str | Path],
    weights: Sequence[str | Path],
    outputs: Outputs,
    *,
    settings: "BrainDive",
    driven: "Driven",
    rng: np.random.Generator,
    seed: int,
) -> Encoder:
    """Fit and test an encoder.

    Parameters
    ----------
    recordings : sequence of str | Path
        `_voxels.h5` of the subject's runs.
    weights : sequence of str | Path
        Converted weights of fetched features; empty for others.
    outputs : Outputs
        Where everything goes.
    settings, driven
        The sections `braindive` and `datasets.<name>.braindive`.
    rng : numpy.random.Generator
        Random numbers of this job.
    seed : int
        The configuration's seed, which parts images.

    Returns
    -------
    encoder : Encoder
        Fitted.
    """
    real = real_images(settings.images, seed)
    responses = measured(recordings, driven)
    features = image_features(settings.features, weights)
    chosen = settings.encoder
    shown = variants(
        real.train.pixels, chosen.n_variants, chosen.noise, chosen.gain, rng.spawn(1)[0]
    )
    seen = np.stack([features.of(pixels).cpu().numpy() for pixels in shown])
    fit = Fit(settings, driven, seen, real.train.categories)
    encoder = Encoder(features, fit(responses.fit, rng), responses.regions)
    tested, r2 = _test(encoder, real, responses, driven, settings.encoder.n_permutations, rng)
    region = responses.regions[driven.drive]
    clusters = _clusters(fit, encoder.head, responses.fit, region, rng)
    for name, mask in responses.regions.items():
        told = (name, mask.sum(), tested.r[mask].mean(), tested.mean_p(mask))
        logger.info("region %s: %d voxels, r %.3f on other runs and images, p %.3g", *told)
    heads.write(outputs.encoder, encoder, {"features": settings.features.model_dump(mode="json")})
    arrays = _arrays(encoder, tested, r2, responses)
    arrays["clusters/labels"] = Array(clusters.labels, ("region_voxel",))
    arrays["clusters/stability"] = Array(clusters.stability, ("split",))
    arrays["clusters/cohesion"] = Array(np.array(clusters.cohesion), ())
    hdf5.write(outputs.scores, arrays, settings.model_dump(mode="json"))
    maps = {"r": tested.r} | {name: m.astype(float) for name, m in responses.regions.items()}
    _write_maps(outputs.maps, maps, responses.fit.space)
    return encoder


def _test(
    encoder: Encoder,
    real: Real,
    responses: Measured,
    driven: "Driven",
    n: int,
    rng: np.random.Generator,
) -> tuple[Tested, Floats]:
    """Held-out images against blocks of the other runs, and against permuted categories."""
    predicted = encoder.responses(real.held_out.pixels)
    categories, test = real.held_out.categories, responses.test

    def paired(blocks: Blocks) -> Floats:
        return pair(categories, blocks, driven.pairs, driven.n_blocks, rng)

    def shuffled() -> Floats:
        mixed = test.categories.copy()
        for run_ in np.unique(test.runs):
            here = test.runs == run_
            mixed[here] = rng.permutation(mixed[here])
        return paired(Blocks(test.patterns, mixed, test.runs, test.space))

    target = paired(test)
    return permuted(predicted, target, shuffled, n), explained(predicted, target)


def _clusters(
    fit: Fit, head: Head, blocks: Blocks, region: NDArray[np.bool_], rng: np.random.Generator
) -> Clusters:
    """Parts of a region; halves of the runs tell whether they are the same again."""
    runs = np.unique(blocks.runs)
    halves = []
    for _ in range(N_HALVES):
        first = rng.permutation(runs)[: len(runs) // 2]
        hit = np.isin(blocks.runs, first)
        halves.append(tuple(fit(blocks.select(part), rng).weights[region] for part in (hit, ~hit)))
    k = fit.settings.encoder.n_clusters
    return subdivide(head.weights[region], [(a, b) for a, b in halves], k, rng)


def _arrays(encoder: Encoder, tested: Tested, r2: Floats, responses: Measured) -> dict[str, Array]:
    space = responses.fit.space
    arrays = {
        "r": Array(tested.r, ("voxel",)),
        "r2": Array(r2, ("voxel",)),
        "p": Array(tested.voxel_p(), ("voxel",)),
        "null_mean": Array(tested.null.mean(axis=1), ("permutation",)),
        "penalties": Array(np.nan_to_num(encoder.head.penalties), ("voxel",)),
        "ijk": Array(space.ijk, ("voxel", "axis")),
        "shape": Array(np.array(space.shape), ("axis",)),
        "affine": Array(space.affine, ("row", "column"), "mm"),
    }
    for name, mask in encoder.regions.items():
        null = tested.null[:, mask].mean(axis=1)
        test = responses.test
        means = {c: test.patterns[test.categories == c][:, mask].mean() for c in _names(test)}
        arrays |= {
            f"regions/{name}/mask": Array(mask, ("voxel",)),
            f"regions/{name}/null": Array(null, ("permutation",)),
            f"regions/{name}/p": Array(np.array(tested.mean_p(mask)), ()),
            f"regions/{name}/conditions": Array(np.array(list(means)), ("condition",)),
            f"regions/{name}/responses": Array(np.array(list(means.values())), ("condition",)),
        }
    return arrays


def _names(blocks: Blocks) -> list[str]:
    return sorted(set(blocks.categories.tolist()))


def _write_maps(folder: Path, maps: dict[str, Floats], space: Space) -> None:
    image: Any = nib.Nifti1Image
    with atomic(folder) as temporary:
        temporary.mkdir()
        for name, values in maps.items():
            volume = np.zeros(space.shape, dtype=np.float32)
            volume[tuple(space.ijk.T)] = values
            image(volume, space.affine).to_filename(temporary / f"{name}.nii.gz")
