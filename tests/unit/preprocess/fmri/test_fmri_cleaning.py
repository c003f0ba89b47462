"""Voxels and their cleaning are nilearn's; maps are those of their definitions."""

from typing import Any

import nibabel as nib
import numpy as np
import pytest
import scipy.stats
from nilearn.image import smooth_img
from nilearn.maskers import NiftiMasker
from nilearn.signal import clean

from neuro.config.fmri import Clean, Maps, Mask, Scrub
from neuro.preprocess.fmri.cleaning import Recipe, clean_series
from neuro.preprocess.fmri.confounds import expand_motion, framewise_displacement, scrubbed
from neuro.preprocess.fmri.fluctuations import bridged, fluctuations
from neuro.preprocess.fmri.matrix import brain_mask, gather, scan, smoother
from neuro.preprocess.fmri.measures import clean_voxels
from neuro.preprocess.fmri.reho import rank, regional_homogeneity
from neuro.preprocess.fmri.volumes import stream

RNG = np.random.default_rng(1)


def matrix_of(tree: Any, fwhm: float | None = None) -> Any:
    smooth = smoother(fwhm, (3, 3, 4), tree.inside.shape)
    return gather(stream(tree.bold), 60, tree.inside, smooth)


def masked(tree: Any, fwhm: float | None) -> Any:
    image = nib.load(tree.bold)
    mask = nib.Nifti1Image(tree.inside.astype(np.uint8), image.affine)
    masker = NiftiMasker(mask, standardize=None, smoothing_fwhm=fwhm)
    return masker.fit_transform(image)


@pytest.mark.parametrize("fwhm", [None, 6.0])
def test_voxels_are_those_of_nilearns_masker(fmri_tree: Any, fwhm: float | None) -> None:
    np.testing.assert_allclose(matrix_of(fmri_tree, fwhm), masked(fmri_tree, fwhm), rtol=2e-5)


def test_one_slice_is_not_smoothed_across(fmri_tree: Any) -> None:
    volume = fmri_tree.data[:, :, 3:4, 0]
    one = smoother(6.0, (3, 3, 4), volume.shape)(volume)
    flat = smooth_img(nib.Nifti1Image(volume, np.diag([3.0, 3, 4, 1])), [6, 6, 0.0]).get_fdata()
    np.testing.assert_allclose(one, flat, rtol=1e-4, atol=1e-3)
    assert np.ptp(one) > 0


@pytest.mark.parametrize("standardize", ["zscore", "psc", None])
@pytest.mark.parametrize("band", [(None, None), (0.01, 0.1)])
@pytest.mark.parametrize("lost", [[], [20, 21, 40]])
def test_cleaning_is_nilearns(
    fmri_tree: Any, standardize: Any, band: tuple[Any, Any], lost: list[int]
) -> None:
    matrix = matrix_of(fmri_tree)
    good = np.ones(60, bool)
    good[lost] = False
    regressors = RNG.standard_normal((60, 4))
    params = Clean(high_pass=band[0], low_pass=band[1], standardize=standardize)
    recipe = Recipe(params, 2.0, regressors, good)
    expected = clean(
        matrix.astype(float),
        standardize={"zscore": "zscore_sample"}.get(standardize, standardize),
        confounds=regressors,
        sample_mask=np.flatnonzero(good),
        high_pass=band[0],
        low_pass=band[1],
        filter="butterworth" if band[0] else False,
        t_r=2.0,
    )
    few = clean_series(matrix, recipe)
    told = clean_voxels(matrix, recipe, Maps(kinds=[]))
    # Percent of the mean as recorded; nilearn's mean is that of the filtered series, plus it.
    relative = 5e-3 if standardize == "psc" else 1e-7
    for result in (few, matrix):
        assert np.isnan(result[~good]).all()
        np.testing.assert_allclose(result[good], expected, atol=4e-4, rtol=relative)
    assert np.isnan(told.dvars["after"][21:23]).all() == bool(lost)


def test_scrubbing_keeps_what_it_should() -> None:
    fd = np.zeros(30)
    fd[[5, 12]] = 1.0
    good = scrubbed(fd, Scrub(fd=0.5, before=1, after=2, min_segment=4))
    assert np.flatnonzero(~good).tolist() == [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]


def test_framewise_displacement_of_known_motion() -> None:
    motion = np.zeros((3, 6))
    motion[1] = [0.1, -0.2, 0, 0, 0.01, 0]
    np.testing.assert_allclose(framewise_displacement(motion), [0, 0.8, 0.8])
    assert expand_motion(motion, "full").shape == (3, 24)
    assert expand_motion(motion, "full")["rot_y_derivative1_power2"][1] == pytest.approx(1e-4)


def test_dead_voxels_are_an_error_or_left_out(fmri_tree: Any) -> None:
    fmri_tree.data[4, 4, 3] = 7
    fmri_tree.data[4, 4, 4, 5] = np.nan
    fmri_tree.write(fmri_tree.data)
    seen = scan(stream(fmri_tree.bold))
    path = fmri_tree.func / "sub-01_task-rest_desc-brain_mask.nii.gz"
    with pytest.raises(ValueError, match=r"1 voxel\(s\) with NaN .* and 1 constant voxel"):
        brain_mask(seen, Mask(), path, np.eye(4))
    left = brain_mask(seen, Mask(bad_voxels="drop"), path, np.eye(4))
    assert left.sum() == fmri_tree.inside.sum() - 2
    fmri_tree.mask(np.zeros(fmri_tree.inside.shape))
    with pytest.raises(ValueError, match="no voxel is left"):
        brain_mask(seen, Mask(), path, np.eye(4))


def test_a_computed_mask_finds_the_head(fmri_tree: Any) -> None:
    seen = scan(stream(fmri_tree.bold))
    found = brain_mask(seen, Mask(method="epi"), None, np.diag([3.0, 3, 4, 1]))
    assert (found & fmri_tree.inside).sum() > 0.9 * fmri_tree.inside.sum()
    assert not (found & ~fmri_tree.inside).any()


def test_fluctuations_of_a_sine() -> None:
    times = np.arange(300) * 2.0
    slow, fast = (np.sin(2 * np.pi * f * times) for f in (0.05, 0.2))
    alff, falff = fluctuations(np.column_stack([slow, fast, slow + fast]), 2.0, (0.01, 0.08))
    np.testing.assert_allclose(falff, [1, 0, 0.5], atol=1e-6)
    assert alff[0] == pytest.approx(alff[2])
    with pytest.raises(ValueError, match="holds no frequency"):
        fluctuations(slow[:, None], 2.0, (0.0001, 0.0002))
    good = np.ones(300, bool)
    good[100] = False
    assert bridged(slow[good, None], good)[100] == pytest.approx((slow[99] + slow[101]) / 2)


@pytest.mark.parametrize("thickness", [5, 1])
@pytest.mark.parametrize("tied", [False, True])
def test_homogeneity_is_friedmans(thickness: int, tied: bool) -> None:
    shape = (6, 5, thickness)
    inside = np.ones(shape, bool)
    inside[0, 0] = False
    series = RNG.standard_normal((20, int(inside.sum()))) + RNG.standard_normal((20, 1))
    series = (np.round(series) if tied else series).astype(np.float32)
    w = np.full(shape, np.nan)
    w[inside] = regional_homogeneity(series, inside)
    cube = np.full((*shape, 20), np.nan, np.float32)
    cube[inside] = series.T
    for place in np.argwhere(np.isfinite(w)):
        box = tuple(slice(max(0, i - 1), i + 2) for i in place)
        near = cube[box][inside[box]]
        chi2 = scipy.stats.friedmanchisquare(*near.T).statistic
        assert w[tuple(place)] == pytest.approx(chi2 / (len(near) * 19), rel=1e-4)
    if thickness == 1:
        assert np.isnan(w[5, 4, 0])  # a corner: 4 of 9


def test_homogeneity_of_equal_and_of_unrelated_voxels() -> None:
    inside = np.ones((5, 5, 5), bool)
    same = np.repeat(RNG.standard_normal((40, 1)), 125, axis=1).astype(np.float32)
    assert np.nanmin(regional_homogeneity(same, inside)) == pytest.approx(1, abs=1e-5)
    noise = RNG.standard_normal((40, 125)).astype(np.float32)
    good = np.ones(40, bool)
    good[3] = False
    noise[3] = np.nan
    w = regional_homogeneity(noise, inside, good)
    assert np.nanmean(w) == pytest.approx(1 / 27, abs=0.03)


def test_ranks_are_scipys() -> None:
    block = np.round(RNG.standard_normal((15, 4)), 1).astype(np.float32)
    np.testing.assert_allclose(rank(block)[0], scipy.stats.rankdata(block, axis=0))
