"""Small calcium recordings in every format, with known spikes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from neuro.io.bids import Recording
from neuro.preprocess.calcium.simulate import Simulated, simulate
from neuro.preprocess.calcium.traces import Traces

Floats = NDArray[np.float64]
PREFIX = "sub-01/ophys/sub-01"


def recording_of(ending: str, prefix: str = PREFIX) -> Recording:
    return Recording.from_path(f"{prefix}_ophys{ending}")


@pytest.fixture(scope="session")
def simulated() -> Simulated:
    return simulate(np.random.default_rng(1), n_neurons=8, duration=120.0, sfreq=20.0)


@pytest.fixture
def make_traces() -> Callable[..., Traces]:
    def make(values: Floats, sfreq: float = 20.0, kind: str = "fluorescence") -> Traces:
        values = np.atleast_2d(np.asarray(values, float))
        names = [f"n{i}" for i in range(len(values))]
        time = np.arange(values.shape[1]) / sfreq
        return Traces(values.copy(), time, names, np.zeros(len(values), bool), kind)

    return make


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], Path]:
    """Path of a raw file of subject 01; its folder is there."""

    def path(ending: str) -> Path:
        file = tmp_path / f"{PREFIX}_ophys{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    return path


@pytest.fixture
def write_suite2p(place: Callable[[str], Path]) -> Callable[..., Path]:
    def write(
        values: Floats, neuropil: Floats | None = None, sfreq: Any = 20.0, plane: str = ""
    ) -> Path:
        folder = place(".suite2p")
        inside = folder / plane
        inside.mkdir(parents=True, exist_ok=True)
        np.save(inside / "F.npy", values.astype(np.float32))
        if neuropil is not None:
            np.save(inside / "Fneu.npy", neuropil.astype(np.float32))
        marks = np.ones((len(values), 2))
        marks[-1] = 0
        np.save(inside / "iscell.npy", marks)
        if sfreq is not None:
            place(".json").write_text(json.dumps({"SamplingFrequency": sfreq}))
        return folder

    return write


@pytest.fixture
def write_table(place: Callable[[str], Path]) -> Callable[..., Path]:
    def write(columns: dict[str, Any], ending: str = ".csv", sfreq: Any = None) -> Path:
        file = place(ending)
        table = pd.DataFrame(columns)
        if ending == ".parquet":
            table.to_parquet(file)
        else:
            table.to_csv(file, index=False, sep="\t" if ending == ".tsv" else ",")
        if sfreq is not None:
            place(".json").write_text(json.dumps({"SamplingFrequency": sfreq}))
        return file

    return write


@pytest.fixture
def write_worm(place: Callable[[str], Path]) -> Callable[..., Path]:
    def write(time: Any, values: Floats, names: list[str] | None = None) -> Path:
        file = place(".json")
        rows = [[float(t), list(map(float, v))] for t, v in zip(time, values.T, strict=True)]
        file.write_text(json.dumps(rows))
        if names is not None:
            file.with_name("sub-01_neurons.json").write_text(json.dumps(names))
        return file

    return write


@pytest.fixture
def write_caiman(place: Callable[[str], Path]) -> Callable[..., Path]:
    def write(fr: Any = 20.0, **estimates: Any) -> Path:
        file = place(".h5")
        with h5py.File(file, "w") as h5:
            for name, values in estimates.items():
                h5[f"estimates/{name}"] = values
            if fr is not None:
                h5["params/data/fr"] = fr
        return file

    return write


@pytest.fixture
def write_nwb(place: Callable[[str], Path]) -> Callable[..., Path]:
    from pynwb import NWBHDF5IO

    def write(
        series: dict[str, Floats],
        *,
        container: str = "Fluorescence",
        heading: Floats | None = None,
        names: list[str] | None = None,
        timestamps: Floats | None = None,
        rate: float = 20.0,
        regions_first: bool = False,
    ) -> Path:
        nwb = new_nwb()
        n = len(next(iter(series.values()), np.zeros((1, 1))))
        if series:
            add_series(nwb, series, n, container, names, timestamps, rate, regions_first)
        if heading is not None:
            add_heading(nwb, heading)
        file = place(".nwb")
        with NWBHDF5IO(file, "w") as io:
            io.write(nwb)
        return file

    return write


def new_nwb() -> Any:
    from pynwb import NWBFile

    start = datetime(2020, 1, 1, tzinfo=UTC)
    return NWBFile("simulated", "simulated", start)


def add_series(
    nwb: Any,
    series: dict[str, Floats],
    n: int,
    container: str,
    names: list[str] | None,
    timestamps: Floats | None,
    rate: float,
    regions_first: bool,
) -> None:
    from pynwb import ophys

    channel = ophys.OpticalChannel(name="c", description="c", emission_lambda=500.0)
    plane = nwb.create_imaging_plane(
        name="plane",
        optical_channel=channel,
        description="p",
        device=nwb.create_device("microscope"),
        excitation_lambda=600.0,
        indicator="GCaMP6f",
        location="PoS",
        imaging_rate=20.0,
    )
    segmentation = ophys.ImageSegmentation()
    table = segmentation.create_plane_segmentation("p", plane, name="regions")
    for i in range(n):
        table.add_roi(pixel_mask=[(i, 1, 1.0)])
    if names is not None:
        table.add_column("identity", "name of the neuron", data=names)
    module = nwb.create_processing_module("ophys", "ophys")
    module.add(segmentation)
    clock = {"rate": rate} if timestamps is None else {"timestamps": timestamps}
    for name, values in series.items():
        region = table.create_roi_table_region("all", region=list(range(n)))
        trace = ophys.RoiResponseSeries(
            name=name,
            data=values if regions_first else values.T,
            rois=region,
            unit="a.u.",
            **clock,
        )
        module.add(getattr(ophys, container)(roi_response_series=trace, name=f"{name}s"))


def add_heading(nwb: Any, heading: Floats) -> None:
    """A heading at 60 Hz, and two epochs."""
    from pynwb.behavior import CompassDirection, SpatialSeries

    series = SpatialSeries(
        name="heading", data=heading, unit="radians", rate=60.0, reference_frame="room"
    )
    module = nwb.create_processing_module("behavior", "behavior")
    module.add(CompassDirection(spatial_series=series))
    nwb.add_epoch(0.0, 30.0, ["wake"])
    nwb.add_epoch(30.0, 60.0, ["sleep"])
