"""Tables of features as recordings: packages made into tables, and local files."""

import csv

import numpy as np
import pytest

from neuro.config import Recordings, parse_source
from neuro.datasets.arrange import afqinsight, geomstats
from neuro.datasets.base import DatasetError
from neuro.datasets.fetch import run
from neuro.datasets.headers import header
from neuro.datasets.listing import list_recordings


def test_connectomes_become_one_table_with_named_edges(tmp_path):
    (tmp_path / "fnc.csv").write_text("Id,F1,F2,F3\n7,0.1,0.2,0.3\n9,0.4,0.5,0.6\n")
    (tmp_path / "labels.csv").write_text("Id,Class\n7,0\n9,1\n")
    options = {"edges": "fnc.csv", "labels": "labels.csv", "classes": {"0": "no", "1": "yes"}}
    geomstats.arrange(tmp_path, tmp_path / "tree", **options)
    folder = tmp_path / "tree/sub-connectomes/features"
    told = (folder / "sub-connectomes_features.tsv").read_text().splitlines()
    assert told[0].split("\t") == ["participant_id", "C01-C02", "C01-C03", "C02-C03"]
    people = (folder / "sub-connectomes_participants.tsv").read_text()
    assert people == "participant_id\tdiagnosis\n7\tno\n9\tyes\n"
    (tmp_path / "labels.csv").write_text("Id,Class\n9,0\n7,1\n")
    with pytest.raises(DatasetError, match="the subjects are not those"):
        geomstats.arrange(tmp_path, tmp_path / "tree", **options)


def test_profiles_become_one_row_per_subject(tmp_path):
    with (tmp_path / "nodes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["subjectID", "tractID", "nodeID", "md", "fa"])
        for who in ("s1", "s0"):
            for node in (0, 1):
                rows.writerow([who, "Left ILF", node, f"0.{node}5", "" if node else "0.3"])
    (tmp_path / "subjects.csv").write_text(",subjectID,age\n0,s0,31\n1,s1,\n")
    options = {"nodes": "nodes.csv", "subjects": "subjects.csv", "label": "t"}
    afqinsight.arrange(tmp_path, tmp_path / "tree", **options, measures=["fa", "md"])
    folder = tmp_path / "tree/sub-t/features"
    lines = (folder / "sub-t_features.tsv").read_text().splitlines()
    assert lines[0].split("\t")[1:] == [
        f"{m} Left ILF {i:03}" for m in ("fa", "md") for i in (0, 1)
    ]
    assert lines[1].split("\t") == ["s0", "0.3", "n/a", "0.05", "0.15"]
    assert "s1\tn/a" in (folder / "sub-t_participants.tsv").read_text()


def test_local_table_with_its_people(tmp_path):
    source_folder = tmp_path / "mine"
    source_folder.mkdir()
    np.save(source_folder / "abide.npy", np.zeros((12, 5)))
    (source_folder / "abide_people.tsv").write_text("participant_id\tage\n")
    source = parse_source(
        {
            "type": "files",
            "path": str(source_folder),
            "pattern": "{subject}.npy",
            "beside": {"participants.tsv": "{subject}_people.tsv"},
        }
    )
    (recording,) = list_recordings(source, Recordings(), "mine", "features")
    assert recording.path == "sub-abide/features/sub-abide_features.npy"
    run(source, "mine", None, tmp_path / "data/fetch.json", modality="features")
    root = tmp_path / "data/bids"
    assert (root / "sub-abide/features/sub-abide_participants.tsv").is_file()
    assert header(root, recording, "features")["n_channels"] == "5"
