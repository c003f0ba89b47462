"""Every registered network: shape, size, a training step, save and load, refusal of channels."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuro.analyses.eegbench.method import NotApplicableError
from neuro.analyses.eegbench.networks.channels import TEN_TWENTY, head_positions
from neuro.analyses.eegbench.networks.classifiers import check_shape
from neuro.analyses.eegbench.networks.contracts import Limits, NetworkInput, plan_input
from neuro.analyses.eegbench.networks.cost import count_parameters
from neuro.analyses.eegbench.networks.encoders import classified
from neuro.analyses.eegbench.networks.library import library_model, quiet
from neuro.analyses.eegbench.networks.registry import ARCHITECTURES
from neuro.analyses.eegbench.networks.training import seeded
from neuro.analyses.eegbench.networks.weights import (
    load_weights,
    save_weights,
    saved_parameters,
)
from neuro.analyses.eegbench.trials import Sensors

SENSORS = Sensors(TEN_TWENTY, ("eeg",) * 19, 128.0, -0.2, "V", head_positions(TEN_TWENTY))
UNPLACED = Sensors(("1", "2", "3"), ("eeg",) * 3, 128.0, 0.0, "arbitrary")

PARAMETERS = {
    "eegnet": 1603,
    "deep4net": 135_003,
    "shallowfbcsp": 31_763,
    "eegconformer": 180_579,
    "eeginception-erp": 15_479,
    "ctnet": 150_403,
    "atcnet": 14_915,
    "medformer": 2_411_523,
    "patchtst": 113_219,
    "itransformer": 113_667,
    "patch-uni": 113_219,
    "patch-multi": 122_819,
    "patch-whole": 113_667,
    "histn": 723,
    "biot": 3_186_176,
    "labram": 5_817_136,
    "cbramod": 4_924_000,
    "eegpt": 25_287_168,
    "bendr": 157_140_537,
    "reve": 69_189_120,
    "luna": 6_572_089,
    "signaljepa": 3_456_852,
    "codebrain": 15_167_600,
    "crisscross": 79_961,
}
FLEXIBLE = ("biot", "cbramod", "codebrain", "crisscross")
"""Encoders that take any channels as long as they have no weights."""

names = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if a.heavy else name
        for name, a in ARCHITECTURES.items()
    ],
)


def given_for(name: str) -> NetworkInput:
    plan = plan_input(ARCHITECTURES[name].contract, SENSORS, 128, name, Limits())
    return NetworkInput(replace(plan.made), plan.n_times, 3)


@names
def test_shape_size_step_and_file_of_each_network(name: str, tmp_path) -> None:
    architecture, given = ARCHITECTURES[name], given_for(name)
    n_channels = given.n_channels
    with seeded(1), quiet():
        module = architecture.make(given)
        n_parameters = count_parameters(module)
        whole = classified(module, given, 1) if architecture.foundation else module
        x = torch.randn(3, n_channels, given.n_times)
        whole.train()
        before = [p.detach().clone() for p in whole.parameters()]
        optimizer = torch.optim.SGD([p for p in whole.parameters() if p.requires_grad], lr=0.1)
        logits = whole(x)
        torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
        optimizer.step()

    assert logits.shape == (3, 3)
    assert n_parameters == PARAMETERS[name]
    moved = [not torch.equal(a, b) for a, b in zip(before, whole.parameters(), strict=True)]
    assert np.mean(moved) > 0.5  # SignalJEPA keeps the decoder of its pretraining

    module.eval()
    save_weights(module, tmp_path / name, {})
    with torch.no_grad(), quiet():
        expected = module(x[:2])
        for parameter in module.parameters():  # to build another takes a second for the large ones
            parameter.add_(0.5)
        assert not torch.allclose(module(x[:2]), expected)
        assert load_weights(module, str(tmp_path / name), name).share == 1
        torch.testing.assert_close(module(x[:2]), expected)


@names
def test_each_network_refuses_channels_it_was_not_built_for(name: str) -> None:
    given = given_for(name)
    wrong = np.zeros((2, given.n_channels + 1, given.n_times), np.float32)

    with pytest.raises(ValueError, match=rf"{name} was built for trials of {given.n_channels} ch"):
        check_shape(wrong, given, name)
    contract = ARCHITECTURES[name].contract
    if contract.channels or contract.positions:
        with pytest.raises(NotApplicableError, match=f"{name}.*positions.*[Ll]eave|leave {name}"):
            plan_input(contract, UNPLACED, 128, name, Limits(), pretrained=True)
    if name in FLEXIBLE:
        plan = plan_input(contract, UNPLACED, 128, name, Limits())
        assert len(plan.made.ch_names) == 3


def test_every_encoder_says_where_its_weights_are() -> None:
    published = [a for a in ARCHITECTURES.values() if a.foundation and not a.pretrained_here]
    assert len(published) == 9
    assert all("/" in a.hub for a in published)


def test_weights_saved_by_braindecode_find_their_place(tmp_path) -> None:
    given = given_for("biot")
    with seeded(1), quiet():
        published = library_model(
            "BIOT", n_chans=given.n_channels, n_times=given.n_times, n_outputs=5, embed_dim=64
        )
        published.save_pretrained(tmp_path)
        size = saved_parameters(str(tmp_path))
        ours = ARCHITECTURES["biot"].make(given, **size)
        loaded = load_weights(ours, str(tmp_path), "biot")
        published.eval()
        ours.eval()
        x = torch.randn(2, given.n_channels, given.n_times)
        with torch.no_grad():
            expected = published(x, return_features=True)["features"]
            torch.testing.assert_close(ours(x), expected)

    assert size["embed_dim"] == 64
    assert loaded.share == 1
    assert all(name.startswith("final_layer") for name in loaded.unused)  # the head of its task
