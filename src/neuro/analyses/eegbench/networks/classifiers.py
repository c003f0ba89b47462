"""Classifiers of the benchmark that are networks, whole or in part."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuro.analyses.eegbench.method import Setting
from neuro.analyses.eegbench.networks.contracts import NetworkInput
from neuro.analyses.eegbench.networks.cost import (
    affordable_updates,
    count_flops,
    count_parameters,
)
from neuro.analyses.eegbench.networks.encoders import Chosen, classified, embed, freeze
from neuro.analyses.eegbench.networks.lora import add_low_rank
from neuro.analyses.eegbench.networks.pretrained import make_encoder
from neuro.analyses.eegbench.networks.probes import LogisticProbe, RidgeProbe
from neuro.analyses.eegbench.networks.recipe import Recipe
from neuro.analyses.eegbench.networks.training import Training, predict_logits, seeded
from neuro.analyses.eegbench.trials import Floats, Ints, Strings

F32 = NDArray[np.float32]
Adaptation = Literal["scratch", "full", "two-stage", "lora"]
Head = Literal["probe", "logistic"]
PROBES: dict[Head, type[RidgeProbe] | type[LogisticProbe]] = {
    "probe": RidgeProbe,
    "logistic": LogisticProbe,
}
HEAD_RATE = 1e-3
"""Learning rate while an encoder is frozen or adapted by updates of low rank."""


def check_shape(X: NDArray[np.floating[Any]], given: NetworkInput, model: str) -> None:
    """Refuse trials that a network was not built for.

    Parameters
    ----------
    X : ndarray
        Trials.
    given : NetworkInput
        What it was built for.
    model : str
        For the message.

    Raises
    ------
    ValueError
        If their shape is another.
    """
    if X.ndim != 3 or X.shape[1:] != (given.n_channels, given.n_times):
        raise ValueError(
            f"{model} was built for trials of {given.n_channels} channels x {given.n_times} "
            f"samples ({', '.join(given.sensors.ch_names[:6])}, ...), but got an array of shape "
            f"{X.shape}; give it what its `prepare` returns for the same task"
        )


@dataclass
class NetworkClassifier:
    """A network trained on trials.

    Parameters
    ----------
    chosen : Chosen
        Architecture and weights.
    setting : Setting
        Of the task.
    adaptation : str
        `scratch` for a specialist; `full`: encoder and head together; `two-stage`: the head alone
        for a third of the epochs, then all; `lora`: the head and low-rank updates of the encoder.
    """

    chosen: Chosen
    setting: Setting
    adaptation: Adaptation = "scratch"
    cost_: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._given = self.chosen.given(self.setting)

    def fit(self, X: F32, y: Ints, groups: Strings) -> Self:
        """Train, as :class:`neuro.analyses.eegbench.method.Classifier` says."""
        architecture, settings = self.chosen.architecture, self.chosen.settings
        given = self._given
        check_shape(X, given, architecture.name)
        self._learn_scale(X)
        X = self._scaled(X)
        self._module = self._build(X, given)
        self.cost_ = {
            "n_parameters": float(count_parameters(self._module)),
            "flops_per_trial": count_flops(self._module, given),
            "epochs": 0.0,
        }
        recipe = settings.recipe(architecture.learning_rate, self.setting.class_weights)
        for stage, part in adapt(self._module, recipe, self.adaptation, self._low_rank):
            training = Training(
                module=self._module,
                recipe=part,
                n_classes=self.setting.n_classes,
                seed=self.setting.seed,
                n_updates=self._affordable(part, len(X)),
                ordinal=architecture.ordinal,
                checkpoint=self._checkpoint(X, y, groups, stage),
                title=architecture.name,
            )
            training.run(X, y, groups)
            self.cost_["epochs"] += training.n_epochs
        return self

    def predict_proba(self, X: F32) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        check_shape(X, self._given, self.chosen.architecture.name)
        logits = predict_logits(self._module, self._scaled(X)).astype(np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probability: Floats = odds / odds.sum(axis=1, keepdims=True)
        return probability

    def _learn_scale(self, X: F32) -> None:
        """Standardize channels with the training trials, unless the contract has a scale."""
        shape = (1, X.shape[1], 1)
        self._mean, self._scale = np.zeros(shape, np.float32), np.ones(shape, np.float32)
        if self.chosen.architecture.contract.scale == "training":
            self._mean = X.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
            spread = X.std(axis=(0, 2), keepdims=True, dtype=np.float64)
            self._scale = np.where(spread > 0, spread, 1.0)

    def _scaled(self, X: F32) -> F32:
        return np.asarray((X - self._mean) / self._scale, np.float32)

    def _build(self, X: F32, given: NetworkInput) -> nn.Module:
        module = make_encoder(self.chosen, self.setting, X)
        if self.adaptation == "scratch":
            return module
        return classified(module, given, self.setting.seed)

    def _low_rank(self, encoder: nn.Module) -> None:
        with seeded(self.setting.seed, 7):
            add_low_rank(encoder, self.chosen.settings.lora_rank)

    def _affordable(self, recipe: Recipe, n_trials: int) -> int:
        size = min(recipe.batch_size, n_trials)
        return affordable_updates(
            self.cost_["flops_per_trial"],
            size,
            self.chosen.architecture.gflops,
            self.chosen.settings.seconds,
            recipe.epochs * -(-n_trials // size),
        )

    def _checkpoint(self, X: F32, y: Ints, groups: Strings, stage: str) -> Path | None:
        folder = self.chosen.settings.checkpoints
        if folder is None:
            return None
        settings = {k: str(v) for k, v in asdict(self.chosen.settings).items()}
        told = [self.chosen.architecture.name, self.adaptation, stage, self.chosen.random]
        told += [self.setting.seed, self.setting.class_weights, groups.tolist()]
        digest = hashlib.blake2b(json.dumps([told, settings]).encode())
        digest.update(np.ascontiguousarray(X).data)
        digest.update(np.ascontiguousarray(y).data)
        return folder / f"{self.chosen.architecture.name}_{digest.hexdigest()[:16]}.safetensors"


def adapt(
    module: nn.Module,
    recipe: Recipe,
    adaptation: Adaptation,
    add_updates: Callable[[nn.Module], None],
) -> Iterator[tuple[str, Recipe]]:
    """Give the stages of an adaptation, each after setting free what it trains.

    Parameters
    ----------
    module : nn.Module
        A network, or an encoder with a head.
    recipe : Recipe
        For training all of it.
    adaptation : str
        As in :class:`NetworkClassifier`.
    add_updates : callable
        Freezes the encoder but for updates of low rank, which it adds.

    Yields
    ------
    stage, recipe : str, Recipe
        To be trained before the next one is asked for.
    """
    if adaptation in ("scratch", "full"):
        yield adaptation, recipe
        return
    encoder = module.encoder
    assert isinstance(encoder, nn.Module)
    if adaptation == "lora":
        add_updates(encoder)
        yield "lora", replace(recipe, learning_rate=HEAD_RATE)
        return
    first = max(1, recipe.epochs // 3)
    freeze(encoder, True)
    yield "head", replace(recipe, epochs=first, learning_rate=HEAD_RATE)
    freeze(encoder, False)
    yield "all", replace(recipe, epochs=max(1, recipe.epochs - first))


@dataclass
class PretrainedProbe:
    """A linear head on an encoder that was trained on the training trials without labels.

    Parameters
    ----------
    chosen : Chosen
        The criss-cross encoder.
    setting : Setting
        Of the task.
    head : str
        `probe` or `logistic`.
    """

    chosen: Chosen
    setting: Setting
    head: Head = "probe"
    cost_: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._given = self.chosen.given(self.setting)

    def fit(self, X: F32, y: Ints, groups: Strings) -> Self:
        """Load what was pretrained on these trials, embed, and fit the head."""
        given = self._given
        check_shape(X, given, self.chosen.architecture.name)
        self._encoder = make_encoder(self.chosen, self.setting, X)
        self.cost_ = {
            "n_parameters": float(count_parameters(self._encoder)),
            "flops_per_trial": count_flops(self._encoder, given),
        }
        head = PROBES[self.head](self.setting.n_classes, self.setting.class_weights)
        self._head = head.fit(embed(self._encoder, X), y, groups)
        return self

    def predict_proba(self, X: F32) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        check_shape(X, self._given, self.chosen.architecture.name)
        return self._head.predict_proba(embed(self._encoder, X))
