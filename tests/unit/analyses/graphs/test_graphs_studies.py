"""A multi-site study as it is laid out on disk, from its files to a diagnosis."""

import numpy as np
import pytest

from neuro.analyses.graphs.run import run_table
from neuro.config.diagnosis import Diagnosis
from neuro.config.graphs import Graphs
from neuro.config.source import RegionSeriesSource
from neuro.datasets import fetch
from neuro.io import manifest
from neuro.io.tables import read_tsv

SITES, PER_SITE, N_REGIONS, N_TIMES = ("KKI", "NYU", "Peking"), 16, 6, 80


def lay_out(folder):
    """Time courses by site and person; two regions agree more in patients, and sites differ."""
    rng = np.random.default_rng(0)
    rows = ["ScanDir ID,Site,Gender,Age,DX"]
    for s, site in enumerate(SITES):
        (folder / site).mkdir(parents=True)
        for k in range(PER_SITE):
            who = 10000 + 100 * s + k
            kind = 0 if k % 2 == 0 else 1 + k % 3
            series = rng.standard_normal((N_TIMES, N_REGIONS))
            series[:, 2:] += 0.5 * s * rng.standard_normal((N_TIMES, 1))
            series[:, :2] += (1.3 if kind else 0.3) * rng.standard_normal((N_TIMES, 1))
            lines = ["File\tSub-brick\t" + "\t".join(f"Mean_{i + 1}" for i in range(N_REGIONS))]
            lines += [
                f"x.nii.gz\t{t}[?]\t" + "\t".join(f"{v:.6f}" for v in row)
                for t, row in enumerate(series)
            ]
            (folder / site / f"00{who}_rois_TCs.1D").write_text("\n".join(lines))
            rows.append(f"{who},{site},{'FM'[k % 4 // 2]},{8 + k / 4 + s},{kind}")
    (folder / "phenotypic.csv").write_text("\n".join(rows) + "\n")


class Outputs:
    def __init__(self, folder):
        for name in ("maps", "tables", "figures"):
            setattr(self, name, folder / name)
        self.graphs, self.manifest = folder / "graphs.h5", folder / "manifest.json"
        self.nodes, self.scores = folder / "nodes.tsv", folder / "scores.tsv"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    lay_out(folder / "files")
    source = RegionSeriesSource(
        type="region_series", path=str(folder / "files"), pattern="*/{subject}_rois_TCs.1D",
        people="phenotypic.csv", identity="ScanDir ID",
    )  # fmt: skip
    record = folder / "data/study/fetch.json"
    fetch.run(source, "study", None, record, progress=False, modality="features")
    return record.parent / "bids/sub-study/features/sub-study_features.h5"


def asked(**more):
    return Diagnosis.model_validate(
        {
            "column": "DX",
            "classes": ["control", "adhd"],
            "codes": {"control": ["0"], "adhd": ["1", "2", "3"]},
            "site": "Site",
            "confounds": ["Age", "Gender"],
            "fisher_z": True,
            "classifiers": ["majority", "confounds", "ridge", "tangent_ridge"],
            "n_folds": 4,
            "n_inner": 2,
            "n_permutations": 3,
        }
        | more
    )


def diagnose(table, folder, **more):
    settings = Graphs.model_validate({"measures": ["degree", "cycles3"], "n_permutations": 99,
                                      "thresholds": [{"density": {"share": 0.3}}]})  # fmt: skip
    out = Outputs(folder)
    run_table(table, out, dataset="study", settings=settings, diagnosis=asked(**more),
              rng=np.random.default_rng(0))  # fmt: skip
    return out


@pytest.mark.parametrize("group_by", ["site", "subject"])
def test_a_study_of_three_sites_with_age_and_sex(table, tmp_path, group_by):
    out = diagnose(table, tmp_path / "graphs", group_by=group_by, harmonize=True)
    scores = read_tsv(out.scores).set_index(["method", "metric"])["value"]
    assert scores["ridge", "auroc"] > 0.85
    assert scores["tangent_ridge", "auroc"] > 0.85
    assert scores["confounds", "auroc"] < 0.75
    sites = read_tsv(out.tables / "sites.tsv")
    assert sites["site"].unique().tolist() == list(SITES)
    assert (sites["n_control"] + sites["n_adhd"] == PER_SITE).all()
    folds = read_tsv(out.tables / "predictions.tsv").groupby("site")["fold"].nunique()
    assert (folds == 1).all() == (group_by == "site")
    edges = read_tsv(out.tables / "edges.tsv")
    assert edges.loc[0, ["a", "b"]].tolist() == ["Mean_1", "Mean_2"]
    about = manifest.read(out.manifest)
    assert any("ComBat" in text for text in about.methods)
    assert any(f"keep each {group_by} together" in text for text in about.methods)


def test_a_site_with_one_class_and_missing_confounds_are_named(table, tmp_path):
    with pytest.raises(ValueError, match=r"one class: KKI \(all 16 'KKI'\), NYU \(all 16 'N"):
        diagnose(table, tmp_path / "a", column="Site", classes=["KKI", "NYU"], codes={})
    with pytest.raises(ValueError, match=r"lacks column\(s\) \['FD'\]; it has \['participant_id'"):
        diagnose(table, tmp_path / "b", confounds=["FD"])
    people = table.with_name("sub-study_participants.tsv")
    text = people.read_text()
    people.write_text(text.replace("\t8.0\t", "\tn/a\t"))
    with pytest.raises(ValueError, match="column 'Age' is missing for 1 subjects; fill it in"):
        diagnose(table, tmp_path / "c")
    people.write_text(text)
