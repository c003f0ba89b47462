"""Weights pretrained on a fold's training trials: written by a job, found by these trials alone."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from neuro.analyses.eegbench import run_pretraining
from neuro.analyses.eegbench.evaluate import setting_of, views
from neuro.analyses.eegbench.networks.methods import network_methods
from neuro.analyses.eegbench.registry import network_settings
from neuro.analyses.eegbench.run import variants_of
from neuro.analyses.eegbench.splits import make_folds
from neuro.config.eegbench import DatasetTasks, EEGBench

SETTINGS = EEGBench(
    methods={"foundation": ["crisscross-probe"]},
    training={"pretraining_epochs": 1},
    splits={"n_blocks": 2, "gap": 0},
    normalization=["none", "trial-z"],
)
SECTION = DatasetTasks(tasks={"effect": {}})


@pytest.fixture(scope="module")
def job(tmp_path_factory, make_trials):
    """Folder of weights, the job's table, and the trials."""
    folder = tmp_path_factory.mktemp("pretrained")
    trials = make_trials(n=24)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_pretraining, "read_both", lambda *_: trials)
        table = run_pretraining.run(
            [], [], SimpleNamespace(weights=folder / "weights", table=folder / "table.tsv"),
            dataset="toy", task="effect", split="blocks", section=SECTION, settings=SETTINGS,
        )  # fmt: skip
    return folder / "weights", table, trials


def folds_of(trials):
    """Each fold of each variant: classifier, training and test trials of the method."""
    folds = make_folds(trials, "blocks", SETTINGS.splits)
    for variant, seen, some in views(trials, folds, variants_of(SETTINGS)):
        yield setting_of(seen, variant, "cpu"), seen, some


def test_each_fold_of_each_variant_has_its_own_weights(job):
    weights, table, _ = job
    assert table["weights"].is_unique
    assert len(table) == 2 * 4
    assert sorted(table["weights"]) == sorted(p.name for p in weights.iterdir())
    assert table["n_trials"].between(10, 14).all()  # half of each subject's 24


def test_a_probe_loads_what_the_job_wrote_and_does_not_pretrain_again(job, tmp_path):
    weights, _, trials = job
    method = network_methods(network_settings(SETTINGS, weights))["crisscross-probe"]
    alone = network_methods(network_settings(SETTINGS))["crisscross-probe"]
    setting, seen, folds = next(iter(folds_of(trials)))
    fold, X = folds[0], method.prepare(seen, setting)

    def said(one):
        fitted = one.build(setting).fit(X[fold.train], seen.y[fold.train], fold.groups)
        return fitted.predict_proba(X[fold.test])

    np.testing.assert_array_equal(said(method), said(alone))
    for folder in weights.iterdir():
        changed = {
            key: value * 0.5 for key, value in load_file(folder / "model.safetensors").items()
        }
        copy = tmp_path / folder.name
        copy.mkdir()
        save_file(changed, copy / "model.safetensors")
        (copy / "config.json").write_bytes((folder / "config.json").read_bytes())
    other = network_methods(network_settings(SETTINGS, tmp_path))["crisscross-probe"]
    assert not np.allclose(said(other), said(method))
    cut = dict(list(changed.items())[:5])
    for folder in tmp_path.iterdir():
        save_file(cut, folder / "model.safetensors")
    with pytest.raises(ValueError, match=r"of the parameters of crisscross are in this file"):
        said(other)


def test_weights_of_other_trials_are_never_found(job):
    weights, _, trials = job
    method = network_methods(network_settings(SETTINGS, weights))["crisscross-probe"]
    setting, seen, folds = next(iter(folds_of(trials)))
    X, index = method.prepare(seen, setting), np.arange(20)
    groups = np.array(["a", "b"] * 10)
    with pytest.raises(FileNotFoundError, match="crisscross were pretrained on these 20 training"):
        method.build(setting).fit(X[index], seen.y[index], groups)
    fold = folds[0]
    with pytest.raises(FileNotFoundError, match="pretrain with the same configuration"):
        method.build(replace(setting, seed=1)).fit(X[fold.train], seen.y[fold.train], fold.groups)
