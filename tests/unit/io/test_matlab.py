import struct

import numpy as np
import pytest
import scipy.sparse
from scipy.io import loadmat, savemat

from neuro.io import matlab

VARIABLES = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "small": np.array([[1, 2]], dtype=np.uint8),
    "complex": np.array([1 + 2j]),
    "truth": np.array([True, False]),
    "text": "hello",
    "empty": np.zeros((0, 3)),
    "cells": np.array(["AVAL", np.ones(3)], dtype=object),
    "nested": {"a": 1, "b": {"c": "x", "d": np.array(["y", 2.0], dtype=object)}},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "worm.mat"


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("squeeze", [False, True])
def test_variables_are_those_of_scipy(path, compressed, squeeze):
    savemat(path, VARIABLES, do_compression=compressed)
    found, peer = matlab.load(path, squeeze=squeeze), loadmat(path, squeeze_me=squeeze)
    assert set(found) == set(VARIABLES)
    for name, value in found.items():
        assert repr(value) == repr(peer[name])
    assert set(matlab.load(path, ["text", "lacking"])) == {"text"}


def broken(path, old, new):
    """A file in which some bytes, the first such, are others."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize("kind", [0, 8, 10, 14, 15, 19, 200, 4000])
def test_an_unknown_type_of_numbers_is_an_error_and_not_the_end_of_the_process(path, kind):
    savemat(path, {"x": np.arange(5.0)})
    broken(path, struct.pack("<II", 9, 40), struct.pack("<II", kind, 40))
    with pytest.raises(ValueError, match=r"worm\.mat: not a readable MATLAB file \(an element of"):
        matlab.load(path)


def test_sizes_that_do_not_fit_are_refused(path):
    savemat(path, {"x": np.arange(5.0)})
    good = path.read_bytes()
    for old, new, told in (
        ((1, 5), (1, 6), "40 bytes for 6 numbers"),
        ((1, 5), (-1, 5), r"an array of size \(-1, 5\)"),
        ((9, 40), (9, 48), "goes on beyond what it belongs to"),
        ((9, 40), (9, 2**31), "goes on beyond what it belongs to"),
    ):
        path.write_bytes(good)
        broken(path, struct.pack("<ii" if new[0] < 9 else "<II", *old),
               struct.pack("<ii" if new[0] < 9 else "<II", *new))  # fmt: skip
        with pytest.raises(ValueError, match=told):
            matlab.load(path)
    for n in range(len(good) - 1, 127, -1):
        path.write_bytes(good[:n])
        if n > 128:
            with pytest.raises(ValueError, match="worm"):
                matlab.load(path)


def test_cells_within_cells_without_end_are_refused(path):
    deep = np.zeros(1)
    for _ in range(40):
        deep, inner = np.empty(1, dtype=object), deep
        deep[0] = inner
    savemat(path, {"x": deep})
    with pytest.raises(ValueError, match="arrays in arrays, more than 32 deep"):
        matlab.load(path)


def test_what_is_not_read_is_named_with_a_remedy_and_only_where_it_is_wanted(path):
    savemat(path, {"x": scipy.sparse.csc_array(np.eye(3)), "y": 1.0})
    with pytest.raises(ValueError, match=r"worm\.mat: x is a sparse matrix; .* save it as one"):
        matlab.load(path)
    assert matlab.load(path, ["y"], squeeze=True)["y"] == 1.0


def test_other_versions_and_bombs_are_refused(path):
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    with pytest.raises(ValueError, match=r"no MATLAB file of version 5 to 7\.2"):
        matlab.load(path)
    savemat(path, {"x": np.zeros(10_000)}, do_compression=True)
    data = bytearray(path.read_bytes())
    data[-4:] = b"abcd"  # the checksum of what was compressed
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"worm\.mat: not a readable MATLAB file"):
        matlab.load(path)
