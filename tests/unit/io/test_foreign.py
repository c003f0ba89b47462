import h5py
import numpy as np
import pytest

from neuro.analyses.screening.files import open_features
from neuro.config.calcium import CalciumReading
from neuro.datasets.headers import header
from neuro.datasets.neuropal_mat import read_worms
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.foreign import open_hdf5
from neuro.preprocess.calcium.read_caiman import open_caiman

NAMES = ("estimates/C", "neurons")
WHERE = "points into another file"


@pytest.fixture(params=["link", "stored elsewhere", "virtual"])
def leads_out(tmp_path, request):
    """A file whose arrays lie in other files, in each of the ways that HDF5 has."""
    values = np.arange(12.0).reshape(3, 4)
    (tmp_path / "secret.raw").write_bytes(values.tobytes())
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = values
    path = tmp_path / "sub-1_ophys.h5"
    with h5py.File(path, "w") as file:
        for name in NAMES:
            if request.param == "link":
                file[name] = h5py.ExternalLink("secret.h5", "x")
            elif request.param == "virtual":
                layout = h5py.VirtualLayout((3, 4), float)
                layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "x", (3, 4))
                file.create_virtual_dataset(name, layout)
            else:
                where = [(str(tmp_path / "secret.raw"), 0, values.nbytes)]
                file.create_dataset(name, (3, 4), float, external=where)
    return path


def caiman(path):
    return open_caiman(path, CalciumReading())


def test_what_lies_in_another_file_is_refused(leads_out):
    for read in (open_hdf5, lambda path: open_features(path, dataset="neurons"), caiman):
        with pytest.raises(ValueError, match=f"{leads_out.name}: .* {WHERE}"):
            read(leads_out)
    with pytest.raises(ValueError, match=WHERE):
        header(leads_out.parent, Recording.from_path(leads_out.name), "calcium")
    with pytest.raises(ValueError, match=WHERE):
        read_worms(leads_out.rename(leads_out.with_suffix(".mat")))
    with pytest.raises(OSError, match="another file, which is refused"):
        hdf5.read(leads_out.with_suffix(".mat"))


def test_a_file_of_its_own_is_opened(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = [1.0, 2.0]
        file["soft"] = h5py.SoftLink("/x")
    with open_hdf5(tmp_path / "a.h5") as file:
        assert list(file["soft"]) == [1.0, 2.0]
