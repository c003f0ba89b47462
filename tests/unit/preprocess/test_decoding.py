from types import SimpleNamespace

import mne
import numpy as np
import pytest

from neuro.config.eeg import EEGPreprocess
from neuro.io import hdf5, manifest
from neuro.io.tables import read_tsv
from neuro.preprocess.decode import binned, evaluate
from neuro.preprocess.decoding import run
from neuro.preprocess.decoding_texts import citations, paragraphs, warnings_of

NAME = "target-minus-standard"


def section(change_params, contrasts=None, **decoding):
    changes = {"contrasts": contrasts} if contrasts else {}
    params = change_params(decoding={"n_folds": 4, "n_permutations": 100, **decoding}, **changes)
    return EEGPreprocess.model_validate(params.model_dump()).decoded


def outputs(folder):
    return SimpleNamespace(
        decoding=folder / "x_decoding.h5",
        scores=folder / "x_scores.tsv",
        figures=folder / "x_decoding_figures",
        manifest=folder / "x_decoding_manifest.json",
    )


def carry_out(folder, epochs, params):
    folder.mkdir(exist_ok=True)
    path = folder / "x_epo.fif"
    epochs.save(path, overwrite=True, verbose="ERROR")
    names = {"dataset": "odd", "recording_name": "sub-01_task-odd"}
    out = outputs(folder)
    decoded = run(path, out, **names, params=params, seed=7, rng=np.random.default_rng(5))
    return decoded[NAME], out


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def done(kept, new_epochs, change_params, tmp_path_factory):
    if not kept:
        folder = tmp_path_factory.mktemp("decoding")
        kept["one"] = carry_out(folder, new_epochs(n=50), section(change_params))
    return kept["one"]


def test_the_effect_is_found_when_it_is_and_not_before(done):
    one, _ = done
    significant = one.times[one.p <= 0.05]
    assert np.abs(significant - 0.17).min() < 0.02
    assert significant.min() > 0.1
    assert significant.max() < 0.24
    best = one.times[np.argmax(one.course.mean)]
    assert best == pytest.approx(0.17, abs=0.025)
    assert one.window.value > 0.8
    assert one.window.p <= 0.05
    assert one.window.low < one.window.value < one.window.high
    # Classifiers of the effect say nothing of the time before it.
    at, before = np.abs(one.times - 0.17) < 0.02, one.times < 0.1
    assert np.abs(one.matrix[np.ix_(at, before)] - 0.5).max() < 0.2
    assert one.matrix[np.ix_(at, at)].min() > one.matrix_threshold


def test_the_diagonal_of_the_matrix_is_the_course(done):
    one, _ = done
    np.testing.assert_array_equal(np.diag(one.matrix), one.course.mean)
    assert one.times[0] == pytest.approx(-0.19, abs=0.003)
    assert one.width == pytest.approx(0.02)
    assert np.isclose(one.times + one.width / 2 + 0.0025, 0).any()  # an edge lies at the event


def test_arrays_scores_and_manifest(done):
    one, out = done
    arrays = hdf5.read(out.decoding)
    prefix = f"contrasts/{NAME}"
    np.testing.assert_array_equal(arrays[f"{prefix}/auc"].values, one.course.mean)
    assert arrays[f"{prefix}/generalization"].axes == ("train_time", "test_time")
    assert arrays[f"{prefix}/scores"].values.shape == (100, len(one.times))
    table = read_tsv(out.scores)
    assert list(table["method"].value_counts()) == [5, 5]
    whole = table[(table["fold"] == "all") & (table["method"] == "lda")].iloc[0]
    assert whole["value"] == one.window.value
    assert (whole["subject"], whole["metric"], whole["chance"], whole["seed"]) == (
        "01",
        "auc",
        0.5,
        7,
    )
    assert table["seconds"].isna().all()
    about = manifest.read(out.manifest)
    assert (about.word, about.recording) == ("decoding", "sub-01_task-odd")
    names = [figure.path.split("/")[1] for figure in about.figures]
    assert names == [f"decoding_{NAME}.svg", f"generalization_{NAME}.svg"]
    number = about.key_numbers[0]
    assert (number.value, number.chance, number.p) == (one.window.value, 0.5, one.window.p)
    assert number.n == "50 and 50 trials in 4 blocks"
    assert about.warnings == []
    assert any("King" in citation.text for citation in about.citations)


def test_same_epochs_same_bytes(done, new_epochs, change_params, tmp_path):
    _, out = done
    _, again = carry_out(tmp_path / "again", new_epochs(n=50), section(change_params))
    files = [out.decoding, out.scores, out.manifest, *sorted(out.figures.iterdir())]
    others = [again.decoding, again.scores, again.manifest, *sorted(again.figures.iterdir())]
    for file, other in zip(files, others, strict=True):
        assert file.read_bytes() == other.read_bytes(), file.name


def assess(epochs, params, seed=0):
    return evaluate(epochs, NAME, params, np.random.default_rng(seed))


def test_shuffled_labels_are_at_chance(new_epochs, change_params):
    epochs = new_epochs(n=50)
    epochs.events[:, 2] = np.random.default_rng(4).permutation(epochs.events[:, 2])
    one = assess(epochs, section(change_params, bin_width=0.05))
    assert (one.p > 0.05).all()
    assert one.course.mean.mean() == pytest.approx(0.5, abs=0.05)
    assert one.window.p > 0.05
    text = "\n".join(warnings_of({NAME: one}))
    assert "decoding within the window is not above chance" in text


def test_the_order_of_epochs_in_the_file_does_not_matter(new_epochs, change_params):
    epochs = new_epochs(n=30)
    params = section(change_params, bin_width=0.1)
    with mne.use_log_level("ERROR"):
        mixed = mne.concatenate_epochs(
            [epochs[::2], epochs[1::2]], add_offset=False, on_mismatch="ignore"
        )
    assert (np.diff(mixed.events[:, 0]) < 0).any()
    np.testing.assert_array_equal(assess(mixed, params).matrix, assess(epochs, params).matrix)


def test_an_effect_before_the_event_is_told(new_epochs, change_params):
    one = assess(new_epochs(n=50, latency=-0.1, amplitude=-8), section(change_params))
    (early, *_) = warnings_of({NAME: one})
    assert "can be told apart before the event (around" in early


def test_epochs_that_overlap_the_block_are_not_trained_on(new_epochs, change_params):
    epochs = new_epochs(n=40)
    epochs.events[:, 0] = np.arange(80) * 100  # 0.5 s apart, 0.8 s long
    assert assess(epochs, section(change_params, bin_width=0.2)).left_out == [1, 2, 2, 1]
    params = section(change_params, bin_width=0.2, gap=3.0)
    far = assess(epochs, params)
    assert far.left_out == [7, 14, 14, 7]
    assert "or came closer than 3 s to it" in paragraphs(params)[0]
    assert any("up to 18% of the trials were left out" in text for text in warnings_of({NAME: far}))


def test_what_shrinks_is_told_and_cited(change_params):
    fixed, estimated = section(change_params), section(change_params, shrinkage=None)
    assert "shrinkage 0.1)" in paragraphs(fixed)[0]
    assert "shrinkage Ledoit and Wolf's estimate)" in paragraphs(estimated)[0]
    cited = [any("Ledoit" in c.text for c in citations(params)) for params in (fixed, estimated)]
    assert cited == [False, True]


def test_blocks_without_a_side_are_an_error(new_epochs, change_params, tmp_path):
    epochs = new_epochs(n=20)
    epochs.events[:, 2] = np.sort(epochs.events[:, 2])
    with pytest.raises(
        ValueError,
        match=r"x_epo.fif: preprocess.decoding.n_folds: contrast target-minus-standard: 4 blocks "
        r"of 40 trials: block 1 holds 0 trials of the first side and 6 of the second.*Lower n_fold",
    ):
        carry_out(tmp_path, epochs, section(change_params))
    assert [path.name for path in tmp_path.iterdir()] == ["x_epo.fif"]


def test_bins_begin_or_end_at_the_event():
    times = np.arange(-7, 12) / 100
    data, centers = binned(times[np.newaxis], times, 3)
    np.testing.assert_allclose(data[0], centers)
    np.testing.assert_allclose(centers, [-0.05, -0.02, 0.01, 0.04, 0.07, 0.10])
    same, _ = binned(times, times, 1)
    np.testing.assert_array_equal(same, times)
