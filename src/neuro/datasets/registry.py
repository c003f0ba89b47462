"""`source.type` -> plug-in. A new kind of source is one file and one line here."""

from typing import TYPE_CHECKING, Any

from neuro.datasets.base import DatasetError, DatasetSource
from neuro.datasets.bids import BidsSource
from neuro.datasets.catalogue import CatalogueSource
from neuro.datasets.files import FilesSource
from neuro.datasets.moabb import MoabbSource
from neuro.datasets.neuropal import NeuropalSource
from neuro.datasets.nilearn import NilearnSource
from neuro.datasets.nwb import NwbSource
from neuro.datasets.openneuro import OpenNeuroSource
from neuro.datasets.package import PackageSource
from neuro.datasets.people_source import PeopleSource
from neuro.datasets.region_series import RegionSeriesSource
from neuro.datasets.rhythms_source import RhythmsSource
from neuro.datasets.simulate import SimulateSource
from neuro.datasets.switching_source import SwitchingSource
from neuro.datasets.url import UrlSource
from neuro.datasets.worms_source import WormsSource

if TYPE_CHECKING:
    from neuro.config import Source

SOURCES: dict[str, type[DatasetSource[Any]]] = {
    "bids": BidsSource,
    "catalogue": CatalogueSource,
    "files": FilesSource,
    "moabb": MoabbSource,
    "nilearn": NilearnSource,
    "nwb": NwbSource,
    "people": PeopleSource,
    "openneuro": OpenNeuroSource,
    "package": PackageSource,
    "region_series": RegionSeriesSource,
    "rhythms": RhythmsSource,
    "simulate": SimulateSource,
    "url": UrlSource,
    "neuropal": NeuropalSource,
    "switching": SwitchingSource,
    "worms": WormsSource,
}


def open_source(source: "Source", name: str = "", modality: str = "eeg") -> DatasetSource[Any]:
    """Make the plug-in of a configured source; nothing is fetched or opened.

    Parameters
    ----------
    source : Source
        The validated section `datasets.<name>.source`.
    name : str
        The dataset's name, for errors.
    modality : str
        The dataset's modality.

    Returns
    -------
    plugin : DatasetSource
        The plug-in.

    Raises
    ------
    DatasetError
        If the source names something that does not exist (a catalogue entry), or has no
        recordings of this modality.
    """
    if modality not in source.modalities:
        raise DatasetError(
            f"datasets.{name or '<name>'}.modality: a source of type {source.type!r} brings "
            f"{' or '.join(source.modalities)}, got {modality!r}."
        )
    return SOURCES[source.type](source, name, modality)
