"""From files to traces, figures, manifest and summary; the header's checks; the usual chains."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuro.config.calcium import CalciumPreprocess
from neuro.config.dataset import CalciumDataset
from neuro.io import hdf5, manifest
from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.preprocess.calcium import align, clean, describe, summary
from neuro.preprocess.calcium.look import look
from neuro.preprocess.calcium.simulate import Simulated, simulate

Write = Callable[..., Path]
Floats = NDArray[np.float64]
HEADED = 6
"""Neurons tuned to the heading, of eight."""


def params(**preprocess: Any) -> CalciumPreprocess:
    return CalciumPreprocess.model_validate(preprocess)


def cleaned(file: Path, target: Path, **preprocess: Any) -> list[dict[str, Any]]:
    root = file.parents[2]
    recording = Recording.from_path(file.relative_to(root).as_posix())
    return clean.run(target, root=root, recording=recording, params=params(**preprocess).cleaning)


def outputs(folder: Path, name: str = "sub-01") -> SimpleNamespace:
    return SimpleNamespace(
        neurons=folder / f"{name}_neurons.tsv",
        figures=folder / f"{name}_figures",
        manifest=folder / f"{name}_manifest.json",
    )


def described(folder: Path, name: str = "sub-01", **preprocess: Any) -> manifest.Manifest:
    out = outputs(folder, name)
    describe.run(
        folder / f"{name}_traces.h5",
        out,
        dataset="simulated",
        recording_name=name,
        params=params(tuning={"n_surrogates": 100, "min_shift": 5}, **preprocess).describing,
        rng=np.random.default_rng(0),
    )
    return manifest.read(out.manifest)


def heading_cells() -> tuple[Floats, Floats]:
    """Fluorescence of cells with preferred headings, and the heading at 60 Hz."""
    rng = np.random.default_rng(0)
    heading = np.cumsum(0.1 * rng.standard_normal(90 * 60))
    course = heading[::3]
    preferred = np.arange(HEADED) * 2 * np.pi / HEADED
    rate = 4 * np.exp(4 * (np.cos(course - preferred[:, None]) - 1)) / 20
    spikes = rng.poisson(np.vstack([rate, np.full((2, len(course)), 0.02)]))
    kernel = np.exp(-np.arange(100) / 10)
    calcium = np.array([np.convolve(row, kernel)[: len(course)] for row in spikes])
    noise = 0.1 * rng.standard_normal(calcium.shape)
    return 100 * (1 + 0.4 * calcium + noise), np.mod(heading, 2 * np.pi)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures, where a test is about other things: they take most of the time."""
    monkeypatch.setattr(describe, "_draw", lambda *parts: [])


def test_raw_fluorescence_takes_the_usual_chain(
    write_suite2p: Write, simulated: Simulated, tmp_path: Path
) -> None:
    file = write_suite2p(simulated.fluorescence + 7.0, neuropil=np.full((8, 2400), 10.0) + NOISE)
    history = cleaned(file, tmp_path / "sub-01_traces.h5")
    assert [entry["method"] for entry in history] == [
        "read",
        "neuropil",
        "dff",
        "deconvolve",
        "derivative",
    ]
    arrays = hdf5.read(tmp_path / "sub-01_traces.h5")
    assert {"dff", "baseline", "denoised", "deconvolved", "derivative"} <= set(arrays)
    assert arrays["dff"].values.shape == (7, 2400)
    assert arrays["dff"].values.dtype == np.float32
    assert arrays["dff"].attrs["sfreq"] == 20.0
    assert arrays["dff"].attrs["kind"] == "dff"
    assert arrays["derivative"].unit == "1/s"
    r = np.corrcoef(arrays["dff"].values[0], simulated.calcium[0])[0, 1]
    assert r > 0.75
    assert hdf5.read_params(tmp_path / "sub-01_traces.h5")["history"] == history


NOISE = 0.1 * np.random.default_rng(9).standard_normal((8, 2400))


def test_same_bytes_twice(write_suite2p: Write, simulated: Simulated, tmp_path: Path) -> None:
    file = write_suite2p(simulated.fluorescence)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        cleaned(file, tmp_path / name / "sub-01_traces.h5")
        described(tmp_path / name)
    for path in sorted((tmp_path / "a").rglob("*.*")):
        if path.is_file():
            twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
            assert path.read_bytes() == twin.read_bytes(), path.name


@pytest.mark.parametrize(
    ("read", "steps"),
    [({"kind": "dff"}, ["deconvolve", "derivative"]), ({"kind": "zscore"}, ["derivative"])],
)
def test_processed_traces_take_a_shorter_chain(
    write_table: Write,
    simulated: Simulated,
    tmp_path: Path,
    read: dict[str, Any],
    steps: list[str],
) -> None:
    columns = {f"n{i}": row for i, row in enumerate(simulated.calcium[:3] + NOISE[:3])}
    history = cleaned(write_table(columns, sfreq=20), tmp_path / "t.h5", read=read)
    assert [entry["method"] for entry in history[1:]] == steps


def test_an_empty_chain_changes_nothing(write_table: Write, tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((2, 50))
    file = write_table({"a": values[0], "b": values[1]}, sfreq=2)
    history = cleaned(file, tmp_path / "sub-01_traces.h5", chain=[])
    assert len(history) == 1
    arrays = hdf5.read(tmp_path / "sub-01_traces.h5")
    np.testing.assert_allclose(arrays["dff"].values, values, rtol=1e-6)
    assert "derivative" not in arrays


@pytest.mark.parametrize(
    ("kind", "chain", "message"),
    [
        ("dff", ["dff"], r"chain\[0\]\.dff.*already dF/F.*leave this step out"),
        ("zscore", ["dff"], "no baseline"),
        ("components", ["bleaching"], "set correction: subtract"),
        ("fluorescence", ["neuropil"], "no traces of the neuropil"),
        ("zscore", [{"select": {"max_noise": 2}}], "give min_snr"),
        ("dff", [{"derivative": {"window": 0.01}}], "too few for"),
        ("dff", [{"resample": {"sfreq": 1}}, "derivative"], "make it 4 s or more"),
    ],
)
def test_header_is_walked_through_the_chain(
    write_table: Write, tmp_path: Path, kind: str, chain: list[Any], message: str
) -> None:
    """The error comes before the traces are read, from the job and from `neuro check` alike."""
    values = np.random.default_rng(0).uniform(50, 60, (2, 200))
    file = write_table({"a": values[0], "b": values[1]}, sfreq=20)
    section = {"read": {"kind": kind}, "chain": chain}
    if "resample" in str(chain):
        section["chain"] = [chain[0], {"derivative": {"window": 2.0}}]
    with pytest.raises(ValueError, match=message):
        cleaned(file, tmp_path / "t.h5", **section)
    assert not (tmp_path / "t.h5").exists()
    (problem,) = glance(file, **section).problems
    assert re.search(message, problem)


def glance(file: Path, **preprocess: Any) -> Any:
    root = file.parents[2]
    dataset = CalciumDataset.model_validate(
        {
            "modality": "calcium",
            "source": {"type": "bids", "path": str(root)},
            "preprocess": preprocess,
        }
    )
    return look(root, Recording.from_path(file.relative_to(root).as_posix()), dataset)


def test_look_tells_what_is_there(write_suite2p: Write, simulated: Simulated) -> None:
    seen = glance(write_suite2p(simulated.fluorescence))
    assert seen.problems == []
    assert seen.facts["neurons"] == 7
    assert seen.facts["duration, s"] == 120
    assert seen.n_bytes > simulated.fluorescence.size * 4
    assert seen.memory["clean_calcium"] > 8 * simulated.fluorescence.size


def test_look_gives_the_errors_of_the_job(write_suite2p: Write, simulated: Simulated) -> None:
    file = write_suite2p(simulated.fluorescence, sfreq=None)
    (problem,) = glance(file).problems
    assert "SamplingFrequency" in problem


def test_heading_cells_are_found(write_nwb: Write, tmp_path: Path) -> None:
    fluorescence, heading = heading_cells()
    file = write_nwb({"F": fluorescence}, heading=heading)
    cleaned(file, tmp_path / "sub-01_traces.h5")
    about = described(tmp_path)
    neurons = read_tsv(tmp_path / "sub-01_neurons.tsv")
    resultant = neurons["heading_resultant"].to_numpy()
    assert (resultant[:HEADED] > 0.7).all()
    assert (neurons["heading_p"][:HEADED] < 0.05).all()
    away = neurons["heading_preferred_deg"][:HEADED] - np.arange(HEADED) * 360 / HEADED
    assert np.abs((away + 180) % 360 - 180).max() < 20
    assert (resultant[HEADED:] < 0.5).all()
    assert (tmp_path / "sub-01_figures" / "tuning_heading.svg").is_file()
    number = next(n for n in about.key_numbers if n.name == "neurons tuned to heading")
    assert number.value >= HEADED
    arrays = hdf5.read(tmp_path / "sub-01_traces.h5")
    assert list(arrays["epochs/label"].values) == ["wake", "sleep"]


def test_covariate_too_short_for_surrogates(write_table: Write, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {"a": rng.standard_normal(100), "b": rng.standard_normal(100)}
    columns["heading"] = rng.uniform(0, 6, 100)
    read = {"kind": "dff", "covariates": {"heading": "rad"}}
    cleaned(write_table(columns, sfreq=10), tmp_path / "sub-01_traces.h5", read=read, chain=[])
    with pytest.raises(ValueError, match=r"heading.*known for 10 s.*min_shift"):
        described(tmp_path)


def test_manifest_tells_what_was_done(
    write_suite2p: Write, simulated: Simulated, tmp_path: Path
) -> None:
    values = simulated.fluorescence.copy()
    values[2] -= 200
    chain = [{"motion": {}}, {"dff": {"nonpositive": "exclude"}}, "deconvolve", "derivative"]
    cleaned(write_suite2p(values), tmp_path / "sub-01_traces.h5", chain=chain)
    about = described(tmp_path, chain=chain)
    assert {figure.path for figure in about.figures} == {
        f"sub-01_figures/{name}.svg" for name in ("traces", "raster", "correlation", "quality")
    }
    text = " ".join(about.methods)
    assert "1 neuron without a positive baseline" in text
    assert "running 8th percentile in 60 s" in text
    assert "OASIS" in text
    assert any("OASIS" in c.text or "Friedrich" in c.text for c in about.citations)
    assert about.key_numbers[0].value == 6
    neurons = read_tsv(tmp_path / "sub-01_neurons.tsv")
    assert neurons["present"].tolist() == [True, True, False, True, True, True, True]
    assert np.isnan(neurons["snr"][2])


@pytest.mark.usefixtures("undrawn")
def test_names_out_of_step_are_a_warning(write_worm: Write, tmp_path: Path) -> None:
    """Left-right pairs that are alike vouch for the names; names in another order do not."""
    rng = np.random.default_rng(4)
    shared = rng.standard_normal((8, 400))
    values = np.repeat(shared, 2, axis=0) + 0.7 * rng.standard_normal((16, 400))
    names = [f"N{letter}{side}" for letter in "ABCDEFGH" for side in "LR"]
    time = np.arange(400) * 0.6
    cleaned(
        write_worm(time, values, names),
        tmp_path / "sub-01_traces.h5",
        read={"kind": "dff"},
        chain=[],
    )
    about = described(tmp_path)
    number = next(n for n in about.key_numbers if "left-right" in n.name)
    assert number.value > 0.5
    assert number.p is not None
    assert number.p < 0.01
    assert about.warnings == []
    moved = names[1:] + names[:1]
    cleaned(
        write_worm(time, values, moved),
        tmp_path / "sub-01_traces.h5",
        read={"kind": "dff"},
        chain=[],
    )
    assert any("out of step" in text for text in described(tmp_path).warnings)


def three_animals(tmp_path: Path, write_worm: Write) -> tuple[list[Path], list[Floats]]:
    """Worms of different lengths that share some neurons."""
    rng = np.random.default_rng(0)
    lists = [["AVAL", "AVAR", "RIBL"], ["AVAL", "RIBL", "roi-9"], ["AVAR", "AVAL"]]
    paths, data = [], []
    for i, names in enumerate(lists):
        values = rng.standard_normal((len(names), 80 + 20 * i))
        file = write_worm(np.arange(values.shape[1]) / 2, values, names)
        target = tmp_path / f"sub-0{i + 1}_traces.h5"
        cleaned(file, target, read={"kind": "dff"}, chain=[])
        paths.append(target)
        data.append(values)
    return paths, data


def test_neurons_are_aligned_by_name_and_missing_stay_missing(
    write_worm: Write, tmp_path: Path
) -> None:
    paths, data = three_animals(tmp_path, write_worm)
    names = align.run(paths, tmp_path / "aligned.h5", params().alignment)
    assert names == ["AVAL", "AVAR", "RIBL"]
    arrays = hdf5.read(tmp_path / "aligned.h5")
    values, present = arrays["dff"].values, arrays["present"].values
    assert values.shape == (3, 3, 120)
    assert present.tolist() == [[True, True, True], [True, False, True], [True, True, False]]
    np.testing.assert_allclose(values[1, 0, :100], data[1][0], rtol=1e-6)
    np.testing.assert_allclose(values[2, 1], data[2][0], rtol=1e-6)
    assert np.isnan(values[~present]).all()
    assert np.isnan(values[0, :, 80:]).all()
    assert not arrays["good"].values[0, 80:].any()
    assert not (values == 0).any()
    assert align.run(paths, tmp_path / "a.h5", params(alignment={"min_animals": 3}).alignment) == [
        "AVAL"
    ]
    assert align.run(paths, tmp_path / "a.h5", None) == []


def test_alignment_of_other_rates_or_uneven_frames(write_worm: Write, tmp_path: Path) -> None:
    paths, _ = three_animals(tmp_path, write_worm)
    values = np.random.default_rng(1).standard_normal((1, 90))
    cleaned(
        write_worm(np.arange(90) / 3, values, ["AVAL"]),
        tmp_path / "sub-04_traces.h5",
        read={"kind": "dff"},
        chain=[],
    )
    with pytest.raises(ValueError, match="3 Hz, but sub-01 has 2 Hz; add `resample`"):
        align.run([*paths, tmp_path / "sub-04_traces.h5"], tmp_path / "a.h5", params().alignment)
    uneven = np.arange(90) / 2 + 0.1 * np.sin(np.arange(90))
    cleaned(
        write_worm(uneven, values, ["AVAL"]),
        tmp_path / "sub-04_traces.h5",
        read={"kind": "dff"},
        chain=[],
    )
    with pytest.raises(ValueError, match=r"not evenly spaced.*add `resample`"):
        align.run([*paths, tmp_path / "sub-04_traces.h5"], tmp_path / "a.h5", params().alignment)


def test_numbered_regions_are_never_aligned(write_suite2p: Write, tmp_path: Path) -> None:
    small = simulate(np.random.default_rng(0), n_neurons=3, duration=30, sfreq=10)
    for name in ("sub-01", "sub-02"):
        cleaned(
            write_suite2p(small.fluorescence, sfreq=10), tmp_path / f"{name}_traces.h5", chain=[]
        )
    paths = [tmp_path / f"{name}_traces.h5" for name in ("sub-01", "sub-02")]
    assert align.run(paths, tmp_path / "aligned.h5", params().alignment) == []
    assert hdf5.read(tmp_path / "aligned.h5")["present"].values.shape == (2, 0)


@pytest.mark.usefixtures("undrawn")
def test_summary_of_a_dataset(write_worm: Write, tmp_path: Path) -> None:
    paths, _ = three_animals(tmp_path, write_worm)
    names = [path.name.removesuffix("_traces.h5") for path in paths]
    for name in names:
        described(tmp_path, name)
    align.run(paths, tmp_path / "aligned.h5", params().alignment)
    source = tmp_path / "fetch.json"
    source.write_text(json.dumps({"license": "CC0", "citation": "Nobody (2020)."}))
    out = SimpleNamespace(
        table=tmp_path / "recordings.tsv",
        description=tmp_path / "dataset_description.json",
        figures=tmp_path / "figures",
        manifest=tmp_path / "manifest.json",
    )
    lists = [[tmp_path / f"{n}_{end}" for n in names] for end in ("manifest.json", "neurons.tsv")]
    table = summary.run(
        lists[0], paths, lists[1], tmp_path / "aligned.h5", out, dataset="worms", source=source
    )
    assert table["neurons"].tolist() == [3, 3, 2]
    assert table["identified"].tolist() == [3, 2, 2]
    about = manifest.read(out.manifest)
    assert about.licenses == ["CC0"]
    assert {figure.path for figure in about.figures} == {
        "figures/recordings.svg",
        "figures/presence.svg",
    }
    shared = next(n for n in about.key_numbers if "every recording" in n.name)
    assert shared.value == 1
    with pytest.raises(ValueError, match="does not belong"):
        summary.run(lists[0], paths[::-1], lists[1], tmp_path / "aligned.h5", out, dataset="worms")
    with pytest.raises(ValueError, match="at least one recording"):
        summary.run([], [], [], tmp_path / "aligned.h5", out, dataset="worms")
