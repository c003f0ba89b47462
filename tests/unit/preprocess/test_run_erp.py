"""From epochs to arrays, evoked responses, figures and manifest; then the dataset's summary."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mne
import numpy as np
import pandas as pd
import pytest

from neuro.config.eeg import EEGPreprocess
from neuro.io import hdf5, manifest
from neuro.io.atomic import write_json
from neuro.io.tables import read_tsv
from neuro.preprocess import erp, summary

NAME = "target-minus-standard"
NewEpochs = Callable[..., mne.EpochsArray]


def values(arrays: dict[str, hdf5.Array], name: str) -> Any:
    return np.asarray(arrays[name].values)


def outputs(folder: Path, name: str) -> SimpleNamespace:
    return SimpleNamespace(
        erp=folder / f"{name}_erp.h5",
        evoked=folder / f"{name}_ave.fif",
        figures=folder / f"{name}_figures",
        manifest=folder / f"{name}_manifest.json",
    )


def average(
    epochs: mne.EpochsArray, folder: Path, params: EEGPreprocess, name: str = "sub-01_task-odd"
) -> SimpleNamespace:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}_epo.fif"
    epochs.save(path, verbose="ERROR", overwrite=True)
    out = outputs(folder, name)
    erp.run(
        path,
        out,
        dataset="odd",
        recording_name=name,
        params=params,
        rng=np.random.default_rng(5),
    )
    return out


@pytest.fixture(scope="module")
def _shared() -> dict[str, Any]:
    return {}


@pytest.fixture
def one(
    _shared: dict[str, Any],
    new_epochs: NewEpochs,
    params: EEGPreprocess,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[mne.EpochsArray, SimpleNamespace]:
    """Epochs and what became of them; made once."""
    if not _shared:
        epochs = new_epochs(n=60)
        _shared["one"] = epochs, average(epochs, tmp_path_factory.mktemp("one"), params)
    result: tuple[mne.EpochsArray, SimpleNamespace] = _shared["one"]
    return result


def test_arrays_are_the_epochs_means(one: Any) -> None:
    epochs, out = one
    arrays = hdf5.read(out.erp)
    for name in ("standard", "target"):
        mean = arrays[f"conditions/{name}/mean"]
        np.testing.assert_allclose(mean.values, epochs[name].average().data, atol=1e-12)
        assert (mean.unit, mean.axes, mean.attrs["n_trials"]) == ("V", ("channel", "time"), 60)
    np.testing.assert_allclose(arrays["times"].values, epochs.times, atol=1e-9)
    assert list(arrays["ch_names"].values) == epochs.ch_names
    prefix = f"contrasts/{NAME}"
    value, low, high = values(arrays, f"{prefix}/peak_latency")
    assert low <= value <= high
    assert value == pytest.approx(0.17, abs=0.01)
    assert values(arrays, f"{prefix}/t").shape == values(arrays, f"{prefix}/test_times").shape
    assert float(values(arrays, f"{prefix}/p")) <= 0.05
    assert set(hdf5.read_params(out.erp)["contrasts"]) == {NAME}


def test_evoked_file_is_for_mne(one: Any) -> None:
    _, out = one
    evokeds = {e.comment: e for e in mne.read_evokeds(out.evoked, verbose="ERROR")}
    assert list(evokeds) == ["standard", "target", NAME]
    difference = evokeds["target"].data - evokeds["standard"].data
    np.testing.assert_allclose(evokeds[NAME].data, difference, atol=1e-11)
    stored = values(hdf5.read(out.erp), f"contrasts/{NAME}/channels/mean")
    np.testing.assert_allclose(evokeds[NAME].data, stored, atol=1e-11)


def test_manifest_tells_numbers_figures_and_warnings(one: Any) -> None:
    _, out = one
    about = manifest.read(out.manifest)
    numbers = {number.name: number for number in about.key_numbers}
    amplitude = numbers[f"planted peak amplitude ({NAME})"]
    assert amplitude.unit == "µV"
    assert amplitude.value == pytest.approx(-6, abs=1.5)
    assert amplitude.n == "60 and 60 trials"
    assert amplitude.p is not None
    assert amplitude.interval is not None
    assert numbers["epochs kept"].value == 100
    assert numbers["bad channels"].value == 2
    names = [f"erp_{NAME}.svg", "conditions.svg", "quality.svg"]
    assert [Path(f.path).name for f in about.figures] == names
    assert all(figure.alt and figure.caption for figure in about.figures)
    assert any("Maris" in citation.text for citation in about.citations)
    assert not any("LOF" in citation.text for citation in about.citations)  # was not used
    assert about.warnings == [f"planted ({NAME}): interpolated channels in the region: O1."]


def test_same_epochs_same_bytes(one: Any, tmp_path: Path, params: EEGPreprocess) -> None:
    epochs, out = one
    again = average(epochs, tmp_path / "again", params)
    files = [out.erp, out.evoked, out.manifest, *sorted(out.figures.iterdir())]
    others = [again.erp, again.evoked, again.manifest, *sorted(again.figures.iterdir())]
    for file, other in zip(files, others, strict=True):
        assert file.read_bytes() == other.read_bytes(), file.name


def changed(epochs: mne.EpochsArray, method: str, **found: Any) -> mne.EpochsArray:
    """Epochs whose history tells something else of a step."""
    story = json.loads(epochs.info["description"])
    for entry in story["history"]:
        if entry["method"] == method:
            entry["found"] |= found
    epochs.info["description"] = json.dumps(story)
    return epochs


def test_warnings(
    new_epochs: NewEpochs, change_params: Callable[..., EEGPreprocess], tmp_path: Path
) -> None:
    epochs = changed(new_epochs(amplitude=40.0), "read", highpass=1.0, lowpass=20.0, notes=["Odd."])
    epochs = changed(
        epochs, "epochs", events={"standard": 80, "target": 40}, dropped={"amplitude": 40}
    )
    story = json.loads(epochs.info["description"])
    story["history"][1] = {
        "method": "filter",
        "params": {"l_freq": 0.1, "h_freq": 30.0},
        "found": {"length_s": 33.0, "shorter_stretches_s": [4.0, 6.5]},
    }
    epochs.info["description"] = json.dumps(story)
    epochs.info["bads"] = ["O2"]
    out = average(epochs, tmp_path / "w", change_params())
    text = "\n".join(manifest.read(out.manifest).warnings)
    for part in (
        "Odd.",
        "stored high-passed at 1 Hz, where the chain asks for 0.1 Hz",
        "stored low-passed at 20 Hz, where the chain asks for 30 Hz",
        r"2 stretch(es) between discontinuities (10 s in all) are shorter than the filter (33 s)",
        "33% of the epochs were dropped, for: amplitude (40).",
        "the difference is never negative between 130 and 200 ms",
        "the extreme lies at the edge",
        "no significant cluster (p = 1)",
        "bad channels left out of the region: O2",
    ):
        assert part in text


def test_without_positions_there_is_no_map_but_all_else(
    new_epochs: NewEpochs, params: EEGPreprocess, tmp_path: Path
) -> None:
    epochs = new_epochs()
    epochs.set_montage(None)
    out = average(epochs, tmp_path / "p", params)
    assert len(manifest.read(out.manifest).figures) == 3


def test_no_contrasts_is_allowed(
    new_epochs: NewEpochs, change_params: Callable[..., EEGPreprocess], tmp_path: Path
) -> None:
    out = average(new_epochs(), tmp_path / "n", change_params(contrasts={}))
    table, about = summarise(tmp_path / "n", [out])
    assert table.empty
    assert [n.name.split(",")[0] for n in about.key_numbers] == ["epochs kept", "bad channels"]


def summarise(folder: Path, outs: list[SimpleNamespace]) -> tuple[pd.DataFrame, manifest.Manifest]:
    source = folder / "fetch.json"
    write_json(source, {"license": "CC0", "citation": "Doe (2020)."})
    paths = SimpleNamespace(
        components=folder / "components.tsv",
        description=folder / "dataset_description.json",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )
    manifests, erps = [out.manifest for out in outs], [out.erp for out in outs]
    rng = np.random.default_rng(3)
    summary.run(manifests, erps, paths, dataset="odd", rng=rng, source=source)
    return read_tsv(paths.components), manifest.read(paths.manifest)


def test_summary_of_few_recordings(
    new_epochs: NewEpochs, params: EEGPreprocess, tmp_path: Path
) -> None:
    odd = changed(new_epochs(seed=2, n=15), "read", sfreq=500.0)
    outs = [
        average(new_epochs(seed=1, n=15), tmp_path, params, "sub-01_task-odd"),
        average(odd, tmp_path, params, "sub-02_task-odd"),
    ]
    table, about = summarise(tmp_path, outs)
    assert list(table["recording"]) == ["sub-01_task-odd", "sub-02_task-odd"]
    stored = values(hdf5.read(outs[1].erp), f"contrasts/{NAME}/peak_amplitude") * 1e6
    columns = ["peak_amplitude_uV", "peak_amplitude_uV_low", "peak_amplitude_uV_high"]
    np.testing.assert_allclose(table.loc[1, columns].to_numpy(float), stored)
    assert set(table["component"]) == {"planted"}
    names = [number.name for number in about.key_numbers]
    assert f"planted peak latency ({NAME}), sub-02_task-odd" in names
    # What differs between recordings is told for each, what does not once.
    assert sum("stored at 500 Hz" in text for text in about.methods) == 1
    assert any(text.endswith("(sub-02_task-odd)") for text in about.methods)
    assert sum(text.startswith("Contrast") for text in about.methods) == 1
    assert about.licenses == ["CC0"]
    assert about.citations[0].text == "Doe (2020)."
    description = json.loads((tmp_path / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0]["Name"] == "neuro-workflow"


def test_summary_of_many_recordings_averages_subjects(one: Any, tmp_path: Path) -> None:
    """Twelve recordings of four subjects: the unit of the mean is the subject."""
    _, made = one
    outs = []
    arrays, params = hdf5.read(made.erp), hdf5.read_params(made.erp)
    about = manifest.read(made.manifest)
    for subject in range(4):
        for run in range(3):
            name = f"sub-{subject:02d}_task-odd_run-{run}"
            out = outputs(tmp_path, name)
            latency = 0.15 + 0.01 * subject
            changed_arrays = {
                **arrays,
                f"contrasts/{NAME}/peak_latency": hdf5.Array(
                    [latency, latency, latency], ("value_low_high",), "s"
                ),
            }
            hdf5.write(out.erp, changed_arrays, params)
            manifest.write(
                out.manifest, about.model_copy(update={"recording": name, "figures": []})
            )
            outs.append(out)
    table, whole = summarise(tmp_path, outs)
    assert len(table) == 12
    numbers = {number.name: number for number in whole.key_numbers}
    latency = numbers[f"planted peak latency ({NAME}), mean"]
    assert latency.value == pytest.approx(165)
    assert latency.n == "4 subjects"
    half = 3.182446 * np.std([150, 160, 170, 180], ddof=1) / 2
    assert latency.interval == pytest.approx((165 - half, 165 + half), abs=1e-3)
    significant = numbers[f"recordings with a significant planted ({NAME})"]
    assert significant.value == 12
    assert numbers["bad channels per recording, mean"].value == 2


def test_summary_refuses_what_does_not_belong_together(one: Any, tmp_path: Path) -> None:
    _, made = one
    other = tmp_path / "sub-99_task-odd_erp.h5"
    other.write_bytes(made.erp.read_bytes())
    with pytest.raises(ValueError, match=r"sub-99_task-odd_erp.h5: does not belong to"):
        summarise(tmp_path, [SimpleNamespace(manifest=made.manifest, erp=other)])
    with pytest.raises(ValueError, match="at least one recording, got 0 and 0"):
        summarise(tmp_path, [])
