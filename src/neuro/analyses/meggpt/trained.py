"""Trained models of a dataset in one safetensors file, with what channels share at one sample."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import from_numpy

from neuro.analyses.meggpt.model import Model, Shape
from neuro.analyses.meggpt.tokenizers.base import Tokenizer
from neuro.analyses.meggpt.windowed import Windowed, restore
from neuro.torchkit.checkpoint import read_state, write_state


def warm_of(model: Model | Windowed) -> int:
    """First targets of a stretch that are not counted, for want of context."""
    return model.shape.warm if isinstance(model, Windowed) else min(32, model.shape.window // 2)


OWN, CONTROL = "own", "control"


@dataclass(frozen=True)
class Trained:
    """What training leaves.

    Parameters
    ----------
    models : dict of str to Model or Windowed
        `own`, and `control`, whose channels do not see each other, if it was asked for.
    correlation : ndarray, shape (n_channels, n_channels)
        What channels share at one sample beyond what the model foretells.
    """

    models: dict[str, Model | Windowed]
    correlation: NDArray[np.float64]

    def check(self, tokenizer: Tokenizer, path: str | Path) -> None:
        """Check that the models are for a tokenizer's tokens.

        Raises
        ------
        ValueError
            If the vocabularies differ.
        """
        n = self.models[OWN].shape.n_tokens
        if n != tokenizer.n_tokens:
            raise ValueError(
                f"{path}: a model of {n} tokens, but the {tokenizer.kind} tokenizer has "
                f"{tokenizer.n_tokens}; they do not belong together: delete the model and run again"
            )


def write(path: str | Path, trained: Trained, about: Mapping[str, Any]) -> None:
    """Write models, whole or not at all."""
    tensors = {"correlation": from_numpy(trained.correlation)}
    for name, model in trained.models.items():
        tensors |= {f"{name}.{key}": value for key, value in model.state_dict().items()}
    shapes = {name: asdict(model.shape) for name, model in trained.models.items()}
    write_state(path, tensors, {**about, "shapes": shapes})


def read(path: str | Path) -> Trained:
    """Read what :func:`write` wrote.

    Raises
    ------
    ValueError
        If the file is cut short, or not one of models.
    """
    tensors, about = read_state(path)
    if "shapes" not in about:
        raise ValueError(f"{path}: a checkpoint, but not of finished models; run again")
    models: dict[str, Model | Windowed] = {}
    for name, shape in about["shapes"].items():
        model = restore(shape) if "layers" in shape else Model(Shape(**shape))
        own = {
            key.removeprefix(f"{name}."): value
            for key, value in tensors.items()
            if key.startswith(f"{name}.")
        }
        model.load_state_dict(own)
        models[name] = model.eval()
    return Trained(models, tensors["correlation"].numpy())
