"""Simulated recordings of head-direction cells, with known tuning, in every format."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuro.config.spikes import SpikesPreprocess
from neuro.io.bids import Recording

PREFIX = "sub-m1/ecephys/sub-m1_task-maze"
DURATION, SLEEP = 240.0, 60.0
PREFERRED = (0.5, 2.5, 4.5)
"""Directions of the tuned units, rad; a fourth unit fires at random."""
PARAMS: dict[str, Any] = {
    "epochs": {"table": "epochs"},
    "blocks": {"n": 6},
    "covariates": {"heading": {"series": ["CompassDirection/ry"], "kind": "angle"}},
    "tuning": {"heading": {"epochs": ["wake"], "n_bins": 24}},
}


@dataclass
class Simulated:
    """What a recording is made of; tests spoil it before it is written."""

    times: list[NDArray[np.float64]]
    ids: list[int]
    regions: list[str]
    heading_times: NDArray[np.float64]
    heading: NDArray[np.float64]
    epochs: list[tuple[float, float, str]] = field(
        default_factory=lambda: [(0.0, SLEEP, "sleep"), (SLEEP, DURATION, "wake")]
    )


def simulate(seed: int = 0, kappa: float = 6.0) -> Simulated:
    """Poisson units whose rate is von Mises in a heading that wanders."""
    rng = np.random.default_rng(seed)
    fine = np.arange(0, DURATION, 0.01)
    heading = np.cumsum(rng.standard_normal(fine.size)) * 0.15
    rates = [25 * np.exp(kappa * (np.cos(heading - mu) - 1)) + 0.2 for mu in PREFERRED]
    rates.append(np.full(fine.size, 4.0))
    times = [np.sort(fine[rng.random(fine.size) < rate * 0.01]) for rate in rates]
    wake = fine >= SLEEP
    return Simulated(
        times=times,
        ids=[3, 5, 8, 9],
        regions=["adn", "adn", "adn", "ca1"],
        heading_times=fine[wake],
        heading=heading[wake] % (2 * np.pi),
    )


def write_nwb(path: Path, data: Simulated) -> Path:
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.behavior import CompassDirection

    nwb = NWBFile("test", "test", datetime(2020, 1, 1, tzinfo=UTC))
    if data.ids:
        nwb.add_unit_column("location", "region")
    for unit, times, region in zip(data.ids, data.times, data.regions, strict=True):
        nwb.add_unit(id=unit, spike_times=times, location=region)
    for start, stop, label in data.epochs:
        nwb.add_epoch(start, stop, [label])
    heading = CompassDirection()
    heading.create_spatial_series(
        name="ry", data=data.heading, timestamps=data.heading_times, unit="radian"
    )
    nwb.add_acquisition(heading)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


@pytest.fixture
def simulated() -> Simulated:
    return simulate()


@pytest.fixture(scope="session")
def mouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with one good recording; not to be changed."""
    root = tmp_path_factory.mktemp("mouse")
    write_nwb(root / f"{PREFIX}_ecephys.nwb", simulate())
    return root


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[[Simulated], Path]:
    """Write a recording that a test has spoiled; gives the tree's root."""

    def write(data: Simulated) -> Path:
        write_nwb(tmp_path / f"{PREFIX}_ecephys.nwb", data)
        return tmp_path

    return write


@pytest.fixture
def recording() -> Recording:
    return Recording.from_path(f"{PREFIX}_ecephys.nwb")


@pytest.fixture
def settings() -> Callable[..., SpikesPreprocess]:
    """The usual parameters, with sections replaced."""
    return lambda **changes: SpikesPreprocess.model_validate(PARAMS | changes)
