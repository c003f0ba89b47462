"""A folder of suite2p whose rate is told by the NWB file beside it."""

import shutil
from pathlib import Path

from neuro.datasets import tree


def arrange(unpacked: Path, root: Path, *, folder: str, nwb: str, place: str) -> None:
    """Copy suite2p's arrays, and write the frame rate into a sidecar.

    Parameters
    ----------
    unpacked : Path
        Holds the folder and the NWB file.
    root : Path
        The tree.
    folder : str
        Folder of the arrays (`F.npy` and its like); `ops.npy` and `stat.npy`, which hold Python
        objects, are no part of it.
    nwb : str
        NWB file with an imaging plane.
    place : str
        The recording's place in the tree, without `_ophys.suite2p`.
    """
    import h5py

    shutil.copytree(unpacked / folder, root / f"{place}_ophys.suite2p")
    with h5py.File(unpacked / nwb) as file:
        plane = file["general/optophysiology/ImagingPlane"]
        told = {
            "SamplingFrequency": float(plane["imaging_rate"][()]),
            "Indicator": plane["indicator"].asstr()[()],
        }
    tree.write_json(root / f"{place}_ophys.json", told)
