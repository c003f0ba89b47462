"""The jobs of tokens and models, for recordings of each kind."""

import pytest

from neuro.config import ConfigError, validate

RHYTHMS = {
    "modality": "trials",
    "source": {"type": "rhythms", "n_sessions": 3},
    "analyses": ["meggpt"],
}
EEG = {
    "modality": "eeg",
    "source": {"type": "simulate", "n_subjects": 2},
    "analyses": ["meggpt"],
    "events": {"target": ["target"], "standard": ["standard"]},
    "preprocess": {"chain": ["interpolate"], "epochs": {"tmin": -0.2, "tmax": 0.6}},
}
STAGES = ("tokenize", "train", "generate", "evaluate", "summarise")


def test_a_dataset_has_a_job_per_stage_and_eeg_is_cleaned_first(make_workflow, tmp_path):
    raw = {"seed": 1, "datasets": {"sessions": RHYTHMS, "planted": EEG}}
    assert make_workflow(tmp_path, raw).jobs("meggpt") == {
        "fetch_dataset": 2,
        "clean_eeg": 2,
        **{f"{stage}_meggpt": 2 for stage in STAGES},
        "meggpt": 1,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": {"width": 10, "n_heads": 2}}, "multiple of twice the 2 heads"),
        ({"model": {"preset": "released", "width": 128}}, "width: preset released has sizes of"),
        ({"tokens": {"weights": "x.pt"}}, "only kind learned takes weights, got kind residual"),
        ({"tokens": {"step": 0}}, "greater than 0"),
    ],
)
def test_settings_that_cannot_be_are_refused_beforehand(change, message):
    with pytest.raises(ConfigError, match=message):
        validate({"seed": 1, "meggpt": change, "datasets": {"sessions": RHYTHMS}}, "x.yaml")


def test_tasks_must_name_conditions_that_there_are():
    tasks = {"tones": {"classes": {"a": ["target"], "b": ["deviant"]}}}
    planted = {**EEG, "meggpt": {"tasks": tasks}}
    with pytest.raises(ConfigError, match=r"meggpt\.tasks\.tones\.classes names conditions"):
        validate({"seed": 1, "datasets": {"planted": planted}}, "x.yaml")


def test_trials_without_tasks_feed_models_only():
    with pytest.raises(ConfigError, match="`eegbench` in `analyses` goes with the key `eegbench`"):
        validate({"seed": 1, "datasets": {"s": {**RHYTHMS, "analyses": ["eegbench"]}}}, "x.yaml")
