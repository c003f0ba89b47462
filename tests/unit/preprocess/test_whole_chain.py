"""A whole chain, from hum to epochs, against the same calls of MNE."""

import mne
import numpy as np

from neuro.preprocess.chain import apply_chain
from neuro.preprocess.epoching import cut_epochs, select_events

CONDITIONS = {"standard": ["standard"], "target": ["target"]}
CHAIN = [
    {"line_noise": {"freq": 50}},
    {"bad_segments": {"gesd_alpha": None, "muscle_z": 6, "muscle_band": [35, 45]}},
    {"filter": {"l_freq": 0.5, "h_freq": 40}},
    {"resample": {"sfreq": 100}},
    {"bad_channels": {"methods": ["flat"]}},
    {"ica": {"iclabel": None, "correlate": ["eog"], "max_iter": 200}},
    "interpolate",
    {"reference": {"channels": "average"}},
]
EPOCHS = {"tmin": -0.2, "tmax": 0.6, "baseline": [-0.2, 0.0], "reject": 150}


def dirty(raw):
    """Hum, blinks with an EOG channel, a burst of muscles, a flat and a marked channel."""
    rng = np.random.default_rng(5)
    data, names = raw.get_data(), raw.ch_names
    times = raw.times
    data += 5e-6 * np.sin(2 * np.pi * 50 * times)
    blink = sum(np.exp(-0.5 * ((times - t) / 0.08) ** 2) for t in np.arange(3, 62, 4.3))
    for name, gain in (("Fp1", 90e-6), ("Fp2", 90e-6), ("Fz", 40e-6), ("F3", 40e-6)):
        if name in names:
            data[names.index(name)] += gain * blink
    burst = (times > 30) & (times < 31)
    data[:, burst] += mne.filter.filter_data(
        60e-6 * rng.standard_normal((len(names), burst.sum())), 128, 30, None, verbose="ERROR"
    )
    data[names.index("Pz")] = 1e-9
    info = mne.create_info([*names, "EOG"], 128.0, ["eeg"] * len(names) + ["eog"])
    eog = 150e-6 * blink + 5e-6 * rng.standard_normal(len(times))
    made = mne.io.RawArray(np.vstack([data, eog]), info, verbose="ERROR")
    made.set_montage(raw.get_montage()).set_annotations(raw.annotations)
    made.info["bads"] = ["Cz"]
    return made


def by_mne(raw, seed):
    """The same steps, called in MNE."""
    raw.notch_filter([50])
    muscles, _ = mne.preprocessing.annotate_muscle_zscore(
        raw, threshold=6, ch_type="eeg", filter_freq=(35, 45)
    )
    raw.set_annotations(raw.annotations + muscles)
    raw.filter(0.5, 40).resample(100, method="polyphase")
    raw.info["bads"] = ["Cz", "Pz"]
    fitted = raw.copy().pick(["eeg", "eog"], exclude="bads").filter(1, None, picks=["eeg", "eog"])
    good = mne.io.RawArray(fitted.get_data(reject_by_annotation="omit"), fitted.info)
    good.set_eeg_reference("average")
    ica = mne.preprocessing.ICA(
        n_components=13,
        method="picard",
        fit_params={"extended": True, "ortho": False, "tol": 1e-4},
        max_iter=200,
        random_state=seed,
    )
    ica.fit(good, picks="eeg")
    ica.exclude, _ = ica.find_bads_eog(good, threshold=3.0)
    raw.set_eeg_reference("average")
    ica.apply(raw)
    raw.interpolate_bads().set_eeg_reference("average")
    events, codes = mne.events_from_annotations(raw, {"standard": 1, "target": 2})
    epochs = mne.Epochs(
        raw, events, codes, -0.2, 0.6, (-0.2, 0), picks="eeg", reject={"eeg": 150e-6}, preload=True
    )
    return epochs, ica.exclude


def test_a_whole_chain_equals_the_same_mne_calls(new_raw, change_params):
    raw = dirty(new_raw())
    theirs = raw.copy()
    params = change_params(chain=CHAIN, epochs=EPOCHS)
    rng = np.random.default_rng(3)
    with mne.use_log_level("ERROR"):
        history = apply_chain(raw, params.chain, rng)
        events, codes = select_events(raw, CONDITIONS, "x")
        epochs, found = cut_epochs(raw, events, codes, params.epochs, "x", rng)
        done = {entry["method"]: entry["found"] for entry in history}
        expected, excluded = by_mne(theirs, done["ica"]["seed"])
    assert excluded == [int(name[3:]) for name in done["ica"]["excluded"]]
    assert len(excluded) >= 1
    assert done["bad_segments"]["segments"]["BAD_muscle"] >= 1
    assert done["interpolate"]["channels"] == ["Cz", "Pz"]
    assert 40 < len(epochs) < 50
    np.testing.assert_array_equal(epochs.events, expected.events)
    ours, other = epochs.get_data() * 1e6, expected.get_data() * 1e6
    np.testing.assert_allclose(ours, other, atol=1e-10 * np.abs(other).max())
    assert found["dropped"].keys() <= {"BAD_muscle", "amplitude"}
