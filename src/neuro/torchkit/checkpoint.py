"""Tensors and settings in one safetensors file, whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from neuro.io.atomic import atomic


def write_state(path: str | Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors, and settings as JSON in the header."""
    flat = {name: value.detach().cpu().contiguous() for name, value in sorted(tensors.items())}
    with atomic(path) as temporary:
        save_file(flat, temporary, metadata={"about": json.dumps(dict(about), sort_keys=True)})


def read_state(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what :func:`write_state` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is a pickle, cut short, damaged, or has no settings.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = _settings(file.metadata() or {})
            # Copied: in the file they begin anywhere, and how kernels round depends on alignment.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        _no_pickle(Path(path))
        raise ValueError(
            f"{path}: not a readable checkpoint, perhaps cut short ({error}); "
            "delete it to begin anew"
        ) from error
    if about is None:
        raise ValueError(
            f"{path}: a safetensors file, but without the settings of a checkpoint of ours; "
            "delete it to begin anew"
        )
    return tensors, about


def _settings(metadata: Mapping[str, str]) -> dict[str, Any] | None:
    """Settings of a header; None where there are none that can be read."""
    try:
        about = json.loads(metadata.get("about", "null"))
    except json.JSONDecodeError:
        return None
    return about if isinstance(about, dict) else None


def _no_pickle(path: Path) -> None:
    """Tell what Python would run: `torch.save`'s archives, old and new, and plain pickles."""
    with path.open("rb") as file:
        head = file.read(2)
    if head == b"PK" or head[:1] == b"\x80":
        raise ValueError(
            f"{path}: a pickled checkpoint, which can run code when it is read, is not opened. "
            "Give a safetensors file (`safetensors.torch.save_file` makes one of a state dict)"
        )
