import pytest
import torch

from neuro.torchkit.device import pick_device


def test_auto_takes_what_there_is():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert pick_device("auto").type == expected
    assert pick_device("cpu").type == "cpu"


@pytest.mark.parametrize("device", ["gpu", "cpu:0", "cuda:x", "auto:1"])
def test_a_name_that_is_no_device_is_refused(device):
    with pytest.raises(ValueError, match=r"Allowed: auto, cpu, cuda, cuda:<index>"):
        pick_device(device)


def test_a_device_that_is_not_here_is_refused():
    with pytest.raises(ValueError, match=r"torch sees \d+ CUDA device"):
        pick_device("cuda:99")
