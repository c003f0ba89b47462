"""Objects of other libraries: there and back, and refused where they do not fit."""

import mne
import nibabel
import numpy as np
import pytest

import neuro
from neuro.io import convert


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mask():
    inside = np.zeros((3, 4, 2))
    inside[1:, :2] = 1
    return nibabel.Nifti1Image(inside, np.diag([2, 2, 2, 1.0]))


def test_signals_go_to_mne_and_come_back_without_bad_channels(rng):
    data = rng.standard_normal((3, 40))
    raw = convert.raw_of(data, 200.0, ["a", "b", "c"], "eeg")
    raw.info["bads"] = ["b"]
    found = convert.signals_of(raw)
    np.testing.assert_array_equal(found.data, data[[0, 2]])
    assert (found.sfreq, found.names) == (200.0, ("a", "c"))
    assert raw.ch_names == ["a", "b", "c"]


def test_something_else_is_no_recording(rng):
    with pytest.raises(TypeError, match="MNE Raw or a pynapple TsdFrame"):
        convert.signals_of(rng.standard_normal((3, 40)))


def test_voxels_are_nilearns(rng, mask):
    from nilearn.masking import apply_mask, unmask

    data = rng.standard_normal((3, 4, 2, 5)).astype(np.float32)
    image = nibabel.Nifti1Image(data, mask.affine)
    binary = nibabel.Nifti1Image(np.asarray(mask.dataobj).astype(np.uint8), mask.affine)
    series = convert.series_of(image, mask)
    np.testing.assert_allclose(series, apply_mask(image, binary))
    back = convert.image_of(series, mask)
    np.testing.assert_allclose(back.get_fdata(), unmask(series, binary).get_fdata(), rtol=1e-6)
    np.testing.assert_array_equal(back.affine, mask.affine)


def test_an_image_elsewhere_is_refused(rng, mask):
    data = rng.standard_normal((3, 4, 2, 5))
    with pytest.raises(ValueError, match="affine is not the mask's"):
        convert.series_of(nibabel.Nifti1Image(data, np.eye(4)), mask)
    with pytest.raises(ValueError, match="resample"):
        convert.series_of(nibabel.Nifti1Image(data[:2], mask.affine), mask)
    with pytest.raises(ValueError, match="8 voxels"):
        convert.image_of(np.zeros(3), mask)


def test_maps_of_an_image_are_images_of_the_same_values(rng, mask):
    image = nibabel.Nifti1Image(rng.standard_normal((3, 4, 2, 60)), mask.affine)
    density = neuro.graphs.Density(0.3)
    plain = neuro.graphs.node_maps(convert.series_of(image, mask), threshold=density)
    drawn = neuro.graphs.node_maps(image, threshold=density, mask=mask)
    for name, values in plain.items():
        inside = np.asarray(mask.dataobj) != 0
        np.testing.assert_array_equal(np.asarray(drawn[name].dataobj)[inside], values)
    with pytest.raises(ValueError, match="an image needs one"):
        neuro.graphs.node_maps(image)


def test_a_pattern_becomes_an_evoked(rng):
    info = mne.create_info(["Fz", "Cz"], 100.0, "eeg")
    evoked = convert.evoked_of(rng.standard_normal((2, 7)), info, tmin=-0.02)
    assert evoked.data.shape == (2, 7)
    assert evoked.times[0] == pytest.approx(-0.02)


def test_sessions_of_mne_give_sessions_of_mne(rng):
    time = np.arange(1500) / 100
    data = np.sin(2 * np.pi * 8 * time) + 0.3 * rng.standard_normal((2, 1500))
    raw = convert.raw_of(data * 1e-6, 100.0, ["A", "B"], "eeg")
    tokenizer = neuro.meggpt.fit_tokenizer(raw, rng=rng)
    sizes = {"width": 8, "n_layers": 1, "n_heads": 1, "hidden": 8, "window": 16, "lags": 8}
    model = neuro.meggpt.train_model(raw, tokenizer, n_steps=1, **sizes)
    drawn = model.generate(raw, 0.3, rng=rng)
    assert isinstance(drawn, mne.io.BaseRaw)
    assert (drawn.ch_names, drawn.info["sfreq"], drawn.n_times) == (["A", "B"], 100.0, 30)


def test_units_of_pynapple_give_states_of_pynapple(rng):
    nap = pytest.importorskip("pynapple", reason="the optional package pynapple")
    times = {k: nap.Ts(np.sort(rng.uniform(0, 60, 300))) for k in range(4)}
    units = nap.TsGroup(times, time_support=nap.IntervalSet(0, 60))
    counts, middles = convert.counts_of(units, 0.1)
    assert counts.shape == (600, 4)
    assert counts.sum() == 1200
    how = {"prior": "hierarchy", "n_restarts": 1, "max_iter": 3}
    fitted = neuro.states.fit_states(units, 2, rng=np.random.default_rng(0), bin_width=0.1, **how)
    plain = neuro.states.fit_states(counts, 2, rng=np.random.default_rng(0), **how)
    np.testing.assert_array_equal(fitted.parameters.weights, plain.parameters.weights)
    frame = neuro.states.infer_states(fitted, units, bin_width=0.1)
    assert isinstance(frame, nap.TsdFrame)
    np.testing.assert_allclose(frame.t, middles)
    np.testing.assert_allclose(frame.values, neuro.states.infer_states(plain, counts))
    with pytest.raises(ValueError, match="width of its bins"):
        neuro.states.fit_states(units, 2, rng=rng)


def test_a_frame_of_pynapple_must_be_sampled_evenly(rng):
    nap = pytest.importorskip("pynapple", reason="the optional package pynapple")
    frame = convert.tsd_frame_of(rng.standard_normal((50, 2)), np.arange(50) / 4, ["A", "B"])
    found = convert.signals_of(frame)
    assert (found.data.shape, found.sfreq, found.names) == ((2, 50), 4.0, ("A", "B"))
    with pytest.raises(ValueError, match="evenly"):
        convert.signals_of(frame.restrict(nap.IntervalSet([0, 8], [3, 12])))
