import mne
import numpy as np
import pytest

from neuro.datasets.base import DatasetError
from neuro.datasets.files import read_any
from neuro.io.rate import rate_of


@pytest.fixture
def raw():
    return mne.io.RawArray(np.zeros((1, 10)), mne.create_info(["a"], 100.0), verbose="error")


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 0.0, -100.0])
def test_a_rate_that_there_cannot_be_is_an_error(raw, rate):
    assert rate_of(raw) == 100
    with raw.info._unlock():
        raw.info["sfreq"] = rate
    with pytest.raises(ValueError, match=rf"its sampling rate is {rate:g} Hz"):
        rate_of(raw)


def test_a_file_with_such_a_rate_is_named(raw, tmp_path):
    path = tmp_path / "a_raw.fif"
    raw.save(path, verbose="error")
    good = path.read_bytes()
    rate = np.array(100.0, dtype=">f4").tobytes()
    assert good.count(rate) == 1
    path.write_bytes(good.replace(rate, np.array(np.nan, dtype=">f4").tobytes()))
    with pytest.raises(DatasetError, match=r"a_raw\.fif: MNE cannot read the file .*nan Hz"):
        read_any(path)
