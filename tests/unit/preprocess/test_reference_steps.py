"""References and current source density equal MNE's."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest

from neuro.preprocess.chain import apply_chain
from neuro.preprocess.foresee import check_header

RNG = np.random.default_rng(0)
Params = Callable[..., Any]


def done(raw: mne.io.BaseRaw, change_params: Params, *chain: Any) -> list[dict[str, Any]]:
    params = change_params(chain=list(chain), contrasts={})
    check_header(raw, params, "rec.edf")
    with mne.use_log_level("ERROR"):
        return apply_chain(raw, params.chain, RNG)


def test_rest_equals_mne(raw: mne.io.BaseRaw, change_params: Params) -> None:
    theirs = raw.copy()
    sphere = mne.make_sphere_model("auto", "auto", raw.info, verbose="ERROR")
    source = mne.setup_volume_source_space(sphere=sphere, pos=15.0, exclude=30.0, verbose="ERROR")
    forward = mne.make_forward_solution(raw.info, None, source, sphere, verbose="ERROR")
    theirs.set_eeg_reference("REST", forward=forward, verbose="ERROR")
    done(raw, change_params, {"reference": {"channels": "REST"}})
    np.testing.assert_allclose(raw.get_data(), theirs.get_data(), atol=1e-10)
    average = raw.copy().set_eeg_reference("average", verbose="ERROR").get_data()
    assert np.abs(raw.get_data() - average).max() > 1e-7


def test_mastoids_are_found_by_name(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.rename_channels({"T7": "M1", "T8": "M2"})
    before = raw.get_data()
    rows = [raw.ch_names.index(name) for name in ("M1", "M2")]
    (entry,) = done(raw, change_params, {"reference": {"channels": "mastoids"}})
    np.testing.assert_allclose(raw.get_data(), before - before[rows].mean(0), atol=1e-15)
    assert entry["found"]["channels"] == ["M1", "M2"]


def test_lacking_mastoids_are_told_beforehand(raw: mne.io.BaseRaw, change_params: Params) -> None:
    with pytest.raises(
        ValueError,
        match=r"chain\[0\].reference.channels: the recording has neither M1 and M2 nor TP9 and "
        r"TP10. Name the reference electrodes instead",
    ):
        done(raw, change_params, {"reference": {"channels": "mastoids"}})


def test_csd_equals_mne(raw: mne.io.BaseRaw, change_params: Params) -> None:
    theirs = mne.preprocessing.compute_current_source_density(raw, lambda2=1e-4)
    done(raw, change_params, {"csd": {"lambda2": 1e-4}})
    np.testing.assert_allclose(raw.get_data(), theirs.get_data(), rtol=1e-12)
    assert set(raw.get_channel_types()) == {"csd"}


def test_csd_of_bad_channels_is_an_error(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.info["bads"] = ["Cz"]
    with pytest.raises(ValueError, match=r"chain\[0\].csd: channel\(s\) Cz are bad and would"):
        done(raw, change_params, "csd")


def test_nothing_that_needs_potentials_comes_after_csd(
    raw: mne.io.BaseRaw, change_params: Params
) -> None:
    with pytest.raises(ValueError, match=r"chain\[1\].ica: needs potentials, but `csd` comes befo"):
        done(raw, change_params, "csd", "ica")
    with pytest.raises(ValueError, match=r"rec.edf: preprocess.contrasts: .*measured in µV"):
        check_header(raw, change_params(chain=["csd"]), "rec.edf")


@pytest.mark.parametrize("step", ["csd", {"reference": {"channels": "REST"}}])
def test_positions_are_needed(raw: mne.io.BaseRaw, change_params: Params, step: Any) -> None:
    raw.set_montage(None)
    with pytest.raises(ValueError, match="needs the positions of all EEG electrodes"):
        done(raw, change_params, step)
