"""What the benchmark knows of a network before it is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from neuro.analyses.eegbench.networks.contracts import InputContract, NetworkInput

Build = Callable[..., nn.Module]


@dataclass(frozen=True)
class Architecture:
    """A network.

    Parameters
    ----------
    name, title : str
        In the configuration, and in the report.
    build : callable
        Makes the network for a :class:`NetworkInput`: logits for a specialist, tokens for a
        foundation architecture. Further keywords are those of the model.
    contract : InputContract
        What it expects of its input.
    citation : str
        Where it comes from.
    foundation : bool
        Whether it encodes, and can be given weights.
    hub : str
        Where its weights are published.
    learning_rate : float
        For training all of it.
    gflops : float
        Billion operations it does in a second of one CPU core in training, as measured: what the
        rule of cost reckons with.
    ordinal : float
        Width of label smoothing towards neighboring classes; 0 for none.
    heavy : bool
        Tens of millions of parameters, for a GPU.
    pretrained_here : bool
        Whether it is trained without labels on the training trials where no weights are given.
    parameters : dict
        Of the model.
    """

    name: str
    title: str
    build: Build
    contract: InputContract
    citation: str
    foundation: bool = False
    hub: str = ""
    learning_rate: float = 1e-3
    gflops: float = 2.5
    ordinal: float = 0.0
    heavy: bool = False
    pretrained_here: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def make(self, given: NetworkInput, **parameters: Any) -> nn.Module:
        """Build it.

        Parameters
        ----------
        given : NetworkInput
            What it is fed.
        **parameters
            Of the model, e.g. those saved beside its weights.
        """
        return self.build(given=given, **{**self.parameters, **parameters})
