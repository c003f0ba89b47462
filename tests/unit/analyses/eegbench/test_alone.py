"""A dataset's numbers are the same whatever else the configuration holds."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neuro.analyses.eegbench import predictions, run_pretraining
from neuro.analyses.eegbench.collect import gather, summary_table
from neuro.analyses.eegbench.run import run
from neuro.config.eegbench import DatasetTasks, EEGBench
from neuro.io.trials import TrialsFile, write_trials

RECORDING = {"subject": "x", "session": "", "task": "", "run": "", "datatype": "trials",
             "path": "sub-x_trials.h5"}  # fmt: skip
SMALL = {"epochs": 1, "pretraining_epochs": 1, "batch_size": 16}
CLASSES = {"a": ["a"], "b": ["b"]}
ALONE = (
    {"mine": DatasetTasks(tasks={"effect": {"classes": CLASSES}})},
    {"classical": ["xdawn-tangent"], "foundation": ["crisscross-probe"]},
)
COMPANY = (
    {
        "other": DatasetTasks(tasks={"turned": {"classes": {"b": ["b"], "a": ["a"]}}}),
        "mine": DatasetTasks(
            tasks={
                "again": {"classes": CLASSES, "splits": ["few-shot"]},
                "effect": {"classes": CLASSES, "splits": ["blocks"]},
            }
        ),
    },
    {
        "classical": ["ridge", "xdawn-lda", "xdawn-tangent", "windows-lda"],
        "foundation": ["crisscross-probe-random", "crisscross-probe"],
    },
)


def benchmark(folder, config, make_trials):
    """Carry out all jobs of a configuration, one after the other in one process."""
    datasets, methods = config
    settings = EEGBench(
        methods=methods,
        training=SMALL,
        n_bootstraps=200,
        splits={"gap": 0, "n_blocks": 3, "few_shot": [0.5]},
    )
    tables = {}
    for dataset, section in datasets.items():
        trials = make_trials(n=24, effect=1.0, seed=int(dataset == "mine"))
        path = folder / dataset / "sub-x_trials.h5"
        path.parent.mkdir(parents=True)
        write_trials(path, TrialsFile(
            data=trials.data, labels=np.array(trials.classes)[trials.y],
            channels=trials.sensors.ch_names, channel_types=trials.sensors.ch_types, sfreq=40.0,
            tmin=-0.1, unit="V", part=trials.part, subject=trials.subject, session=trials.session,
            run=trials.run, onset=trials.onset, note="",
        ))  # fmt: skip
        jobs = [
            (task, split, family)
            for task, about in section.tasks.items()
            for split in about.splits
            for family in settings.methods.families
        ]
        for task, split, family in jobs:
            one_job(path, task, split, family, dataset=dataset, section=section, settings=settings)
        boards, _ = gather([path.parent / "_".join(job) for job in jobs], settings, seed=3)
        tables[dataset] = summary_table(dataset, boards)
    return tables


def one_job(path, task, split, family, *, dataset, section, settings):
    weights = path.parent / f"{task}_{split}_pretrained"
    if family == "foundation":
        run_pretraining.run(
            [path], [RECORDING], SimpleNamespace(weights=weights, table=path.parent / "table.tsv"),
            dataset=dataset, task=task, split=split, section=section, settings=settings,
        )  # fmt: skip
    job = path.parent / f"{task}_{split}_{family}"
    files = {"scores": "scores.tsv", "predictions": "predictions.h5", "refused": "refused.json"}
    run(
        [path], [RECORDING], SimpleNamespace(**{key: job / name for key, name in files.items()}),
        dataset=dataset, task=task, split=split, family=family, section=section, settings=settings,
        pretrained=weights if family == "foundation" else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory, make_trials):
    """Folder, and tables of scores with intervals, of both configurations."""
    folder = tmp_path_factory.mktemp("alone")
    return folder, {
        name: benchmark(folder / name, config, make_trials)["mine"]
        for name, config in (("alone", ALONE), ("company", COMPANY))
    }


@pytest.mark.parametrize(
    ("family", "method"), [("classical", "xdawn-tangent"), ("foundation", "crisscross-probe")]
)
def test_probabilities_do_not_depend_on_datasets_tasks_splits_and_methods(both, family, method):
    alone, company = (
        predictions.read(both[0] / name / f"mine/effect_blocks_{family}/predictions.h5")
        for name in ("alone", "company")
    )
    assert len(company.said) > 1
    own = {key[0]: said for key, said in alone.said.items()}[method]
    same = {key[0]: said for key, said in company.said.items()}[method]
    assert len(own) == 6
    for one, other in zip(own, same, strict=True):
        np.testing.assert_array_equal(one, other)


def test_scores_and_intervals_do_not_either(both):
    def rows(name):
        table = both[1][name]
        chosen = table[(table["task"] == "effect") & (table["split"] == "blocks")]
        kept = chosen[chosen["method"].isin(["xdawn-tangent", "crisscross-probe"])]
        return kept.drop(columns="seconds").sort_values(["method", "metric"], ignore_index=True)

    assert len(rows("alone")) == 16
    pd.testing.assert_frame_equal(rows("alone"), rows("company"))
