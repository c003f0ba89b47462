"""The configuration: the only place where a key, a default, a unit or a bound is declared."""

from neuro.config.dataset import ANALYSES, Dataset, Recordings
from neuro.config.eeg import EEGCleaning, EEGPreprocess
from neuro.config.load import ConfigError, load, validate
from neuro.config.root import Config
from neuro.config.source import (
    BidsSource,
    CatalogueSource,
    PackageSource,
    SimulateSource,
    Source,
    parse_source,
)
from neuro.config.spectra import Spectra

__all__ = [
    "ANALYSES",
    "BidsSource",
    "CatalogueSource",
    "Config",
    "ConfigError",
    "Dataset",
    "EEGCleaning",
    "EEGPreprocess",
    "PackageSource",
    "Recordings",
    "SimulateSource",
    "Source",
    "Spectra",
    "load",
    "parse_source",
    "validate",
]
