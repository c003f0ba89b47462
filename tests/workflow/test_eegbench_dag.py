"""The benchmark's jobs: one per dataset, task, split and family."""

import pytest

from neuro.config import ConfigError, validate

TRIALS = {
    "modality": "trials",
    "source": {"type": "catalogue", "name": "aeon-hands"},
    "eegbench": {"tasks": {"direction": {"splits": ["published", "few-shot"]}}},
}
EEG = {
    "modality": "eeg",
    "source": {"type": "simulate", "n_subjects": 2},
    "analyses": ["eegbench"],
    "events": {"target": ["target"], "standard": ["standard"]},
    "preprocess": {"chain": ["interpolate"], "epochs": {"tmin": -0.2, "tmax": 0.6}},
    "eegbench": {"tasks": {"oddball": {"classes": {"rare": ["target"], "frequent": ["standard"]}}}},
}


@pytest.fixture
def raw():
    return {
        "seed": 1,
        "eegbench": {"methods": {"classical": ["windows-lda"], "specialist": []}},
        "datasets": {"hands": TRIALS, "planted": EEG},
    }


def test_jobs_are_those_of_tasks_splits_and_families(make_workflow, tmp_path, raw):
    assert make_workflow(tmp_path, raw).jobs("eegbench") == {
        "fetch_dataset": 2,
        "clean_eeg": 2,
        "run_eegbench": 3,
        "audit_eegbench": 2,
        "summarise_eegbench": 2,
        "rank_eegbench": 1,
        "eegbench": 1,
    }


def test_the_report_waits_for_the_benchmark_and_trials_are_not_cleaned(
    make_workflow, tmp_path, raw
):
    del raw["datasets"]["planted"]
    raw["eegbench"]["audit"] = None
    assert make_workflow(tmp_path, raw).jobs() == {
        "fetch_dataset": 1,
        "run_eegbench": 2,
        "summarise_eegbench": 1,
        "rank_eegbench": 1,
        "report": 1,
        "all": 1,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"analyses": []}, "goes with the key `eegbench`"),
        ({"eegbench": None}, "goes with the key `eegbench`"),
        ({"eegbench": {"tasks": {"x": {}}}}, "name the classes"),
        (
            {"eegbench": {"tasks": {"x": {"classes": {"a": ["tagret"], "b": ["standard"]}}}}},
            r"names conditions \['tagret'\] that `events` lacks",
        ),
        (
            {"eegbench": {"tasks": {"x": {"classes": {"a": ["target"], "b": ["target"]}}}}},
            r"\['target'\] are in more than one class",
        ),
        (
            {
                "eegbench": {
                    "tasks": {
                        "x": {
                            "classes": {"a": ["target"], "b": ["standard"]},
                            "splits": ["published"],
                        }
                    }
                }
            },
            "only trials have a published split",
        ),
    ],
)
def test_tasks_that_cannot_be_are_refused_beforehand(change, message):
    with pytest.raises(ConfigError, match=message):
        validate({"datasets": {"planted": {**EEG, **change}}}, "config")


def test_a_method_named_twice_is_an_error():
    methods = {"classical": ["ridge", "ridge"]}
    with pytest.raises(ConfigError, match=r"\['ridge'\] are named more than once"):
        validate({"eegbench": {"methods": methods}, "datasets": {"hands": TRIALS}}, "config")


def crossed(train_on="planted", task="oddball", classes=None, splits=("cross-dataset",)):
    about = {"classes": classes or EEG["eegbench"]["tasks"]["oddball"]["classes"]}
    about |= {"splits": list(splits), "train_on": train_on}
    return {**EEG, "eegbench": {"tasks": {task: about}}}


def test_a_dataset_is_tested_with_what_was_trained_on_another(make_workflow, tmp_path, raw):
    raw["datasets"] = {"planted": EEG, "other": crossed()}
    raw["eegbench"] = {
        "methods": {"classical": ["windows-lda"], "foundation": ["crisscross-probe"]},
        "audit": None,
    }
    flow = make_workflow(tmp_path, raw)
    jobs = flow.jobs("results/other/eegbench/oddball_cross-dataset_foundation/scores.tsv")
    assert jobs == {
        "fetch_dataset": 2, "clean_eeg": 4, "pretrain_eegbench": 1, "run_eegbench": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_on": "nobody"}, r"'nobody' is not another dataset with a task 'oddball'.*planted"),
        ({"train_on": "other"}, "'other' is not another dataset"),
        ({"task": "new"}, "'planted' is not another dataset with a task 'new'; there are \\[\\]"),
        (
            {"classes": {"rare": ["target"], "common": ["standard"]}},
            r"classes are \['common', 'rare'\], but those of 'planted' \['frequent', 'rare'\]",
        ),
        ({"splits": ["blocks"]}, "`cross-dataset` goes with the key `train_on`"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        validate({"datasets": {"planted": EEG, "other": crossed(**change)}}, "config")
