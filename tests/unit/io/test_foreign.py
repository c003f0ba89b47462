import h5py
import numpy as np
import pytest

from neuro.analyses.screening.files import open_features
from neuro.config.calcium import CalciumReading
from neuro.datasets.headers import header
from neuro.datasets.neuropal_mat import read_worms
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.foreign import check_heaps, open_hdf5
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


def test_a_heap_without_end_is_an_error(tmp_path):
    """The library reads a free object of no size over and over."""
    path = tmp_path / "a.h5"
    hdf5.write(path, {"x": hdf5.Array(np.array(["one", "two"]), ("i",))}, {})
    check_heaps(path)
    content = bytearray(path.read_bytes())
    at = content.find(b"GCOL")
    place = at + 16
    while int.from_bytes(content[place : place + 2], "little"):
        size = int.from_bytes(content[place + 8 : place + 16], "little")
        place += 16 + -(-size // 8) * 8
    content[place + 8 : place + 16] = bytes(8)
    path.write_bytes(content)
    for read in (check_heaps, open_hdf5, hdf5.read):
        with pytest.raises(ValueError, match=r"a\.h5: not a readable HDF5 file \(the heap of tex"):
            read(path)


def test_no_room_is_made_for_what_is_not_there(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (1 << 20, 1 << 16), float, chunks=(1, 1 << 10))
    with pytest.raises(ValueError, match=r"a\.h5: .* of shape \(1048576, 65536\), 5\.5e\+11 bytes"):
        hdf5.read(path)


@pytest.mark.parametrize("place", ["dataset", "attribute", "part"])
def test_a_type_of_no_known_form_is_an_error_and_not_the_end_of_the_process(tmp_path, place):
    path = tmp_path / "a.h5"
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        if place == "dataset":
            file.create_dataset("x", data=["a", "b"], dtype=text)
        elif place == "attribute":
            file.attrs.create("x", ["a", "b"], dtype=text)
        else:
            file["x"] = np.array([("a", 1)], dtype=[("name", text), ("n", int)])
    with open_hdf5(path) as file:
        assert set(file) | set(file.attrs) == {"x"}
    good = path.read_bytes()
    # Class 9 of version 1 or 3, of variable length; then what it is: a text, in UTF-8.
    [kind] = [k for k in (b"\x19\x01\x01\x00", b"\x39\x01\x01\x00") if good.count(k) == 1]
    path.write_bytes(good.replace(kind, kind[:1] + b"\x0e\x01\x00"))
    told = r"a\.h5: not a readable HDF5 file \(.*variable length that is neither text nor sequence"
    with pytest.raises(ValueError, match=told):
        open_hdf5(path)
    with pytest.raises(ValueError, match=told):
        hdf5.read(path)


def test_sequences_and_references_are_types_like_others(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        ragged = file.create_dataset("x", (2,), h5py.vlen_dtype(int))
        ragged[0] = [1, 2]
        file["y"] = np.array([file["x"].ref], dtype=h5py.ref_dtype)
        file["z"] = np.zeros(2, dtype=[("a", float, 3), ("b", h5py.enum_dtype({"k": 1}))])
    with open_hdf5(path) as file:
        assert file["x"][0].tolist() == [1, 2]
