"""Whole-brain recording of a worm, where a copy is at hand."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from neuro.config.calcium import CalciumCleaning, CalciumReading
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.preprocess.calcium import clean
from neuro.preprocess.calcium.population import correlations, left_right

WORM = Path(os.environ.get("NEURO_TEST_DATA", "nowhere")) / "celegans"
pytestmark = pytest.mark.skipif(
    not (WORM / "time_trace.json").is_file(), reason="NEURO_TEST_DATA holds no celegans/"
)


@pytest.fixture(scope="module")
def worm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, hdf5.Array]:
    root = tmp_path_factory.mktemp("worm")
    folder = root / "sub-01" / "ophys"
    folder.mkdir(parents=True)
    shutil.copy(WORM / "time_trace.json", folder / "sub-01_ophys.json")
    shutil.copy(WORM / "neurons.json", folder / "sub-01_neurons.json")
    clean.run(
        root / "sub-01_traces.h5",
        root=root,
        recording=Recording.from_path("sub-01/ophys/sub-01_ophys.json"),
        params=CalciumCleaning(read=CalciumReading(names="first"), chain=None),
    )
    return hdf5.read(root / "sub-01_traces.h5")


def test_command_neurons_act_together(worm: dict[str, hdf5.Array]) -> None:
    names = list(worm["names"].values)
    left, right = (worm["dff"].values[names.index(name)] for name in ("AVAL", "AVAR"))
    assert worm["dff"].values.shape == (98, 1600)
    assert np.corrcoef(left, right)[0, 1] >= 0.95


def test_names_are_those_of_the_rows(worm: dict[str, hdf5.Array]) -> None:
    matrix = correlations(worm["dff"].values, worm["good"].values)
    pairs = left_right(list(worm["names"].values), matrix, np.random.default_rng(0))
    assert pairs is not None
    assert len(pairs.r) >= 30
    assert np.median(pairs.r) > 0.5
    assert pairs.p < 0.001
