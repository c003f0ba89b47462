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
        "package": toy_config(),
        "simulate": sources.SimulateSource(type="simulate"),
    }
    plugin = open_source(examples[kind], "mine")
    assert isinstance(plugin, DatasetSource)
    assert type(plugin) is SOURCES[kind]
    assert plugin.license
    assert plugin.citation
    assert (plugin.local_root is not None) == (kind == "bids")
    assert bool(plugin.checksum) == (kind in {"catalogue", "package"})
    listing = plugin.listing()
    assert (listing is None) == (kind == "package")
    assert plugin.provenance()["type"] == kind
