"""Broken configurations, from the file to the message; `pytest -s` prints each."""

import pytest
import yaml

from neuro.config import Config, ConfigError, load

VALID = """\
seed: 1
datasets:
  faces:
    modality: eeg
    source: {type: bids, path: recordings}
    events: {face: [face-upright], house: [house-upright]}
    preprocess:
      chain:
        - filter: {l_freq: 0.5, h_freq: 30}
        - interpolate
        - reference: {channels: average}
      epochs: {tmin: -0.2, tmax: 0.8}
      contrasts:
        face-minus-house:
          first: [face]
          second: [house]
          component: N170
          polarity: negative
          roi: [P7, P8]
          window: [0.13, 0.2]
      statistics: {n_bootstraps: 200}
"""
CHAIN = "datasets.faces.preprocess.chain"
BROKEN = {
    "misspelt keys": (
        {"seed:": "sed:", "l_freq: 0.5": "lfreq: 0.5"},
        [
            f"{CHAIN}[0].filter.lfreq: unknown key. Did you mean 'l_freq'? "
            "Allowed: l_freq, h_freq.",
            f"sed: unknown key. Did you mean 'seed'? Allowed: {', '.join(Config.model_fields)}.",
        ],
    ),
    "a step that does not exist": (
        {"- interpolate": "- interpolat"},
        [
            f"{CHAIN}[1].interpolat: unknown key. Did you mean 'interpolate'? Allowed: montage, "
            "filter, line_noise, resample, bad_channels, bad_segments, ica, interpolate, "
            "reference, csd, mne.",
        ],
    ),
    "values out of bounds": (
        {"n_bootstraps: 200": "n_bootstraps: 20", "tmin: -0.2": "tmin: soon"},
        [
            "datasets.faces.preprocess.epochs.tmin: input should be a valid number, unable to "
            "parse string as a number, got 'soon'.",
            "datasets.faces.preprocess.statistics.n_bootstraps: input should be greater than or "
            "equal to 100, got 20.",
        ],
    ),
    "a contrast of what is not there": (
        {"first: [face]": "first: [faces]"},
        [
            "datasets.faces: preprocess.contrasts.face-minus-house names conditions ['faces'] "
            "that `events` lacks; allowed: ['face', 'house'].",
        ],
    ),
    "a window outside of the epoch": (
        {"window: [0.13, 0.2]": "window: [0.13, 0.9]"},
        [
            "datasets.faces.preprocess: contrasts.face-minus-house.window [0.13, 0.9] must lie "
            "within the epoch [-0.2, 0.8].",
        ],
    ),
    "a modality that does not exist": (
        {"modality: eeg": "modality: eg"},
        [
            "datasets.faces.modality: got 'eg'. Did you mean 'meg'? Allowed: eeg, meg, fmri, "
            "calcium, spikes, features, multimodal, trials.",
        ],
    ),
    "a required key that is missing": (
        {"    source: {type: bids, path: recordings}\n": ""},
        ["datasets.faces.source: missing; this key is required."],
    ),
    "a key given twice": (
        {"    modality: eeg\n": "    modality: eeg\n    modality: meg\n"},
        [
            "not valid YAML: key 'modality' is given twice in \"<unicode string>\", line 5, "
            "column 5: modality: meg ^"
        ],
    ),
}


def test_the_valid_one_is_valid(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(VALID)
    assert load(path).seed == yaml.safe_load(VALID)["seed"]


@pytest.mark.parametrize("case", BROKEN)
def test_each_has_its_message(tmp_path, case):
    changes, expected = BROKEN[case]
    text = VALID
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(path)
    print(f"\n{case}:\n{str(error.value).replace(str(path), path.name)}")
    assert error.value.problems == expected
    assert str(error.value).startswith(f"{path}: {len(expected)} problem")
