import typing

import pytest

from neuro.config import source as sources
from neuro.config.base import Strict
from neuro.datasets.base import DatasetSource
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
        "openneuro": sources.OpenNeuroSource(type="openneuro", accession="ds000001", tag="1.0"),
        "package": toy_config(),
        "simulate": sources.SimulateSource(type="simulate"),
        "url": sources.UrlSource(
            type="url", archive={"url": "https://example.org/x.zip", "sha256": "0" * 64}
        ),
    }
    plugin = open_source(examples[kind], "mine")
    assert isinstance(plugin, DatasetSource)
    assert type(plugin) is SOURCES[kind]
    assert plugin.license
    assert plugin.citation
    assert (plugin.local_root is not None) == (kind == "bids")
    assert bool(plugin.checksum) == (kind in {"catalogue", "package", "url"})
    assert plugin.pinned == (kind in {"catalogue", "package", "url", "openneuro"})
    assert plugin.makes_data == (kind in {"files", "moabb", "simulate"})
    listing = plugin.listing()
    assert (listing is None) == (kind in {"moabb", "openneuro", "package", "url"})
    assert plugin.provenance()["type"] == kind
