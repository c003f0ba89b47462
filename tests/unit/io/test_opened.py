import struct
from pathlib import Path

import mne
import numpy as np
import pytest

from neuro.datasets.files import read_any
from neuro.io.opened import check_opened


@pytest.fixture
def raw():
    return mne.io.RawArray(np.zeros((1, 10)), mne.create_info(["a"], 100.0), verbose="error")


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 0.0, -100.0])
def test_a_rate_that_there_cannot_be_is_an_error(raw, rate):
    check_opened(raw, "a.edf")
    with raw.info._unlock():
        raw.info["sfreq"] = rate
    with pytest.raises(ValueError, match=rf"^a\.edf: its sampling rate is {rate:g} Hz"):
        check_opened(raw, "a.edf")


def test_a_file_with_such_a_rate_is_named(raw, tmp_path):
    path = tmp_path / "a_raw.fif"
    raw.save(path, verbose="error")
    good = path.read_bytes()
    rate = np.array(100.0, dtype=">f4").tobytes()
    assert good.count(rate) == 1
    path.write_bytes(good.replace(rate, np.array(np.nan, dtype=">f4").tobytes()))
    with pytest.raises(ValueError, match=r"a_raw\.fif: its sampling rate is nan Hz"):
        read_any(path)


@pytest.mark.parametrize("name", ["a_raw.fif", "a_raw.fif.gz", "A_RAW.FIF"])
def test_parts_are_looked_at_whatever_the_ending(raw, name):
    raw._filenames = [Path("/data/sub-1") / name, Path("/data/sub-2/b_raw-1.fif")]
    with pytest.raises(ValueError, match=r"goes on in .*b_raw-1\.fif"):
        check_opened(raw, f"/data/sub-1/{name}")
    raw._filenames = [Path("/data/sub-1") / name, Path("/data/x/../sub-1/b_raw-1.fif")]
    check_opened(raw, f"/data/sub-1/{name}")


def test_parts_of_a_split_file_lie_beside_it(tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    long = mne.io.RawArray(np.zeros((8, 90_000)), mne.create_info(8, 100.0), verbose="error")
    long.save(own / "a_raw.fif", split_size="2MB", buffer_size_sec=10, verbose="error")
    assert len(read_any(own / "a_raw.fif").filenames) > 1
    for part in own.glob("a_raw-*.fif"):
        part.rename(other / part.name)
    data = (own / "a_raw.fif").read_bytes()
    leads = b"../other/a_raw-1.fif"
    # The tag of the name: kind 118, of a text; it is the last thing in the file but its end.
    place = data.index(b"a_raw-1.fif")
    head = struct.pack(">iIii", 118, 10, len(leads), 0)
    assert data[place - 16 : place - 8] == head[:8]
    rest = data[place + len(b"a_raw-1.fif") :]
    (own / "a_raw.fif").write_bytes(data[: place - 16] + head + leads + rest)
    with pytest.raises(ValueError, match=r"a_raw\.fif: goes on in .*other.a_raw-1\.fif, which is"):
        read_any(own / "a_raw.fif")
