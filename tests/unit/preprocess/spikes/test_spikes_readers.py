"""Readers: phy folders, npz files and the tables beside them; nothing in them is ever run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuro.preprocess.spikes.phy import sample_rate
from neuro.preprocess.spikes.reading import open_recording
from neuro.preprocess.spikes.source import UnitTable

PHY = {
    "spike_times": np.array([[0], [1500], [3000], [3000], [6000]], np.uint64),
    "spike_clusters": np.array([7, 2, 7, 2, 2], np.int32),
}


def phy(folder: Path, **changes: Any) -> Path:
    path = folder / "sub-1_ecephys.phy"
    path.mkdir(parents=True, exist_ok=True)
    for name, values in (PHY | changes).items():
        np.save(path / f"{name}.npy", values)
    (path / "params.py").write_text(
        "dat_path = ['a.dat']\nn_channels_dat = 4\nsample_rate = 30000.0\nhp_filtered = False\n"
    )
    return path


def units(path: Path) -> UnitTable:
    with open_recording(path) as recording:
        return recording.units()


def test_phy_times_are_samples_over_the_rate(tmp_path: Path) -> None:
    table = units(phy(tmp_path))
    assert table.ids == ["2", "7"]
    np.testing.assert_allclose(table.times[0], [0.05, 0.1, 0.2])
    np.testing.assert_allclose(table.times[1], [0.0, 0.1])
    assert table.columns["type"] == ["unsorted", "unsorted"]


def test_a_persons_label_counts_before_kilosorts(tmp_path: Path) -> None:
    path = phy(tmp_path)
    (path / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n2\tgood\n7\tgood\n")
    assert units(path).columns["type"] == ["good", "good"]
    (path / "cluster_group.tsv").write_text("cluster_id\tgroup\n7\tnoise\n99\tgood\n")
    assert units(path).columns["type"] == ["good", "noise"]
    (path / "cluster_info.tsv").write_text("cluster_id\tdepth\tregion\n7\t120\tca1\n2\t40\tadn\n")
    assert units(path).columns["region"] == ["adn", "ca1"]


def test_params_are_parsed_and_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = phy(tmp_path)
    (path / "params.py").write_text(
        f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nsample_rate = 25000\n"
    )
    assert sample_rate(path / "params.py") == 25000.0
    (path / "params.py").write_text(f"sample_rate = open({str(mark)!r}, 'w').write('x')\n")
    with pytest.raises(ValueError, match=r"params\.py: sample_rate is .*it must hold a line like"):
        units(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dat_path = 'x'\n", "assigns no sample_rate"),
        ("sample_rate = 0\n", "sample_rate is '0'"),
        ("sample_rate = 'fast'\n", "sample_rate is"),
        ("sample_rate = = 3\n", "not readable"),
    ],
)
def test_bad_params_are_errors(tmp_path: Path, text: str, message: str) -> None:
    path = phy(tmp_path)
    (path / "params.py").write_text(text)
    with pytest.raises(ValueError, match=rf"params\.py: {message}"):
        units(path)


def test_a_phy_folder_that_lacks_something_is_an_error(tmp_path: Path) -> None:
    path = phy(tmp_path)
    (path / "spike_clusters.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"spike_clusters\.npy: no such file.*params\.py"):
        units(path)
    with pytest.raises(ValueError, match=r"has 5 spikes, .*npy 4; they must be as many"):
        units(phy(tmp_path, spike_clusters=np.arange(4)))
    with pytest.raises(ValueError, match=r"spike_times\.npy: must hold a number per spike"):
        units(phy(tmp_path, spike_times=np.zeros((5, 2))))
    phy(tmp_path)
    whole = (path / "spike_times.npy").read_bytes()
    (path / "spike_times.npy").write_bytes(whole[:-8])
    with pytest.raises(ValueError, match=r"spike_times\.npy: truncated"):
        units(path)
    np.save(path / "spike_times.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"spike_times\.npy"):
        units(path)


def test_npz_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_ecephys.npz"
    np.savez(
        path, times=[0.5, 0.1, 0.7], units=["b", "a", "b"], ids=["a", "b"], region=["ca1", "adn"]
    )
    table = units(path)
    assert table.ids == ["a", "b"]
    assert [t.tolist() for t in table.times] == [[0.1], [0.5, 0.7]]
    assert table.columns["region"] == ["ca1", "adn"]
    assert table.support is None


def test_npz_as_pynapple_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_ecephys.npz"
    np.savez(
        path,
        type=np.array(["TsGroup"]),
        _metadata=np.array({"location": {"0": "adn"}}, object),
        t=np.array([0.0, 1.0, 2.0]),
        index=np.array([4, 0, 4]),
        keys=np.array([0, 4]),
        start=np.array([0.0]),
        end=np.array([5.0]),
    )
    table = units(path)
    assert table.ids == ["0", "4"]
    assert [t.tolist() for t in table.times] == [[1.0], [0.0, 2.0]]
    assert table.support is not None
    assert table.support.stop.tolist() == [5.0]
    (note,) = table.notes
    assert "'_metadata' is a pickled object, which is never read" in note


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": [1.0]}, r"no array 't' or 'times'. It has \{'x'"),
        ({"t": [1.0, 2.0], "index": [0]}, r"times have shape \(2,\), their units \(1,\)"),
        ({"t": [1.0], "index": [3], "keys": [1, 2]}, r"spikes of units \['3'\]"),
        ({"t": [1.0], "index": [0], "start": [0, 1], "end": [2]}, "2 entries of 'start', 1 of"),
    ],
)
def test_npz_that_lacks_something_is_an_error(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    path = tmp_path / "sub-1_ecephys.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=rf"ecephys\.npz: .*{message}"):
        units(path)


def test_files_that_are_no_npz_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_ecephys.npz"
    np.savez(path, t=np.arange(1000.0), index=np.zeros(1000, int))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"truncated, or not an \.npz file"):
        units(path)
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    with pytest.raises(ValueError, match=r"not an \.npz file"):
        units(path)


def test_another_kind_of_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_ecephys.clu"
    path.touch()
    with pytest.raises(ValueError, match=r"spikes are read from \.nwb and \.npz"):
        units(path)
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        units(tmp_path / "none.npz")


def test_tables_beside_a_recording(tmp_path: Path) -> None:
    path = phy(tmp_path)
    with open_recording(path) as recording:
        assert recording.tables() == []
        with pytest.raises(ValueError, match=r"no table of intervals 'events'.*sub-1_events\.tsv"):
            recording.intervals("events")
        with pytest.raises(ValueError, match=r"sub-1_covariates\.tsv, which does not exist"):
            recording.find("heading")
    (tmp_path / "sub-1_events.tsv").write_text("onset\tduration\ttrial_type\n1\t2\tgo\n4\t1\tno\n")
    (tmp_path / "sub-1_covariates.tsv").write_text("time\theading\n0\t1.5\n0.1\tn/a\n")
    with open_recording(path) as recording:
        events = recording.intervals("events")
        assert events.label == ["go", "no"]
        assert events.stop.tolist() == [3.0, 5.0]
        np.testing.assert_array_equal(recording.samples("heading").values, [1.5, np.nan])
        with pytest.raises(ValueError, match=r"lacks column.*speed.*heading"):
            recording.find("speed")
    (tmp_path / "sub-1_covariates.tsv").write_text("time\theading\n0\t1.5\n0\t2\n")
    with open_recording(path) as recording, pytest.raises(ValueError, match="'time' must be"):
        recording.samples("heading")
