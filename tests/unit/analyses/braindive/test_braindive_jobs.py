"""The jobs one after another, with a network of random weights and hardly any training."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neuro.analyses.braindive import encode, guide, judge, train
from neuro.analyses.braindive.conditions import Maker, chosen_scale
from neuro.analyses.braindive.efficientnet import KIND, EfficientNetLite0
from neuro.config import BrainDive, Driven
from neuro.config.braindive import ZeroShot
from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv
from neuro.torchkit.checkpoint import write_state

SETTINGS = BrainDive.model_validate(
    {
        "features": {"size": 32},
        "encoder": {"n_permutations": 39, "n_folds": 2, "alphas": [0.1]},
        "denoiser": {"gaussians": True, "widths": [8, 8], "n_steps": 2, "every": 1},
        "guide": {"scales": [2, 4], "n_sweep": 4, "n_images": 5, "n_controls": 4, "n_steps": 2},
    }
)
DRIVEN = Driven(
    regions={"face": ["face"], "house": ["house"]},
    drive="face",
    control="house",
    pairs={"face": ["face"], "other": []},
)


def recordings(folder):
    """Four runs of twelve voxels: the first six prefer faces, the next four houses."""
    rng = np.random.default_rng(0)
    shown = [name for c in ("face", "house", "shoe") * 3 for name in ("", "", c, c)]
    answers = {"face": np.arange(12) < 6, "house": (np.arange(12) >= 6) & (np.arange(12) < 10)}
    paths = []
    for run in range(4):
        voxels = 0.2 * rng.standard_normal((len(shown), 12))
        for name, prefer in answers.items():
            voxels[np.array(shown) == name] += prefer
        grid = np.stack(np.unravel_index(np.arange(12), (3, 2, 2)), axis=1)
        arrays = {
            "voxels": Array(voxels.astype(np.float32), ("time", "voxel"), attrs={"tr": 2.0}),
            "good": Array(np.ones(len(shown), bool), ("time",)),
            "ijk": Array(grid.astype(np.int32), ("voxel", "axis")),
            "shape": Array(np.array([3, 2, 2]), ("axis",)),
            "affine": Array(np.eye(4), ("row", "column"), "mm"),
            "condition": Array(np.array(shown), ("time",)),
        }
        paths.append(folder / f"run{run}.h5")
        hdf5.write(paths[-1], arrays, {})
    return paths


def random_network():
    """Weights with which signals keep their size from layer to layer."""
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(value.shape, generator=generator) * (2 / max(value[0].numel(), 1)) ** 0.5
        if value.ndim > 1
        else torch.zeros_like(value)
        for name, value in EfficientNetLite0().state_dict().items()
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("braindive")
    paths = {name: folder / f"{name}.safetensors" for name in ("weights", "encoder", "denoiser")}
    paths |= {"scores": folder / "scores.h5", "images": folder / "images.h5"}
    write_state(paths["weights"], random_network(), {"kind": KIND})
    out = SimpleNamespace(encoder=paths["encoder"], scores=paths["scores"], maps=folder / "maps")
    weights, about = [paths["weights"]], {"settings": SETTINGS, "driven": DRIVEN}
    rng = np.random.default_rng(1)
    encode.run(recordings(folder), weights, out, **about, rng=rng, seed=0)
    train.run(paths["denoiser"], settings=SETTINGS, seed=0)
    drawn = guided_after_a_kill(lambda: guide.run(paths, weights, paths["images"], **about, seed=0))
    tables = {name: folder / f"{name}.tsv" for name in ("conditions", "images")}
    outputs = SimpleNamespace(
        **tables,
        scores=folder / "scores.tsv",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )
    about["settings"] = SETTINGS.model_copy(update={"zero_shot": ZeroShot(model="a/clip")})
    with pytest.MonkeyPatch.context() as context:
        # Its own test has CLIP; here it finds a face in every other image.
        context.setattr(
            judge, "ZeroShot", lambda *_: lambda pixels: np.resize(["face", "food"], len(pixels))
        )
        story = judge.run(paths, weights, outputs, dataset="objects", **about, rng=rng, seed=0)
    return SimpleNamespace(paths=paths, outputs=outputs, story=story, drawn=drawn)


def guided_after_a_kill(run):
    """First seeds of all that was drawn when a job that had ended after the sweep ran again."""
    seen, draw = [], guide.Sampler.draw
    with pytest.MonkeyPatch.context() as context:
        context.setattr(guide.Maker, "all_conditions", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run()
    with pytest.MonkeyPatch.context() as context:
        context.setattr(
            guide.Sampler, "draw", lambda self, *a: seen.append(a[0][0]) or draw(self, *a)
        )
        run()
    return seen


def test_regions_are_found_and_predicted_in_other_runs(done):
    story = done.story
    assert np.flatnonzero(story.of("regions/face/mask")).tolist() == list(range(6))
    assert np.flatnonzero(story.of("regions/house/mask")).tolist() == [6, 7, 8, 9]
    assert story.of("r")[:6].mean() > 0.5
    assert float(story.of("regions/face/p")) == pytest.approx(1 / 40)
    assert sorted(p.name for p in (done.outputs.scores.parent / "maps").iterdir()) == [
        "face.nii.gz",
        "house.nii.gz",
        "r.nii.gz",
    ]


def test_conditions_share_their_seeds_and_the_scale_is_chosen_from_others(done):
    sweep, conditions, scale = guide.load(done.paths["images"])
    assert [made.scale for made in sweep] == [0, 2, 4]
    assert scale in (2, 4)
    reported = {seed for made in conditions for seed in made.seeds.tolist()}
    assert reported == set(range(5))
    assert not reported & {seed for made in sweep for seed in made.seeds.tolist()}
    names = {made.name: made for made in conditions}
    assert names["suppressed"].scale == -scale
    published, guided = names["published recipe"], names["guided"]
    assert published.scale == guided.scale
    assert published.seeds.tolist() == guided.seeds.tolist()
    assert (published.pixels != guided.pixels).any()  # no fresh noise
    means = {name: made.activation["face"][:4].mean() for name, made in names.items()}
    assert means["suppressed"] < means["unguided"] < means["guided"] < means["pixel ascent"]


def test_a_killed_job_goes_on_where_it_was(done):
    assert set(done.drawn) == {0}  # of the sweep, nothing was drawn again
    assert not list(done.paths["images"].parent.glob("*_unfinished"))


def test_tables_and_figures_tell_of_every_image(done):
    outputs, story = done.outputs, done.story
    conditions = read_tsv(outputs.conditions, ("condition", "n", "detected"))
    assert set(conditions["condition"]) >= {"real: face", "unguided", "guided, re-ranked", "house"}
    images = read_tsv(outputs.images, ("condition", "seed", "scale", "activation_face"))
    assert len(images) == conditions["n"].sum()
    told = manifest.read(outputs.manifest)
    assert {outputs.manifest.parent / figure.path for figure in told.figures} == set(
        outputs.figures.iterdir()
    )
    assert any("paired by category" in text for text in told.warnings)
    assert story.scale in (2, 4)
    named = {number.name: number for number in told.key_numbers}
    assert "accepted by the detector, published recipe" in named
    assert named["named face by CLIP, guided"].value == 0.6
    assert conditions["zero_shot"].between(0.5, 1).all()
    assert set(images["zero_shot"]) == {"face", "food"}
    methods = " ".join(told.methods)
    assert "CLIP (a/clip) names the nearest of 5 texts" in methods
    assert "DDIM with fresh noise (eta 1)" in methods
    assert "each in 4 variants with noise of up to 0.1" in methods


def test_the_published_recipe_is_not_drawn_twice():
    made = Maker(None, None, DRIVEN, SETTINGS.guide.model_copy(update={"fresh": 0.0}))
    with pytest.MonkeyPatch.context() as context:
        context.setattr(Maker, "make", lambda self, name, scale, **_: name)
        context.setattr(Maker, "ascended", lambda self: "pixel ascent")
        assert "published recipe" not in made.all_conditions(60.0, {})
        own = replace(made, guide=SETTINGS.guide)
        assert own.all_conditions(60.0, {})[:3] == ["unguided", "guided", "published recipe"]


def test_the_likeliest_images_choose_the_scale():
    sweep = [
        SimpleNamespace(scale=scale, pixels=np.full(3, value))
        for scale, value in ((0.0, 0.99), (60.0, 0.5), (90.0, 0.8), (120.0, 0.8), (240.0, 0.7))
    ]
    scale, means = chosen_scale(sweep, lambda pixels: pixels)
    assert scale == 90  # never 0, and the least of those alike
    assert means == pytest.approx([0.99, 0.5, 0.8, 0.8, 0.7])
