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


def methods_of(
    family: str, settings: "EEGBench", pretrained: str | Path | None = None
) -> list[Method]:
    """Methods of a family that the configuration names.

    Parameters
    ----------
    family : str
        A key of :data:`~neuro.analyses.eegbench.families.MODULES`.
    settings : EEGBench
        The section `eegbench`.
    pretrained : str | Path | None
        Folder of weights that were pretrained on the training trials of the folds; None to
        pretrain when a classifier is fitted.

    Returns
    -------
    methods : list of Method
        In the order of the configuration.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    return named(MODULES[family], getattr(settings.methods, family), settings, family, pretrained)


def named(
    module: str,
    names: Sequence[str],
    settings: "EEGBench",
    family: str = "methods",
    pretrained: str | Path | None = None,
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
    pretrained : str | Path | None
        As for :func:`methods_of`.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    known = LOADERS[module](settings, pretrained)
    for name in names:
        if name not in known:
            raise ValueError(
                f"eegbench.methods.{family}: no method {name!r}.{suggest(name, known)} "
                f"Allowed: {enumerate_some(known, most=200)}."
            )
    return [known[name] for name in names]


def _classical(settings: "EEGBench", pretrained: str | Path | None) -> dict[str, Method]:
    module: Any = importlib.import_module(CLASSICAL)
    folder = None if settings.pipelines is None else Path(settings.pipelines).expanduser()
    methods: dict[str, Method] = module.classical_methods(folder)
    return methods


def _networks(settings: "EEGBench", pretrained: str | Path | None) -> dict[str, Method]:
    module: Any = importlib.import_module(NETWORKS)
    methods: dict[str, Method] = module.network_methods(network_settings(settings, pretrained))
    return methods


def network_settings(settings: "EEGBench", pretrained: str | Path | None = None) -> Any:
    """What the configuration sets for all networks, as they take it.

    Parameters
    ----------
    settings : EEGBench
        The section `eegbench`.
    pretrained : str | Path | None
        As for :func:`methods_of`.

    Returns
    -------
    settings : NetworkSettings
        Of :mod:`neuro.analyses.eegbench.networks.recipe`, which is imported only here.
    """
    module: Any = importlib.import_module(NETWORKS)
    given = settings.training.model_dump()
    folders = {"pretrained": pretrained, "checkpoints": given.pop("checkpoints")}
    paths = {key: None if one is None else Path(one) for key, one in folders.items()}
    return module.NetworkSettings(**given, **paths)


Loader = Callable[["EEGBench", str | Path | None], dict[str, Method]]
LOADERS: dict[str, Loader] = {
    CLASSICAL: _classical,
    NETWORKS: _networks,
}
"""How each module's methods are asked for."""
