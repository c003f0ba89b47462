from types import SimpleNamespace

import numpy as np
import pytest

from neuro.io import hdf5, manifest
from neuro.io.hdf5 import Array
from neuro.io.manifest import Manifest
from neuro.preprocess import group, summary
from neuro.preprocess.recorded import Recorded

NAME = "a-minus-b"
TIMES = np.arange(-20, 60) / 100
PARAMS = {
    "contrasts": {
        NAME: {
            "component": "N1",
            "polarity": "negative",
            "window": [0.1, 0.2],
            "test_window": [0.0, 0.4],
        }
    },
    "statistics": {"confidence": 0.95, "n_permutations": 500},
}


def wave(rng, effect):
    shape = np.exp(-0.5 * ((TIMES - 0.15) / 0.03) ** 2)
    return 1e-6 * (effect * shape + np.convolve(rng.normal(size=79 + 9), np.ones(9) / 3, "valid"))


def recorded(name, values):
    about = Manifest(word="preprocess", dataset="d", recording=name, title="t", question="q")
    arrays = {
        "times": Array(TIMES, ("time",), "s"),
        f"contrasts/{NAME}/roi_difference/mean": Array(values, ("time",), "V"),
    }
    return Recorded(about, arrays, PARAMS)


def people(n, effect, seed=0):
    rng = np.random.default_rng(seed)
    return [recorded(f"sub-{i:02d}_task-x", wave(rng, effect)) for i in range(n)]


def evaluate(recordings):
    return group.evaluate(recordings, np.random.default_rng(1))


def test_an_effect_in_twelve_subjects_is_found():
    recordings = people(12, -2.5)
    one = evaluate(recordings)[NAME]
    assert one.p <= 0.05
    assert any(a <= 0.15 <= b for a, b in zip(one.clusters.start, one.clusters.stop, strict=True))
    (number,) = group.key_numbers({NAME: one}, recordings)
    assert number.value < -1
    assert number.interval[1] < 0
    assert (number.n, number.p) == ("12 subjects", one.p)
    assert "(500 random flips" in group.paragraph(recordings)[0]
    text = group.texts(one, PARAMS["contrasts"][NAME], "f.svg")
    assert "12 subjects" in text.alt
    assert "none" not in text.alt


def test_the_other_sign_is_no_find():
    assert evaluate(people(12, 2.5))[NAME].p > 0.05


def test_no_effect_in_twelve_subjects_is_rarely_found():
    p = [evaluate(people(12, 0.0, seed))[NAME].p for seed in range(16)]
    assert np.mean(np.array(p) <= 0.05) <= 0.2


def test_a_subject_counts_once():
    """More recordings of a subject make its wave better, not the group larger."""
    recordings = people(6, -2.5)
    rng = np.random.default_rng(9)
    first = recordings[0].array(f"contrasts/{NAME}/roi_difference/mean")
    extra = [recorded(f"sub-00_task-x_run-{i}", wave(rng, 0)) for i in range(1, 4)]
    one = evaluate([*recordings, *extra])[NAME]
    assert len(one.subjects) == len(one.waves) == 6
    parts = [first, *(r.array(f"contrasts/{NAME}/roi_difference/mean") for r in extra)]
    np.testing.assert_allclose(one.waves[0], np.mean(parts, axis=0))
    assert one.p >= 1 / 32  # all flips of six subjects
    assert "(all 32 flips" in group.paragraph(recordings)[0]


@pytest.mark.parametrize(("n", "p"), [(1, "1"), (2, "0.5"), (5, "0.0625")])
def test_too_few_subjects_are_told_and_not_tested(n, p):
    recordings = people(n, -9.0)
    assert evaluate(recordings) == {}
    (text,) = group.paragraph(recordings)
    assert text.startswith("No test over subjects was made. There ")
    assert f"could reach is {p}, and at least 6 subjects" in text


def test_recordings_of_one_subject_are_no_group():
    rng = np.random.default_rng(0)
    recordings = [recorded(f"sub-01_task-x_run-{i}", wave(rng, -3)) for i in range(8)]
    assert evaluate(recordings) == {}


def test_without_contrasts_nothing_is_said():
    params = {**PARAMS, "contrasts": {}}
    recordings = [Recorded(r.about, r.arrays, params) for r in people(8, 0.0)]
    assert evaluate(recordings) == {}
    assert group.paragraph(recordings) == []


def summarise(folder, n):
    """Write what averaging leaves of each subject, and summarise."""
    manifests, files = [], []
    for one in people(n, -2.5):
        prefix = f"contrasts/{NAME}"
        mean = one.arrays[f"{prefix}/roi_difference/mean"]
        counted = Array(mean.values, ("time",), "V", {"n_first": 40, "n_second": 40})
        bounds = {f"{prefix}/roi_difference/{key}": counted for key in ("mean", "low", "high")}
        spans = {f"{prefix}/cluster_{key}": Array([], ("c",)) for key in ("start", "stop", "p")}
        keys = ("peak_amplitude", "peak_latency", "mean_amplitude", "area_latency")
        measures = {f"{prefix}/{key}": Array([0.1, 0.0, 0.2], ("v",)) for key in keys}
        singles = {f"{prefix}/{key}": Array(0.5, ()) for key in ("p", "sme_first", "sme_second")}
        counts = {f"quality/{k}": Array(9, ()) for k in ("n_kept", "n_events", "n_bad_channels")}
        arrays = {**one.arrays, **bounds, **spans, **measures, **singles, **counts}
        files.append(folder / f"{one.name}_erp.h5")
        hdf5.write(files[-1], arrays, PARAMS)
        manifests.append(folder / f"{one.name}_manifest.json")
        manifest.write(manifests[-1], one.about)
    out = SimpleNamespace(
        components=folder / "components.tsv",
        description=folder / "dataset_description.json",
        figures=folder / "figures",
        manifest=folder / "manifest.json",
    )
    summary.run(manifests, files, out, dataset="d", rng=np.random.default_rng(0))
    return manifest.read(out.manifest)


def test_the_dataset_tells_the_group(tmp_path):
    about = summarise(tmp_path, 12)
    names = [number.name for number in about.key_numbers]
    assert names[0] == f"N1 mean amplitude over subjects ({NAME})"
    assert sum("mean amplitude" in name for name in names) == 1
    assert [figure.path for figure in about.figures] == [
        f"figures/overview_{NAME}.svg",
        f"figures/group_{NAME}.svg",
    ]
    assert any(text.startswith("Over the 12 subjects") for text in about.methods)


def test_the_dataset_tells_why_there_is_no_group(tmp_path):
    about = summarise(tmp_path, 2)
    assert len(about.figures) == 1
    assert any("No test over subjects was made" in text for text in about.methods)
