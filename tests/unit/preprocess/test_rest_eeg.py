"""Recordings at rest: cleaned whole, described, summarised; and current source density."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mne
import numpy as np
import pytest

from neuro.io import hdf5, manifest
from neuro.io.atomic import write_json
from neuro.io.tables import read_tsv
from neuro.preprocess import describe, eeg, erp, quality_page, rest_summary

EVENTS = {"target": ["target"], "standard": ["standard"]}
NAME = "sub-01_task-odd"


def clean(tree: Any, out: Path, params: Any) -> Path:
    path = out / f"{NAME}_proc-clean_raw.fif"
    rng = np.random.default_rng(0)
    eeg.run(None, path, root=tree.root, recording=tree.recording, events={}, params=params, rng=rng)
    return path


def described(path: Path, out: Path) -> SimpleNamespace:
    paths = SimpleNamespace(figures=out / "figures", manifest=out / f"{NAME}_manifest.json")
    describe.run(path, paths, dataset="quiet", recording_name=NAME)
    return paths


@pytest.fixture
def resting(change_params: Callable[..., Any]) -> Any:
    return change_params(contrasts={})


def test_the_good_part_is_measured(tree: Any, tmp_path: Path, resting: Any) -> None:
    path = clean(tree, tmp_path, resting)
    raw = mne.io.read_raw_fif(path, verbose="ERROR")
    history = eeg.read_history(raw, path)
    methods = [entry["method"] for entry in history]
    assert methods == ["read", *(step.method for step in resting.chain), "rest"]
    found = history[-1]["found"]
    # EDF has whole seconds: what MNE padded to write it carries BAD_ACQ_SKIP.
    left_out = {"bad_muscle": 2.0, "BAD_ACQ_SKIP": 0.2}
    assert found == {"duration_s": 64.0, "good_s": 61.8, "left_out_s": left_out}
    assert raw.times[-1] == pytest.approx(64.0, abs=0.01)
    assert not list(tmp_path.glob("*_epo.fif"))


def test_the_manifest_tells_of_the_whole_recording(tree: Any, tmp_path: Path, resting: Any) -> None:
    tree.sidecar("_events.tsv").unlink()  # which a recording at rest may lack
    about = manifest.read(described(clean(tree, tmp_path, resting), tmp_path).manifest)
    numbers = {number.name: number for number in about.key_numbers}
    assert set(numbers) == {"recording kept", "bad channels"}
    assert numbers["recording kept"].n.endswith(" of 64 s")
    assert about.warnings == []
    assert "no epochs were cut" in about.methods[-1]
    assert [next(iter(step)) for step in about.params["chain"]] == [
        step.method for step in resting.chain
    ]
    (figure,) = about.figures
    assert "seconds kept" in figure.caption
    assert "epoch" not in figure.caption


def test_much_left_out_is_a_warning(tree: Any, tmp_path: Path, resting: Any) -> None:
    tree.edit("_events.tsv", lambda text: text.replace("10.0\t2.0", "10.0\t30.0"))
    about = manifest.read(described(clean(tree, tmp_path, resting), tmp_path).manifest)
    assert about.warnings == [
        "47% of the recording were left out, for: bad_muscle (30 s) and BAD_ACQ_SKIP (0.2 s)."
    ]


def test_nothing_good_is_an_error(raw: mne.io.BaseRaw) -> None:
    raw.annotations.append(0.0, 100.0, "BAD_all")
    with pytest.raises(ValueError, match=r"rec.edf: 0 of \S+ s are good. Left out for: BAD_all"):
        eeg.rest_found(raw, "rec.edf")


def test_epochs_and_events_go_together(tree: Any, tmp_path: Path, resting: Any) -> None:
    for path, events in ((None, EVENTS), (tmp_path / "x_epo.fif", {})):
        with pytest.raises(ValueError, match="give both, or neither"):
            eeg.run(
                path,
                root=tree.root,
                recording=tree.recording,
                events=events,
                params=resting,
                rng=np.random.default_rng(0),
            )


def test_same_recording_same_bytes(tree: Any, tmp_path: Path, resting: Any) -> None:
    made = []
    for name in ("a", "b"):
        folder = tmp_path / name
        paths = described(clean(tree, folder, resting), folder)
        made.append([(paths.figures / "quality.svg").read_bytes(), paths.manifest.read_bytes()])
    assert made[0] == made[1]


@pytest.mark.parametrize("most_single", [0, 10])
def test_summary(
    tree: Any, tmp_path: Path, resting: Any, most_single: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_summary, "MOST_SINGLE", most_single)
    path = clean(tree, tmp_path, resting)
    one = described(path, tmp_path)
    write_json(tmp_path / "fetch.json", {"license": "CC0", "citation": "Doe (2020)."})
    paths = SimpleNamespace(
        quality=tmp_path / "quality.tsv",
        description=tmp_path / "dataset_description.json",
        manifest=tmp_path / "manifest.json",
    )
    source = tmp_path / "fetch.json"
    rest_summary.run([one.manifest], [path], paths, dataset="quiet", source=source)
    table = read_tsv(paths.quality)
    assert table.loc[0, ["duration_s", "good_s", "n_channels"]].tolist() == [64.0, 61.8, 16]
    about = manifest.read(paths.manifest)
    kept = next(number for number in about.key_numbers if number.name.startswith("recording kept"))
    assert kept.value == pytest.approx(100 * 61.8 / 64)
    assert about.licenses == ["CC0"]
    other = tmp_path / "sub-99_task-odd_proc-clean_raw.fif"
    with pytest.raises(ValueError, match=r"sub-99\S+: does not belong to the manifest of sub-01"):
        rest_summary.run([one.manifest], [other], paths, dataset="quiet")


def test_the_page_of_a_recording_at_rest(tree: Any, tmp_path: Path, resting: Any) -> None:
    path = clean(tree, tmp_path, resting)
    out = tmp_path / "r.html"
    quality_page.run(path, None, out, root=tree.root, recording=tree.recording)
    page = out.read_text(encoding="utf-8")
    assert "Bad channels and seconds" in page
    assert "seconds kept (62 of 64 s)" in page


@pytest.mark.parametrize("events", [EVENTS, {}])
def test_current_source_density_goes_all_the_way(
    tree: Any, tmp_path: Path, change_params: Callable[..., Any], events: dict[str, list[str]]
) -> None:
    params = change_params(chain=["csd"], contrasts={})
    rng = np.random.default_rng(0)
    continuous, page = tmp_path / f"{NAME}_raw.fif", tmp_path / "r.html"
    epochs = tmp_path / f"{NAME}_epo.fif" if events else None
    eeg.run(
        epochs,
        continuous,
        root=tree.root,
        recording=tree.recording,
        events=events,
        params=params,
        rng=rng,
    )
    if epochs is not None:
        paths = SimpleNamespace(
            erp=tmp_path / f"{NAME}_erp.h5",
            evoked=tmp_path / f"{NAME}_ave.fif",
            figures=tmp_path / "figures",
            manifest=tmp_path / f"{NAME}_manifest.json",
        )
        erp.run(epochs, paths, dataset="d", recording_name=NAME, params=params, rng=rng)
        arrays = hdf5.read(paths.erp)
        assert arrays["conditions/target/mean"].unit == "V/m²"
        assert np.isfinite(arrays["conditions/target/global_field_power"].values).all()
        assert "µV/m²" in (paths.figures / "conditions.svg").read_text(encoding="utf-8")
    else:
        described(continuous, tmp_path)
    quality_page.run(continuous, epochs, page, root=tree.root, recording=tree.recording)
    assert page.is_file()
