import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from neuro.analyses.braindive import efficientnet, features, weights
from neuro.analyses.braindive.efficientnet import STAGES, EfficientNetLite0, converted
from neuro.analyses.braindive.zero_shot import ZeroShot
from neuro.config import BrainDive


@pytest.fixture(scope="module")
def published():
    """A state dict by the published names, of random numbers."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    own = EfficientNetLite0().state_dict()
    names = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    parts = {"expand": ("expand", 0), "depthwise": ("depthwise", 1), "project": ("project", 2)}
    for key, value in own.items():
        if not key.endswith(".weight"):
            continue
        module = key.removesuffix(".weight")
        if module in names:
            conv, norm = names[module]
        else:
            _, block, part = module.split(".")
            conv = f"_blocks.{block}._{parts[part][0]}_conv"
            norm = f"_blocks.{block}._bn{parts[part][1]}"
        n = len(value)
        fan = value[0].numel()
        state[f"{conv}.weight"] = torch.randn(value.shape, generator=generator) / fan**0.5
        state[f"{norm}.weight"] = 0.5 + torch.rand(n, generator=generator)
        state[f"{norm}.bias"] = torch.rand(n, generator=generator)
        state[f"{norm}.running_mean"] = 0.1 * torch.randn(n, generator=generator)
        state[f"{norm}.running_var"] = 0.5 + torch.rand(n, generator=generator)
    return state


def unfolded(state, pictures):
    """The network as published: convolution, batch normalisation, ReLU6, step by step."""

    def step(values, conv, norm, stride=1, groups=1, active=True):
        weight = state[f"{conv}.weight"]
        kernel = weight.shape[2]
        out = -(-values.shape[2] // stride)
        pad = max((out - 1) * stride + kernel - values.shape[2], 0)
        values = functional.pad(values, [pad // 2, pad - pad // 2] * 2)
        values = functional.conv2d(values, weight, stride=stride, groups=groups)
        told = [state[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
        values = functional.batch_norm(values, *told, eps=1e-3)
        return functional.relu6(values) if active else values

    values = step(pictures, "_conv_stem", "_bn0", 2)
    number = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            below = f"_blocks.{number}."
            hidden = values
            if stage.expansion > 1:
                hidden = step(hidden, f"{below}_expand_conv", f"{below}_bn0")
            hidden = step(
                hidden, f"{below}_depthwise_conv", f"{below}_bn1", stride, hidden.shape[1]
            )
            hidden = step(hidden, f"{below}_project_conv", f"{below}_bn2", active=False)
            values = hidden + values if repeat else hidden
            number += 1
    return step(values, "_conv_head", "_bn1").mean(dim=(2, 3))


def test_conversion_gives_the_published_network(published, tmp_path):
    torch.save(published, tmp_path / "w.pth")
    weights.convert(tmp_path / "w.pth", tmp_path / "w.safetensors")
    network = efficientnet.read(tmp_path / "w.safetensors")
    pictures = torch.rand(2, 3, 50, 50, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        network(pictures), unfolded(published, pictures), atol=1e-3, rtol=1e-3
    )
    found = features.lite0(tmp_path / "w.safetensors").of(np.full((3, 1, 20, 20), 0.3))
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3))


def test_a_pickle_with_code_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("it ran",))

    torch.save({"_conv_stem.weight": Evil()}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth: a pickle with more than tensors in it"):
        weights.convert(tmp_path / "w.pth", tmp_path / "w.safetensors")
    assert not (tmp_path / "w.safetensors").exists()


def test_weights_that_are_missing_are_named(published):
    lacking = {k: v for k, v in published.items() if k != "_bn1.bias"}
    with pytest.raises(ValueError, match=r"EfficientNet-Lite0: '_bn1\.bias' is missing"):
        converted(lacking)


def test_pixels_need_one_or_three_channels(published, tmp_path):
    torch.save(published, tmp_path / "w.pth")
    weights.convert(tmp_path / "w.pth", tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=r"Got \(1, 2, 8, 8\)"):
        features.lite0(tmp_path / "w.safetensors").of(np.zeros((1, 2, 8, 8)))


def test_clip_is_read_from_a_folder_and_gives_a_gradient(tmp_path):
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        projection_dim=6,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=16,
        patch_size=8,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(tmp_path / "clip")
    found = features.clip(tmp_path / "clip")
    pixels = torch.rand(2, 3, 10, 10, requires_grad=True)
    embeds = found(pixels)
    assert embeds.shape == (2, 6)
    embeds[:, 0].sum().backward()
    assert pixels.grad.abs().max() > 0
    with pytest.raises(ValueError, match=r"features\.model: .*neither a folder nor a model"):
        features.clip(tmp_path / "nothing")


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory):
    """CLIP of random weights, with a tokenizer that knows single letters."""
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: i for i, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt")).save_pretrained(folder)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2, "projection_dim": 8}
    text = small | {"vocab_size": len(words), "eos_token_id": vocabulary["<|endoftext|>"]}
    vision = small | {"image_size": 16, "patch_size": 8}
    torch.manual_seed(0)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)
    CLIPModel(config).save_pretrained(folder)
    return folder


def test_clip_names_the_text_that_is_nearest(tiny_clip):
    from transformers import AutoTokenizer, CLIPModel

    labels = {"face": "a face", "place": "a place", "food": "food"}
    judge = ZeroShot(str(tiny_clip), labels)
    pixels = np.random.default_rng(0).random((40, 1, 16, 16), dtype=np.float32)
    found = judge(pixels)
    # As the whole model of transformers does it.
    model = CLIPModel.from_pretrained(tiny_clip).eval()
    tokens = AutoTokenizer.from_pretrained(tiny_clip)(
        list(labels.values()), padding=True, return_tensors="pt"
    )
    mean, sd = (torch.tensor(v)[:, None, None] for v in (features.CLIP_MEAN, features.CLIP_SD))
    seen = (torch.as_tensor(pixels).expand(-1, 3, -1, -1) - mean) / sd
    with torch.no_grad():
        expected = model(pixel_values=seen, **tokens).logits_per_image.argmax(dim=1)
    assert found.tolist() == [list(labels)[i] for i in expected]
    with pytest.raises(ValueError, match=r"zero_shot\.model: .*neither a folder nor a model"):
        ZeroShot(str(tiny_clip / "nothing"), labels)


def test_a_third_judge_needs_a_text_for_the_target():
    with pytest.raises(ValueError, match=r"zero_shot\.labels: no text for 'face'"):
        BrainDive.model_validate({"zero_shot": {"model": "m", "labels": {"a": "a", "b": "b"}}})
