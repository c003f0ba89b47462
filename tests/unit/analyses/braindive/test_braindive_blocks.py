import numpy as np
import pytest

from neuro.analyses.braindive.blocks import Blocks, Space, load
from neuro.analyses.braindive.pairing import pair
from neuro.analyses.braindive.regions import preferring
from neuro.io import hdf5
from neuro.io.hdf5 import Array

SHOWN = ["", "", "face", "face", "", "house", "house", ""]


def write(path, voxels, condition=SHOWN, ijk=None, good=None):
    n = voxels.shape[1]
    ijk = np.arange(3 * n).reshape(n, 3) if ijk is None else ijk
    arrays = {
        "voxels": Array(voxels.astype(np.float32), ("time", "voxel"), attrs={"tr": 2.0}),
        "good": Array(np.ones(len(voxels), bool) if good is None else good, ("time",)),
        "ijk": Array(ijk.astype(np.int32), ("voxel", "axis")),
        "shape": Array(np.array([9, 9, 9]), ("axis",)),
        "affine": Array(np.eye(4), ("row", "column"), "mm"),
    }
    if condition is not None:
        arrays["condition"] = Array(np.array(condition), ("time",))
    hdf5.write(path, arrays, {})
    return path


@pytest.fixture
def voxels():
    return np.random.default_rng(0).standard_normal((8, 4))


def test_blocks_are_means_against_rest(tmp_path, voxels):
    paths = [write(tmp_path / f"{i}.h5", voxels + i) for i in range(2)]
    blocks = load(paths)
    assert blocks.categories.tolist() == ["face", "house"] * 2
    assert blocks.runs.tolist() == [0, 0, 1, 1]
    rest = voxels[[0, 1, 4, 7]].mean(axis=0)
    np.testing.assert_allclose(blocks.patterns[0], voxels[2:4].mean(axis=0) - rest, atol=1e-6)
    np.testing.assert_allclose(blocks.patterns[2], blocks.patterns[0], atol=1e-6)


def test_a_delay_takes_later_volumes_and_bad_ones_are_left_out(tmp_path, voxels):
    good = np.ones(8, bool)
    good[4] = False
    paths = [write(tmp_path / f"{i}.h5", voxels, good=good) for i in range(2)]
    late = load(paths, delay=2.0)
    rest = voxels[[1, 2, 5]].mean(axis=0)  # each a volume later; the last has no later one
    np.testing.assert_allclose(late.patterns[0], voxels[3] - rest, atol=1e-6)


def test_recordings_that_do_not_serve_are_named(tmp_path, voxels):
    first = write(tmp_path / "a.h5", voxels)
    with pytest.raises(ValueError, match=r"1 recording\(s\): .*at least two are needed"):
        load([first])
    with pytest.raises(ValueError, match=r"b\.h5: no conditions; name them under"):
        load([first, write(tmp_path / "b.h5", voxels, condition=None)])
    with pytest.raises(ValueError, match=r"b\.h5: other voxels than .*a\.h5"):
        load([first, write(tmp_path / "b.h5", voxels, ijk=np.zeros((4, 3)))])
    with pytest.raises(ValueError, match=r"b\.h5: every volume belongs to a condition"):
        load([first, write(tmp_path / "b.h5", voxels, condition=["face"] * 8)])


@pytest.fixture
def blocks():
    rng = np.random.default_rng(1)
    categories = np.tile(["face", "house", "shoe"], 6)
    patterns = 0.2 * rng.standard_normal((18, 10))
    patterns[categories == "face", :3] += 1
    patterns[categories == "house", 3:5] += 1
    space = Space(np.zeros((10, 3), np.int32), (9, 9, 9), np.eye(4))
    return Blocks(patterns, categories, np.repeat(np.arange(6), 3), space)


def test_regions_are_the_voxels_that_prefer(blocks):
    found = preferring(blocks, ["face"], threshold=5.0)
    assert np.flatnonzero(found).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"no voxel prefers \['shoe'\] with t > 50; the largest"):
        preferring(blocks, ["shoe"], threshold=50)
    with pytest.raises(ValueError, match=r"no blocks of \['word'\]; conditions are"):
        preferring(blocks, ["word"])


def test_images_get_responses_of_their_category(blocks):
    categories = np.array(["face", "other", "face"])
    drawn = pair(categories, blocks, {"face": ["face"], "other": []}, 3, np.random.default_rng(0))
    assert drawn[[0, 2], :3].min() > 0.5
    assert drawn[1, :3].max() < 0.5
    with pytest.raises(ValueError, match="images of category 'other' have no conditions"):
        pair(categories, blocks, {"face": ["face"]}, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"pairs: no blocks of \['fase'\]"):
        pair(categories, blocks, {"face": ["fase"], "other": []}, 3, np.random.default_rng(0))
