"""Encoders that are published with weights from other recordings, and one that makes its own."""

from functools import partial
from typing import Any

from torch import nn

from neuro.analyses.eegbench.networks.architecture import Architecture, Build
from neuro.analyses.eegbench.networks.channels import TEN_TWENTY
from neuro.analyses.eegbench.networks.contracts import InputContract, NetworkInput
from neuro.analyses.eegbench.networks.crisscross import CrissCrossEncoder
from neuro.analyses.eegbench.networks.library import describe_channels, encoder

BANANA = tuple(
    (first, second)
    for chain in ("Fp1 F7 T7 P7 O1", "Fp2 F8 T8 P8 O2", "Fp1 F3 C3 P3 O1", "Fp2 F4 C4 P4 O2")
    for first, second in zip(chain.split()[:-1], chain.split()[1:], strict=True)
)
"""The sixteen bipolar derivations of the longitudinal montage that BIOT was trained on."""


def _told(class_name: str, given: NetworkInput, **parameters: Any) -> nn.Module:
    """Build an encoder that is told its channels."""
    return encoder(class_name, given, chs_info=describe_channels(given), **parameters)


def _crisscross(given: NetworkInput, **parameters: Any) -> nn.Module:
    del given  # any number of channels and patches
    return CrissCrossEncoder(**parameters)


def _foundation(
    title: str, build: Build, contract: InputContract, citation: str, hub: str, **more: Any
) -> Architecture:
    settings: dict[str, Any] = {"name": title.lower(), "learning_rate": 1e-4, "gflops": 12.0}
    settings.update(more)
    return Architecture(
        title=title,
        build=build,
        contract=contract,
        citation=citation,
        foundation=True,
        hub=hub,
        **settings,
    )


def _seconds(sfreq: float, low: float, **more: Any) -> InputContract:
    """Contract of the models of one-second patches at 200 Hz, in units of 0.1 mV."""
    return InputContract(
        sfreq, (low, 75.0), "tenth_millivolt", TEN_TWENTY, multiple=int(sfreq), **more
    )


FOUNDATIONS = (
    _foundation(
        "BIOT",
        partial(encoder, "BIOT"),
        InputContract(
            200.0, (0.1, 75.0), "percentile", TEN_TWENTY, BANANA, flexible=True, min_times=200
        ),
        "Yang et al., NeurIPS 2023",
        "braindecode/biot-pretrained-prest-16chs",
        gflops=25.0,
    ),
    _foundation(
        "LaBraM",
        partial(encoder, "Labram"),
        _seconds(200.0, 0.1),
        "Jiang et al., ICLR 2024",
        "braindecode/labram-pretrained",
        gflops=20.0,
    ),
    _foundation(
        "CBraMod",
        partial(encoder, "CBraMod"),
        _seconds(200.0, 0.3, flexible=True),
        "Wang et al., ICLR 2025",
        "braindecode/cbramod-pretrained",
    ),
    _foundation(
        "EEGPT",
        partial(_told, "EEGPT", chan_proj_type="none"),
        InputContract(256.0, (0.1, 100.0), "zscore", TEN_TWENTY, multiple=32, min_times=64),
        "Wang et al., NeurIPS 2024",
        "braindecode/eegpt-pretrained",
        gflops=50.0,
        heavy=True,
    ),
    _foundation(
        "BENDR",
        partial(encoder, "BENDR", final_layer=False),
        # Its twentieth channel tells a trial's amplitude among its recording's, which one trial
        # alone does not know: it is left at the middle of its range.
        InputContract(256.0, (0.1, 100.0), "minmax", TEN_TWENTY, silent=1, min_times=192),
        "Kostas et al., Front. Hum. Neurosci. 15, 653659, 2021",
        "braindecode/braindecode-bendr",
        gflops=40.0,
        heavy=True,
    ),
    _foundation(
        "REVE",
        partial(_told, "REVE"),
        InputContract(200.0, (0.5, 99.5), "zscore", TEN_TWENTY, min_times=200),
        "El Ouahidi et al., NeurIPS 2025",
        "brain-bzh/reve-base",
        gflops=40.0,
        heavy=True,
    ),
    _foundation(
        "LUNA",
        partial(_told, "LUNA"),
        InputContract(256.0, (0.1, 75.0), "zscore", positions=True, multiple=40),
        "Döner et al., NeurIPS 2025",
        "PulpBio/LUNA:LUNA_base.safetensors",
    ),
    _foundation(
        "SignalJEPA",
        partial(_told, "SignalJEPA", channel_embedding="pretrain_aligned"),
        InputContract(128.0, (0.5, 40.0), "zscore", TEN_TWENTY, min_times=152),
        "Guetschel et al., arXiv:2403.11772",
        "braindecode/signal-jepa",
        gflops=8.0,
    ),
    _foundation(
        "CodeBrain",
        partial(encoder, "CodeBrain"),
        _seconds(200.0, 0.3, flexible=True),
        "Ma et al., arXiv:2506.09110",
        "braindecode/codebrain-pretrained",
        heavy=True,
    ),
    _foundation(
        "Criss-cross encoder",
        _crisscross,
        InputContract(100.0, None, "deviation", TEN_TWENTY, flexible=True, multiple=25),
        "a small encoder after CBraMod, pretrained here",
        "",
        name="crisscross",
        learning_rate=1e-3,
        gflops=8.0,
        pretrained_here=True,
    ),
)
"""In the order of the tables."""
