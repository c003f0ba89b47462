import numpy as np
import pytest
import torch

from neuro.analyses.braindive import denoiser
from neuro.analyses.braindive.denoiser import Shape
from neuro.analyses.braindive.training import Recipe, Trainer

SMALL = Shape(size=8, widths=(8, 8), groups=4)
RECIPE = Recipe(n_steps=12, batch=8, every=4, warmup=2, rate=3e-3)


@pytest.fixture(scope="module")
def pixels():
    rng = np.random.default_rng(0)
    return np.clip(rng.normal(0.5, 0.1, (20, 1, 9, 9)), 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def whole(pixels):
    trainer = Trainer(SMALL, pixels, pixels[:4, :, :8, :8], RECIPE)
    trainer.run()
    return trainer


def test_a_run_that_was_stopped_goes_on_bit_by_bit(whole, pixels, tmp_path):
    state = tmp_path / "state.safetensors"
    for until in (4, 9, None):  # what came after the last look is done again
        trainer = Trainer(SMALL, pixels, pixels[:4, :, :8, :8], RECIPE)
        trainer.run(state, until)
    assert trainer.curve == whole.curve
    for name, value in trainer.finished().state_dict().items():
        assert torch.equal(value, whole.finished().state_dict()[name])


def test_training_lowers_the_loss_of_held_out_images(whole):
    losses = [held for _, _, held in whole.curve]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


def test_training_stops_when_held_out_images_gain_no_more(pixels):
    still = Recipe(n_steps=40, batch=2, every=1, patience=2, rate=0.0, floor=0.0)
    trainer = Trainer(SMALL, pixels, pixels[:4, :, :8, :8], still)
    trainer.run()
    assert trainer.step == 3  # the first look, and two without improvement


def test_a_denoiser_is_read_as_it_was_written(whole, tmp_path):
    path = tmp_path / "d.safetensors"
    denoiser.write(path, whole.finished(), SMALL, {"seed": 1})
    network, shape, about = denoiser.read(path)
    assert shape == SMALL
    assert about["seed"] == 1
    noisy = torch.randn(1, 1, 8, 8)
    assert torch.equal(network(noisy, 3).sample, whole.finished()(noisy, 3).sample)


def test_other_settings_are_not_gone_on_with(whole, pixels, tmp_path):
    whole.save(tmp_path / "s.safetensors")
    other = Trainer(SMALL, pixels, pixels[:4, :, :8, :8], Recipe(n_steps=13))
    with pytest.raises(ValueError, match=r"recipe\.n_steps is 12 in the checkpoint and 13 here"):
        other.resume(tmp_path / "s.safetensors")


def test_a_pickled_checkpoint_is_refused(whole, tmp_path):
    path = tmp_path / "d.pt"
    torch.save(whole.finished().state_dict(), path)
    with pytest.raises(ValueError, match=r"d\.pt: a pickled checkpoint, which can run code"):
        denoiser.read(path)
    torch.save(whole.finished().state_dict(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match="a pickled checkpoint"):
        denoiser.read(path)
    path.write_bytes(b"\0" * 40)
    with pytest.raises(ValueError, match="not a readable checkpoint"):
        denoiser.read(path)


def test_sizes_that_do_not_fit_are_refused(pixels):
    with pytest.raises(ValueError, match=r"3 levels need a multiple of 4 pixels\. Got 25"):
        Shape(size=25)
    with pytest.raises(ValueError, match=r"widths: \[12\] are no multiples of 8 groups"):
        Shape(widths=(12, 16))
    with pytest.raises(ValueError, match="9 x 9 pixels are too few for a denoiser of 12"):
        Trainer(Shape(size=12, widths=(8, 8)), pixels, pixels, RECIPE)
    with pytest.raises(ValueError, match=r"for 3 channel\(s\). Got shape \(20, 1, 9, 9\)"):
        Trainer(Shape(size=8, n_channels=3, widths=(8, 8)), pixels, pixels, RECIPE)
