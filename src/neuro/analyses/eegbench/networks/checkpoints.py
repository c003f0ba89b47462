"""State of a training run, in a file it can be continued from."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from neuro.io.atomic import atomic


@dataclass
class Progress:
    """State of a training run.

    Parameters
    ----------
    module : nn.Module
        Being trained.
    optimizer, schedule
        Of torch.
    average : AveragedModel or None
        Weights averaged over epochs.
    epoch, waited : int
        Done, and since the best one.
    best_score : float
        On the held-out groups.
    best : dict or None
        Weights it was reached with.
    scores : list of float
        After each epoch.
    """

    module: nn.Module
    optimizer: torch.optim.AdamW
    schedule: torch.optim.lr_scheduler.LambdaLR
    average: AveragedModel | None = None
    epoch: int = 0
    waited: int = 0
    best_score: float = -float("inf")
    best: dict[str, Tensor] | None = None
    scores: list[float] = field(default_factory=list)

    def tensors(self) -> dict[str, Tensor]:
        """Give all tensors, under names that say whose they are."""
        parts: dict[str, Any] = {"module": self.module.state_dict(), "best": self.best or {}}
        if self.average is not None:
            parts["average"] = self.average.state_dict()
        for index, state in self.optimizer.state_dict()["state"].items():
            parts[f"optimizer.{index}"] = state
        return {
            f"{part}/{name}": tensor.detach().cpu().clone().contiguous()
            for part, tensors in parts.items()
            for name, tensor in tensors.items()
        }


def save_progress(path: Path | None, state: Progress) -> None:
    """Write the state of a run.

    Parameters
    ----------
    path : Path or None
        File; None for nothing.
    state : Progress
        The run.
    """
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "epoch": state.epoch,
        "waited": state.waited,
        "best_score": state.best_score,
        "scores": state.scores,
        "steps": state.schedule.last_epoch,
    }
    with atomic(path) as temporary:
        save_file(state.tensors(), temporary, metadata={"progress": json.dumps(told)})


def load_progress(path: Path | None, state: Progress) -> Progress:
    """Continue a run that was cut off.

    Parameters
    ----------
    path : Path or None
        File.
    state : Progress
        A fresh run of the same kind, which is brought to the state of the file.

    Returns
    -------
    state : Progress
        As it was given if there is no file.
    """
    if path is None or not path.is_file():
        return state
    with safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["progress"])
        tensors: dict[str, dict[str, Tensor]] = {}
        for key in file.keys():  # noqa: SIM118 - not a mapping
            part, name = key.split("/", 1)
            tensors.setdefault(part, {})[name] = file.get_tensor(key)
    state.module.load_state_dict(tensors["module"])
    if state.average is not None:
        state.average.load_state_dict(tensors["average"])
    optimizer = state.optimizer.state_dict()
    optimizer["state"] = {
        int(part.split(".")[1]): values
        for part, values in tensors.items()
        if part.startswith("optimizer.")
    }
    state.optimizer.load_state_dict(optimizer)
    # The schedule is a function of the step alone.
    state.schedule.last_epoch = told["steps"]
    for group, rate in zip(
        state.optimizer.param_groups, _rates(state.schedule, told["steps"]), strict=True
    ):
        group["lr"] = rate
    state.best = tensors.get("best")
    state.epoch, state.waited = told["epoch"], told["waited"]
    state.best_score, state.scores = told["best_score"], told["scores"]
    return state


def _rates(schedule: torch.optim.lr_scheduler.LambdaLR, step: int) -> list[float]:
    return [
        float(base) * factor(step)
        for base, factor in zip(schedule.base_lrs, schedule.lr_lambdas, strict=True)
    ]
