"""The job that judges the drawn images, and writes tables, figures and the manifest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from neuro.analyses.braindive import encoder, guide
from neuro.analyses.braindive.material import image_features, real_images
from neuro.analyses.braindive.pictures import Story, draw, real_sets
from neuro.analyses.braindive.product import condition_table, image_table, score_table
from neuro.analyses.braindive.texts import (
    CITATIONS,
    QUESTION,
    key_numbers,
    methods,
    warnings_of,
)
from neuro.analyses.braindive.verdict import Court, all_verdicts
from neuro.analyses.braindive.zero_shot import ZeroShot
from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic, read_json
from neuro.io.manifest import Citation, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.viz.style import style

if TYPE_CHECKING:
    from neuro.config.braindive import BrainDive, Driven


class Outputs(Protocol):
    """Tables `conditions`, `images` and `scores` (TSV), `figures` (a folder), `manifest`."""

    conditions: Path
    images: Path
    scores: Path
    figures: Path
    manifest: Path


def run(
    paths: Mapping[str, Path],
    weights: Sequence[str | Path],
    outputs: Outputs,
    *,
    dataset: str,
    settings: "BrainDive",
    driven: "Driven",
    rng: np.random.Generator,
    seed: int,
    source: str | Path | None = None,
) -> Story:
    """Judge.

    Parameters
    ----------
    paths : mapping of str to Path
        `encoder`, `scores` (of the encoder) and `images` (HDF5).
    weights : sequence of str | Path
        Converted weights of fetched features; empty for others.
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset : str
        Its name.
    settings, driven
        The sections `braindive` and `datasets.<name>.braindive`.
    rng : numpy.random.Generator
        Random numbers of this job.
    seed : int
        The configuration's seed, which parts images.
    source : str | Path, optional
        `fetch.json` of the dataset, for licence and citation.

    Returns
    -------
    story : Story
        All that was found.
    """
    story = _story(paths, weights, settings, driven, seed)
    write_tsv(outputs.conditions, condition_table(story))
    write_tsv(outputs.images, image_table(story))
    write_tsv(outputs.scores, score_table(dataset, story, seed))
    folder = Path(outputs.manifest).parent
    below = {
        name: Path(os.path.relpath(getattr(outputs, name), folder)).as_posix()
        for name in ("figures", "conditions", "images", "scores")
    }
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        figures = draw(story, temporary, below["figures"])
    fetched = {} if source is None else read_json(source)
    about = Manifest(
        word="braindive",
        dataset=dataset,
        title=f"Images that drive the {driven.drive} region of {dataset}",
        question=QUESTION,
        key_numbers=key_numbers(story, rng),
        figures=figures,
        tables=_tables(below),
        methods=methods(story, settings, driven),
        citations=[*([Citation(text=fetched["citation"])] if fetched else []), *CITATIONS],
        licenses=_licenses(fetched, settings),
        warnings=warnings_of(story),
        params=settings.model_dump(mode="json") | {"driven": driven.model_dump(mode="json")},
    )
    manifest.write(outputs.manifest, about)
    return story


def _story(
    paths: Mapping[str, Path],
    weights: Sequence[str | Path],
    settings: "BrainDive",
    driven: "Driven",
    seed: int,
) -> Story:
    real = real_images(settings.images, seed)
    fitted, _ = encoder.read(paths["encoder"], image_features(settings.features, weights))
    target = settings.images.target

    def activation(pixels: Any) -> dict[str, Any]:
        return {region: fitted.activation(pixels, region) for region in fitted.regions}

    sweep, conditions, scale = guide.load(paths["images"])
    asked = settings.zero_shot
    third = None if asked is None else ZeroShot(asked.model, asked.labels)
    court = Court(real, target, settings.denoiser.shift, third)
    return Story(
        verdicts=all_verdicts(
            court, conditions, real_sets(real, target, activation), driven.drive,
            settings.guide.keep,
        ),
        sweep=[court.hear(made) for made in sweep],
        scale=scale,
        drive=driven.drive,
        control=driven.control,
        target=target,
        scores=hdf5.read(paths["scores"]),
        real=real,
    )  # fmt: skip


def _licenses(fetched: Mapping[str, Any], settings: "BrainDive") -> list[str]:
    found = [str(fetched["license"])] if fetched else []
    if settings.features.kind == "efficientnet-lite0":
        found.append("EfficientNet-Lite0 weights: Apache-2.0")
    if settings.images.folder is None:
        found.append(
            "Images: pieces of Labeled Faces in the Wild that come with scikit-image (BSD-3); the "
            "photographs' own licences are not stated there"
        )
    return found


def _tables(below: Mapping[str, str]) -> list[Table]:
    return [
        Table(
            path=below["conditions"],
            title="Conditions",
            caption="A row per set of images: mean predicted activation of each region, share that "
            "the detector accepts with Wilson's 95 % interval and Fisher's p against images "
            "without guidance, share that the gradient judge accepts, median distance to the "
            "nearest training image (also without brightness and contrast), mean distance between "
            "two images.",
        ),
        Table(
            path=below["images"],
            title="Images",
            caption="A row per image: its seed (-1: real), scale, predicted activation, judges, "
            "and the training image that is nearest.",
        ),
        Table(
            path=below["scores"],
            title="Scores",
            caption="The long table of all scores; chance is that without guidance, or of permuted "
            "categories.",
        ),
    ]
