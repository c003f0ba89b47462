import typing

import pytest

from neuro.config import source as sources
from neuro.config.base import Strict
from neuro.datasets.base import DatasetError, DatasetSource
from neuro.datasets.registry import SOURCES, open_source


def configured_types():
    union = typing.get_args(sources.Source)[0]
    return {typing.get_args(m.model_fields["type"].annotation)[0] for m in typing.get_args(union)}


def test_every_configured_type_has_a_plugin_and_no_other():
    assert set(SOURCES) == configured_types()


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_plugin_keeps_the_contract(kind, touch_tree, toy_config):
    root = touch_tree("sub-01/eeg/sub-01_task-x_eeg.edf")
    examples: dict[str, Strict] = {
        "bids": sources.BidsSource(type="bids", path=str(root)),
        "catalogue": sources.CatalogueSource(type="catalogue", name="pylossless"),
        "files": sources.FilesSource(
            type="files", path=str(root), pattern="sub-{subject}/eeg/*.edf"
        ),
        "moabb": sources.MoabbSource(type="moabb", name="FakeDataset"),
        "neuropal": sources.NeuropalSource(type="neuropal", files=[str(root / "x.mat")]),
        "nilearn": sources.NilearnSource(type="nilearn", fetcher="fetch_adhd"),
        "nwb": sources.NwbSource(type="nwb", path=str(root), pattern="**/*"),
        "openneuro": sources.OpenNeuroSource(type="openneuro", accession="ds000001", tag="1.0"),
        "package": toy_config(),
        "people": sources.PeopleSource(type="people"),
        "region_series": sources.RegionSeriesSource(
            type="region_series", path=str(root), pattern="{subject}.1D", people="people.csv"
        ),
        "rhythms": sources.RhythmsSource(type="rhythms"),
        "simulate": sources.SimulateSource(type="simulate"),
        "url": sources.UrlSource(
            type="url", archive={"url": "https://example.org/x.zip", "sha256": "0" * 64}
        ),
        "switching": sources.SwitchingSource(type="switching"),
        "worms": sources.WormsSource(type="worms"),
    }
    (root / "x.nwb").touch()
    (root / "x.mat").touch()
    (root / "x.1D").touch()
    (root / "people.csv").touch()
    calcium = dict.fromkeys(("neuropal", "nwb", "worms"), "calcium")
    folders = {
        "nilearn": "fmri",
        "people": "multimodal",
        "region_series": "features",
        "rhythms": "trials",
        "switching": "spikes",
    }
    modality = {**folders, **calcium}.get(kind, "eeg")
    plugin = open_source(examples[kind], "mine", modality)
    assert isinstance(plugin, DatasetSource)
    assert type(plugin) is SOURCES[kind]
    assert plugin.license
    assert plugin.citation
    assert (plugin.local_root is not None) == (kind == "bids")
    assert bool(plugin.checksum) == (kind in {"catalogue", "package", "url"})
    assert plugin.pinned == (kind in {"catalogue", "package", "url", "openneuro"})
    makers = {"files", "moabb", "neuropal", "nilearn", "nwb", "simulate", "switching", "worms"}
    makers |= {"people", "region_series", "rhythms"}
    assert plugin.makes_data == (kind in makers)
    assert bool(plugin.makers) == plugin.makes_data
    listing = plugin.listing()
    fetched_first = {"moabb", "neuropal", "nilearn", "nwb", "openneuro", "package", "url"}
    assert (listing is None) == (kind in fetched_first)
    assert plugin.provenance()["type"] == kind


def test_source_of_another_modality_is_an_error():
    source = sources.MoabbSource(type="moabb", name="FakeDataset")
    with pytest.raises(
        DatasetError,
        match=r"datasets\.mine\.modality: a source of type 'moabb' brings eeg, got 'meg'",
    ):
        open_source(source, "mine", "meg")


def test_entry_of_another_modality_is_an_error():
    source = sources.CatalogueSource(type="catalogue", name="haxby")
    with pytest.raises(
        DatasetError, match=r"datasets\.mine\.modality must be 'fmri' for .* 'haxby', got 'eeg'"
    ):
        open_source(source, "mine", "eeg")
