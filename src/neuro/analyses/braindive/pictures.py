"""From verdicts to figures in a folder, with captions and alternative texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuro.analyses.braindive.conditions import PUBLISHED, Made
from neuro.analyses.braindive.material import Real
from neuro.analyses.braindive.verdict import Verdict
from neuro.io.hdf5 import Array
from neuro.io.manifest import Figure
from neuro.viz.braindive import (
    Dose,
    Sheet,
    activation_figure,
    dose_figure,
    encoder_figure,
    memory_figure,
    sheet_figure,
)
from neuro.viz.fmri_slices import SlicePicture, slices_figure
from neuro.viz.style import DIVERGING, save_svg

N_PAIRS = 10


@dataclass(frozen=True)
class Story:
    """All that figures and texts tell of.

    Parameters
    ----------
    verdicts : dict of str to Verdict
        By condition; real images first.
    sweep : list of Verdict
        By scale, no guidance first.
    scale : float
        Chosen.
    drive : str
        The region that is driven.
    control : str, optional
        The other.
    target : str
        The judged category.
    scores : dict of str to Array
        Of the encoder's job.
    real : Real
        Images.
    """

    verdicts: dict[str, Verdict]
    sweep: list[Verdict]
    scale: float
    drive: str
    control: str | None
    target: str
    scores: Mapping[str, Array]
    real: Real

    def regions(self) -> list[str]:
        """Names of all regions."""
        names = [k.split("/")[1] for k in self.scores if k.startswith("regions/")]
        return list(dict.fromkeys(names))

    def of(self, name: str) -> Any:
        """An array of the encoder's job."""
        return np.asarray(self.scores[name].values)


def draw(story: Story, folder: Path, relative: str) -> list[Figure]:
    """Draw all figures.

    Parameters
    ----------
    story : Story
        What to tell.
    folder : Path
        Where to.
    relative : str
        That folder as the manifest names it.
    """
    label = f"Predicted activation, {story.drive} region (SD)"
    verdicts = story.verdicts
    figures = []

    def keep(name: str, drawn: Any, title: str, caption: str, alt: str) -> None:
        save_svg(drawn, folder / f"{name}.svg")
        path = f"{relative}/{name}.svg"
        figures.append(Figure(path=path, title=title, caption=caption, alt=alt))

    rows = [name for name in verdicts if "re-ranked" not in name]
    keep(
        "images",
        sheet_figure([_sheet(name, verdicts[name], story.drive) for name in rows]),
        "Images of all conditions",
        f"Real images that nothing was fitted to, and drawn ones; below the real, the images of a "
        f"column begin with the same noise. Orange frame: the detector accepts it as {_a(story)}. "
        "Numbers: mean predicted activation, and share accepted of all images of the row.",
        f"{len(rows)} rows of small grey images.",
    )
    ranked = [name for name in verdicts if "re-ranked" in name]
    keep(
        "reranked",
        sheet_figure([_sheet(name, verdicts[name], story.drive) for name in ranked]),
        "The images with the highest predicted activation",
        "Of each condition, those that the encoder ranks first. Orange frame: accepted by the "
        "detector.",
        f"{len(ranked)} rows of small grey images.",
    )
    keep(
        "activation",
        activation_figure(
            {name: v.made.activation[story.drive] for name, v in verdicts.items()},
            {name: (v.share, *v.interval()) for name, v in verdicts.items()},
            label,
        ),
        "Activation and judgement by condition",
        f"Left: what the encoder predicts for each image, which guidance was told to raise. Right: "
        f"share of images that a detector which saw none of this accepts as {_a(story)}. Dotted: "
        "without guidance. An encoder can be fooled: pixels driven without a denoiser excite it "
        "and show nothing.",
        "Points and intervals by condition.",
    )
    target, other = (verdicts[name].made.activation[story.drive] for name in _real(story))
    keep(
        "dose",
        dose_figure(_dose(story), story.scale, label, (target.mean(), other.mean())),
        "Scale of guidance",
        "Images of seeds of their own. The scale whose images the gradient judge finds likeliest "
        "is taken for all that is reported (dashed); the detector had no part in it.",
        "Two curves over the scale of guidance.",
    )
    keep("memory", _memory(story), *_memory_texts())
    keep("encoder", _encoder(story), *_encoder_texts(story))
    keep("map", _map(story), "The encoder on the brain",
         "Left: correlation of predicted and measured responses in other runs and images. Right: "
         f"the {int((story.of('p') <= 0.05).sum())} voxels with p <= .05, corrected over voxels, "
         "and outlines of the regions.", "A slice of the brain with colors.")  # fmt: skip
    return figures


def _a(story: Story) -> str:
    return f"a {story.target}"


def _real(story: Story) -> tuple[str, str]:
    return f"real: {story.target}", "real: others"


def _sheet(name: str, verdict: Verdict, region: str) -> Sheet:
    activation = verdict.made.activation[region].mean()
    title = f"{name}: activation {activation:.2f}, accepted {100 * verdict.share:.0f} %"
    return Sheet(title, verdict.made.pixels, verdict.detected)


def _dose(story: Story) -> Dose:
    def mean(values: Any) -> tuple[float, float, float]:
        middle, half = values.mean(), 1.96 * values.std(ddof=1) / len(values) ** 0.5
        return float(middle), float(middle - half), float(middle + half)

    return Dose(
        [v.made.scale for v in story.sweep],
        [v.made.activation[story.drive] for v in story.sweep],
        [mean(v.probability) for v in story.sweep],
        [(v.share, *v.interval()) for v in story.sweep],
    )


def _memory(story: Story) -> Any:
    guided = story.verdicts["guided"]
    order = np.argsort(guided.nearest)[:N_PAIRS]
    train = story.real.train.pixels
    pairs = [(guided.made.pixels[i], train[guided.which[i]], guided.nearest[i]) for i in order]
    names = [_real(story)[0], "unguided", "guided", PUBLISHED]
    shown = {name: story.verdicts[name].nearest for name in names if name in story.verdicts}
    return memory_figure(shown, pairs)


def _memory_texts() -> tuple[str, str, str]:
    return (
        "Memory of training images",
        "Distance of each image to the nearest of all shifts and mirror images of the training "
        "images. Images of a model that remembers lie nearer to them than real images of the same "
        "category that it never saw. Below: the guided images that lie nearest, with the training "
        "image (as it is; the nearest variant may be its mirror image).",
        "Histograms of distances, and ten pairs of images.",
    )


def _encoder(story: Story) -> Any:
    r = story.of("r")
    nulls = {
        name: (float(r[story.of(f"regions/{name}/mask")].mean()), story.of(f"regions/{name}/null"))
        for name in story.regions()
    }
    nulls["all voxels"] = (float(r.mean()), story.of("null_mean"))
    responses = {
        name: dict(
            zip(
                story.of(f"regions/{name}/conditions").tolist(),
                story.of(f"regions/{name}/responses").tolist(),
                strict=True,
            )
        )
        for name in story.regions()
    }
    return encoder_figure(nulls, responses, story.of("clusters/stability"))


def _encoder_texts(story: Story) -> tuple[str, str, str]:
    return (
        "Encoder and regions",
        "Left: correlation of predicted and measured responses, mean over voxels; grey: with "
        "categories permuted among the blocks of a run. Middle: what the regions respond to in "
        f"runs that they were not defined on. Right: whether the parts of the {story.drive} region "
        "are the same when found in either half of the runs; 0 is chance.",
        "Three panels: correlations, bars of responses, points.",
    )


def _map(story: Story) -> Any:
    shape = tuple(int(n) for n in story.of("shape"))
    ijk, affine = story.of("ijk"), story.of("affine")

    def volume(values: Any, outside: float = 0.0) -> Any:
        filled = np.full(shape, outside)
        filled[tuple(ijk.T)] = values
        return _canonical(filled, affine)

    inside, zooms = volume(np.ones(len(ijk)))
    r, _ = volume(story.of("r"), np.nan)
    limit = float(np.abs(story.of("r")).max())
    names = [name for name in (story.drive, story.control) if name is not None]
    outlines = [
        (name, volume(story.of(f"regions/{name}/mask").astype(float))[0], 0.5) for name in names
    ]
    p = story.of("p")
    shown = np.where(p <= 0.05, story.of("r"), np.nan)
    rows = [
        SlicePicture(r, zooms, "Held-out r", "r", DIVERGING, (-limit, limit)),
        SlicePicture(
            volume(shown, np.nan)[0],
            zooms,
            "p <= .05",
            "r",
            DIVERGING,
            (-limit, limit),
            outlines,
        ),
    ]
    return slices_figure(rows, inside > 0)


def _canonical(values: Any, affine: Any) -> tuple[Any, list[float]]:
    """A volume with axes to the right, to the front and upwards, and its zooms."""
    import nibabel as nib
    from nibabel.funcs import as_closest_canonical

    turn: Any = as_closest_canonical
    nifti: Any = nib.Nifti1Image
    image = turn(nifti(values.astype(np.float32), affine))
    zooms = [float(zoom) for zoom in image.header.get_zooms()[:3]]
    return np.asarray(image.dataobj, dtype=float), zooms


def real_sets(real: Real, target: str, activation: Any) -> dict[str, Made]:
    """Held-out real images as two conditions, by name."""
    found = {}
    for name, hit in (
        (f"real: {target}", real.held_out.categories == target),
        ("real: others", real.held_out.categories != target),
    ):
        pixels = real.held_out.pixels[hit]
        seeds = np.full(len(pixels), -1)
        found[name] = Made(name, pixels, seeds, 0.0, activation(pixels))
    return found
