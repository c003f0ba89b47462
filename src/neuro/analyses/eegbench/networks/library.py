"""Networks as braindecode has them, built for an input and freed of their heads where they encode.

Braindecode takes seconds to import, so it is imported when the first network of it is built.
"""

import importlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.networks.contracts import NetworkInput

KNOWN = (
    # EEGNet of its own default.
    r"Parameter 'final_layer_with_constraint=False' is deprecated.*",
    # Names of montages, in a module that braindecode imports.
    r"Montage name 'standard_10.*",
    # Short trials: these shrink their kernels and pools to fit, and say so.
    r".*input window size .* smaller than.*",
    r".*n_times.*is smaller than the minimum.*",
    r".*[Ii]nput length is not divisible.*",
    # LaBraM is told the names of its channels with each batch.
    r".*Labram chs_info does not match.*",
    r".*patch_size .* > n_times.*",
    # Attention falls back to the plain path where the fast one does not apply.
    r".*enable_nested_tensor is True.*",
    # Of torch, at the first forward pass: even kernels of EEGNet, the plain window of BIOT.
    r"Using padding='same' with even kernel lengths.*",
    r"A window was not provided.*",
    # Of pandas, in a package that braindecode imports.
    r"The inplace keyword in DataFrame.set_index.*",
)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what braindecode says of itself when it is imported, and of short trials."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"(braindecode|moabb).*")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"braindecode.*")
        for message in KNOWN:
            warnings.filterwarnings("ignore", message=message)
        yield


def library_model(class_name: str, **parameters: Any) -> nn.Module:
    """Build a network of braindecode's.

    Parameters
    ----------
    class_name : str
        As in `braindecode.models`.
    **parameters
        Of the class.
    """
    with quiet():
        models = importlib.import_module("braindecode.models")
        module: nn.Module = getattr(models, class_name)(**parameters)
    return module


def describe_channels(given: NetworkInput) -> list[dict[str, Any]]:
    """Channels as braindecode wants to be told of them: a name, a kind, and a place if known."""
    places = given.sensors.positions
    return [
        {"ch_name": name, "kind": "eeg"} | ({} if places is None else {"loc": places[i]})
        for i, name in enumerate(given.sensors.ch_names)
    ]


def specialist(class_name: str, given: NetworkInput, **parameters: Any) -> nn.Module:
    """Build a network that is trained from nothing.

    Parameters
    ----------
    class_name : str
        As in `braindecode.models`.
    given : NetworkInput
        What it is fed.
    **parameters
        Others of the class.

    Raises
    ------
    NotApplicableError
        If it cannot be built for such an input, e.g. for trials so short.
    """
    try:
        return library_model(
            class_name,
            n_chans=given.n_channels,
            n_times=given.n_times,
            sfreq=given.sensors.sfreq,
            n_outputs=given.n_classes,
            **parameters,
        )
    except ValueError as error:
        raise NotApplicableError(
            f"{class_name} cannot be built for {given.n_channels} channels x {given.n_times} "
            f"samples at {given.sensors.sfreq:g} Hz: {error}"
        ) from error


class Headless(nn.Module):
    """An encoder of braindecode's whose classification layer is left out.

    Parameters
    ----------
    model : nn.Module
        The network.
    call : dict
        Arguments of its forward pass besides the trials.
    pick : str or None
        Entry of the dictionary that it returns.
    """

    def __init__(
        self, model: nn.Module, call: dict[str, Any] | None = None, pick: str | None = None
    ):
        super().__init__()
        self.model = model
        self.call = call or {}
        self.pick = pick

    def forward(self, x: Tensor) -> Tensor:
        """Encode trials."""
        found = self.model(x, **self.call)
        encoded: Tensor = found if self.pick is None else found[self.pick]
        return encoded


def encoder(class_name: str, given: NetworkInput, **parameters: Any) -> Headless:
    """Build a foundation architecture without its head.

    Parameters
    ----------
    class_name : str
        As in `braindecode.models`.
    given : NetworkInput
        What it is fed.
    **parameters
        Others of the class.
    """
    with _position_bank(given) if class_name == "REVE" else quiet():
        model = specialist(class_name, given, **parameters)
    if hasattr(model, "final_layer"):
        model.final_layer = nn.Identity()
    if class_name == "Labram":
        return Headless(
            model, {"return_features": True, "ch_names": list(given.sensors.ch_names)}, "features"
        )
    if class_name in ("BIOT", "CBraMod", "REVE", "EEGPT"):
        return Headless(model, {"return_features": True}, "features")
    return Headless(model)


@contextmanager
def _position_bank(given: NetworkInput) -> Iterator[None]:
    """REVE fetches electrode positions when it is built, unless a folder has them: a template's."""
    if "REVE_POSITIONS_PATH" in os.environ:
        yield
        return
    places = given.sensors.positions
    assert places is not None  # by contract
    bank = dict(zip(given.sensors.ch_names, places.tolist(), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "reve_positions.json").write_text(json.dumps(bank), encoding="utf-8")
        os.environ["REVE_POSITIONS_PATH"] = folder
        try:
            yield
        finally:
            del os.environ["REVE_POSITIONS_PATH"]
