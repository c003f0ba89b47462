"""What a file holds that is read as a checkpoint."""

import pytest
import torch
from safetensors.torch import save_file

from neuro.torchkit.checkpoint import read_state, write_state


def test_tensors_and_settings_come_back(tmp_path):
    write_state(tmp_path / "a.safetensors", {"w": torch.ones(2)}, {"size": 2})
    tensors, about = read_state(tmp_path / "a.safetensors")
    assert tensors["w"].tolist() == [1, 1]
    assert about == {"size": 2}


@pytest.mark.parametrize("metadata", [None, {"about": '{"size": '}, {"about": "[1]"}])
def test_a_file_without_settings_is_named(tmp_path, metadata):
    save_file({"w": torch.ones(2)}, tmp_path / "a.safetensors", metadata=metadata)
    with pytest.raises(ValueError, match="without the settings"):
        read_state(tmp_path / "a.safetensors")
