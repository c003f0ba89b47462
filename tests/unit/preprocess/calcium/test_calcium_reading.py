"""Every format: what is read is what was written; what is bad is one clear error."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from neuro.config.calcium import CalciumReading
from neuro.io.bids import Recording
from neuro.preprocess.calcium.reading import open_traces
from neuro.preprocess.calcium.simulate import Simulated
from neuro.preprocess.calcium.traces import Opened, Traces

Write = Callable[..., Path]
RNG = np.random.default_rng(0)
VALUES = np.round(RNG.uniform(50, 150, (4, 100)))


def opened(file: Path, **read: Any) -> Opened:
    root = file.parents[2]
    recording = Recording.from_path(file.relative_to(root).as_posix())
    return open_traces(root, recording, CalciumReading(**read))


def loaded(file: Path, **read: Any) -> Traces:
    return opened(file, **read).load()


def fails(file: Path, *words: str, **read: Any) -> None:
    """Header or samples are refused, with these words and the file's name."""
    with pytest.raises((ValueError, OSError)) as caught:
        opened(file, **read).load()
    for word in (file.name.split(".")[0], *words):
        assert re.search(word, str(caught.value)), str(caught.value)


def test_suite2p_cells_neuropil_and_rate(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES, neuropil=VALUES / 2)
    header = opened(folder)
    traces = header.load()
    assert header.n_found == 4
    assert header.names == ["roi-0000", "roi-0001", "roi-0002"]
    assert header.sfreq == traces.sfreq == 20.0
    np.testing.assert_array_equal(traces.values, VALUES[:3])
    np.testing.assert_allclose(traces.neuropil, VALUES[:3] / 2, rtol=1e-6)
    assert not traces.identified.any()
    assert len(loaded(folder, cells_only=False).names) == 4


def test_suite2p_planes_are_stacked(write_suite2p: Write) -> None:
    write_suite2p(VALUES, plane="plane0")
    folder = write_suite2p(VALUES + 1, plane="plane1")
    traces = loaded(folder)
    assert traces.names[0] == "plane0-roi-0000"
    np.testing.assert_array_equal(traces.values[3:], VALUES[:3] + 1)


def test_suite2p_unequal_lengths(write_suite2p: Write) -> None:
    fails(write_suite2p(VALUES, neuropil=VALUES[:, :-1]), "unequal lengths", r"\(4, 99\)")


def test_suite2p_iscell_of_another_run(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES)
    np.save(folder / "iscell.npy", np.ones((5, 2)))
    fails(folder, "unequal lengths", "4 regions", "iscell.npy 5")


def test_suite2p_without_marks_of_cells(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES)
    (folder / "iscell.npy").unlink()
    fails(folder, "iscell.npy", "cells_only: false")


def test_suite2p_truncated(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES)
    file = folder / "F.npy"
    file.write_bytes(file.read_bytes()[:-100])
    fails(folder, "F.npy", "truncated")


def test_suite2p_pickle_is_refused(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES)
    np.save(folder / "iscell.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    fails(folder, "iscell.npy", "pickled objects are refused")


def test_suite2p_rate_missing(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES, sfreq=None)
    fails(folder, "frame rate is not known", "SamplingFrequency", "read.sfreq")
    assert opened(folder, sfreq=7.5).sfreq == 7.5


@pytest.mark.parametrize("rate", [0, -3, "30", True])
def test_suite2p_rate_is_no_rate(write_suite2p: Write, rate: Any) -> None:
    fails(write_suite2p(VALUES, sfreq=rate), "SamplingFrequency must be a number above 0")


def test_suite2p_folder_without_arrays(place: Callable[[str], Path]) -> None:
    folder = place(".suite2p")
    folder.mkdir()
    fails(folder, "F.npy")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
def test_table_with_time_and_covariate(write_table: Write, ending: str) -> None:
    time = 3.0 + np.arange(100) / 10
    heading = np.linspace(-90, 810, 100)
    columns = {"time": time, "AVAL": VALUES[0], "roi7": VALUES[1], "heading": heading}
    file = write_table(columns, ending)
    traces = loaded(file, covariates={"heading": "deg"})
    assert traces.names == ["AVAL", "roi7"]
    assert traces.identified.tolist() == [True, False]
    assert traces.sfreq == 10.0
    np.testing.assert_allclose(traces.values, VALUES[:2])
    assert traces.covariates["heading"].circular
    np.testing.assert_allclose(
        traces.covariates["heading"].values, np.mod(np.radians(heading), 2 * np.pi)
    )


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_table_rate_from_sidecar(write_table: Write, ending: str) -> None:
    file = write_table({"a": VALUES[0], "b": VALUES[1]}, ending, sfreq=5)
    assert opened(file).sfreq == 5.0
    assert opened(file).n_frames == 100


def test_table_name_twice(place: Callable[[str], Path]) -> None:
    file = place(".csv")
    rows = "\n".join(f"{i / 10},{i},{i * 2}" for i in range(20))
    file.write_text(f"time,AVAL,AVAL\n{rows}\n")
    fails(file, "more than once: AVAL")


def test_table_nan_columns_are_named(write_table: Write) -> None:
    broken = VALUES[1].copy()
    broken[[3, 5]] = np.nan
    file = write_table({"a": VALUES[0], "b": broken, "c": VALUES[2]}, sfreq=5)
    fails(file, "NaN", r"\(2\)", "of b;", "read.exclude")
    assert loaded(file, exclude=["b"]).names == ["a", "c"]


def test_table_constant_trace_is_named(write_table: Write) -> None:
    file = write_table({"a": VALUES[0], "b": np.full(100, 3.0)}, sfreq=5)
    fails(file, "constant", ": b;", "read.exclude")


def test_table_time_not_monotonic(write_table: Write) -> None:
    time = np.arange(100) / 10
    time[50] = 0.1
    fails(write_table({"time": time, "a": VALUES[0]}), "time does not increase", "frame 49")


def test_table_text_column(write_table: Write) -> None:
    fails(write_table({"a": VALUES[0], "state": ["x"] * 100}, sfreq=5), "no numbers: state")


def test_table_without_header(place: Callable[[str], Path]) -> None:
    file = place(".csv")
    file.write_text("\n".join("0.5,1.5" for _ in range(20)))
    fails(file, "first line must name")


def test_table_truncated_parquet(write_table: Write) -> None:
    file = write_table({"a": VALUES[0]}, ".parquet", sfreq=5)
    file.write_bytes(file.read_bytes()[:-30])
    fails(file, "truncated")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_null_character_in_a_name_is_refused(write_table: Write, ending: str) -> None:
    file = write_table({"a\0b": VALUES[0], "c": VALUES[1]}, ending, sfreq=5)
    fails(file, "null characters in the name of a column")


def test_table_with_two_columns_of_one_name(write_table: Write) -> None:
    file = write_table({"a": VALUES[0]}, ".parquet", sfreq=5)
    pq.write_table(pa.table(list(VALUES[:3]), names=["a", "b", "b"]), file)
    fails(file, "more than once: b")


def test_table_exclude_and_covariates_must_exist(write_table: Write) -> None:
    file = write_table({"a": VALUES[0], "b": VALUES[1]}, sfreq=5)
    fails(file, "read.exclude", "x", exclude=["x"])
    fails(file, "read.covariates", "y", covariates={"y": "m"})
    fails(file, "read.time_column", time_column="t")


def test_covariates_beside_the_recording(write_suite2p: Write) -> None:
    folder = write_suite2p(VALUES)
    file = folder.with_name("sub-01_covariates.tsv")
    at = np.arange(0, 5, 1 / 50)
    turns = np.mod(100 * at, 360)
    lines = [f"{t:.6f}\t{h:.6f}\t{2 * t:.6f}" for t, h in zip(at, turns, strict=True)]
    file.write_text("time\theading\tspeed\n" + "\n".join(lines))
    traces = loaded(folder, covariates={"heading": "deg"})
    heading, speed = traces.covariates["heading"], traces.covariates["speed"]
    assert heading.circular
    assert not speed.circular
    inside = traces.time < 4.9
    truth = np.radians(np.mod(100 * traces.time, 360))
    np.testing.assert_allclose(
        np.exp(1j * heading.values)[inside], np.exp(1j * truth)[inside], atol=1e-4
    )
    np.testing.assert_allclose(speed.values[inside], 2 * traces.time[inside])
    fails(folder, "read.covariates", "pupil", r"\['heading', 'speed'\]", covariates={"pupil": "m"})
    file.write_text("time\tspeed\n1\t2\n0\t3\n")
    with pytest.raises(ValueError, match=r"covariates\.tsv: time does not increase"):
        loaded(folder)


def test_too_few_frames(write_table: Write) -> None:
    fails(write_table({"a": VALUES[0, :5]}, sfreq=5), "5 frame", "exchanged")


def test_worm_names_and_z_scores(write_worm: Write) -> None:
    time = np.cumsum(np.full(100, 0.6))
    scaled = (VALUES - VALUES.mean(1, keepdims=True)) / VALUES.std(1, keepdims=True)
    file = write_worm(time, scaled, ["AVAL", "AVAR", "RIBL", "roi-3"])
    header = opened(file)
    assert header.kind == "zscore"
    assert header.load().identified.tolist() == [True, True, True, False]
    np.testing.assert_allclose(header.load().values, scaled)


def test_worm_more_names_than_neurons(write_worm: Write) -> None:
    file = write_worm(np.arange(100.0), VALUES, list("abcdef"))
    fails(file, "6 names", "4 neurons", "names: first")
    header = opened(file, names="first")
    assert header.names == list("abcd")
    assert "presumed" in header.notes[0]


def test_worm_fewer_names_than_neurons(write_worm: Write) -> None:
    fails(write_worm(np.arange(100.0), VALUES, ["a"]), "1 names", names="first")


def test_worm_null_is_nan(write_worm: Write) -> None:
    file = write_worm(np.arange(100.0), VALUES, list("abcd"))
    rows = json.loads(file.read_text())
    rows[7][1][2] = None
    file.write_text(json.dumps(rows))
    fails(file, "NaN", "of c;")


def test_worm_broken_shapes(write_worm: Write) -> None:
    file = write_worm(np.arange(100.0), VALUES)
    rows = json.loads(file.read_text())
    file.write_text(json.dumps([*rows, [100.0, [1.0]]]))
    fails(file, "frame 100 has 1 values")
    file.write_text(json.dumps(rows)[:-5])
    fails(file, "not valid JSON")
    file.write_text('{"SamplingFrequency": 3}')
    fails(file, "sidecar")


def test_caiman_accepted_components(write_caiman: Write) -> None:
    file = write_caiman(
        F_dff="NoneType", C=VALUES, YrA=VALUES / 10, idx_components=np.array([2, 0])
    )
    header = opened(file)
    assert (header.kind, header.n_found, header.names) == (
        "components",
        4,
        ["roi-0000", "roi-0002"],
    )
    np.testing.assert_allclose(header.load().values, 1.1 * VALUES[[0, 2]])
    np.testing.assert_allclose(loaded(file, series="C", cells_only=False).values, VALUES)


def test_caiman_prefers_dff(write_caiman: Write) -> None:
    file = write_caiman(C=VALUES, YrA=VALUES, F_dff=VALUES / 100)
    assert opened(file).kind == "dff"
    np.testing.assert_allclose(loaded(file).values, VALUES / 100)


def test_caiman_bad_files(write_caiman: Write, place: Callable[[str], Path]) -> None:
    fails(write_caiman(C=VALUES), "read.series", "C", series="F_dff")
    fails(write_caiman(fr=0.0, C=VALUES), "params/data/fr must be above 0")
    fails(write_caiman(fr=None, C=VALUES), "frame rate is not known")
    fails(write_caiman(A=VALUES), "none of", "A")
    fails(write_caiman(C=VALUES, YrA=VALUES[:2]), "unequal shapes", series="C+YrA")
    file = write_caiman(C=VALUES)
    file.write_bytes(file.read_bytes()[:500])
    fails(file, "truncated")


def test_nwb_series_neuropil_heading_epochs(write_nwb: Write) -> None:
    heading = np.mod(np.arange(0, 5, 1 / 60), 2 * np.pi)
    file = write_nwb({"Traces": VALUES, "Neuropil": VALUES / 2}, heading=heading)
    header = opened(file)
    traces = header.load()
    assert (header.kind, header.has_neuropil, header.sfreq) == ("fluorescence", True, 20.0)
    np.testing.assert_allclose(traces.values, VALUES)
    np.testing.assert_allclose(traces.neuropil, VALUES / 2)
    known = traces.covariates["heading"]
    assert known.circular
    np.testing.assert_allclose(known.values[:90], traces.time[:90], atol=1e-6)
    assert traces.epochs is not None
    assert traces.epochs.label == ["wake", "sleep"]


def test_nwb_dff_and_names(write_nwb: Write) -> None:
    file = write_nwb({"dff": VALUES}, container="DfOverF", names=["AVAL", "", "RIBL", "7"])
    assert opened(file).kind == "dff"
    traces = loaded(file, names_column="identity")
    assert traces.names == ["AVAL", "roi-0001", "RIBL", "7"]
    assert traces.identified.tolist() == [True, False, True, False]
    fails(file, "names_column", "identity", names_column="who")


@pytest.mark.filterwarnings("ignore:.*oriented incorrectly.*")
def test_nwb_regions_first_is_turned(write_nwb: Write) -> None:
    header = opened(write_nwb({"F": VALUES}, regions_first=True))
    np.testing.assert_allclose(header.load().values, VALUES)
    assert "regions first" in header.notes[0]


def test_nwb_without_series_lists_what_there_is(write_nwb: Write) -> None:
    fails(write_nwb({}, heading=np.ones(60)), "no RoiResponseSeries", "CompassDirection/heading")


def test_nwb_ambiguous_series(write_nwb: Write) -> None:
    file = write_nwb({"one": VALUES, "two": VALUES + 1})
    fails(file, "several series", "ophys/ones/one", "read.series")
    np.testing.assert_allclose(loaded(file, series="two").values, VALUES + 1)


def test_nwb_time_not_monotonic(write_nwb: Write) -> None:
    time = np.arange(100) / 20
    time[10] = 0
    fails(write_nwb({"F": VALUES}, timestamps=time), "do not increase")


def test_nwb_truncated(write_nwb: Write) -> None:
    file = write_nwb({"F": VALUES})
    file.write_bytes(file.read_bytes()[:3000])
    fails(file, "truncated")


def test_unknown_ending_and_missing_file(
    place: Callable[[str], Path], simulated: Simulated
) -> None:
    file = place(".xyz")
    fails(file, "no such file")
    file.write_text("x")
    fails(file, "not a known format", r"\.nwb")


def test_values_are_not_shared_between_loads(write_worm: Write) -> None:
    header = opened(write_worm(np.arange(100.0), VALUES))
    header.load().values[:] = 0
    assert np.ptp(header.load().values) > 0


def test_no_reader_unpickles(monkeypatch: pytest.MonkeyPatch, write_suite2p: Write) -> None:
    calls: list[Any] = []
    real = np.load

    def spy(file: Any, *args: Any, **kwargs: Any) -> NDArray[Any]:
        calls.append((Path(file).name, kwargs["allow_pickle"]))
        return real(file, *args, **kwargs)

    monkeypatch.setattr(np, "load", spy)
    folder = write_suite2p(VALUES)
    (folder / "ops.npy").write_bytes(b"not to be opened")
    loaded(folder)
    assert {name for name, _ in calls} == {"F.npy", "iscell.npy"}
    assert not any(allowed for _, allowed in calls)
