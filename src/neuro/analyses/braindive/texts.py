"""What the manifest says: key numbers, methods, citations, warnings."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.braindive.conditions import PUBLISHED
from neuro.analyses.braindive.pictures import Story
from neuro.analyses.braindive.verdict import CONFIDENCE, fisher, memorisation, paired, wilson
from neuro.io.manifest import Citation, KeyNumber

if TYPE_CHECKING:
    from neuro.config.braindive import BrainDive, Driven

QUESTION = "Which images drive a region of the brain most, and do they show what it responds to?"
CITATIONS = [
    Citation(
        text="Luo AF, Henderson MM, Wehbe L, Tarr MJ (2023). Brain diffusion for visual "
        "exploration: cortical discovery using large scale generative models. Advances in Neural "
        "Information Processing Systems, 36.",
        url="https://arxiv.org/abs/2306.03089",
    ),
    Citation(
        text="Haxby JV, Gobbini MI, Furey ML, Ishai A, Schouten JL, Pietrini P (2001). "
        "Distributed and overlapping representations of faces and objects in ventral temporal "
        "cortex. Science, 293, 2425-2430.",
        url="https://doi.org/10.1126/science.1063736",
    ),
    Citation(
        text="Dupré la Tour T, Visconti di Oleggio Castello M, Gallant JL (2022). Feature-space "
        "selection with banded ridge regression. NeuroImage, 264, 119728.",
        url="https://doi.org/10.1016/j.neuroimage.2022.119728",
    ),
    Citation(
        text="Tan M, Le QV (2019). EfficientNet: rethinking model scaling for convolutional neural "
        "networks. International Conference on Machine Learning.",
    ),
    Citation(
        text="Huang GB, Ramesh M, Berg T, Learned-Miller E (2007). Labeled Faces in the Wild: a "
        "database for studying face recognition in unconstrained environments. University of "
        "Massachusetts, Amherst, technical report 07-49.",
    ),
]


def key_numbers(story: Story, rng: np.random.Generator) -> list[KeyNumber]:
    """Numbers of the encoder, of guidance, and of memory."""
    return [*_encoder(story), *_guidance(story), *_memory(story, rng)]


def _encoder(story: Story) -> list[KeyNumber]:
    r = story.of("r")
    numbers = []
    for name in story.regions():
        mask = story.of(f"regions/{name}/mask")
        null = story.of(f"regions/{name}/null")
        numbers.append(
            KeyNumber(
                name=f"held-out r, {name} region",
                value=float(r[mask].mean()),
                chance=float(null.mean()),
                p=float(story.of(f"regions/{name}/p")),
                n=f"{int(mask.sum())} voxels, {len(null)} permutations",
                note=f"R2 {float(story.of('r2')[mask].mean()):.3f}",
            )
        )
    numbers.append(
        KeyNumber(
            name=f"parts of the {story.drive} region in halves of the runs, adjusted Rand index",
            value=float(story.of("clusters/stability").mean()),
            chance=0.0,
            n=f"{len(story.of('clusters/stability'))} halvings",
        )
    )
    return numbers


def _guidance(story: Story) -> list[KeyNumber]:
    numbers = []
    plain = story.verdicts["unguided"]
    real, others = (
        float(story.verdicts[name].made.activation[story.drive].mean())
        for name in (f"real: {story.target}", "real: others")
    )
    for name in _main(story):
        verdict = story.verdicts[name]
        values = verdict.made.activation[story.drive]
        mean = float(values.mean())
        half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
        numbers.append(
            KeyNumber(
                name=f"predicted activation of the {story.drive} region, {name}",
                value=mean,
                unit="SD",
                interval=(mean - half, mean + half),
                confidence=CONFIDENCE,
                n=f"{len(values)} images",
                note=f"real images: {real:.3f}, others {others:.3f}",
            )
        )
    for name, verdict in story.verdicts.items():
        compared = name not in ("unguided",) and not name.startswith("real")
        numbers.append(
            KeyNumber(
                name=f"accepted by the detector, {name}",
                value=verdict.share,
                interval=verdict.interval(),
                confidence=CONFIDENCE,
                chance=plain.share if compared else None,
                p=fisher(verdict, plain) if compared else None,
                n=f"{len(verdict.detected)} images",
                note="chance: without guidance; Fisher's exact test" if compared else "",
            )
        )
    first, second = story.verdicts["guided"], story.verdicts.get(PUBLISHED)
    if second is not None and second.share > 0:
        numbers.append(
            KeyNumber(
                name="accepted, guided over the published recipe, ratio",
                value=first.share / second.share,
                chance=1.0,
                p=paired(first, second),
                n=f"{len(first.detected)} pairs of the same seed",
                note="McNemar's exact test",
            )
        )
    return numbers + _zero_shot(story)


def _zero_shot(story: Story) -> list[KeyNumber]:
    """What CLIP finds, where it was asked."""
    numbers = []
    for name in (f"real: {story.target}", *_main(story)):
        named = story.verdicts[name].named
        if named is not None:
            hits = named == story.target
            numbers.append(
                KeyNumber(
                    name=f"named {story.target} by CLIP, {name}",
                    value=float(hits.mean()),
                    interval=wilson(hits),
                    confidence=CONFIDENCE,
                    n=f"{len(hits)} images",
                )
            )
    return numbers


def _main(story: Story) -> list[str]:
    return [name for name in ("unguided", "guided", PUBLISHED) if name in story.verdicts]


def _memory(story: Story, rng: np.random.Generator) -> list[KeyNumber]:
    real = story.verdicts[f"real: {story.target}"]
    numbers = []
    for name in _main(story):
        verdict = story.verdicts[name]
        ratio, low, high = memorisation(verdict, real, rng)
        numbers.append(
            KeyNumber(
                name=f"distance to training images over that of held-out real ones, {name}",
                value=ratio,
                interval=(low, high),
                confidence=CONFIDENCE,
                chance=1.0,
                n=f"{len(verdict.nearest)} and {len(real.nearest)} images",
                note=f"medians {np.median(verdict.nearest):.3f} and {np.median(real.nearest):.3f}; "
                "without brightness and contrast "
                f"{np.median(verdict.plain):.3f} and {np.median(real.plain):.3f}",
            )
        )
    return numbers


def methods(story: Story, settings: "BrainDive", driven: "Driven") -> list[str]:
    """Paragraphs, made from the actual parameters."""
    named = {name for names in driven.pairs.values() for name in names}
    pairs = "; ".join(
        f"{category}: {', '.join(names) or 'all but ' + ', '.join(sorted(named))}"
        for category, names in driven.pairs.items()
    )
    regions = "; ".join(f"{name}: {', '.join(names)}" for name, names in driven.regions.items())
    n_train, n_held = len(story.real.train), len(story.real.held_out)
    return [
        "Responses are means over the volumes of a block, less the mean at rest in the run. "
        f"Regions ({regions}, each against all other conditions, t > {driven.threshold:g}) and "
        f"encoder come from the {driven.runs} runs; tests are on the others.",
        "No image of these was shown in the scanner: images are paired with responses by category "
        f"({pairs}), each with the mean of {driven.n_blocks} random blocks. What the encoder "
        "learns is thus the axis between categories, scaled by how much each voxel tells them "
        "apart.",
        _encoder_method(settings, n_train, n_held),
        f"A denoiser of {settings.images.size} x {settings.images.size} pixels (v-prediction, "
        f"squared cosine noise schedule) was trained on the {n_train} training images with shifts, "
        "mirror images and changes of contrast and brightness; the averaged weights with the least "
        f"loss of held-out images were kept.{_gaussians(settings)}",
        "Guidance follows Luo et al. (2023): at each of "
        f"{settings.guide.n_steps} steps of DDIM{_fresh(settings)}, activation of the clean image "
        "that the denoiser expects, mixed with the noisy one, is differentiated back through the "
        "denoiser, and the gradient added to its output. The scale, "
        f"{story.scale:g}, was chosen among {', '.join(f'{s:g}' for s in settings.guide.scales)} "
        "by the mean probability of logistic regression on histograms of oriented gradients, from "
        f"images of other seeds.{_published(settings)}",
        "Judgement is by a cascade of local binary patterns (scikit-image) that was trained on "
        "other images and had no part in guidance or choice. Intervals are Wilson's. Memory is "
        "measured by the distance to the nearest of all shifts and mirror images of the training "
        f"images, against that of held-out real images of the same category.{_third(settings)}",
    ]


def _third(settings: "BrainDive") -> str:
    asked = settings.zero_shot
    if asked is None:
        return ""
    return (
        f" CLIP ({asked.model}) names the nearest of {len(asked.labels)} texts for each image: "
        + "; ".join(f"{name}: {text}" for name, text in asked.labels.items())
        + "."
    )


def _fresh(settings: "BrainDive") -> str:
    fresh = settings.guide.fresh
    return f" with fresh noise (eta {fresh:g})" if fresh else ""


def _published(settings: "BrainDive") -> str:
    shape = settings.guide.shape
    changed = "" if shape == "constant" else f" The scale changes over the steps (`{shape}`)."
    if not settings.guide.fresh and not changed:
        return ""
    return f"{changed} `{PUBLISHED}` has the same scale at all steps, and no fresh noise."


def _gaussians(settings: "BrainDive") -> str:
    if not settings.denoiser.gaussians:
        return ""
    return (
        " Its network corrects what a mixture of Gaussians, one for each category, expects in "
        "closed form; in training, that of each image was fitted without it."
    )


def _encoder_method(settings: "BrainDive", n_train: int, n_held: int) -> str:
    chosen = settings.features
    features = chosen.model or f"EfficientNet-Lite0 at {chosen.size} pixels"
    how = (
        "ridge regression, with a penalty for each voxel from "
        f"{settings.encoder.n_folds}-fold cross-validation"
        if settings.encoder.method == "ridge"
        else "AdamW on the mean squared error (rate 3e-4, halved over 100 epochs)"
    )
    own = settings.encoder
    variants = (
        f", each in {own.n_variants} variants with noise of up to {own.noise:g} and up to "
        f"{100 * own.gain:g} % more or less of all pixels,"
        if own.n_variants > 1
        else ""
    )
    return (
        f"Features of {n_train} training images ({features}, frozen){variants} brought to unit "
        f"norm predict voxels by {how}. It was tested on {n_held} held-out images paired with the "
        "other runs; the null permutes categories among the blocks of a run "
        f"({settings.encoder.n_permutations} times)."
    )


def warnings_of(story: Story) -> list[str]:
    """What a reader should know."""
    found = [
        "Images and responses are paired by category: the encoder tells categories apart, and "
        "cannot say which image of a category a region prefers."
    ]
    stability = float(story.of("clusters/stability").mean())
    if stability < 0.5:
        found.append(
            f"The parts of the {story.drive} region differ between halves of the runs (adjusted "
            f"Rand index {stability:.2f}): images that tell them apart show noise of the fit."
        )
    scales = [verdict.made.scale for verdict in story.sweep]
    if len(scales) > 2 and story.scale == max(scales):
        found.append(
            f"The largest scale that was tried, {story.scale:g}, was chosen; more may be better "
            "still (`braindive.guide.scales`)."
        )
    return found
