"""Images that drive the face region: judged by a detector, against memory of training images.

`python -m benchmarks.braindive` measures every claim; `python -m benchmarks.braindive images cost`
some parts only, `shapes` compares ways to guide on the seeds by which the scale is chosen, and
`signs` tests the best of them on new seeds. Single-threaded; CPU seconds. What is fitted and
trained is kept in `data/benchmarks/braindive`, and not done again while code and settings are the
same: about fifteen minutes the first time, half of it training.
"""

import os
import sys

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks._braindive_cost import memory, step_seconds
from benchmarks._claims import tell
from benchmarks._preprocess_fmri import CATEGORIES, ROOT, recordings
from neuro.analyses.braindive import denoiser, encode, encoder, guide, judge, train, weights
from neuro.analyses.braindive.conditions import PUBLISHED, SWEEP_SEED, Maker, chosen_scale
from neuro.analyses.braindive.features import lite0
from neuro.analyses.braindive.guidance import SHAPES
from neuro.analyses.braindive.judges import GradientJudge
from neuro.analyses.braindive.material import real_images
from neuro.analyses.braindive.regions import direction
from neuro.analyses.braindive.sampling import Sampler
from neuro.analyses.braindive.verdict import Court, fisher, memorisation, paired
from neuro.config import BrainDive, Driven, FMRIPreprocess
from neuro.config.braindive import Guide
from neuro.workflow.digest import code_digest

SEED, FRESH_SEED = 0, 200_000
BOTH = {"face": 1.0, "house": -1.0}
FOLDER = ROOT / "data" / "benchmarks" / "braindive"
SETTINGS = BrainDive(guide=Guide(n_images=128, n_controls=32))
DRIVEN = Driven(
    regions={"face": ["face"], "house": ["house"]},
    drive="face",
    control="house",
    pairs={"face": ["face"], "other": []},
)


def named(name: str, module: str, *sections: str) -> Path:
    """A kept file, called after the code and the settings that it follows from."""
    told = [code_digest(f"neuro.{module}"), SEED, DRIVEN.model_dump_json()]
    told += [getattr(SETTINGS, section).model_dump_json() for section in sections]
    stem, ending = name.split(".")
    return FOLDER / f"{stem}-{hashlib.sha256(str(told).encode()).hexdigest()[:8]}.{ending}"


PATHS = {
    "weights": named("lite0.safetensors", "analyses.braindive.weights"),
    "encoder": named(
        "encoder.safetensors", "analyses.braindive.encode", "images", "features", "encoder"
    ),
    "scores": named("encoder.h5", "analyses.braindive.encode", "images", "features", "encoder"),
    "denoiser": named("denoiser.safetensors", "analyses.braindive.train", "images", "denoiser"),
}


def once(path: Path, make: Callable[[], Any]) -> None:
    """Make a file that is not there yet, and tell how long it took."""
    if not path.exists():
        start = time.process_time()
        make()
        print(f"{path.name}: {time.process_time() - start:.0f} CPU s", flush=True)


def voxels() -> list[Path]:
    """Clean the runs as the workflow does."""
    from neuro.preprocess.fmri import clean

    listed = recordings("haxby", FOLDER)
    events = {name: [name] for name in CATEGORIES}
    paths = []
    for i, recording in enumerate(listed, start=1):
        kept = named(f"{i:02d}.h5", "preprocess.fmri.clean")
        out = SimpleNamespace(voxels=kept, maps=kept.with_suffix(""))
        where = {"root": FOLDER / "haxby/bids", "recording": recording}
        if not out.voxels.exists():
            clean.run(out, events=events, params=FMRIPreprocess(), **where)
        paths.append(out.voxels)
    return paths


def made() -> None:
    """Encoder, denoiser and images, as the workflow makes them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = [PATHS["weights"]]
    once(PATHS["weights"], lambda: weights.run(PATHS["weights"], ROOT / "data" / "packages"))

    def fit() -> None:
        out = SimpleNamespace(
            encoder=PATHS["encoder"], scores=PATHS["scores"], maps=FOLDER / "maps"
        )
        rng = np.random.default_rng(SEED)
        encode.run(voxels(), files, out, settings=SETTINGS, driven=DRIVEN, rng=rng, seed=SEED)

    once(PATHS["encoder"], fit)
    once(PATHS["denoiser"], lambda: train.run(PATHS["denoiser"], settings=SETTINGS, seed=SEED))


def images() -> dict[str, float]:
    """Draw and judge all conditions."""
    made()
    drawn = FOLDER / "images.h5"
    start = time.process_time()
    guide.run(PATHS, [PATHS["weights"]], drawn, settings=SETTINGS, driven=DRIVEN, seed=SEED)
    print(f"images: {time.process_time() - start:.0f} CPU s", flush=True)
    names = ("conditions.tsv", "images.tsv", "scores.tsv")
    outputs = SimpleNamespace(
        **{name.split(".")[0]: FOLDER / name for name in names},
        figures=FOLDER / "figures",
        manifest=FOLDER / "manifest.json",
    )
    story = judge.run(
        PATHS | {"images": drawn}, [PATHS["weights"]], outputs, dataset="objects",
        settings=SETTINGS, driven=DRIVEN, rng=np.random.default_rng(SEED), seed=SEED,
    )  # fmt: skip
    with pd.option_context("display.width", 250, "display.max_columns", 30):
        print(pd.read_csv(outputs.conditions, sep="\t").round(3).to_string(index=False))
    r = story.of("r")
    for name in story.regions():
        mask, p = story.of(f"regions/{name}/mask"), float(story.of(f"regions/{name}/p"))
        print(f"{name} region: {mask.sum()} voxels, held-out r {r[mask].mean():.3f}, p = {p:.3g}")
    verdicts, real = story.verdicts, story.verdicts["real: face"]
    rng = np.random.default_rng(SEED)
    guided, published, plain = (verdicts[n] for n in ("guided", PUBLISHED, "unguided"))
    print(f"scale {story.scale:g}, chosen by the gradient judge from other seeds")
    for each in (guided, published):
        ratio, low, high = memorisation(each, real, rng)
        print(
            f"{each.made.name}: accepted {each.share:.3f} of {len(each.detected)}, unguided "
            f"{plain.share:.3f}, Fisher p = {fisher(each, plain):.2g}; distance to training "
            f"images {np.median(each.nearest):.3f} against {np.median(real.nearest):.3f} of real "
            f"ones: {ratio:.3f} (95 % {low:.3f} to {high:.3f})"
        )
    ranked = verdicts["guided, re-ranked"]
    print(
        f"against the published recipe on the same seeds, accepted: guided "
        f"{guided.share / published.share:.3f} x (McNemar p = {paired(guided, published):.2g}), "
        f"re-ranked {ranked.share / published.share:.3f} x"
    )
    return {
        "braindive.face_activation": float(guided.made.activation["face"].mean()),
        "braindive.judged_faces": guided.share,
        "braindive.memorisation_ratio": memorisation(guided, real, rng)[0],
    }


def drawing() -> Maker:
    """What draws, from kept files."""
    made()
    network, _, _ = denoiser.read(PATHS["denoiser"])
    fitted, _ = encoder.read(PATHS["encoder"], lite0(PATHS["weights"]))
    chosen = SETTINGS.guide
    return Maker(fitted, Sampler(network, chosen.n_steps, chosen.fresh), DRIVEN, chosen)


def shapes() -> dict[str, float]:
    """Scale, its course over the steps, and signs, on the seeds of choice: the gradient judge."""
    maker = drawing()
    train = real_images(SETTINGS.images, SEED).train
    likely = GradientJudge(train.pixels, train.categories == SETTINGS.images.target).probability
    sweep = maker.sweep()
    best, _ = chosen_scale(sweep, likely)
    more = {"first": SWEEP_SEED, "n": SETTINGS.guide.n_sweep}
    sweep.append(maker.make(PUBLISHED, best, published=True, **more))
    for shape in (name for name in SHAPES if name != "constant"):
        changed = replace(maker, guide=SETTINGS.guide.model_copy(update={"shape": shape}))
        sweep.append(changed.make(shape, best, **more))
    sweep.append(maker.make("face - house", best, signs=BOTH, **more))
    for each in sweep:
        chances = likely(each.pixels)
        print(
            f"{each.name:10} scale {each.scale:3g}: probability {chances.mean():.3f} (SE "
            f"{chances.std(ddof=1) / len(chances) ** 0.5:.3f}), accepted "
            f"{(chances > 0.5).mean():.3f}, activation {each.activation['face'].mean():.3f}",
            flush=True,
        )
    return {}


def signs() -> dict[str, float]:
    """Face less house against face alone, on seeds that nothing else has used."""
    scale = guide.load(FOLDER / "images.h5")[2]
    maker, n = drawing(), SETTINGS.guide.n_images
    court = Court(real_images(SETTINGS.images, SEED), "face", SETTINGS.denoiser.shift)
    each = {
        name: court.hear(maker.make(name, at, signs=signs, first=FRESH_SEED, n=n))
        for name, at, signs in (
            ("unguided", 0.0, None), ("guided", scale, None), ("face - house", scale, BOTH),
        )
    }  # fmt: skip
    for name, verdict in each.items():
        low, high = verdict.interval()
        print(
            f"{name:12} activation {verdict.made.activation['face'].mean():.3f}, accepted "
            f"{verdict.share:.3f} ({low:.2f} to {high:.2f}) of {n}, against unguided p = "
            f"{fisher(verdict, each['unguided']):.2g}",
            flush=True,
        )
    ratio = each["face - house"].share / each["guided"].share
    p = paired(each["face - house"], each["guided"])
    print(f"face - house against face alone: {ratio:.3f} x (McNemar p = {p:.2g})")
    return {}


def cost() -> dict[str, float]:
    """Seconds and memory."""
    made()
    network, _, _ = denoiser.read(PATHS["denoiser"])
    fitted, _ = encoder.read(PATHS["encoder"], lite0(PATHS["weights"]))
    step_seconds(network, fitted.drive(direction(fitted.regions, {"face": 1.0})))
    memory()
    return {}


def main() -> int:
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parts = {"images": images, "cost": cost, "shapes": shapes, "signs": signs}
    chosen = sys.argv[1:] or ["images", "cost"]
    values: dict[str, float] = {}
    for name in chosen:
        values |= parts[name]()
    if "images" not in chosen:
        return 0
    return 0 if tell("braindive", values) else 1


if __name__ == "__main__":
    sys.exit(main())
