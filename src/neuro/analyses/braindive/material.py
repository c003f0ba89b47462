"""What several jobs of the analysis need alike: images in their parts, features, blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive import blocks as responses
from neuro.analyses.braindive import features as networks
from neuro.analyses.braindive import images as pictures
from neuro.analyses.braindive.blocks import Blocks
from neuro.analyses.braindive.features import Features
from neuro.analyses.braindive.images import ImageSet
from neuro.analyses.braindive.regions import preferring

if TYPE_CHECKING:
    from neuro.config.braindive import Driven, Images
    from neuro.config.braindive import Features as Chosen


@dataclass(frozen=True)
class Real:
    """Real images.

    Parameters
    ----------
    whole : ImageSet
        Training images as they are, before cutting.
    train, held_out : ImageSet
        Cut to size.
    """

    whole: ImageSet
    train: ImageSet
    held_out: ImageSet


def real_images(settings: "Images", seed: int) -> Real:
    """Images in their parts; every job that is given the same seed gets the same.

    Raises
    ------
    ValueError
        If images are missing, or differ in size or mode, or the target category is not there.
    """
    if settings.folder is None:
        every = pictures.faces()
        if settings.mode != "L":
            raise ValueError("braindive.images.mode: scikit-image's faces have grey values: L")
    else:
        every = pictures.from_folder(Path(settings.folder).expanduser(), settings.mode)
    every.of(settings.target)
    train, held_out = pictures.split(every, settings.held_out, np.random.default_rng(seed))
    whole = every.select(train)
    return Real(whole, whole.cropped(settings.size), every.select(held_out).cropped(settings.size))


def image_features(settings: "Chosen", weights: Sequence[str | Path]) -> Features:
    """The chosen features; `weights` holds the converted file of those that are fetched."""
    if settings.kind == "efficientnet-lite0":
        return networks.lite0(weights[0], settings.size)
    assert settings.model is not None
    return (
        networks.clip(settings.model) if settings.kind == "clip" else networks.timm(settings.model)
    )


@dataclass(frozen=True)
class Measured:
    """Responses in their parts.

    Parameters
    ----------
    fit, test : Blocks
        Of the runs that regions and encoder come from, and of the others.
    regions : dict of str to ndarray of bool, shape (n_voxels,)
        Masks by name.
    """

    fit: Blocks
    test: Blocks
    regions: dict[str, NDArray[np.bool_]]


def measured(recordings: Sequence[str | Path], driven: "Driven") -> Measured:
    """Blocks of all runs, and the regions."""
    every = responses.load(recordings, driven.delay)
    odd = every.runs % 2 == 0  # the first run is number 1
    fit = every.select(odd if driven.runs == "odd" else ~odd)
    test = every.select(~odd if driven.runs == "odd" else odd)
    regions = {
        name: preferring(fit, conditions, driven.threshold)
        for name, conditions in driven.regions.items()
    }
    return Measured(fit, test, regions)
