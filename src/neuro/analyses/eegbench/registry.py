"""Methods by name, from the packages that know them; only what is asked for is imported."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.analyses.eegbench.families import CLASSICAL, MODULES, NETWORKS
from neuro.analyses.eegbench.method import Method
from neuro.datasets.base import enumerate_some, suggest

if TYPE_CHECKING:
    from neuro.config.eegbench import EEGBench


def methods_of(family: str, settings: "EEGBench") -> list[Method]:
    """Methods of a family that the configuration names.

    Parameters
    ----------
    family : str
        A key of :data:`~neuro.analyses.eegbench.families.MODULES`.
    settings : EEGBench
        The section `eegbench`.

    Returns
    -------
    methods : list of Method
        In the order of the configuration.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    return named(MODULES[family], getattr(settings.methods, family), settings, family)


def named(
    module: str, names: Sequence[str], settings: "EEGBench", family: str = "methods"
) -> list[Method]:
    """Methods of a module by name.

    Parameters
    ----------
    module : str
        One of :mod:`~neuro.analyses.eegbench.families`.
    names : sequence of str
        Which.
    settings : EEGBench
        The section `eegbench`.
    family : str
        For the message.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    known = LOADERS[module](settings)
    for name in names:
        if name not in known:
            raise ValueError(
                f"eegbench.methods.{family}: no method {name!r}.{suggest(name, known)} "
                f"Allowed: {enumerate_some(known, most=200)}."
            )
    return [known[name] for name in names]


def _classical(settings: "EEGBench") -> dict[str, Method]:
    module: Any = importlib.import_module(CLASSICAL)
    folder = None if settings.pipelines is None else Path(settings.pipelines).expanduser()
    methods: dict[str, Method] = module.classical_methods(folder)
    return methods


def _networks(settings: "EEGBench") -> dict[str, Method]:
    module: Any = importlib.import_module(NETWORKS)
    methods: dict[str, Method] = module.network_methods(
        module.NetworkSettings(**settings.training.model_dump())
    )
    return methods


LOADERS: dict[str, Callable[["EEGBench"], dict[str, Method]]] = {
    CLASSICAL: _classical,
    NETWORKS: _networks,
}
"""How each module's methods are asked for."""
