import h5py
import nibabel as nib
import numpy as np
import pytest
import scipy.io
import torch
from torch import nn

from neuro.analyses.braindive import encoder, experiment, nsd
from neuro.analyses.braindive.features import Features
from neuro.analyses.braindive.guidance import Guidance
from neuro.analyses.braindive.latent import LatentSampler
from neuro.analyses.braindive.regions import direction
from neuro.analyses.braindive.shown import averaged, standardized

GRID = (3, 4, 5)


def save(path, volume):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.Nifti1Image(volume, np.eye(4)).to_filename(path)
    return path


@pytest.fixture
def scenes(tmp_path):
    """Two sessions of six trials of three images, in NSD's layout."""
    rng = np.random.default_rng(0)
    space = tmp_path / "nsddata/ppdata/subj01/func1pt8mm"
    faces = np.zeros(GRID, np.int16)
    faces[0, 1, 2], faces[2, 3, 4], faces[1, 0, 0] = 1, 2, 3
    save(space / "roi/floc-faces.nii.gz", faces)
    folder = tmp_path / f"nsddata_betas/ppdata/subj01/func1pt8mm/{nsd.BETAS}"
    save(folder / "ncsnr.nii.gz", np.arange(60, dtype=np.float32).reshape(GRID))
    order = np.array([1, 2, 3, 3, 2, 1, 2, 2, 1, 3, 3, 1])
    images = np.array([[11, 22, 33]])  # counted from 1
    design = tmp_path / "nsddata/experiments/nsd/nsd_expdesign.mat"
    design.parent.mkdir(parents=True)
    scipy.io.savemat(design, {"masterordering": order, "subjectim": images})
    truth = rng.standard_normal((3, *GRID))
    for session in range(2):
        part = order[6 * session : 6 * session + 6] - 1
        values = (truth[part] * (1 + session) + 5 * session) * nsd.SCALE * 10
        with h5py.File(folder / f"betas_session{session + 1:02d}.hdf5", "w") as file:
            file["betas"] = np.transpose(values, (0, 3, 2, 1)).astype(np.int16)
    stimuli = tmp_path / "nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"
    stimuli.parent.mkdir(parents=True)
    with h5py.File(stimuli, "w") as file:
        file["imgBrick"] = np.tile(np.arange(40, dtype=np.uint8)[:, None, None, None], (1, 6, 6, 3))
    return tmp_path, truth


WANTED = {"FFA": nsd.REGIONS["FFA"], "OFA": nsd.REGIONS["OFA"]}


def test_natural_scenes_are_read(scenes):
    root, truth = scenes
    found = nsd.read(root, 1, WANTED)
    assert found.images.tolist() == [10, 21, 32]
    assert found.repeats.tolist() == [4, 4, 4]
    voxels = [(0, 1, 2), (1, 0, 0), (2, 3, 4)]  # in C order
    assert found.regions["OFA"].tolist() == [True, False, False]
    assert found.regions["FFA"].tolist() == [False, True, True]
    assert found.ncsnr.tolist() == [7, 20, 59]
    for column, voxel in enumerate(voxels):
        values = truth[(slice(None), *voxel)]
        r = np.corrcoef(found.responses[:, column], values)[0, 1]
        assert r == pytest.approx(1, abs=1e-3)  # whatever the session's scale and offset


def test_stimuli_are_those_of_the_responses(scenes):
    root, _ = scenes
    pixels = nsd.stimuli(root, np.array([10, 32]), size=4)
    assert pixels.shape == (2, 3, 4, 4)
    np.testing.assert_allclose(pixels[:, 0, 0, 0], [10 / 255, 32 / 255], atol=1e-6)


def test_natural_scenes_drive_stable_diffusion(scenes, pipeline):
    """From the layout on disk to images of a stock pipeline, for one region against another."""
    root, _ = scenes
    found = nsd.read(root, 1, WANTED)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 6, 5))
    with torch.no_grad():
        network[1].weight.copy_(torch.linspace(-1, 1, 540).reshape(5, 108))
    features = Features(network, 6)
    seen = features.of(nsd.stimuli(root, found.images, 6)).numpy()
    head = encoder.fit_ridge(seen, found.responses, [0.1], n_folds=3)
    fitted = encoder.Encoder(features, head, found.regions)
    drive = fitted.drive(direction(fitted.regions, {"FFA": 1.0, "OFA": -1.0}))
    sampler = LatentSampler(pipeline, n_steps=3, size=16, attention_scale=0.75)
    means = []
    for scale in (-300.0, 300.0):
        pixels = sampler.draw([1], drive, Guidance(scale))
        answers = [fitted.activation(pixels, region) for region in ("FFA", "OFA")]
        means.append(float((answers[0] - answers[1]).mean()))
    assert means[0] < means[1]


def test_what_is_missing_or_does_not_fit_is_named(scenes):
    root, _ = scenes
    with pytest.raises(ValueError, match="region 'none': the mask has no voxel"):
        nsd.read(root, 1, {**WANTED, "none": ("floc-faces", (9,))})
    with pytest.raises(FileNotFoundError, match=r"floc-places\.nii\.gz: no such file"):
        nsd.read(root, 1)
    (root / "nsddata/experiments/nsd/nsd_expdesign.mat").unlink()
    with pytest.raises(FileNotFoundError, match=r"nsd_expdesign\.mat: no such file"):
        nsd.read(root, 1, WANTED)


@pytest.fixture
def runs(tmp_path):
    """Two runs of eight trials of four images; each voxel answers to one image most."""
    from nilearn.glm.first_level import compute_regressor

    rng = np.random.default_rng(1)
    tr, n = 2.0, 100
    made = []
    for number in range(2):
        shown = rng.permutation(np.repeat(np.arange(4), 2))
        onsets = 10.0 + 22 * np.arange(8)
        data = 0.02 * rng.standard_normal((2, 2, 1, n)) + 100
        for onset, image in zip(onsets, shown, strict=True):
            event = (np.array([onset]), np.array([2.0]), np.array([1.0]))
            answer = compute_regressor(event, "glover", tr * np.arange(n))[0][:, 0]
            data.reshape(4, n)[image] += answer
        rows = [f"{o}\t2.0\timage{i}.png" for o, i in zip(onsets, shown, strict=True)]
        rows.append("3.0\t1.0\tn/a")
        events = tmp_path / f"run{number}_events.tsv"
        events.write_text("\n".join(["onset\tduration\tstim_file", *rows]) + "\n")
        made.append((save(tmp_path / f"run{number}.nii.gz", data.astype(np.float32)), events))
    mask = save(tmp_path / "mask.nii.gz", np.ones((2, 2, 1), np.uint8))
    return made, mask, tr


def test_betas_of_an_experiment_tell_what_each_voxel_prefers(runs):
    made, mask, tr = runs
    found = experiment.read(made, mask, {"all": mask}, tr)
    assert found.images.tolist() == [f"image{i}.png" for i in range(4)]
    assert found.repeats.tolist() == [4] * 4
    np.testing.assert_array_equal(found.responses.argmax(axis=0), np.arange(4))
    assert found.responses.max(axis=0).min() > 1


def test_an_experiment_that_does_not_fit_is_named(runs, tmp_path):
    made, mask, tr = runs
    empty = save(tmp_path / "empty.nii.gz", np.zeros((2, 2, 1), np.uint8))
    with pytest.raises(ValueError, match=r"empty\.nii\.gz: the mask has no voxel"):
        experiment.read(made, empty, {}, tr)
    with pytest.raises(ValueError, match="region 'face': the mask has no voxel"):
        experiment.read(made, mask, {"face": empty}, tr)
    other = save(tmp_path / "other.nii.gz", np.ones((2, 2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"grid of \(2, 2, 2\), the mask \(2, 2, 1\)"):
        experiment.read(made, mask, {"face": other}, tr)
    made[0][1].write_text("onset\tduration\tstim_file\n3.0\t1.0\tn/a\n")
    with pytest.raises(ValueError, match=r"run0_events\.tsv: no event names an image"):
        experiment.read(made, mask, {"all": mask}, tr)


def test_repeats_are_averaged_and_sessions_standardised():
    betas = np.array([[1.0], [3.0], [10.0], [30.0]])
    same = standardized(betas, np.array([0, 0, 1, 1]))
    np.testing.assert_allclose(same[:, 0], [-1, 1, -1, 1])
    responses, images, repeats = averaged(same, np.array([7, 5, 7, 5]))
    assert images.tolist() == [5, 7]
    assert responses[:, 0].tolist() == [1, -1]
    assert repeats.tolist() == [2, 2]
    with pytest.raises(ValueError, match="3 images shown, but betas of 4 trials"):
        averaged(betas, np.array([1, 2, 3]))
