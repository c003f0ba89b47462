"""Head, fields, filters: a known head is fitted, a known dipole found, MNE's numbers reproduced."""

from collections.abc import Callable
from pathlib import Path

import mne
import numpy as np
import pytest

from neuro.config.meg_source import Beamformer, Coregistration
from neuro.preprocess.meg.beamformer import diagonal_noise, make_filters, regularized
from neuro.preprocess.meg.coregistration import Fitted, check_digitization, fit_head
from neuro.preprocess.meg.forward import make_forward
from neuro.preprocess.meg.head import Head, open_head
from neuro.preprocess.meg.parcellation import Parcels, read_parcels

NewInfo = Callable[..., mne.Info]
SCALE = 0.95


@pytest.fixture
def mags(new_meg_info: NewInfo) -> mne.Info:
    return new_meg_info(("mag",))


def fitted_head(info: mne.Info) -> tuple[Fitted, Head]:
    with open_head("01", None, 1280) as head:
        return fit_head(info, head, Coregistration(), "x.fif"), head


@pytest.fixture(scope="module")
def solved(new_meg_info: NewInfo, parcellation: Path) -> tuple[mne.Forward, Parcels]:
    info = new_meg_info(("mag",))
    fitted, head = fitted_head(info)
    return make_forward(info, head, fitted, read_parcels(parcellation, 16.0))


def brain_noise(info: mne.Info, seed: int = 0) -> np.ndarray:
    """A covariance of full rank with structure."""
    rng = np.random.default_rng(seed)
    n = len(info["ch_names"])
    mixed = rng.standard_normal((n, n // 2))
    return (mixed @ mixed.T / n + np.eye(n)) * 1e-26


def test_scaled_head_is_fitted(mags: mne.Info) -> None:
    fitted, _ = fitted_head(mags)
    np.testing.assert_allclose(fitted.scale, SCALE, atol=0.01)
    assert np.median(fitted.distances) < 2e-3
    assert not fitted.fiducials_only


def test_fiducials_alone_are_told(mags: mne.Info) -> None:
    with mags._unlock():
        mags["dig"] = [point for point in mags["dig"] if int(point["kind"]) == 1]
    fitted, _ = fitted_head(mags)
    assert fitted.fiducials_only
    np.testing.assert_allclose(fitted.scale, SCALE, atol=0.02)


def test_a_head_that_does_not_fit_is_an_error(mags: mne.Info) -> None:
    rng = np.random.default_rng(0)
    for point in mags["dig"]:
        if int(point["kind"]) == 4:
            point["r"] = point["r"] + 0.05 * rng.standard_normal(3)
    with (
        open_head("01", None, 1280) as head,
        pytest.raises(ValueError, match=r"x\.fif: the head does not fit: the median distance"),
    ):
        fit_head(mags, head, Coregistration(omit=1000), "x.fif")


def test_no_head_position_is_an_error(mags: mne.Info) -> None:
    with mags._unlock():
        mags["dev_head_t"] = None
    with pytest.raises(ValueError, match=r"x\.fif: no head position"):
        check_digitization(mags, "x.fif")


def test_missing_fiducial_is_named(mags: mne.Info) -> None:
    with mags._unlock():
        mags["dig"] = [p for p in mags["dig"] if int(p["kind"]) != 1 or int(p["ident"]) != 2]
    with pytest.raises(ValueError, match=r"x\.fif: no digitized nasion"):
        check_digitization(mags, "x.fif")


def test_filters_of_full_rank_are_mnes(mags: mne.Info, solved: tuple[mne.Forward, Parcels]) -> None:
    forward, _ = solved
    covariance = brain_noise(mags)
    noise = diagonal_noise(mags, covariance)
    found = make_filters(mags, forward, covariance, noise, Beamformer(rank=None), "x")
    names = mags["ch_names"]
    expected = mne.beamformer.make_lcmv(
        mags,
        forward,
        mne.Covariance(covariance, names, [], [], 1),
        reg=0.05,
        noise_cov=mne.Covariance(noise, names, [], [], 1),
        pick_ori="max-power",
        weight_norm="unit-noise-gain-invariant",
        rank={"mag": len(names)},
        verbose="ERROR",
    )
    weights = expected["weights"] @ expected["whitener"]
    signs = np.sign((weights * found.weights).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(signs * found.weights, weights, rtol=1e-5, atol=0)
    assert found.rank == found.full_rank == len(names)


def test_dipole_is_found(mags: mne.Info, solved: tuple[mne.Forward, Parcels]) -> None:
    forward, inside = solved
    covariance = brain_noise(mags)
    gain = forward["sol"]["data"].reshape(len(covariance), -1, 3)
    rng = np.random.default_rng(1)
    for k in rng.choice(len(inside.points), 5, replace=False):
        field = gain[:, k] @ rng.standard_normal(3)
        field *= np.sqrt(np.trace(covariance) / (field @ field))
        summed = covariance + np.outer(field, field)
        noise = diagonal_noise(mags, covariance)
        filters = make_filters(mags, forward, summed, noise, Beamformer(rank=25), "x")
        power = np.einsum("vi,ij,vj->v", filters.weights, summed, filters.weights)
        assert np.linalg.norm(inside.points[np.argmax(power)] - inside.points[k]) <= 16.0
        assert filters.rank == 25


def test_rank_above_the_datas_is_an_error(
    mags: mne.Info, solved: tuple[mne.Forward, Parcels]
) -> None:
    forward, _ = solved
    rng = np.random.default_rng(2)
    mixed = rng.standard_normal((len(mags["ch_names"]), 20))
    covariance = mixed @ mixed.T * 1e-26
    noise = diagonal_noise(mags, covariance)
    with pytest.raises(ValueError, match="rank: the data have 20 dimensions, 30 are asked for"):
        make_filters(mags, forward, covariance, noise, Beamformer(rank=30), "x")


def test_noise_is_the_mean_of_each_type(meg_info: mne.Info) -> None:
    info = mne.pick_info(meg_info, mne.pick_types(meg_info, meg=True))
    covariance = brain_noise(info)
    noise = diagonal_noise(info, covariance)
    for kind in ("mag", "grad"):
        picks = mne.pick_types(info, meg=kind)
        np.testing.assert_allclose(np.diag(noise)[picks], np.diag(covariance)[picks].mean())
    np.testing.assert_allclose(regularized(info, covariance, 0.1), covariance + 0.1 * noise)


def write_subject(folder: Path) -> None:
    """The template's own files, as a subject of FreeSurfer's folder."""
    shipped = Path(mne.__file__).parent / "data" / "fsaverage"
    bem = folder / "sub-01" / "bem"
    bem.mkdir(parents=True)
    for part in ("head", "fiducials"):
        content = (shipped / f"fsaverage-{part}.fif").read_bytes()
        (bem / f"sub-01-{part}.fif").write_bytes(content)
    with open_head("01", None, 1280) as head:
        surface = {"rr": head.skull, "tris": head.triangles, "id": 1, "coord_frame": 5}
        surface |= {"sigma": 0.3, "np": len(head.skull), "ntri": len(head.triangles)}
        surface |= {"nn": np.zeros_like(head.skull)}
        mne.write_bem_surfaces(bem / "sub-01-1280-bem.fif", surface, verbose="ERROR")
    transforms = folder / "sub-01" / "mri" / "transforms"
    transforms.mkdir(parents=True)
    rows = "\n".join(" ".join(map(str, row)) for row in np.eye(4)[:3])
    text = f"MNI Transform File\nTransform_Type = Linear;\nLinear_Transform =\n{rows};\n"
    (transforms / "talairach.xfm").write_text(text)


def test_individual_head_is_used_and_never_scaled(new_meg_info: NewInfo, tmp_path: Path) -> None:
    write_subject(tmp_path)
    info = new_meg_info(("mag",))
    with open_head("01", tmp_path, 1280) as own, open_head("02", tmp_path, 1280) as other:
        assert not own.is_template
        assert other.is_template
        np.testing.assert_allclose(own.skull, other.skull, atol=1e-6)
        np.testing.assert_allclose(own.mni, other.mni)
        fitted = fit_head(info, own, Coregistration(), "x")
    np.testing.assert_array_equal(fitted.scale, 1.0)


def test_individual_head_that_lacks_files(tmp_path: Path) -> None:
    write_subject(tmp_path)
    (tmp_path / "sub-01" / "mri" / "transforms" / "talairach.xfm").unlink()
    with (
        pytest.raises(FileNotFoundError, match=r"sub-01: lacks talairach\.xfm"),
        open_head("01", tmp_path, 1280),
    ):
        pass
    with (
        pytest.raises(FileNotFoundError, match=r"subjects_dir: .*no such folder"),
        open_head("01", tmp_path / "nowhere", 1280),
    ):
        pass
