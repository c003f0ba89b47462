"""How networks are trained, and what the benchmark sets for all of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Monitor = Literal["loss", "macro_f1"]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    epochs : int
        At most.
    batch_size : int
        Trials in a gradient step, at most; batches of an epoch are of equal size.
    patience : int
        Epochs without a better score on the held-out groups until it is stopped.
    monitor : str
        The score: `loss` or `macro_f1`.
    tolerance : float
        A score must be better by more than this.
    learning_rate : float
        Peak.
    schedule : str
        `cosine` to zero over all epochs, or `constant`.
    warm_up : float
        Share of all steps over which the rate rises from zero.
    weight_decay : float
        Of AdamW.
    clip : float
        Norm that gradients are clipped to.
    class_weights : bool
        Whether the loss weighs classes by the inverse of their frequency.
    label_smoothing : float
        Share of the target that is spread over all classes.
    averaging : bool
        Whether weights are averaged over epochs, and the average is what is judged and used.
    validation : float
        Share of groups held out to stop early; 0 for none.
    """

    epochs: int = 15
    batch_size: int = 32
    patience: int = 10
    monitor: Monitor = "loss"
    tolerance: float = 1e-5
    learning_rate: float = 1e-3
    schedule: Literal["cosine", "constant"] = "cosine"
    warm_up: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    class_weights: bool = True
    label_smoothing: float = 0.0
    averaging: bool = False
    validation: float = 0.2

    def rate(self, step: int, n_updates: int) -> float:
        """Learning rate of a step, as a share of its peak.

        Parameters
        ----------
        step, n_updates : int
            Which, of how many.
        """
        warm = max(1, round(self.warm_up * n_updates))
        if step < warm:
            return (step + 1) / warm
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, n_updates - warm)))


@dataclass(frozen=True)
class NetworkSettings:
    """What the configuration sets for all networks.

    Parameters
    ----------
    epochs, batch_size, patience, monitor, weight_decay : int, int, int, str, float
        As in :class:`Recipe`.
    label_smoothing, averaging, validation : float, bool, float
        As in :class:`Recipe`.
    learning_rate : float or None
        None for each network's own.
    max_channels : int
        Of more, a spread subset is taken.
    max_sfreq : float
        Hz, for networks that take any rate.
    seconds : float or None
        Of one CPU core for one fit, reckoned by operations; None for no limit.
    weights : mapping of str to str
        Folder or hub id of the weights of a model.
    pretraining_epochs : int
        Of self-supervised training.
    pretraining_seconds : float or None
        As `seconds`, for self-supervised training.
    pretrained : Path or None
        Folder of weights that were pretrained on the folds of this split; None to pretrain when a
        classifier is fitted.
    lora_rank : int
        Rank of the updates of low-rank adaptation.
    checkpoints : Path or None
        Folder of the runs that can be continued.
    """

    epochs: int = 15
    batch_size: int = 32
    patience: int = 10
    monitor: Monitor = "loss"
    learning_rate: float | None = None
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    averaging: bool = False
    validation: float = 0.2
    max_channels: int = 32
    max_sfreq: float = 128.0
    seconds: float | None = 60.0
    weights: Mapping[str, str] = field(default_factory=dict)
    pretraining_epochs: int = 30
    pretraining_seconds: float | None = 60.0
    pretrained: Path | None = None
    lora_rank: int = 4
    checkpoints: Path | None = None

    def recipe(self, learning_rate: float, class_weights: bool = True) -> Recipe:
        """The recipe for a network.

        Parameters
        ----------
        learning_rate : float
            The network's own.
        class_weights : bool
            As in :class:`Recipe`.
        """
        return Recipe(
            epochs=self.epochs,
            batch_size=self.batch_size,
            patience=self.patience,
            monitor=self.monitor,
            learning_rate=self.learning_rate or learning_rate,
            weight_decay=self.weight_decay,
            class_weights=class_weights,
            label_smoothing=self.label_smoothing,
            averaging=self.averaging,
            validation=self.validation,
        )
