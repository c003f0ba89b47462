"""Encoders of a task: built, given their weights, and run over trials."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuro.analyses.eegbench.method import Setting
from neuro.analyses.eegbench.networks.architecture import Architecture
from neuro.analyses.eegbench.networks.contracts import (
    InputPlan,
    Limits,
    NetworkInput,
    plan_input,
)
from neuro.analyses.eegbench.networks.library import quiet
from neuro.analyses.eegbench.networks.recipe import NetworkSettings
from neuro.analyses.eegbench.networks.training import predict_logits, seeded
from neuro.analyses.eegbench.networks.weights import load_weights, saved_parameters
from neuro.torchkit.device import pick_device

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Chosen:
    """An architecture with the weights it is to have.

    Parameters
    ----------
    architecture : Architecture
        What is built.
    settings : NetworkSettings
        What the configuration sets for all networks.
    random : bool
        Whether weights are ignored where there are some: the control.
    """

    architecture: Architecture
    settings: NetworkSettings
    random: bool = False

    @property
    def source(self) -> str | None:
        """Folder or hub id of the weights, or None."""
        return None if self.random else self.settings.weights.get(self.architecture.name)

    @property
    def has_weights(self) -> bool:
        """Whether weights are given, be they used or, by the control, not."""
        return self.architecture.name in self.settings.weights

    @property
    def pretrains(self) -> bool:
        """Whether it is trained without labels on the training trials."""
        return self.architecture.pretrained_here and not self.random and self.source is None

    def plan(self, setting: Setting) -> InputPlan:
        """Work out how trials become its input.

        The control is fed what the pretrained network is fed, wherever weights are given.

        Parameters
        ----------
        setting : Setting
            Of the task.
        """
        return plan_input(
            self.architecture.contract,
            setting.sensors,
            setting.n_times,
            self.architecture.name,
            Limits(self.settings.max_channels, self.settings.max_sfreq),
            self.has_weights,
        )

    def given(self, setting: Setting) -> NetworkInput:
        """What it is fed in a task."""
        plan = self.plan(setting)
        return NetworkInput(plan.made, plan.n_times, setting.n_classes)

    def make(self, setting: Setting, source: str | None = None) -> nn.Module:
        """Build it, with weights if there are any.

        Parameters
        ----------
        setting : Setting
            Of the task; its seed draws the initial weights.
        source : str or None
            Folder or hub id of weights; None for those of the configuration.

        Returns
        -------
        module : nn.Module
            On the device of the setting.
        """
        name = self.architecture.name
        sized = source or self.settings.weights.get(name)  # the control has the same size
        parameters = saved_parameters(sized) if sized else {}
        with seeded(setting.seed, 0), quiet():
            module = self.architecture.make(self.given(setting), **parameters)
        if loaded := source or self.source:
            load_weights(module, loaded, name)
        return module.to(pick_device(setting.device))


class Classified(nn.Module):
    """An encoder and a linear layer on all its tokens.

    Parameters
    ----------
    encoder : nn.Module
        Gives tokens.
    n_features, n_classes : int
        Numbers of all tokens of a trial together, and of classes.
    """

    def __init__(self, encoder: nn.Module, n_features: int, n_classes: int):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.LayerNorm(n_features, elementwise_affine=False),
            nn.Linear(n_features, n_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Classify trials, shape (n_trials, n_channels, n_times)."""
        logits: Tensor = self.head(self.encoder(x))
        return logits


def classified(encoder: nn.Module, given: NetworkInput, seed: int) -> Classified:
    """Put a fresh head on an encoder.

    Parameters
    ----------
    encoder : nn.Module
        Gives tokens.
    given : NetworkInput
        What it is fed.
    seed : int
        Of the head's initial weights.
    """
    n_features = embed(encoder, np.zeros((1, given.n_channels, given.n_times), np.float32)).shape[1]
    device = next(encoder.parameters()).device
    with seeded(seed, 6):
        return Classified(encoder, n_features, given.n_classes).to(device)


def embed(encoder: nn.Module, X: F32) -> F32:
    """Run a frozen encoder over trials.

    Parameters
    ----------
    encoder : nn.Module
        Gives tokens.
    X : ndarray of float32, shape (n_trials, n_channels, n_times)
        Trials, after the contract.

    Returns
    -------
    features : ndarray of float32, shape (n_trials, n_features)
        All tokens of each trial.

    Raises
    ------
    ValueError
        If they are not finite.
    """
    features = predict_logits(encoder, X).reshape(len(X), -1)
    if not np.isfinite(features).all():
        raise ValueError(
            f"{type(encoder).__name__}: embeddings of "
            f"{int((~np.isfinite(features)).any(axis=1).sum())} of {len(X)} trials are not finite"
        )
    return features


def freeze(module: nn.Module, frozen: bool) -> None:
    """Let a module's floating-point parameters be trained, or not.

    Parameters
    ----------
    module : nn.Module
        Changed in place.
    frozen : bool
        Whether not.
    """
    for parameter in module.parameters():
        parameter.requires_grad_(not frozen and torch.is_floating_point(parameter))
