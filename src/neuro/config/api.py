"""Public names of `neuro.config`."""

from neuro.config.braindive import BrainDive, Driven
from neuro.config.calcium import CalciumPreprocess
from neuro.config.connectomes import Connectomes
from neuro.config.dataset import ANALYSES, Dataset, EEGDataset, Recordings
from neuro.config.diagnosis import Diagnosis
from neuro.config.eeg import EEGCleaning, EEGPreprocess
from neuro.config.eegbench import EEGBench
from neuro.config.fmri import FMRIPreprocess
from neuro.config.fusion import Fusion, FusionCohort, FusionTable
from neuro.config.graphs import Graphs
from neuro.config.loading import ConfigError, load, validate
from neuro.config.meg import MEGPreprocess
from neuro.config.meggpt import MEGGPT, DatasetTokens
from neuro.config.root import Config
from neuro.config.source import (
    BidsSource,
    CatalogueSource,
    PackageSource,
    PeopleSource,
    RhythmsSource,
    SimulateSource,
    Source,
    SwitchingSource,
    WormsSource,
    parse_source,
)
from neuro.config.spectra import Spectra
from neuro.config.spikes import SpikesPreprocess
from neuro.config.states import States

__all__ = [
    "ANALYSES",
    "MEGGPT",
    "BidsSource",
    "BrainDive",
    "CalciumPreprocess",
    "CatalogueSource",
    "Config",
    "ConfigError",
    "Connectomes",
    "Dataset",
    "DatasetTokens",
    "Diagnosis",
    "Driven",
    "EEGBench",
    "EEGCleaning",
    "EEGDataset",
    "EEGPreprocess",
    "FMRIPreprocess",
    "Fusion",
    "FusionCohort",
    "FusionTable",
    "Graphs",
    "MEGPreprocess",
    "PackageSource",
    "PeopleSource",
    "Recordings",
    "RhythmsSource",
    "SimulateSource",
    "Source",
    "Spectra",
    "SpikesPreprocess",
    "States",
    "SwitchingSource",
    "WormsSource",
    "load",
    "parse_source",
    "validate",
]
