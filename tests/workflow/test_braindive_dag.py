"""Images that drive regions: what the workflow makes, and what the configuration refuses."""

import copy

import pytest

from neuro.config import ConfigError, validate

CATEGORIES = ["face", "house", "shoe"]
OBJECTS = {
    "modality": "fmri",
    "source": {"type": "catalogue", "name": "haxby"},
    "events": {name: [name] for name in CATEGORIES},
    "analyses": ["braindive"],
    "braindive": {
        "regions": {"face": ["face"], "house": ["house"]},
        "drive": "face",
        "control": "house",
        "pairs": {"face": ["face"], "other": []},
    },
}


@pytest.fixture
def raw():
    return {"seed": 1, "datasets": {"objects": copy.deepcopy(OBJECTS)}}


def test_the_word_builds_encoder_denoiser_and_images(make_workflow, tmp_path, raw):
    assert make_workflow(tmp_path, raw).jobs("braindive") == {
        "fetch_dataset": 1,
        "clean_fmri": 12,
        "fetch_lite0": 1,
        "fit_encoder": 1,
        "train_denoiser": 1,
        "guide_images": 1,
        "judge_images": 1,
        "braindive": 1,
    }


def test_other_features_fetch_no_weights(make_workflow, tmp_path, raw):
    raw["braindive"] = {"features": {"kind": "clip", "model": "somewhere/clip"}}
    assert "fetch_lite0" not in make_workflow(tmp_path, raw).jobs("braindive")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"analyses": []}, "goes with the key `braindive`, and only with it"),
        ({"braindive": None}, "goes with the key `braindive`, and only with it"),
        ({"events": {"face": ["face"]}}, r"names conditions \['house'\] that `events` lacks"),
        (
            {"braindive": {**OBJECTS["braindive"], "drive": "word"}},
            r"drive: no region 'word'; allowed: \['face', 'house'\]",
        ),
    ],
)
def test_a_dataset_that_cannot_drive_images_is_refused(raw, change, message):
    raw["datasets"]["objects"].update(change)
    with pytest.raises(ConfigError, match=message):
        validate(raw)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"features": {"kind": "clip"}}, "model: `clip` and `timm` need it, and only they"),
        ({"images": {"size": 26}}, "need a multiple of 4, got 26"),
        ({"denoiser": {"widths": [12, 16]}}, r"must be multiples of 8, got \[12\]"),
        (
            {"images": {"size": 72}, "denoiser": {"gaussians": True}},
            r"gaussians: images of 5184 values are too large \(at most 4096",
        ),
        ({"guide": {"shape": "sudden"}}, "shape"),
    ],
)
def test_settings_that_do_not_fit_are_refused(raw, section, message):
    with pytest.raises(ConfigError, match=message):
        validate({**raw, "braindive": section})
