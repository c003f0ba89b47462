"""The networks as methods of the benchmark."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.method import Classifier, Method, Range, Setting, Space
from neuro.analyses.eegbench.networks.classifiers import (
    PROBES,
    Adaptation,
    Head,
    NetworkClassifier,
    PretrainedProbe,
)
from neuro.analyses.eegbench.networks.cost import count_flops, count_parameters
from neuro.analyses.eegbench.networks.encoders import Chosen, embed
from neuro.analyses.eegbench.networks.recipe import NetworkSettings
from neuro.analyses.eegbench.networks.registry import ARCHITECTURES
from neuro.analyses.eegbench.trials import Trials

__all__ = ["NetworkSettings", "network_methods"]

Prepare = Callable[[Trials, Setting], NDArray[np.floating[Any]]]

HEADS: dict[Head, str] = {"probe": "ridge", "logistic": "logistic regression"}
TUNED: dict[Adaptation, str] = {
    "full": "all of it trained",
    "two-stage": "head first, then all of it trained",
    "lora": "low-rank adaptation",
}


SPACE: Space = {
    "learning_rate": Range(1e-4, 1e-2, log=True),
    "weight_decay": Range(1e-4, 1e-1, log=True),
}
"""What is searched for networks that are trained; linear heads choose their penalty themselves."""


def network_methods(settings: NetworkSettings | None = None) -> dict[str, Method]:
    """Give every network as a method.

    Parameters
    ----------
    settings : NetworkSettings or None
        What the configuration sets for all networks; None for the defaults.

    Returns
    -------
    methods : dict
        `<model>` for specialists, `<model>-<adaptation>` for foundation architectures, and
        `<model>-<adaptation>-random` for the same with its initial weights. Methods that share the
        object `prepare` share what it returns.
    """
    settings = settings or NetworkSettings()
    if unknown := sorted(set(settings.weights) - _encoders()):
        raise ValueError(
            f"weights: got {', '.join(unknown)}. Allowed are the encoders "
            f"{', '.join(sorted(_encoders()))}."
        )
    methods = []
    for architecture in ARCHITECTURES.values():
        if architecture.foundation:
            methods += _adaptations(Chosen(architecture, settings))
            methods += _adaptations(Chosen(architecture, settings, random=True))
        else:
            methods.append(_specialist(Chosen(architecture, settings)))
    return {method.name: method for method in methods}


def pretraining_encoder(settings: NetworkSettings) -> Chosen:
    """Give the encoder that is pretrained on the trials of a task.

    Parameters
    ----------
    settings : NetworkSettings
        What the configuration sets for all networks.
    """
    return next(
        chosen
        for chosen in (Chosen(architecture, settings) for architecture in ARCHITECTURES.values())
        if chosen.pretrains
    )


def _encoders() -> set[str]:
    return {name for name, a in ARCHITECTURES.items() if a.foundation}


def _specialist(chosen: Chosen) -> Method:
    architecture = chosen.architecture
    return Method(
        name=architecture.name,
        title=architecture.title,
        family="specialist",
        build=_network(chosen, "scratch"),
        prepare=_fulfil(chosen),
        citation=architecture.citation,
        note="labels smoothed towards neighbors" if architecture.ordinal else "",
        space=SPACE,
        tuned=_tuned(chosen, "scratch"),
    )


def _adaptations(chosen: Chosen) -> list[Method]:
    ready = _fulfil(chosen)
    cost: dict[str, float] = {}
    frozen = ready if chosen.pretrains else _embedding(chosen, cost)
    heads = [
        _named(chosen, name, f"frozen, {HEADS[name]}", _head(chosen, name, cost), frozen)
        for name in HEADS
    ]
    tuned = [_named(chosen, name, TUNED[name], _network(chosen, name), ready) for name in TUNED]
    if not chosen.pretrains:  # weights are there for the folds, not for parts of their trials
        tuned = [
            replace(one, space=SPACE, tuned=_tuned(chosen, name))
            for name, one in zip(TUNED, tuned, strict=True)
        ]
    return heads + tuned


def _named(
    chosen: Chosen,
    adaptation: str,
    how: str,
    build: Callable[[Setting], Classifier],
    prepare: Prepare,
) -> Method:
    architecture = chosen.architecture
    return Method(
        name=f"{architecture.name}-{adaptation}{'-random' if chosen.random else ''}",
        title=f"{architecture.title}, {how}",
        family="foundation",
        build=build,
        prepare=prepare,
        citation=architecture.citation,
        note=describe_weights(chosen),
    )


def describe_weights(chosen: Chosen) -> str:
    """Say where an encoder's weights come from.

    Parameters
    ----------
    chosen : Chosen
        Architecture and weights.
    """
    if chosen.source is not None:
        return f"weights of {chosen.source}"
    if chosen.pretrains:
        return "pretrained on the training trials without labels"
    return "random initialisation"


def _fulfil(chosen: Chosen) -> Prepare:
    def fulfil(trials: Trials, setting: Setting) -> NDArray[np.floating[Any]]:
        return chosen.plan(setting).apply(trials.data)

    return fulfil


def _embedding(chosen: Chosen, cost: dict[str, float]) -> Prepare:
    """Embed trials, and leave word of what the encoder costs to the heads on it."""

    def encode(trials: Trials, setting: Setting) -> NDArray[np.floating[Any]]:
        ready = chosen.plan(setting).apply(trials.data)
        encoder = chosen.make(setting)
        cost["n_parameters"] = float(count_parameters(encoder))
        cost["flops_per_trial"] = count_flops(encoder, chosen.given(setting))
        return embed(encoder, ready)

    return encode


def _head(chosen: Chosen, head: Head, cost: dict[str, float]) -> Callable[[Setting], Classifier]:
    def build(setting: Setting) -> Classifier:
        if chosen.pretrains:
            return PretrainedProbe(chosen, setting, head)
        probe = PROBES[head](setting.n_classes, setting.class_weights)
        probe.cost_ = dict(cost)
        return probe

    return build


def _tuned(
    chosen: Chosen, adaptation: Adaptation
) -> Callable[[Setting, Mapping[str, Any]], Classifier]:
    def build(setting: Setting, parameters: Mapping[str, Any]) -> Classifier:
        other = replace(chosen, settings=replace(chosen.settings, **parameters))
        return NetworkClassifier(other, setting, adaptation)

    return build


def _network(chosen: Chosen, adaptation: Adaptation) -> Callable[[Setting], Classifier]:
    def build(setting: Setting) -> Classifier:
        return NetworkClassifier(chosen, setting, adaptation)

    return build
