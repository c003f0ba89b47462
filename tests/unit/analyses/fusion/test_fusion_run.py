import shutil
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from neuro.analyses.fusion.look import look, look_together
from neuro.analyses.fusion.pairs_run import read_pairs
from neuro.analyses.fusion.pairs_run import run as run_pairs
from neuro.analyses.fusion.reading import read_cohort
from neuro.analyses.fusion.run import run
from neuro.analyses.fusion.table import read_table
from neuro.config import Fusion, FusionCohort, FusionTable
from neuro.config.source import parse_source
from neuro.datasets.registry import open_source
from neuro.io import manifest

SMALL = {"n_subjects": 40, "n_regions": 12, "n_networks": 1, "network_size": 4, "seed": 3}


def fetch(folder: Path) -> Path:
    source = open_source(parse_source({"type": "people", **SMALL}), "people", "multimodal")
    source.fetch(folder, SimpleNamespace(seed=0))
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return fetch(tmp_path_factory.mktemp("people") / "tree")


@pytest.fixture
def own(tree, tmp_path):
    return shutil.copytree(tree, tmp_path / "own")


def outputs_in(folder: Path) -> SimpleNamespace:
    return SimpleNamespace(
        fusion=folder / "fusion.h5", encoders=folder / "encoders.safetensors",
        scores=folder / "scores.tsv", tables=folder / "tables", figures=folder / "figures",
        manifest=folder / "manifest.json", pairs=folder / "pairs.tsv",
    )  # fmt: skip


def table_of(tree, pattern):
    return next(iter(sorted(tree.glob(pattern))))


def test_the_tree_is_read_as_it_was_made(tree):
    cohort = read_cohort(tree, FusionCohort())
    assert [view.name for view in cohort.views] == [
        "alff", "pearsoncorrelation", "fa", "streamlines",
    ]  # fmt: skip
    assert len(cohort) == 40
    assert cohort.regions[:2] == ("L1", "L2")
    assert cohort.positions.shape == (12, 3)
    again = fetch(tree.parent / "again")
    files = [p.relative_to(tree) for p in tree.rglob("*") if p.is_file()]
    assert all((tree / p).read_bytes() == (again / p).read_bytes() for p in files)


def test_a_run_writes_what_it_says(tree, tmp_path):
    settings = Fusion(n_networks=3, n_encoders=1, n_steps=3, n_permutations=3,
                      methods=["early", "products", "function_ridge"])  # fmt: skip
    outputs = outputs_in(tmp_path)
    asked = FusionCohort(n_folds=3, n_inner=2, confounds=["age"])
    run(tree, outputs, dataset="people", settings=settings, asked=asked,
        rng=np.random.default_rng(0), truth=tree / "truth.h5")  # fmt: skip
    told = manifest.read(outputs.manifest)
    assert {figure.title for figure in told.figures} == {
        "Methods", "ROC and calibration", "Synergistic Activation Map", "Deletion", "Ablation",
    }  # fmt: skip
    assert not any("MCI" in text for text in [told.title, told.question, *told.methods])
    scores = pd.read_csv(outputs.scores, sep="\t")
    assert set(scores["method"]) == {"fusion", "early", "products", "function_ridge"}
    with h5py.File(outputs.fusion) as file:
        assert file["scores/fusion"].shape == (40,)
        assert file["activation/function/connections"].shape == (12, 12)
    assert len(pd.read_csv(outputs.tables / "ablation.tsv", sep="\t")) == 10


def test_atlases_that_differ_are_refused(own):
    for path in own.glob("sub-*/dwi/*.tsv"):
        path.rename(path.with_name(path.name.replace("_seg-simulated_", "_seg-AAL_")))
    told = r"fa is of atlas 'AAL' with 12 regions, alff of 'sim.* in .*-fa_dwimap\.tsv and .*-alff_"
    with pytest.raises(ValueError, match=told):
        read_cohort(own, FusionCohort())


def test_other_regions_in_one_file_are_refused(own):
    path = table_of(own, "sub-005/dwi/*_stat-fa_*.tsv")
    path.write_text(path.read_text().replace("L1\t", "X1\t"))
    with pytest.raises(ValueError, match="11 columns are the 12 regions of others"):
        read_cohort(own, FusionCohort())


def test_subjects_in_one_modality_are_dropped_with_a_list_or_imputed(own):
    shutil.rmtree(own / "sub-004/dwi")
    shutil.rmtree(own / "sub-007/func")
    dropped = read_cohort(own, FusionCohort())
    assert len(dropped) == 38
    assert dropped.left_out == {"004": "has no structure", "007": "has no function"}
    imputed = read_cohort(own, FusionCohort(incomplete="impute"))
    assert len(imputed) == 40
    assert imputed.present.sum(0).tolist() == [39, 39]


def test_a_skew_matrix_is_refused(own):
    path = table_of(own, "sub-009/dwi/*_stat-streamlines_*.tsv")
    table = pd.read_csv(path, sep="\t")
    table.iloc[0, 1] += 50
    table.to_csv(path, sep="\t", index=False)
    with pytest.raises(
        ValueError, match=r"streamlines: 1 matrices are not symmetric.*sub-009_.*\.tsv"
    ):
        read_cohort(own, FusionCohort())


def test_fewer_subjects_than_folds_are_refused(tree):
    some = [f"{k:03d}" for k in range(1, 6)]
    with pytest.raises(ValueError, match="n_folds 5 needs as many people of each group"):
        read_cohort(tree, FusionCohort(), some)


def test_what_is_wrong_with_people_is_seen_before_anything_runs(own):
    section = SimpleNamespace(fusion=FusionCohort(), modality="multimodal")
    source = open_source(parse_source({"type": "bids", "path": str(own)}), "people", "multimodal")
    people = source.listing()
    assert look_together(own, people, section) == []
    assert not look(own, people[0], section).problems
    assert "2 'control' and 3 'patient'" in look_together(own, people[:5], section)[0]
    for path in own.glob("sub-00*/dwi/*_stat-fa_*.tsv"):
        path.rename(path.with_name(path.name.replace("_seg-simulated_", "_seg-AAL_")))
    assert "fa is of atlas 'AAL'" in look(own, people[0], section).problems[0]
    assert not look(own, people[20], section).problems


def test_a_measure_that_is_nowhere_is_refused(tree):
    with pytest.raises(ValueError, match="no table of 'reho'; looked for sub-"):
        read_cohort(tree, FusionCohort(function_maps=["reho"]))


def test_people_without_row_or_column(own):
    with pytest.raises(ValueError, match=r"lacks column\(s\) \['diagnosis'\]"):
        read_cohort(own, FusionCohort(column="diagnosis"))
    people = pd.read_csv(own / "participants.tsv", sep="\t")
    people.iloc[2:].to_csv(own / "participants.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match=r"lacks subjects \['001', '002'\]"):
        read_cohort(own, FusionCohort())


def test_an_adni_shaped_tree(own):
    """Sessions, several groups, a column of names in matrices, as derivatives of ADNI have."""
    for folder in sorted(own.glob("sub-*")):
        for kind in ("func", "dwi"):
            target = folder / "ses-M00" / kind
            shutil.move(folder / kind, target)
            for path in list(target.iterdir()):
                name = path.name.replace(folder.name, f"{folder.name}_ses-M00", 1)
                if "relmat" in name:
                    table = pd.read_csv(path, sep="\t")
                    table.insert(0, "Node", table.columns)
                    table.to_csv(target / name, sep="\t", index=False)
                    path.unlink()
                else:
                    path.rename(target / name)
    people = pd.read_csv(own / "participants.tsv", sep="\t")
    people["group"] = people["group"].map({"control": "CN", "patient": "SMC"})
    people.loc[:3, "group"] = "AD"
    people.to_csv(own / "participants.tsv", sep="\t", index=False)
    cohort = read_cohort(own, FusionCohort(classes=("CN", "SMC")))
    assert len(cohort) == 36
    assert cohort.left_out["001"] == "is 'AD'"
    source = open_source(parse_source({"type": "bids", "path": str(own)}), "adni", "multimodal")
    assert len(source.listing()) == 40


def test_groups_by_site_need_a_site():
    with pytest.raises(ValidationError, match="needs `site`"):
        FusionCohort(group_by="site")


def test_preprocessed_recordings_are_paired(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for k in range(5):
        path = tmp_path / f"sub-{k}_task-rest_parcels.h5"
        shared = rng.standard_normal((6, 200))
        counts = np.abs(np.round(50 * np.corrcoef(shared[:, :50])))
        with h5py.File(path, "w") as file:
            file["names"] = [f"r{i}".encode() for i in range(6)]
            file["connectivity/correlation"] = np.corrcoef(shared)
            if k:
                file["sc/counts"] = counts
        paths.append(path)
    outputs = outputs_in(tmp_path)
    settings = Fusion(n_networks=2, n_steps=2)
    found = run_pairs(paths, outputs, root=tmp_path, dataset="rest", settings=settings, rng=rng)
    assert len(found["linear", "all"].right) == 6
    told = manifest.read(outputs.manifest)
    assert "4 people" in told.warnings[0]
    with pytest.raises(ValueError, match="no recording has a structural matrix"):
        run_pairs(paths[:1], outputs, root=tmp_path, dataset="rest", settings=settings, rng=rng)
    sites = ["x", "x", "x", "y", "y"]
    found = run_pairs(paths, outputs, root=tmp_path, dataset="rest", settings=settings, rng=rng,
                      datasets=sites)  # fmt: skip
    assert len(found["direct", "within"].right) == 2
    told = manifest.read(outputs.manifest)
    assert "datasets: x (2), y (2)" in told.methods[0]
    assert set(pd.read_csv(outputs.pairs, sep="\t")["a"]) <= {"x/1", "x/2", "y/3"}
    with h5py.File(paths[2], "r+") as file:
        file["sc/counts"][0, 1] += 9
    with pytest.raises(ValueError, match=r"1 matrices are not symmetric.*or set `fusion\.average"):
        run_pairs(paths, outputs, root=tmp_path, dataset="rest", settings=settings, rng=rng)
    assert len(read_pairs(paths, average_directions=True)) == 4


def table_in(folder, n=36, n_regions=5):
    """Maps of one modality that tell two groups apart, with holes."""
    rng = np.random.default_rng(0)
    ill = np.arange(n) % 2 == 0
    values = rng.standard_normal((2, n, n_regions)) + 2 * ill[None, :, None]
    names = [f"{m} r{k}" for m in ("fa", "md") for k in range(n_regions)]
    table = pd.DataFrame(np.hstack(list(values)), columns=names)
    table.iloc[3, 2] = np.nan
    table.insert(0, "participant_id", [f"p{k}" for k in range(n)])
    table.to_csv(folder / "sub-t_features.tsv", sep="\t", index=False, na_rep="n/a")
    people = pd.DataFrame({"participant_id": table["participant_id"]})
    people["group"] = np.where(ill, "patient", "control")
    people.to_csv(folder / "sub-t_participants.tsv", sep="\t", index=False)
    return folder / "sub-t_features.tsv"


def test_a_table_of_one_modality_is_enough(tmp_path):
    path = table_in(tmp_path)
    settings = Fusion(n_networks=3, n_encoders=1, n_steps=3, n_permutations=3,
                      methods=["early", "structure_ridge"])  # fmt: skip
    outputs = outputs_in(tmp_path / "out")
    asked = FusionTable(structure_maps=["fa", "md"], n_folds=3, n_inner=2, incomplete="impute")
    found = run(tmp_path, outputs, dataset="tracts", settings=settings, asked=asked,
                rng=np.random.default_rng(0), table=path.name)  # fmt: skip
    assert len(found.chosen) == 3
    assert found.judged["fusion"].auroc > 0.8
    assert len(found.variants) == 6
    told = manifest.read(outputs.manifest)
    assert "one modality" in " ".join(told.warnings)
    assert "took the mean of others" in told.methods[0]
    assert not (outputs.tables / "connections.tsv").exists()


def test_who_lacks_values_of_regions_is_left_out_or_filled(tmp_path):
    path = table_in(tmp_path)
    dropped = read_table(path, FusionTable(structure_maps=["fa", "md"]))
    assert len(dropped) == 35
    assert dropped.left_out == {"p3": "lacks 1 values of fa"}
    filled = read_table(path, FusionTable(structure_maps=["fa"], incomplete="impute"))
    [view] = filled.views
    values = np.asarray(view.values)
    assert values[3, 2] == pytest.approx(np.delete(values[:, 2], 3).mean())
    with pytest.raises(ValueError, match=r"no column of the map 'ad'.*maps are \['fa', 'md'"):
        read_table(path, FusionTable(structure_maps=["ad"]))
    section = SimpleNamespace(fusion=FusionTable(function_maps=["alff"]), modality="features")
    recording = SimpleNamespace(path=path.name)
    assert "no column of the map 'alff'" in look_together(tmp_path, [recording], section)[0]
    with pytest.raises(ValidationError, match="name at least one map"):
        FusionTable()
