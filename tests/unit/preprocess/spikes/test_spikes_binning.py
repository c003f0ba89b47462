"""From a recording to the product: what comes out, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuro.config import SpikesPreprocess
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.preprocess.spikes.binning import run
from neuro.preprocess.spikes.look import look

Settings = Callable[..., SpikesPreprocess]
Section = Any


class Dataset:
    """The part of a dataset's section that a look reads."""

    def __init__(self, preprocess: SpikesPreprocess) -> None:
        self.preprocess = preprocess


def test_the_product_holds_what_was_simulated(
    mouse: Path, tmp_path: Path, recording: Recording, settings: Settings, simulated: Any
) -> None:
    story = run(tmp_path / "a.h5", root=mouse, recording=recording, params=settings().binning)
    arrays = hdf5.read(tmp_path / "a.h5")
    counts, times = arrays["counts"], arrays["times"].values
    assert counts.axes == ("unit", "bin")
    assert counts.attrs["bin_width"] == 0.1
    assert counts.values.shape == (4, 2400)
    np.testing.assert_array_equal(counts.values.sum(axis=1), [len(t) for t in simulated.times])
    assert list(arrays["units/name"].values) == ["3", "5", "8", "9"]
    assert list(arrays["units/region"].values) == ["adn", "adn", "adn", "ca1"]
    np.testing.assert_allclose(arrays["units/rate"].values, [len(t) / 240 for t in simulated.times])
    heading = arrays["covariates/heading"]
    assert (heading.unit, heading.attrs["kind"]) == ("rad", "angle")
    assert np.isnan(heading.values[times < 60]).all()
    known = np.isfinite(heading.values)
    nearest = np.searchsorted(simulated.heading_times, times[known])
    off = np.angle(np.exp(1j * (heading.values[known] - simulated.heading[nearest])))
    assert np.median(np.abs(off)) < 0.2
    assert {*arrays["block"].values.tolist()} == {-1, *range(6)}
    assert any("'heading' was recorded from 60.0 to 240.0 s" in text for text in story["warnings"])
    again = tmp_path / "b.h5"
    run(again, root=mouse, recording=recording, params=settings().binning)
    assert again.read_bytes() == (tmp_path / "a.h5").read_bytes()


def test_only_the_epochs_in_use_are_binned(
    mouse: Path, tmp_path: Path, recording: Recording, settings: Settings
) -> None:
    params = settings(epochs={"use": ["wake"]}, trials="epochs").binning
    run(tmp_path / "a.h5", root=mouse, recording=recording, params=params)
    arrays = hdf5.read(tmp_path / "a.h5")
    assert arrays["times"].values.min() > 60
    assert list(arrays["epochs/label"].values) == ["wake"]
    assert {*arrays["trial"].values.tolist()} == {1}


def test_units_are_left_out_for_a_reason(
    spoiled: Callable[..., Path], tmp_path: Path, recording: Recording, settings: Settings,
    simulated: Any,
) -> None:  # fmt: skip
    rng = np.random.default_rng(0)
    burst = np.sort(np.concatenate([simulated.times[1], simulated.times[1] + 0.001]))
    late = np.sort(rng.uniform(200, 239, 100))
    simulated.times = [np.array([1.0, 2.0]), burst[burst < 240], late, simulated.times[3]]
    params = settings(units={"select": {"location": ["adn"]}}).binning
    with pytest.raises(ValueError, match="no unit is kept"):
        run(tmp_path / "a.h5", root=spoiled(simulated), recording=recording, params=params)
    assert not (tmp_path / "a.h5").exists()
    run(tmp_path / "a.h5", root=tmp_path, recording=recording, params=settings().binning)
    reasons = list(hdf5.read(tmp_path / "a.h5")["units/reason"].values)
    expected = ["rate below 0.1 Hz", "violations above 2%", "presence below 0.5", ""]
    assert reasons == expected


def _order(data: Any) -> None:
    data.times[1][[10, 11]] = data.times[1][[11, 10]]
    data.times[1][10] += 1.0


def _nan(data: Any) -> None:
    data.times[2][5] = np.nan


def _negative(data: Any) -> None:
    data.times[0][0] = -3.0


def _late(data: Any) -> None:
    data.times[0] = np.append(data.times[0], 400.0)


def _milliseconds(data: Any) -> None:
    data.times = [times * 1e3 for times in data.times]


def _empty(data: Any) -> None:
    data.times[2] = np.array([])


def _twice(data: Any) -> None:
    data.ids[1] = data.ids[0]


def _backwards(data: Any) -> None:
    data.epochs = [(0.0, 60.0, "sleep"), (240.0, 60.0, "wake")]


def _overlap(data: Any) -> None:
    data.epochs = [(0.0, 70.0, "sleep"), (60.0, 240.0, "wake")]


def _early_heading(data: Any) -> None:
    data.heading_times = data.heading_times + 500.0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_order, r"unit '5' has spikes out of order: .* s \(spike 10\) is followed by"),
        (_nan, r"unit '8' has 1 spike time\(s\) that are NaN"),
        (_negative, r"unit '3' has 1 spike\(s\) before 0 s, the first at -3 s"),
        (_late, r"1 of \d+ spikes lie outside .*'epochs', 0 to 60 s and 60 to 240 s.*'3'.*400 s"),
        (_milliseconds, "Are both in seconds of one clock"),
        (_empty, r"unit\(s\) \['8'\] have no spikes.*without_spikes to 'drop'"),
        (_twice, r"unit id\(s\) \['3'\] are there more than once"),
        (_backwards, "'epochs': row 1 runs from 240 to 60 s; an interval must end after"),
        (_overlap, "'epochs': rows 0 and 1 overlap"),
        (_early_heading, "covariate 'heading' covers no bin: it runs from 560 to"),
    ],
)
def test_bad_recordings_are_errors_that_name_the_file(
    spoil: Callable[[Any], None],
    message: str,
    spoiled: Callable[..., Path],
    tmp_path: Path,
    recording: Recording,
    settings: Settings,
    simulated: Any,
) -> None:
    spoil(simulated)
    with pytest.raises(ValueError, match=rf"_ecephys\.nwb: .*{message}"):
        run(tmp_path / "a.h5", root=spoiled(simulated), recording=recording,
            params=settings().binning)  # fmt: skip
    assert not (tmp_path / "a.h5").exists()


BAD_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"bin_width": 300.0}, "bin_width is 300 s, but the longest epoch lasts 180 s"),
    (
        {"epochs": {"use": ["run"]}, "tuning": {}},
        r"epochs.use: \['run'\] unknown.*\['sleep', 'wake'\]",
    ),
    ({"epochs": {"table": "trials"}}, "no table of intervals 'trials'.*'epochs'"),
    ({"trials": "laps"}, "no table of intervals 'laps'"),
    ({"units": {"select": {"layer": ["4"]}}}, "no column 'layer'.*'location'"),
    ({"units": {"select": {"location": ["ca3"]}}}, r"no unit has \['ca3'\].*\['adn', 'ca1'\]"),
    ({"units": {"region": "area"}}, "no column 'area'"),
    (
        {"covariates": {"x": {"series": ["Position/x"]}}, "tuning": {}},
        r"has no TimeSeries named 'Position/x'. It has CompassDirection/ry \(SpatialSeries\)",
    ),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SETTINGS)
def test_settings_that_do_not_fit_are_errors_of_the_job_and_of_the_look(
    changes: dict[str, Any], message: str, mouse: Path, tmp_path: Path, recording: Recording,
    settings: Settings,
) -> None:  # fmt: skip
    params = settings(**changes)
    with pytest.raises(ValueError, match=message) as caught:
        run(tmp_path / "a.h5", root=mouse, recording=recording, params=params.binning)
    section: Section = Dataset(params)
    assert look(mouse, recording, section).problems == [str(caught.value)]


def test_a_look_tells_what_is_there(
    mouse: Path, recording: Recording, settings: Settings, simulated: Any
) -> None:
    section: Section = Dataset(settings())
    seen = look(mouse, recording, section)
    assert not seen.problems
    n_spikes = sum(map(len, simulated.times))
    assert seen.facts == {"units": 4, "spikes": n_spikes, "epochs": 2, "duration, s": 240.0}
    assert seen.n_bytes == (mouse / recording.path).stat().st_size
    assert {*seen.memory} == {"bin_spikes", "profile_spikes"}
    missing = Recording.from_path("sub-2/ecephys/sub-2_ecephys.nwb")
    assert "no such file" in look(mouse, missing, section).problems[0]


def test_an_nwb_file_without_units_lists_what_it_has(
    tmp_path: Path, recording: Recording, settings: Settings, spoiled: Callable[..., Path],
    simulated: Any,
) -> None:  # fmt: skip
    simulated.times, simulated.ids, simulated.regions = [], [], []
    root = spoiled(simulated)
    with pytest.raises(ValueError, match=r"nwb: has no units table.*CompassDirection/ry.*epochs"):
        run(tmp_path / "a.h5", root=root, recording=recording, params=settings().binning)


def test_what_is_forgiven_on_request_is_told(
    spoiled: Callable[..., Path], tmp_path: Path, recording: Recording, settings: Settings,
    simulated: Any,
) -> None:  # fmt: skip
    _late(simulated)
    _empty(simulated)
    params = settings(units={"without_spikes": "drop"}, epochs={"outside": "drop"}).binning
    story = run(tmp_path / "a.h5", root=spoiled(simulated), recording=recording, params=params)
    assert any("without any spike, left out: ['8']" in text for text in story["warnings"])
    assert any("spikes lie in no interval of 'epochs'" in text for text in story["warnings"])
    arrays = hdf5.read(tmp_path / "a.h5")
    assert list(arrays["units/reason"].values) == ["", "", "no spikes", ""]


def test_a_recording_without_epochs_is_one(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "sub-1/ecephys/sub-1_ecephys.npz"
    path.parent.mkdir(parents=True)
    times = np.sort(np.random.default_rng(0).uniform(0, 100, 500))
    np.savez(path, times=times, units=np.zeros(500, int))
    params = settings(epochs={}, covariates={}, tuning={}).binning
    run(tmp_path / "a.h5", root=tmp_path, params=params,
        recording=Recording.from_path("sub-1/ecephys/sub-1_ecephys.npz"))  # fmt: skip
    arrays = hdf5.read(tmp_path / "a.h5")
    assert list(arrays["epochs/label"].values) == ["recording"]
    assert arrays["epochs/stop"].values[0] == pytest.approx(times[-1], abs=1e-5)
    np.savez(path, times=times, units=np.zeros(500, int), start=[0.0], end=[50.0])
    with pytest.raises(ValueError, match=r"spike\(s\) outside of when the recording ran, 0 to 50"):
        run(tmp_path / "a.h5", root=tmp_path, params=params,
            recording=Recording.from_path("sub-1/ecephys/sub-1_ecephys.npz"))  # fmt: skip
