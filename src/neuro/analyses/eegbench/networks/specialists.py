"""Networks that are trained from nothing on each task."""

from functools import partial
from typing import Any

from torch import nn

from neuro.analyses.eegbench.networks.architecture import Architecture
from neuro.analyses.eegbench.networks.contracts import InputContract, NetworkInput
from neuro.analyses.eegbench.networks.histn import HierarchicalNet
from neuro.analyses.eegbench.networks.library import specialist
from neuro.analyses.eegbench.networks.patches import PatchEncoder, PatchSettings


def _patches(given: NetworkInput, **parameters: Any) -> nn.Module:
    settings = PatchSettings(**parameters)
    return PatchEncoder(
        given.n_channels, given.n_times, given.n_classes, given.sensors.sfreq, settings
    )


def _histn(given: NetworkInput, **parameters: Any) -> nn.Module:
    return HierarchicalNet(given.sensors, given.n_classes, **parameters)


def _library(title: str, citation: str, **more: Any) -> Architecture:
    """Describe a network of braindecode's, whose class is named as it is."""
    name = more.pop("name", title.lower())
    contract = InputContract(min_times=more.pop("min_times", 64))
    return Architecture(name, title, partial(specialist, title), contract, citation, **more)


def _tokens(name: str, title: str, citation: str, **parameters: Any) -> Architecture:
    return Architecture(
        name, title, _patches, InputContract(), citation, parameters=parameters, gflops=8.0
    )


TWO_POOLS = 114
"""Samples that give two outputs of a filter of 25 and pools of 75 at every fifteenth."""
SCHIRRMEISTER = "Schirrmeister et al., Hum. Brain Mapp. 38, 5391, 2017"
WANG = "Wang et al., arXiv:2601.00573"
NEURAL_REHABILITATION = "IEEE Trans. Neural Syst. Rehabil. Eng."

SPECIALISTS = (
    _library("EEGNet", "Lawhern et al., J. Neural Eng. 15, 056013, 2018"),
    _library("Deep4Net", SCHIRRMEISTER),
    _library(
        "ShallowFBCSPNet", SCHIRRMEISTER, name="shallowfbcsp", min_times=TWO_POOLS, gflops=5.0
    ),
    _library(
        "EEGConformer",
        f"Song et al., {NEURAL_REHABILITATION} 31, 710, 2023",
        min_times=TWO_POOLS,
        gflops=5.0,
    ),
    _library(
        "EEGInceptionERP",
        f"Santamaria-Vazquez et al., {NEURAL_REHABILITATION} 28, 2773, 2020",
        name="eeginception-erp",
        gflops=2.0,
    ),
    _library("CTNet", "Zhao et al., Sci. Rep. 14, 20237, 2024"),
    _library("ATCNet", "Altaheri et al., IEEE Trans. Ind. Inform. 19, 2249, 2023"),
    _library("MEDFormer", "Wang et al., NeurIPS 2024", gflops=5.0),
    _tokens(
        "patchtst",
        "PatchTST",
        "Nie et al., ICLR 2023",
        tokens="uni",
        independent=True,
        instance=True,
        masked=0.0,
    ),
    _tokens(
        "itransformer",
        "iTransformer",
        "Liu et al., ICLR 2024",
        tokens="whole",
        instance=True,
        masked=0.0,
    ),
    _tokens("patch-uni", "Patches of one channel", WANG, tokens="uni"),
    _tokens("patch-multi", "Patches of all channels", WANG, tokens="multi", seconds=0.125),
    _tokens("patch-whole", "Whole channels", WANG, tokens="whole"),
    Architecture(
        "histn",
        "HiSTN, hierarchy of the scalp",
        _histn,
        InputContract(positions=True),
        "after Kuang, Song and Michoski, arXiv:2408.15255",
        learning_rate=5e-3,
        ordinal=0.5,
    ),
)
"""In the order of the tables."""
