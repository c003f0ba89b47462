"""From the product to tuning, figures, manifests and the dataset's summary."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neuro.config import SpikesPreprocess
from neuro.io import hdf5, manifest
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.preprocess.spikes import binning, profiling, summary

Settings = Callable[..., SpikesPreprocess]
SPEED = {"series": ["CompassDirection/ry"], "kind": "speed"}
NAME = "sub-m1_task-maze"


def work(folder: Path, root: Path, recording: Recording, params: SpikesPreprocess) -> Path:
    """Bin and profile a recording; gives the folder with everything."""
    spikes = folder / f"{NAME}_spikes.h5"
    binning.run(spikes, root=root, recording=recording, params=params.binning)
    outputs = SimpleNamespace(
        tuning=folder / f"{NAME}_tuning.h5",
        figures=folder / f"{NAME}_figures",
        manifest=folder / f"{NAME}_manifest.json",
    )
    profiling.run(spikes, outputs, dataset="d", recording_name=recording.name, params=params)
    return folder


@pytest.fixture(scope="module")
def done(mouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = {
        "epochs": {"table": "epochs"},
        "covariates": {
            "heading": {"series": ["CompassDirection/ry"], "kind": "angle"},
            "turning": SPEED,
        },
        "tuning": {
            "heading": {"epochs": ["wake"], "n_bins": 24, "min_strength": 0.7},
            "turning": {"n_bins": 8},
        },
    }
    recording = Recording.from_path(f"sub-m1/ecephys/{NAME}_ecephys.nwb")
    folder = tmp_path_factory.mktemp("done")
    return work(folder, mouse, recording, SpikesPreprocess.model_validate(settings))


def test_the_planted_directions_are_found(done: Path) -> None:
    arrays = hdf5.read(done / f"{NAME}_tuning.h5")
    assert arrays["heading/tuned"].values.tolist() == [True, True, True, False]
    off = arrays["heading/preferred"].values[:3] - np.array([0.5, 2.5, 4.5])
    assert np.abs(np.angle(np.exp(1j * off))).max() < 0.15
    assert arrays["heading/strength"].values[3] < 0.3
    assert arrays["heading/q"].values[3] > 0.05
    assert arrays["heading/rate"].unit == "Hz"


def test_the_manifest_tells_tuning_with_chance(done: Path) -> None:
    about = manifest.read(done / f"{NAME}_manifest.json")
    numbers = {number.name: number for number in about.key_numbers}
    assert numbers["adn units tuned to heading"].value == 3
    assert numbers["adn units tuned to heading"].n.startswith("of 3 units")
    assert numbers["ca1 units tuned to heading"].value == 0
    resultant = numbers["resultant length for heading, median of adn units"]
    assert resultant.chance is not None
    assert resultant.value > 0.7 > resultant.chance
    assert numbers["units kept"].value == 4
    names = [Path(figure.path).name for figure in about.figures]
    assert names == [
        "activity.svg",
        "tuning_heading.svg",
        "tuning_turning.svg",
        "units.svg",
        "rates.svg",
    ]
    text = " ".join(about.methods)
    assert "bins of 0.1 s" in text
    assert "circular shifts of the spikes by at least 20 s" in text
    assert any("'heading' was recorded from 60.0" in warning for warning in about.warnings)
    assert any("Skaggs" in citation.text for citation in about.citations)


def test_figures_are_the_same_bytes_each_time(
    done: Path, tmp_path: Path, settings: Settings, mouse: Path, recording: Recording
) -> None:
    first = work(tmp_path / "a", mouse, recording, settings())
    second = work(tmp_path / "b", mouse, recording, settings())
    for figure in sorted((first / f"{NAME}_figures").iterdir()):
        other = second / f"{NAME}_figures" / figure.name
        assert figure.read_bytes() == other.read_bytes(), figure.name


def test_tuning_in_epochs_that_are_not_there_is_an_error(
    done: Path, tmp_path: Path, settings: Settings
) -> None:
    outputs = SimpleNamespace(
        tuning=tmp_path / "t.h5", figures=tmp_path / "f", manifest=tmp_path / "m.json"
    )
    params = settings(tuning={"heading": {"epochs": ["rest"]}})
    with pytest.raises(ValueError, match=r"tuning.heading.epochs: \['rest'\] unknown.*'wake'"):
        profiling.run(
            done / f"{NAME}_spikes.h5", outputs, dataset="d", recording_name="x", params=params
        )
    with pytest.raises(ValueError, match=r"lacks \['counts'.*no file of binned spikes"):
        profiling.run(
            done / f"{NAME}_tuning.h5", outputs, dataset="d", recording_name="x", params=params
        )
    assert not outputs.manifest.exists()


def overview(folder: Path) -> SimpleNamespace:
    return SimpleNamespace(
        units=folder / "units.tsv",
        description=folder / "dataset_description.json",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )


def test_the_summary_has_a_row_for_each_unit(done: Path, tmp_path: Path) -> None:
    files = [done / f"{NAME}_{end}" for end in ("manifest.json", "spikes.h5", "tuning.h5")]
    lists = [[each] for each in files]
    summary.run(*lists, overview(tmp_path), dataset="d")  # type: ignore[arg-type]
    table = read_tsv(tmp_path / "units.tsv")
    assert table["unit"].tolist() == [3, 5, 8, 9]
    assert table["region"].tolist() == ["adn", "adn", "adn", "ca1"]
    assert table["heading_tuned"].tolist() == [1, 1, 1, 0]
    about = manifest.read(tmp_path / "manifest.json")
    assert about.recording == ""
    numbers = {number.name: number.value for number in about.key_numbers}
    assert numbers["units kept"] == 4
    assert numbers["adn units tuned to heading"] == 3
    many = [[each] * 8 for each in files]
    summary.run(*many, overview(tmp_path), dataset="d")  # type: ignore[arg-type]
    about = manifest.read(tmp_path / "manifest.json")
    numbers = {number.name: number.value for number in about.key_numbers}
    assert numbers["adn units tuned to heading"] == 24
    with pytest.raises(ValueError, match=r"d: needs a manifest, .* got 0, 1 and 1"):
        summary.run([], files[1:2], files[2:], overview(tmp_path), dataset="d")
