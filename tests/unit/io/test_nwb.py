"""NWB: series and tables by name, and an error for every file that is none."""

from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.behavior import CompassDirection, Position
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject

from neuro.io.nwb import (
    find_series,
    identity_of,
    intervals_of,
    name_of,
    open_nwb,
    rate_of,
    series_in,
    tables_in,
    times_of,
    values_of,
)


def content() -> NWBFile:
    nwb = NWBFile(
        session_description="test",
        identifier="abc",
        session_start_time=datetime(2020, 1, 1, tzinfo=UTC),
        session_id="day1",
        subject=Subject(subject_id="m7", species="Mus musculus"),
    )
    heading = CompassDirection()
    heading.create_spatial_series(
        name="ry", data=[0.0, 1.0, 2.0], timestamps=[1.0, 1.5, 2.5], unit="radian"
    )
    position = Position()
    position.create_spatial_series(
        name="ry", data=[0.0, 1.0], rate=10.0, starting_time=2.0, reference_frame="arena"
    )
    nwb.add_acquisition(heading)
    nwb.add_acquisition(position)
    nwb.add_acquisition(
        TimeSeries(name="light", data=np.arange(4), unit="V", rate=4.0, conversion=0.5, offset=1.0)
    )
    nwb.add_epoch(5.0, 9.0, ["wake", "maze"])
    nwb.add_epoch(0.0, 5.0, ["sleep"])
    trials = TimeIntervals(name="laps", description="laps")
    trials.add_column("side", "side")
    trials.add_row(start_time=1.0, stop_time=2.0, side="left")
    nwb.add_time_intervals(trials)
    return nwb


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with NWBHDF5IO(tmp_path / "a.nwb", "w") as io:
        io.write(content())
    return tmp_path / "a.nwb"


def test_series_are_named_by_their_place(path: Path) -> None:
    with open_nwb(path) as nwb:
        assert list(series_in(nwb)) == ["CompassDirection/ry", "Position/ry", "light"]
        assert list(series_in(nwb, ["SpatialSeries"])) == ["CompassDirection/ry", "Position/ry"]
        assert name_of(find_series(nwb, "CompassDirection/ry")) == "CompassDirection/ry"
        assert name_of(find_series(nwb, "light")) == "light"


def test_a_name_that_is_not_there_or_not_unique_is_an_error_that_lists_names(path: Path) -> None:
    with open_nwb(path) as nwb:
        with pytest.raises(ValueError, match=r"a\.nwb.*has no TimeSeries named 'rx'.*light \(Time"):
            find_series(nwb, "rx")
        with pytest.raises(ValueError, match=r"has 2 of TimeSeries named 'ry'.*name one of them"):
            find_series(nwb, "ry")
        with pytest.raises(ValueError, match="has no RoiResponseSeries"):
            find_series(nwb, None, ["RoiResponseSeries"])


def test_values_times_and_rates(path: Path) -> None:
    with open_nwb(path) as nwb:
        light = find_series(nwb, "light")
        np.testing.assert_allclose(values_of(light), [1.0, 1.5, 2.0, 2.5])
        np.testing.assert_allclose(times_of(light), [0.0, 0.25, 0.5, 0.75])
        np.testing.assert_allclose(times_of(light, 2), [0.0, 0.25])
        assert rate_of(light) == 4.0
        position = find_series(nwb, "Position/ry")
        np.testing.assert_allclose(times_of(position), [2.0, 2.1])
        heading = find_series(nwb, "CompassDirection/ry")
        np.testing.assert_allclose(times_of(heading), [1.0, 1.5, 2.5])
        assert rate_of(heading) == pytest.approx(1 / 0.75)


@pytest.mark.parametrize(
    ("timestamps", "message"),
    [
        ([1.0, 3.0, 2.0], "do not increase: 3 s .sample 1. is followed by 2 s"),
        ([1.0, np.nan, 2.0], r"1 timestamp\(s\) that are not finite"),
        ([1.0, 2.0], "3 samples but 2 timestamps"),
    ],
)
def test_bad_timestamps_are_errors(tmp_path: Path, timestamps: list[float], message: str) -> None:
    nwb = content()
    nwb.add_acquisition(TimeSeries(name="bad", data=[0.0, 1, 2], unit="V", timestamps=[0.0, 1, 2]))
    with NWBHDF5IO(tmp_path / "b.nwb", "w") as io:
        io.write(nwb)
    with h5py.File(tmp_path / "b.nwb", "r+") as file:
        attrs = dict(file["acquisition/bad/timestamps"].attrs)
        del file["acquisition/bad/timestamps"]
        file["acquisition/bad/timestamps"] = np.array(timestamps)
        file["acquisition/bad/timestamps"].attrs.update(attrs)
    with (
        open_nwb(tmp_path / "b.nwb") as opened,
        pytest.raises(ValueError, match=rf"b\.nwb: bad has .*{message}"),
    ):
        times_of(find_series(opened, "bad"))


def test_intervals_bear_their_labels(path: Path) -> None:
    with open_nwb(path) as nwb:
        assert list(tables_in(nwb)) == ["epochs", "laps"]
        epochs = intervals_of(nwb, "epochs")
        assert epochs.label == ["wake+maze", "sleep"]
        np.testing.assert_array_equal(epochs.start, [5.0, 0.0])
        np.testing.assert_array_equal(epochs.stop, [9.0, 5.0])
        assert intervals_of(nwb, "laps").label == ["laps"]
        assert intervals_of(nwb, "laps", "side").label == ["left"]
        with pytest.raises(ValueError, match=r"no table of intervals 'trials'.*epochs.*laps"):
            intervals_of(nwb, "trials")
        with pytest.raises(ValueError, match=r"'laps' has no column 'speed'.*side"):
            intervals_of(nwb, "laps", "speed")


def test_ids(path: Path) -> None:
    with open_nwb(path) as nwb:
        assert identity_of(nwb) == {
            "subject": "m7",
            "species": "Mus musculus",
            "session": "day1",
            "identifier": "abc",
        }


def test_files_that_are_no_nwb_are_errors_that_name_them(tmp_path: Path, path: Path) -> None:
    def fails(name: str, kind: type[Exception], message: str) -> None:
        with pytest.raises(kind, match=rf"{name}: {message}"), open_nwb(tmp_path / name):
            pass

    fails("none.nwb", FileNotFoundError, "no such file")
    (tmp_path / "folder.nwb").mkdir()
    fails("folder.nwb", ValueError, "a folder; NWB is read from HDF5")
    (tmp_path / "text.nwb").write_text("units")
    fails("text.nwb", OSError, "truncated, or not an HDF5 file")
    (tmp_path / "cut.nwb").write_bytes(path.read_bytes()[:3000])
    fails("cut.nwb", OSError, "truncated, or not an HDF5 file")
    with h5py.File(tmp_path / "other.nwb", "w") as file:
        file["x"] = 1
    fails("other.nwb", ValueError, r"HDF5, but not NWB: .*\['x'\]")
    with h5py.File(path, "r+") as file:
        del file["session_description"]
    fails("a.nwb", ValueError, "not a valid NWB file")


def test_a_file_that_points_into_another_is_refused(tmp_path: Path, path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = [1.0]
    with h5py.File(path, "r+") as file:
        file["acquisition/away"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x")
    with pytest.raises(ValueError, match="acquisition/away points into another"), open_nwb(path):
        pass
    with h5py.File(path, "r+") as file:
        del file["acquisition/away"]
        file.create_dataset(
            "acquisition/raw", (1,), "f8", external=[(str(tmp_path / "secret.h5"), 0, 8)]
        )
    with pytest.raises(ValueError, match="acquisition/raw points into another"), open_nwb(path):
        pass
