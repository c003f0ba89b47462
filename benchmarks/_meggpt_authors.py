"""The authors' own tokenizer, timed from a copy of their repository: `--peer PATH`.

`python -m benchmarks._meggpt_authors PATH` prints the CPU seconds of a training step and of tokens
of 52 channels; the benchmark calls it in a process of its own.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

from benchmarks._meggpt_peer import WINDOW, fastest

LAYERS = Path("ephys_tokenizer/models/layers.py")
CHANNELS = 52


def seconds(path: str) -> dict[str, float]:
    """Seconds of a training step (`train`) and of tokens (`encode`) of 52 channels x 200."""
    command = [sys.executable, "-m", "benchmarks._meggpt_authors", path]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def _measure(path: Path) -> dict[str, float]:
    spec = importlib.util.spec_from_file_location("layers", path / LAYERS)
    if spec is None or spec.loader is None or not (path / LAYERS).exists():
        raise FileNotFoundError(f"{path}: no copy of EphysTokenizer, which has {LAYERS}")
    layers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(layers)
    model = nn.ModuleList(
        [
            layers.EncoderLayer(rnn_type="gru", rnn_n_layers=1, rnn_n_units=128),
            layers.TokenWeightsLayer(input_dim=128, output_dim=128),
            layers.DecoderLayer(
                n_channels=CHANNELS, sequence_length=WINDOW, n_tokens=128, token_dim=10,
                token_kernel_padding="same", token_kernel_bias=True, token_groups=1,
            ),
        ]
    )  # fmt: skip
    model[1].temperature = 0.5
    loss = layers.MSELossLayer()
    x = torch.randn(1, WINDOW, CHANNELS)
    optimizer = torch.optim.Adam(model.parameters(), 1e-5, eps=1e-7)

    def step() -> None:
        optimizer.zero_grad()
        loss(x, model[2](model[1](model[0](x)))[0]).backward()
        optimizer.step()

    def encode() -> None:
        with torch.no_grad():
            model[2](model[1](model[0](x)))[1].argmax(-1)

    train = fastest(step)
    model.eval()
    return {"train": train, "encode": fastest(encode)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(_measure(Path(sys.argv[1]))))
