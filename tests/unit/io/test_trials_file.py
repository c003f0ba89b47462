import h5py
import numpy as np
import pytest

from neuro.io.trials import read_trials


def write(path, **changes):
    content = {
        "data": np.ones((3, 2, 4)),
        "labels": np.array(["a", "b", "a"], dtype=object),
        "channels": np.array(["C3", "C4"], dtype=object),
    } | changes
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            if values is not None:
                kind = h5py.string_dtype() if values.dtype == object else None
                file.create_dataset(name, data=values, dtype=kind)
        if "data" in file:
            file["data"].attrs["sfreq"] = 100.0
    return path


def test_a_file_by_others_is_read_and_what_is_missing_is_empty(tmp_path):
    trials = read_trials(write(tmp_path / "a.h5"))
    assert trials.data.dtype == np.float32
    assert trials.channel_types == ("eeg", "eeg")
    assert trials.subject.tolist() == ["", "", ""]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": None}, r"lacks \['labels'\]; it has \['channels', 'data'\]"),
        ({"data": np.ones((3, 2))}, r"must be numbers of shape \(trials, channels, times\)"),
        ({"data": np.full((3, 2, 4), np.nan)}, "3 trials are not finite, e.g. trial 0"),
        ({"part": np.array(["train"] * 2, dtype=object)}, r"3 trials, but `part` has shape \(2,\)"),
        ({"part": np.array(["tr"] * 3, dtype=object)}, r"must be `train`, `test` or empty"),
        ({"onset": np.ones(2)}, r"3 trials, but `onset` has shape \(2,\)"),
        ({"channels": np.array(["C3"], dtype=object)}, r"2 channels, but `channels` has shape"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_trials(write(tmp_path / "a.h5", **changes))


def test_a_file_without_rate_or_cut_short_is_an_error(tmp_path):
    path = write(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file["data"].attrs["sfreq"]
    with pytest.raises(ValueError, match="attribute `sfreq` above 0"):
        read_trials(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(OSError, match="not a readable HDF5 file"):
        read_trials(path)
