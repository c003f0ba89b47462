"""The job that draws images: the sweep of scales, then all conditions at the chosen scale."""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive import denoiser, encoder
from neuro.analyses.braindive.conditions import Made, Maker, chosen_scale
from neuro.analyses.braindive.judges import GradientJudge
from neuro.analyses.braindive.material import image_features, real_images
from neuro.analyses.braindive.sampling import Sampler
from neuro.datasets.cache import sha256
from neuro.io import hdf5
from neuro.io.hdf5 import Array
from neuro.torchkit.device import pick_device

if TYPE_CHECKING:
    from neuro.config.braindive import BrainDive, Driven

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]


def run(
    paths: Mapping[str, Path],
    weights: Sequence[str | Path],
    output: Path,
    *,
    settings: "BrainDive",
    driven: "Driven",
    seed: int,
) -> None:
    """Draw the images of all conditions.

    Parameters
    ----------
    paths : mapping of str to Path
        `encoder`, `scores` and `denoiser`.
    weights : sequence of str | Path
        Converted weights of fetched features; empty for others.
    output : Path
        All images, HDF5, each with seed, scale and predicted activation.
    settings, driven
        The sections `braindive` and `datasets.<name>.braindive`.
    seed : int
        The configuration's seed, which parts images.
    """
    device = pick_device(settings.device)
    real = real_images(settings.images, seed)
    features = image_features(settings.features, weights)
    fitted, _ = encoder.read(paths["encoder"], features)
    fitted = fitted.to(device)
    network, _, _ = denoiser.read(paths["denoiser"])
    guide = settings.guide
    sampler = Sampler(network.to(device), guide.n_steps, guide.fresh, device=device)
    folder = _unfinished(output, [paths["encoder"], paths["denoiser"]], settings, driven)
    maker = Maker(fitted, sampler, driven, guide, folder)
    is_target = real.train.categories == settings.images.target
    sweep = maker.sweep()
    judge = GradientJudge(real.train.pixels, is_target)
    scale, means = chosen_scale(sweep, judge.probability)
    logger.info("Scale %g, of %s", scale, dict(zip([s.scale for s in sweep], means, strict=True)))
    made = maker.all_conditions(scale, _differences(paths["scores"], fitted, driven.drive))
    arrays = _arrays("sweep", sweep) | _arrays("conditions", made)
    arrays["scale"] = Array(np.array(scale), ())
    hdf5.write(output, arrays, settings.model_dump(mode="json"))
    shutil.rmtree(folder.parent, ignore_errors=True)


def _unfinished(
    output: Path, models: Sequence[Path], settings: "BrainDive", driven: "Driven"
) -> Path:
    """Folder of finished sets, named after all that they depend on."""
    told = [settings.model_dump_json(), driven.model_dump_json(), *map(sha256, models)]
    name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
    return output.with_name(f"{output.stem}_unfinished") / name


def _differences(scores: Path, fitted: encoder.Encoder, region: str) -> dict[str, Floats]:
    """Directions from one part of a region to the other, both ways."""
    labels = np.asarray(hdf5.read(scores)["clusters/labels"].values)
    voxels = np.flatnonzero(fitted.regions[region])
    found = {}
    for first, second in ((0, 1), (1, 0)):
        weights = np.zeros(len(fitted.head.bias))
        weights[voxels[labels == first]] = 1 / (labels == first).sum()
        weights[voxels[labels == second]] = -1 / (labels == second).sum()
        found[f"part {first + 1} - part {second + 1}"] = weights
    return found


def _arrays(group: str, sets: Sequence[Made]) -> dict[str, Array]:
    arrays = {f"{group}_names": Array(np.array([made.name for made in sets]), ("condition",))}
    for i, made in enumerate(sets):
        below = f"{group}/{i:02d}"
        axes = ("image", "channel", "row", "column")
        arrays |= {
            f"{below}/pixels": Array(made.pixels, axes),
            f"{below}/seeds": Array(made.seeds, ("image",)),
            f"{below}/scale": Array(np.array(made.scale), ()),
        }
        for region, values in made.activation.items():
            arrays[f"{below}/activation/{region}"] = Array(values, ("image",))
    return arrays


def load(path: str | Path) -> tuple[list[Made], list[Made], float]:
    """Read what :func:`run` wrote: sweep, conditions, and the chosen scale."""
    arrays = hdf5.read(path)

    def sets(group: str) -> list[Made]:
        found = []
        for i, name in enumerate(arrays[f"{group}_names"].values):
            below = f"{group}/{i:02d}/"
            own = {k: a.values for k, a in arrays.items() if k.startswith(below)}
            values = {k.removeprefix(below): np.asarray(v) for k, v in own.items()}
            regions = [k for k in values if k.startswith("activation/")]
            activation = {k.removeprefix("activation/"): values[k] for k in regions}
            found.append(
                Made(
                    str(name),
                    values["pixels"],
                    values["seeds"],
                    float(values["scale"]),
                    activation,
                )
            )
        return found

    return sets("sweep"), sets("conditions"), float(arrays["scale"].values)
