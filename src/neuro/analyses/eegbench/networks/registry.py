"""Every network of the benchmark: what it is called, what it is fed, how it is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import nn

from neuro.analyses.eegbench.networks.channels import TEN_TWENTY
from neuro.analyses.eegbench.networks.contracts import InputContract, NetworkInput
from neuro.analyses.eegbench.networks.crisscross import CrissCrossEncoder
from neuro.analyses.eegbench.networks.histn import HierarchicalNet
from neuro.analyses.eegbench.networks.library import describe_channels, encoder, specialist
from neuro.analyses.eegbench.networks.patches import PatchEncoder, PatchSettings

Build = Callable[..., nn.Module]

BANANA = tuple(
    (first, second)
    for chain in ("Fp1 F7 T7 P7 O1", "Fp2 F8 T8 P8 O2", "Fp1 F3 C3 P3 O1", "Fp2 F4 C4 P4 O2")
    for first, second in zip(chain.split()[:-1], chain.split()[1:], strict=True)
)
"""The sixteen bipolar derivations of the longitudinal montage that BIOT was trained on."""


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


def _told(class_name: str, given: NetworkInput, **parameters: Any) -> nn.Module:
    """Build an encoder that is told its channels."""
    return encoder(class_name, given, chs_info=describe_channels(given), **parameters)


def _patches(given: NetworkInput, **parameters: Any) -> nn.Module:
    settings = PatchSettings(**parameters)
    return PatchEncoder(
        given.n_channels, given.n_times, given.n_classes, given.sensors.sfreq, settings
    )


def _histn(given: NetworkInput, **parameters: Any) -> nn.Module:
    return HierarchicalNet(given.sensors, given.n_classes, **parameters)


def _crisscross(given: NetworkInput, **parameters: Any) -> nn.Module:
    del given  # any number of channels and patches
    return CrissCrossEncoder(**parameters)


def _specialist(name: str, title: str, class_name: str, citation: str, **more: Any) -> Architecture:
    build = partial(specialist, class_name)
    return Architecture(name, title, build, InputContract(), citation, **more)


def _token(name: str, title: str, citation: str, **parameters: Any) -> Architecture:
    contract = InputContract()
    return Architecture(
        name, title, _patches, contract, citation, parameters=parameters, gflops=8.0
    )


def _foundation(
    name: str, title: str, build: Build, contract: InputContract, citation: str, **more: Any
) -> Architecture:
    rates = {"learning_rate": 1e-4, "gflops": 12.0}
    return Architecture(
        name, title, build, contract, citation, foundation=True, **{**rates, **more}
    )


WANG = "Wang et al., arXiv:2601.00573"

SPECIALISTS = (
    _specialist("eegnet", "EEGNet", "EEGNet", "Lawhern et al., J. Neural Eng. 15, 056013, 2018"),
    _specialist("deep4net", "Deep4Net", "Deep4Net", "Schirrmeister et al., Hum. Brain Mapp. 38, 5391, 2017"),
    _specialist("shallowfbcsp", "ShallowFBCSPNet", "ShallowFBCSPNet", "Schirrmeister et al., Hum. Brain Mapp. 38, 5391, 2017", gflops=5.0),
    _specialist("eegconformer", "EEGConformer", "EEGConformer", "Song et al., IEEE Trans. Neural Syst. Rehabil. Eng. 31, 710, 2023", gflops=5.0),
    _specialist("eeginception-erp", "EEGInceptionERP", "EEGInceptionERP", "Santamaria-Vazquez et al., IEEE Trans. Neural Syst. Rehabil. Eng. 28, 2773, 2020", gflops=2.0),
    _specialist("ctnet", "CTNet", "CTNet", "Zhao et al., Sci. Rep. 14, 20237, 2024"),
    _specialist("atcnet", "ATCNet", "ATCNet", "Altaheri et al., IEEE Trans. Ind. Inform. 19, 2249, 2023"),
    _specialist("medformer", "MEDFormer", "MEDFormer", "Wang et al., NeurIPS 2024", gflops=5.0),
    _token("patchtst", "PatchTST", "Nie et al., ICLR 2023", tokens="uni", independent=True, instance=True, masked=0.0),
    _token("itransformer", "iTransformer", "Liu et al., ICLR 2024", tokens="whole", instance=True, masked=0.0),
    _token("patch-uni", "Patches of one channel", WANG, tokens="uni"),
    _token("patch-multi", "Patches of all channels", WANG, tokens="multi", seconds=0.125),
    _token("patch-whole", "Whole channels", WANG, tokens="whole"),
    Architecture(
        "histn", "HiSTN, hierarchy of the scalp", _histn, InputContract(positions=True),
        "after Kuang, Song and Michoski, arXiv:2408.15255", ordinal=0.5,
    ),
)  # fmt: skip
"""Trained from nothing on each task."""

FOUNDATIONS = (
    _foundation(
        "biot", "BIOT", partial(encoder, "BIOT"),
        InputContract(200.0, (0.1, 75.0), "percentile", TEN_TWENTY, BANANA, flexible=True, min_times=200),
        "Yang et al., NeurIPS 2023", hub="braindecode/biot-pretrained-prest-16chs", gflops=25.0,
    ),
    _foundation(
        "labram", "LaBraM", partial(encoder, "Labram"),
        InputContract(200.0, (0.1, 75.0), "tenth_millivolt", TEN_TWENTY, multiple=200),
        "Jiang et al., ICLR 2024", hub="braindecode/labram-pretrained", gflops=20.0,
    ),
    _foundation(
        "cbramod", "CBraMod", partial(encoder, "CBraMod"),
        InputContract(200.0, (0.3, 75.0), "tenth_millivolt", TEN_TWENTY, flexible=True, multiple=200),
        "Wang et al., ICLR 2025", hub="braindecode/cbramod-pretrained",
    ),
    _foundation(
        "eegpt", "EEGPT", partial(_told, "EEGPT", chan_proj_type="none"),
        InputContract(256.0, (0.1, 100.0), "zscore", TEN_TWENTY, multiple=32, min_times=64),
        "Wang et al., NeurIPS 2024", hub="braindecode/eegpt-pretrained", gflops=50.0, heavy=True,
    ),
    _foundation(
        "bendr", "BENDR", partial(encoder, "BENDR", final_layer=False),
        # Its twentieth channel tells a trial's amplitude among its recording's, which one trial
        # alone does not know: it is left at the middle of its range.
        InputContract(256.0, (0.1, 100.0), "minmax", TEN_TWENTY, silent=1, min_times=192),
        "Kostas et al., Front. Hum. Neurosci. 15, 653659, 2021", hub="braindecode/braindecode-bendr",
        gflops=40.0, heavy=True,
    ),
    _foundation(
        "reve", "REVE", partial(_told, "REVE"),
        InputContract(200.0, (0.5, 99.5), "zscore", TEN_TWENTY, min_times=200),
        "El Ouahidi et al., NeurIPS 2025", hub="brain-bzh/reve-base", gflops=40.0, heavy=True,
    ),
    _foundation(
        "luna", "LUNA", partial(_told, "LUNA"),
        InputContract(256.0, (0.1, 75.0), "zscore", positions=True, multiple=40),
        "Döner et al., NeurIPS 2025", hub="PulpBio/LUNA:LUNA_base.safetensors",
    ),
    _foundation(
        "signaljepa", "SignalJEPA", partial(_told, "SignalJEPA", channel_embedding="pretrain_aligned"),
        InputContract(128.0, (0.5, 40.0), "zscore", TEN_TWENTY, min_times=152),
        "Guetschel et al., arXiv:2403.11772", hub="braindecode/signal-jepa", gflops=8.0,
    ),
    _foundation(
        "codebrain", "CodeBrain", partial(encoder, "CodeBrain"),
        InputContract(200.0, (0.3, 75.0), "tenth_millivolt", TEN_TWENTY, flexible=True, multiple=200),
        "Ma et al., arXiv:2506.09110", hub="braindecode/codebrain-pretrained",
    ),
    _foundation(
        "crisscross", "Criss-cross encoder", _crisscross,
        InputContract(100.0, None, "deviation", TEN_TWENTY, flexible=True, multiple=25),
        "a small encoder after CBraMod, pretrained here", learning_rate=1e-3, gflops=8.0,
        pretrained_here=True,
    ),
)  # fmt: skip
"""Encoders that are published with weights from other recordings, and one that makes its own."""

ARCHITECTURES: dict[str, Architecture] = {a.name: a for a in (*SPECIALISTS, *FOUNDATIONS)}
"""By name."""
