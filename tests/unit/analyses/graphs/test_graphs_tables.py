"""Tables of connections: read whole or refused, thresholded, and told apart by group."""

import numpy as np
import pandas as pd
import pytest

from neuro.analyses.graphs.matrices import networks_of
from neuro.analyses.graphs.run import run_table
from neuro.analyses.graphs.signals import standardize
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.tables import read_edges
from neuro.analyses.graphs.thresholds import Absolute, Density, Significance
from neuro.config.diagnosis import Diagnosis
from neuro.config.graphs import Graphs
from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv

PATTERN = "(?P<a>.+)-(?P<b>.+)"
N, N_REGIONS = 36, 7


def table_of(seed=0, shift=3.0):
    """Connections of 36 people; in patients, A-B is stronger."""
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for i, a in enumerate("ABCDEFG") for b in "ABCDEFG"[i + 1 :]]
    values = 0.2 * rng.standard_normal((N, len(pairs)))
    patients = np.arange(N) % 2 == 1
    values[patients, 0] += 0.2 * shift
    table = pd.DataFrame(np.clip(values, -0.9, 0.9), columns=[f"{a}-{b}" for a, b in pairs])
    table.insert(0, "participant_id", [f"p{k:02d}" for k in range(N)])
    return table, patients


def write(folder, table, people=None, name="sub-x_features.tsv"):
    path = folder / name
    table.to_csv(path, sep="\t", index=False)
    if people is not None:
        people.to_csv(folder / "sub-x_participants.tsv", sep="\t", index=False)
    return path


def people_of(patients):
    names = [f"p{k:02d}" for k in range(N)]
    groups = np.where(patients, "patient", "control")
    return pd.DataFrame({"participant_id": names, "group": groups}).iloc[::-1]


class Outputs:
    def __init__(self, folder):
        for name in ("maps", "tables", "figures"):
            setattr(self, name, folder / name)
        self.graphs, self.manifest = folder / "graphs.h5", folder / "manifest.json"
        self.nodes, self.scores = folder / "nodes.tsv", folder / "scores.tsv"


def test_a_table_becomes_matrices_and_people_are_matched_by_name(tmp_path):
    table, patients = table_of()
    found = read_edges(write(tmp_path, table, people_of(patients)), PATTERN)
    assert found.regions == [*"ABCDEFG"]
    assert found.matrices.shape == (N, N_REGIONS, N_REGIONS)
    assert found.matrices[3, 1, 4] == found.matrices[3, 4, 1] == table["B-E"][3]
    assert (found.people["group"] == "patient").tolist() == patients.tolist()
    shuffled = table[[table.columns[0], *table.columns[:0:-1]]].rename(columns={"A-B": "B-A"})
    again = read_edges(write(tmp_path, shuffled), PATTERN)
    order = [again.regions.index(name) for name in "ABCDEFG"]
    np.testing.assert_array_equal(again.matrices[:, order][:, :, order], found.matrices)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="B-E"), r"no whole symmetric matrix.*1 are not: B-E \(0 times\)"),
        (lambda t: t.assign(**{"E-B": t["B-E"]}), r"B-E \(2 times\)"),
        (lambda t: t.assign(**{"A-A": 1.0}), "'A' is connected with itself"),
        (lambda t: t.assign(**{"B-E": [np.nan] + [0.1] * (N - 1)}),
         r"1 edges are missing or no number \(participant and edge: p00 B-E\)"),
        (lambda t: t.rename(columns=lambda c: c.replace("-", "_")), "fits no column"),
        (lambda t: t.assign(participant_id="p00"), "more than once"),
        (lambda t: t.assign(participant_id=["who", *t["participant_id"][1:]]),
         r"lacks participant\(s\) \['who'\]"),
    ],
)  # fmt: skip
def test_tables_that_are_no_connectomes_are_refused(tmp_path, change, message):
    table, patients = table_of()
    path = write(tmp_path, change(table), people_of(patients))
    with pytest.raises(ValueError, match=message):
        read_edges(path, PATTERN)


def test_other_files_and_patterns_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"read from \.tsv, \.csv, \.parquet, \.h5, not"):
        read_edges(tmp_path / "sub-x_features.npy", PATTERN)
    with pytest.raises(ValueError, match=r"lacks the group\(s\) \['b'\]"):
        read_edges(write(tmp_path, table_of()[0]), "(?P<a>.+)-.+")


def test_hdf5_with_fisher_z_and_a_region_that_someone_lacks(tmp_path):
    table, patients = table_of()
    whole = read_edges(write(tmp_path, table, people_of(patients)), PATTERN)
    names = list(table.columns[1:])
    z = np.arctanh(table[names].to_numpy())
    z[4, [k for k, name in enumerate(names) if "C" in name]] = np.nan
    path = tmp_path / "sub-x_features.h5"
    arrays = {
        "features": Array(z, ("participant", "edge")),
        "names": Array(np.array(names, dtype=np.str_), ("edge",)),
    }
    hdf5.write(path, arrays, {})
    people_of(patients).iloc[::-1].to_csv(
        tmp_path / "sub-x_participants.tsv", sep="\t", index=False
    )
    found = read_edges(path, PATTERN, fisher_z=True)
    assert found.subjects == whole.subjects
    assert found.left_out == ["C"]
    assert found.regions == [*"ABDEFG"]
    here = [0, 1, 3, 4, 5, 6]
    np.testing.assert_allclose(found.matrices, whole.matrices[:, here][:, :, here], atol=1e-12)
    hdf5.write(path, {"features": arrays["features"]}, {})
    with pytest.raises(ValueError, match=r"lacks the dataset\(s\) \['names'\]"):
        read_edges(path, PATTERN)


@pytest.mark.parametrize("sign", ["positive", "negative", "absolute"])
def test_networks_of_a_matrix_equal_those_of_its_series(sign):
    signals = standardize(np.random.default_rng(0).standard_normal((60, 40)))
    thresholds = [Density(0.1), Absolute(0.2), Significance(0.01, "none", 60)]
    matrix = (signals @ signals.T).astype(float)
    matrix = (matrix + matrix.T) / 2
    pairs = zip(
        networks_of(matrix, thresholds, sign), networks(signals, thresholds, sign=sign), strict=True
    )
    for ours, streamed in pairs:
        np.testing.assert_array_equal(ours.graph.dense(), streamed.graph.dense())
        np.testing.assert_allclose(ours.strength, streamed.strength, atol=1e-5)
        np.testing.assert_array_equal(ours.positive, streamed.positive)
        np.testing.assert_array_equal(ours.negative, streamed.negative)
        assert ours.threshold == pytest.approx(streamed.threshold, abs=1e-5)


def test_matrices_that_cannot_be_thresholded():
    with pytest.raises(ValueError, match="give `significance` an `n_effective`"):
        networks_of(np.eye(4), [Significance()])
    wrong = np.eye(4)
    wrong[1, 2] = 0.5
    with pytest.raises(ValueError, match=r"sub-7: must be symmetric, but \[1, 2\] is 0.5"):
        networks_of(wrong, [Density(0.2)], where="sub-7")


def test_a_table_from_file_to_manifest(tmp_path):
    table, patients = table_of()
    path = write(tmp_path, table, people_of(patients))
    params = Diagnosis(
        classifiers=["majority", "confounds", "ridge", "screened_ridge", "maps_ridge",
                     "tangent_ridge"],
        n_folds=4, n_inner=2, n_permutations=9,
    )  # fmt: skip
    settings = Graphs.model_validate(
        {"thresholds": [{"density": {"share": 0.3}}], "measures": ["degree", "cycles3"],
         "n_permutations": 199}
    )  # fmt: skip
    out = Outputs(tmp_path / "graphs")
    mapped = run_table(path, out, dataset="d", settings=settings, diagnosis=params,
                       rng=np.random.default_rng(0))  # fmt: skip
    assert mapped.maps["degree"].shape == (N, 1, N_REGIONS)
    about = manifest.read(out.manifest)
    for item in [*about.figures, *about.tables]:
        assert (out.manifest.parent / item.path).is_file()
    assert about.warnings == [
        "confounds alone: left out, since the dataset has no confounds or sites."
    ]
    scores = read_tsv(out.scores).set_index(["method", "metric"])
    assert scores.loc[("ridge", "auroc"), "value"] > 0.75
    assert scores.loc[("screened_ridge", "auroc"), "p"] == pytest.approx(0.1)
    edges = read_tsv(out.tables / "edges.tsv")
    first = edges.iloc[0]
    assert (first["a"], first["b"]) == ("A", "B")
    assert first["p_corrected"] == pytest.approx(1 / 200)
    assert edges["p_corrected"][1] > 0.02
    assert first["mean_patient"] - first["mean_control"] == pytest.approx(0.6, abs=0.2)
    assert edges["weights_ridge"].abs().idxmax() == edges["pattern_ridge"].abs().idxmax() == 0
    predictions = read_tsv(out.tables / "predictions.tsv")
    assert (predictions["group"] == "patient").tolist() == patients.tolist()
    arrays = hdf5.read(out.graphs)
    assert len(arrays["predictions/ridge/null"].values) == 9


def test_what_is_no_correlation_has_no_tangent_space(tmp_path):
    table, patients = table_of()
    table.iloc[:, 1:] *= 3
    path = write(tmp_path, table, people_of(patients))
    params = Diagnosis(classifiers=["majority", "tangent_ridge"], n_folds=3, n_inner=2,
                       n_permutations=0)  # fmt: skip
    settings = Graphs.model_validate({"measures": ["degree"], "n_permutations": 9})
    out = Outputs(tmp_path / "graphs")
    run_table(path, out, dataset="d", settings=settings, diagnosis=params,
              rng=np.random.default_rng(0))  # fmt: skip
    (warning,) = manifest.read(out.manifest).warnings
    assert "tangent space: left out" in warning
