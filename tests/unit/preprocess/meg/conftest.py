"""A synthetic helmet around the template's head, recordings in it, and parcels to look for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mne
import nibabel
import numpy as np
import pytest
from mne.io.constants import FIFF

from neuro.io.bids import Recording

SFREQ = 200.0
SCALE = 0.95
N_SITES = 40
RADIUS = 0.115


def _fibonacci(n: int) -> np.ndarray:
    """Points on the upper part of a sphere."""
    k = np.arange(n)
    z = 1 - 1.25 * (k + 0.5) / n
    angle = np.pi * (1 + 5**0.5) * k
    across = np.sqrt(1 - z**2)
    return np.column_stack([across * np.cos(angle), across * np.sin(angle), z])


def make_info(kinds: tuple[str, ...] = ("mag", "grad"), extra: tuple[str, ...] = ()) -> mne.Info:
    """Sensors on a helmet, a digitized head, the head's place in the helmet."""
    types = {"mag": ["mag"], "grad": ["grad", "grad"]}
    names, chosen, locs, coils = [], [], [], []
    for i, out in enumerate(_fibonacci(N_SITES)):
        right = np.cross([0.0, 0.0, 1.0], out)
        right /= np.linalg.norm(right)
        up = np.cross(out, right)
        for j, kind in enumerate(k for group in kinds for k in types[group]):
            first, second = (right, up) if j != 2 else (up, -right)
            locs.append(np.concatenate([RADIUS * out, first, second, out]))
            names.append(f"MEG {i:03d}{j + 1}")
            chosen.append(kind)
            coils.append(
                FIFF.FIFFV_COIL_VV_MAG_T3 if kind == "mag" else FIFF.FIFFV_COIL_VV_PLANAR_T1
            )
    others = [f"{kind.upper()} 001" for kind in extra]
    info = mne.create_info([*names, *others], SFREQ, [*chosen, *extra])
    for channel, loc, coil in zip(info["chs"], locs, coils, strict=False):
        channel["loc"][:] = loc
        channel["coil_type"] = coil
        channel["coord_frame"] = FIFF.FIFFV_COORD_DEVICE
    trans = np.eye(4)
    trans[:3, 3] = [0.0, 0.0, 0.04]
    with info._unlock():
        info["dev_head_t"] = mne.Transform("meg", "head", trans)
    info.set_montage(make_digitization(), on_missing="ignore")
    return info


def make_digitization(n_points: int = 120, scale: float = SCALE) -> mne.channels.DigMontage:
    """Points on the scaled template's scalp, and its fiducials, in head coordinates."""
    folder = Path(mne.__file__).parent / "data" / "fsaverage"
    (scalp,) = mne.read_bem_surfaces(folder / "fsaverage-head.fif", verbose="ERROR")
    points, _ = mne.io.read_fiducials(folder / "fsaverage-fiducials.fif")
    lpa, nasion, rpa = (scale * np.asarray(point["r"], float) for point in points[:3])
    to_head = mne.transforms.get_ras_to_neuromag_trans(nasion, lpa, rpa)
    upper = scale * scalp["rr"][scalp["rr"][:, 2] > 0.01].astype(float)
    chosen = upper[:: max(1, len(upper) // n_points)]

    def moved(place: np.ndarray) -> np.ndarray:
        return mne.transforms.apply_trans(to_head, place)

    return mne.channels.make_dig_montage(
        nasion=moved(nasion), lpa=moved(lpa), rpa=moved(rpa), hsp=moved(chosen), coord_frame="head"
    )


def make_raw(
    seed: int = 0, seconds: float = 60.0, kinds: tuple[str, ...] = ("mag", "grad")
) -> mne.io.RawArray:
    """Noise with an alpha rhythm that sensors share, an eye that blinks, and an event a second."""
    rng = np.random.default_rng(seed)
    info = make_info(kinds, extra=("eog", "eeg"))
    n_meg, n_times = len(info["ch_names"]) - 2, int(seconds * SFREQ)
    sources = mne.filter.filter_data(
        rng.standard_normal((20, n_times)), SFREQ, 2, 30, verbose="ERROR"
    )
    data = rng.standard_normal((n_meg, 20)) @ sources + 0.5 * rng.standard_normal((n_meg, n_times))
    blinks = np.zeros(n_times)
    for onset in np.arange(2, seconds - 1, 3.7):
        at = np.arange(n_times) / SFREQ - onset
        blinks += np.exp(-0.5 * (at / 0.08) ** 2)
    front = np.array([channel["loc"][1] for channel in info["chs"][:n_meg]]) / RADIUS
    data += 25 * np.outer(np.clip(front, 0, None) ** 2, blinks)
    unit = np.where(np.array(info.get_channel_types()[:n_meg]) == "mag", 2e-13, 5e-12)
    others = np.vstack([1e-4 * blinks, 1e-5 * rng.standard_normal(n_times)])
    raw = mne.io.RawArray(np.vstack([data * unit[:, None], others]), info, verbose="ERROR")
    onsets = np.arange(1.0, seconds - 1, 1.0)
    raw.info["line_freq"] = 60
    labels = np.array(["one", "two"])[np.arange(len(onsets)) % 2]
    return raw.set_annotations(mne.Annotations(onsets, 0.0, labels))


@dataclass
class MEGTree:
    """A BIDS tree with one recording, to be broken at will."""

    root: Path
    recording: Recording

    @property
    def raw(self) -> Path:
        return self.root / self.recording.path


def write_tree(raw: mne.io.BaseRaw, root: Path) -> MEGTree:
    recording = Recording.from_path("sub-01/meg/sub-01_task-x_meg.fif")
    path = root / recording.path
    path.parent.mkdir(parents=True)
    raw.save(path, verbose="ERROR")
    rows = [
        f"{onset:.6f}\t0\t{label}"
        for onset, label in zip(raw.annotations.onset, raw.annotations.description, strict=True)
    ]
    text = "\n".join(["onset\tduration\ttrial_type", *rows]) + "\n"
    path.with_name("sub-01_task-x_events.tsv").write_text(text)
    path.with_name("sub-01_task-x_meg.json").write_text('{"PowerLineFrequency": 60}')
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.8.0"}')
    return MEGTree(root, recording)


@pytest.fixture
def meg_info() -> mne.Info:
    return make_info()


@pytest.fixture(scope="session")
def new_meg_info() -> Callable[..., mne.Info]:
    return make_info


@pytest.fixture
def meg_raw() -> mne.io.RawArray:
    return make_raw(seconds=30.0)


@pytest.fixture
def new_meg_raw() -> Callable[..., mne.io.RawArray]:
    return make_raw


@pytest.fixture
def new_meg_tree(tmp_path: Path) -> Callable[[mne.io.BaseRaw], MEGTree]:
    return lambda raw: write_tree(raw, tmp_path / "bids")


@pytest.fixture(scope="session")
def parcellation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight parcels of the upper brain, one per octant, in voxels of 16 mm."""
    affine = np.diag([16.0, 16.0, 16.0, 1.0])
    affine[:3, 3] = [-56, -88, -20]
    shape = (8, 10, 5)
    points = np.argwhere(np.ones(shape)) * 16 + affine[:3, 3]
    inside = (((points - [0, -20, 15]) / [52, 62, 42]) ** 2).sum(1) < 1
    octant = ((points > [0, -20, 15]) @ [1, 2, 4]) + 1
    labels = (octant * inside).reshape(shape)
    maps = np.stack([labels == i for i in range(1, 9)], axis=-1).astype(np.float32)
    path = tmp_path_factory.mktemp("parcels") / "parcels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(maps, affine), path)
    return path
