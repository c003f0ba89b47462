"""NeuroPAL files of MATLAB become a tree that the calcium reader takes."""

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from neuro.config import parse_source
from neuro.config.calcium import CalciumReading
from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.listing import list_recordings
from neuro.datasets.neuropal_mat import read_worms
from neuro.datasets.registry import open_source
from neuro.io.bids import Recording
from neuro.preprocess.calcium.reading import open_traces

NAMES = ["AVAL", "AVAR", "AWBL"]
KINDS = ["butanone", "pentanedione", "nacl"]
TIMES = np.array([[60.5, 70.5], [120.5, 130.5], [180.5, 190.5]])
ORDER = np.array([[1, 2, 3], [3, 1, 2]])


def traces():
    """Per neuron and worm; the second worm lacks AVAR."""
    rng = np.random.default_rng(0)
    found = [[rng.random(960) for _ in range(2)] for _ in NAMES]
    found[1][1] = np.zeros(0)
    return found


def cell(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def content():
    return {
        "neurons": cell(NAMES),
        "norm_traces": cell([cell(each) for each in traces()]),
        "fps": 4.0,
        "stim_names": cell(KINDS),
        "stims": ORDER,
        "stim_times": TIMES,
    }


def as_mat(path):
    savemat(path, content())


def as_hdf5(path):
    """MATLAB 7.3: cells are references, texts are codes, axes are reversed."""
    with h5py.File(path, "w") as file:
        count = 0

        def put(group, value):
            nonlocal count
            count += 1
            name = f"r{count}"
            if isinstance(value, str):
                codes = np.array([[ord(letter)] for letter in value], "uint16")
                made = group.create_dataset(name, data=codes)
                made.attrs["MATLAB_class"] = np.bytes_("char")
            elif len(value) == 0:
                made = group.create_dataset(name, data=np.zeros(2, "uint64"))
                made.attrs["MATLAB_empty"] = 1
            elif isinstance(value, list):
                made = group.create_dataset(name, (1, len(value)), dtype=h5py.ref_dtype)
                for i, item in enumerate(value):
                    made[0, i] = put(group, item).ref
            else:
                made = group.create_dataset(name, data=np.asarray(value, float)[None])
            return made

        refs = file.create_group("#refs#")
        for name, value in (("neurons", NAMES), ("norm_traces", traces()), ("stim_names", KINDS)):
            file[name] = put(refs, value)
        file["fps"] = np.array([[4.0]])
        file["stims"] = ORDER.T
        file["stim_times"] = TIMES.T


@pytest.mark.parametrize("write", [as_mat, as_hdf5])
def test_worms_keep_their_neurons_and_stimuli(tmp_path, write):
    write(tmp_path / "x.mat")
    one, other = read_worms(tmp_path / "x.mat")
    assert one.names == NAMES
    assert other.names == ["AVAL", "AWBL"]
    expected = traces()
    assert one.traces == pytest.approx(np.stack([each[0] for each in expected]))
    assert other.traces[1] == pytest.approx(expected[2][1])
    assert one.sfreq == 4.0
    assert [kind for *_, kind in one.events] == KINDS
    assert other.events[0] == (60.5, 10.0, "nacl")


def test_the_tree_is_read_as_calcium(tmp_path):
    as_mat(tmp_path / "x.mat")
    section = parse_source({"type": "neuropal", "files": [str(tmp_path / "x.mat")]})
    source = open_source(section, "worms", "calcium")
    source.fetch(tmp_path / "bids", FetchContext(seed=None, cache_dir=tmp_path))
    recording = Recording.from_path("sub-02/ophys/sub-02_ophys.csv")
    loaded = open_traces(tmp_path / "bids", recording, CalciumReading(kind="dff")).load()
    assert loaded.names == ["AVAL", "AWBL"]
    assert loaded.identified.all()
    assert loaded.sfreq == pytest.approx(4.0)
    assert loaded.epochs.label == ["nacl", "butanone", "pentanedione"]
    assert loaded.epochs.start.tolist() == [60.5, 120.5, 180.5]
    assert list_recordings(section, None, "worms", "calcium") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"neurons": cell(NAMES[:2])}, "norm_traces has 3 neurons, but neurons has 2 names"),
        ({"stims": np.array([[1, 2, 9], [3, 1, 2]])}, r"stims of worm 1 names \[9\], not 1 to 3"),
        ({"stim_times": TIMES[:2]}, "stim_times 2 x 2; a row per worm"),
    ],
)
def test_fields_that_do_not_fit_are_named(tmp_path, change, message):
    savemat(tmp_path / "x.mat", content() | change)
    with pytest.raises(ValueError, match=message):
        read_worms(tmp_path / "x.mat")


def test_other_files_are_refused(tmp_path):
    savemat(tmp_path / "x.mat", {"fps": 4.0})
    with pytest.raises(ValueError, match=r"lacks the field\(s\) \['neurons', 'norm_traces'\]"):
        read_worms(tmp_path / "x.mat")
    (tmp_path / "y.mat").write_text("no")
    with pytest.raises(ValueError, match="not a readable MATLAB file"):
        read_worms(tmp_path / "y.mat")
    section = parse_source({"type": "neuropal", "files": ["nowhere.mat"]})
    with pytest.raises(DatasetError, match=r"source.files: no file 'nowhere.mat'"):
        open_source(section, "worms", "calcium").listing()
