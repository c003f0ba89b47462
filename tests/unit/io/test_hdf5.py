import h5py
import numpy as np
import pytest

from neuro.io import hdf5
from neuro.io.hdf5 import Array


def arrays(rng):
    return {
        "evoked/face": Array(rng.standard_normal((4, 3000)), ("channel", "time"), "V", {"n": 3}),
        "ch_names": Array(np.array(["A1", "µ2"]), ("channel",)),
        "n": Array(5, ()),
    }


def test_what_is_written_is_read(tmp_path):
    rng = np.random.default_rng(0)
    made = arrays(rng)
    hdf5.write(tmp_path / "a.h5", made, {"seed": 1})
    back = hdf5.read(tmp_path / "a.h5")
    assert back.keys() == made.keys()
    np.testing.assert_array_equal(back["evoked/face"].values, made["evoked/face"].values)
    assert list(back["ch_names"].values) == ["A1", "µ2"]
    assert back["evoked/face"].axes == ("channel", "time")
    assert back["evoked/face"].unit == "V"
    assert back["evoked/face"].attrs["n"] == 3
    assert hdf5.read_params(tmp_path / "a.h5") == {"seed": 1}


def test_the_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        hdf5.write(tmp_path / name, arrays(np.random.default_rng(0)), {"seed": 1})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_the_digest_sees_a_single_changed_value(tmp_path):
    made = arrays(np.random.default_rng(0))
    hdf5.write(tmp_path / "a.h5", made, {})
    made["evoked/face"].values[0, 0] += 1e-9
    hdf5.write(tmp_path / "b.h5", made, {})
    assert hdf5.digest(tmp_path / "a.h5") != hdf5.digest(tmp_path / "b.h5")


def test_axes_must_fit_the_shape(tmp_path):
    with pytest.raises(ValueError, match="axes"):
        hdf5.write(tmp_path / "a.h5", {"x": Array(np.zeros((2, 2)), ("time",))}, {})
    assert not (tmp_path / "a.h5").exists()


def test_a_truncated_file_is_one_clear_error(tmp_path):
    path = tmp_path / "a.h5"
    hdf5.write(path, arrays(np.random.default_rng(0)), {})
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(OSError, match=r"a\.h5: not a readable HDF5 file"):
        hdf5.read(path)


def test_links_to_other_files_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["out"] = h5py.ExternalLink("b.h5", "/x")
    with pytest.raises(OSError, match="links to another file"):
        hdf5.read(tmp_path / "a.h5")
