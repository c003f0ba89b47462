"""Weights of encoders: written, read from a folder or a hub, and checked to have arrived.

A library that loads what fits and is silent about the rest can hand out a network with random
weights under the name of a pretrained one, and has. So what was loaded is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from neuro.io.atomic import atomic, read_json, write_json

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
MIN_SHARE = 0.9
"""Of the encoder's parameters, to speak of a pretrained network."""
SIGNAL = {
    "n_outputs",
    "n_chans",
    "chs_info",
    "n_times",
    "input_window_seconds",
    "sfreq",
    "braindecode_version",
    "final_layer",
    "return_encoder_output",
    "return_feature",
    "channel_embedding",
    "chan_proj_type",
}
"""Entries of a saved configuration that the task decides, not the weights."""


@dataclass(frozen=True)
class Loaded:
    """What became of a file of weights.

    Parameters
    ----------
    share : float
        Of the parameters of the network that were loaded.
    missing, unused : tuple of str
        Names the file lacks or has in another shape, and names the network lacks.
    """

    share: float
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def save_weights(module: nn.Module, folder: str | Path, parameters: Mapping[str, Any]) -> None:
    """Write an encoder.

    Parameters
    ----------
    module : nn.Module
        Encoder.
    folder : str or Path
        Gets `model.safetensors` and `config.json`; replaced whole.
    parameters : mapping
        Of the model, as JSON can hold them.
    """
    tensors = {k: v.detach().cpu().clone().contiguous() for k, v in module.state_dict().items()}
    with atomic(folder) as temporary:
        temporary.mkdir()
        save_file(tensors, temporary / WEIGHTS)
        write_json(temporary / CONFIG, dict(parameters))


def locate_weights(source: str) -> tuple[Path, Path | None]:
    """Find a file of weights and the configuration beside it.

    Parameters
    ----------
    source : str
        A folder, or the id of a repository of the Hugging Face hub, with the name of the file after
        a colon where it is not `model.safetensors`.

    Returns
    -------
    weights, config : Path
        Files; the configuration is None if there is none.

    Raises
    ------
    FileNotFoundError
        If a folder has no weights.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not (folder / WEIGHTS).is_file():
            found = ", ".join(sorted(p.name for p in folder.iterdir())) or "nothing"
            raise FileNotFoundError(f"{folder}: has no {WEIGHTS}, only {found}")
        return folder / WEIGHTS, folder / CONFIG if (folder / CONFIG).is_file() else None
    if source.startswith((".", "/", "~")):
        raise FileNotFoundError(f"{source}: no such folder of weights")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    repository, _, name = source.partition(":")
    weights = Path(hf_hub_download(repository, name or WEIGHTS))  # nosec B615
    try:
        return weights, Path(hf_hub_download(repository, CONFIG))  # nosec B615
    except EntryNotFoundError:
        return weights, None


def saved_parameters(source: str) -> dict[str, Any]:
    """Read the size of a model from the configuration beside its weights.

    Parameters
    ----------
    source : str
        As for :func:`locate_weights`.

    Returns
    -------
    parameters : dict
        Numbers and lists of numbers; what describes the signal is left to the task.
    """
    _, config = locate_weights(source)
    if config is None:
        return {}
    return {
        name: value
        for name, value in read_json(config).items()
        if name not in SIGNAL and isinstance(value, bool | int | float | list)
    }


def load_weights(module: nn.Module, source: str, model: str) -> Loaded:
    """Load an encoder's weights and make sure that they arrived.

    Parameters
    ----------
    module : nn.Module
        Encoder with its initial weights.
    source : str
        As for :func:`locate_weights`.
    model : str
        For messages.

    Returns
    -------
    loaded : Loaded
        What was loaded.

    Raises
    ------
    ValueError
        If less than :data:`MIN_SHARE` of the parameters found their place, or they are the ones
        the network had already.
    """
    path, _ = locate_weights(source)
    own = module.state_dict()
    saved = {_translate(name, module, own): value for name, value in load_file(path).items()}
    fitting = {k: v for k, v in saved.items() if k in own and v.shape == own[k].shape}
    names = [name for name, _ in module.named_parameters()]
    total = sum(own[name].numel() for name in names)
    found = sum(own[name].numel() for name in names if name in fitting)
    missing = tuple(name for name in names if name not in fitting)
    unused = tuple(sorted(set(saved) - set(fitting)))
    if found < MIN_SHARE * total:
        raise ValueError(
            f"{path}: {found / total:.0%} of the parameters of {model} are in this file, at least "
            f"{MIN_SHARE:.0%} must be. Missing or of another shape, e.g.: "
            f"{', '.join(missing[:5])}; in the file and not in the model, e.g.: "
            f"{', '.join(unused[:5]) or 'none'}. Is it of another model, or of another size?"
        )
    if all(torch.equal(own[name].cpu(), fitting[name]) for name in names if name in fitting):
        raise ValueError(f"{path}: these are the weights that {model} was initialized with")
    module.load_state_dict(fitting, strict=False)
    return Loaded(found / total, missing, unused)


def _translate(name: str, module: nn.Module, own: Mapping[str, Tensor]) -> str:
    """Find a saved name in a network that holds the published model as `model`."""
    inner = getattr(module, "model", module)
    renamed = (getattr(inner, "mapping", None) or {}).get(name, name)
    return next((n for n in (renamed, f"model.{renamed}") if n in own), renamed)
