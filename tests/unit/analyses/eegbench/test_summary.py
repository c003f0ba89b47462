"""From files of trials to tables, figures, manifest and leaderboard, with tiny methods."""

import re
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from neuro.analyses.eegbench import registry, run_audit
from neuro.analyses.eegbench.families import CLASSICAL, NETWORKS
from neuro.analyses.eegbench.leaderboard import write_page
from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.ranks import rank
from neuro.analyses.eegbench.run import run
from neuro.analyses.eegbench.summarise import run as summarise
from neuro.config.eegbench import DatasetTasks, EEGBench
from neuro.io import manifest
from neuro.io.tables import read_tsv
from neuro.io.trials import TrialsFile, write_trials
from neuro.viz.eegbench import cliques, pareto

SECTION = DatasetTasks(
    tasks={"effect": {"splits": ["blocks", "few-shot", "leave-one-subject-out"]}},
    published={"effect": "accuracy .5 (a coin)"},
)
SETTINGS = EEGBench(
    methods={"classical": ["prior", "nearest"], "specialist": ["picky"]},
    n_bootstraps=200,
    audit={"methods": ["nearest"], "n_shuffles": 5},
)
RECORDING = {"subject": "x", "session": "", "task": "", "run": "", "datatype": "trials",
             "path": "sub-x_trials.h5"}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(methods):
    def refuse(trials, setting):
        raise NotApplicableError("needs 19 channels")

    picky = replace(methods["nearest"], name="picky", family="specialist", prepare=refuse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.LOADERS, CLASSICAL, lambda *_: methods)
        patch.setitem(registry.LOADERS, NETWORKS, lambda *_: {"picky": picky})
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory, make_trials, tiny):
    """Folder of a whole benchmark on one file of trials."""
    tmp_path = tmp_path_factory.mktemp("bench")
    trials = make_trials(n=60, effect=1.0)
    file = TrialsFile(
        data=trials.data, labels=np.array(trials.classes)[trials.y], channels=("Fz", "Cz", "Pz"),
        channel_types=("eeg",) * 3, sfreq=40.0, tmin=-0.1, unit="V", part=trials.part,
        subject=trials.subject, session=trials.session, run=trials.run, onset=trials.onset,
        note="mind the gap",
    )  # fmt: skip
    path = tmp_path / "sub-x_trials.h5"
    write_trials(path, file)
    folders = []
    for split in SECTION.tasks["effect"].splits:
        for family in SETTINGS.methods.families:
            folder = tmp_path / f"eegbench/effect_{split}_{family}"
            out = SimpleNamespace(
                scores=folder / "scores.tsv",
                predictions=folder / "predictions.h5",
                refused=folder / "refused.json",
            )
            run([path], [RECORDING], out, dataset="toy", task="effect", split=split,
                family=family, section=SECTION, settings=SETTINGS)  # fmt: skip
            folders.append(folder)
    run_audit.run(
        [path], [RECORDING], tmp_path / "audit.tsv", dataset="toy", task="effect",
        section=SECTION, settings=SETTINGS, n_tasks=1, rng=np.random.default_rng(0),
    )  # fmt: skip
    names = ("scores", "summary", "comparisons", "audit")
    out = SimpleNamespace(
        figures=tmp_path / "eegbench/figures",
        manifest=tmp_path / "eegbench/manifest.json",
        **{name: tmp_path / f"eegbench/{name}.tsv" for name in names},
    )
    summarise(folders, [tmp_path / "audit.tsv"], out, dataset="toy", section=SECTION,
              settings=SETTINGS, seed=1, trials=[path])  # fmt: skip
    return tmp_path / "eegbench"


def test_tables_figures_and_manifest(finished):
    about = manifest.read(finished / "manifest.json")
    assert about.word == "eegbench"
    assert "sub-x_trials.h5: mind the gap" in about.warnings
    assert any("picky was not used: needs 19 channels" in text for text in about.warnings)
    assert any("leave-one-subject-out: 2 subjects" in text for text in about.warnings)
    assert any("Published, effect: accuracy .5" in text for text in about.methods)
    for figure in about.figures:
        ElementTree.parse(finished / figure.path)
    assert {re.sub("_.*", "", f.path.split("/")[1]) for f in about.figures} == {
        "scores", "diagnostics", "learning", "cost.svg", "audit.svg",
    }  # fmt: skip
    summary = read_tsv(finished / "summary.tsv")
    best = summary[(summary["entry"] == "nearest") & (summary["metric"] == "auroc")]
    assert (best["value"] > 0.7).all()
    assert (best["low"] < best["value"]).all()
    assert set(best["resampled"]) == {"blocks", "trials"}
    comparisons = read_tsv(finished / "comparisons.tsv")
    assert (comparisons["p_holm"] >= comparisons["p"]).all()
    assert (comparisons["low"] < comparisons["difference"]).all()
    assert (comparisons["difference"] < comparisons["high"]).all()
    scores = read_tsv(finished / "scores.tsv")
    assert set(scores["family"]) == {"baseline", "classical"}


def test_the_leaderboard_has_a_row_for_each_method_and_needs_no_network(finished, tmp_path):
    write_page(
        [finished / "summary.tsv"], tmp_path / "eegbench.html", title="T & T", confidence=0.95,
        published={"toy, effect": "accuracy .5"},
    )  # fmt: skip
    page = (tmp_path / "eegbench.html").read_text()
    assert page.count("<tr data-task=") == 6
    assert "T &amp; T" in page
    assert "accuracy .5" in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_an_unknown_method_is_named_with_those_there_are(tiny):
    settings = EEGBench(methods={"classical": ["neerest"]})
    with pytest.raises(ValueError, match=r"methods\.classical: no method 'neerest'\. Did you mean"):
        registry.methods_of("classical", settings)


def test_ranks_of_methods_that_differ_and_that_do_not():
    values = np.array([[0.9, 0.8, 0.5], [0.8, 0.7, 0.5], [0.95, 0.9, 0.6], [0.7, 0.7, 0.5]] * 4)
    found = rank(pd.DataFrame(values, columns=["a", "b", "c"]))
    assert found.ranks == {"a": 1.125, "b": 1.875, "c": 3.0}
    # Demšar's Table 5: q is 2.343 for three methods at 5 %.
    assert found.difference == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 16)), abs=1e-3)
    assert found.p < 0.001
    assert cliques([1.125, 1.875, 3.0], found.difference) == [(0, 1)]
    assert rank(pd.DataFrame(values[:1], columns=["a", "b", "c"])) is None


def test_the_front_is_what_no_other_beats_in_both():
    assert pareto([(1, 0.5), (2, 0.7), (3, 0.6), (2, 0.6)]) == [0, 1]
