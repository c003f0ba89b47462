import numpy as np
import pytest
import torch

from neuro.analyses.braindive import denoiser
from neuro.analyses.braindive.augment import Augmentation
from neuro.analyses.braindive.denoiser import Shape, build
from neuro.analyses.braindive.mixture import FLOOR, SMOOTH, Mixture, fit, folds_of
from neuro.analyses.braindive.training import Recipe, Trainer

SHAPE = Shape(size=8, widths=(8, 8), groups=4, parts=2)
CATEGORIES = ["bright", "dark"] * 10


@pytest.fixture(scope="module")
def pixels():
    rng = np.random.default_rng(0)
    middle = np.where(np.arange(20) % 2, 0.3, 0.7)[:, None, None, None]
    return np.clip(rng.normal(middle, 0.1, (20, 1, 9, 9)), 0, 1).astype(np.float32)


def test_clean_image_and_v_are_those_of_bayes_rule():
    generator = torch.Generator().manual_seed(0)
    mixture = Mixture(2, 4).double()
    covariances = []
    for i in range(2):
        factor = torch.randn(4, 4, generator=generator, dtype=torch.float64)
        covariances.append(factor @ factor.T)
        mixture.variance[i], mixture.basis[i] = torch.linalg.eigh(covariances[i])
        mixture.mean[i] = torch.randn(4, generator=generator, dtype=torch.float64)
    mixture.share[:] = torch.tensor([0.3, 0.7])
    noisy = torch.randn(1, 1, 2, 2, generator=generator, dtype=torch.float64)
    alpha, flat = 0.6, noisy.flatten()
    weights, means = [], []
    for share, mean, covariance in zip(mixture.share, mixture.mean, covariances, strict=True):
        total = alpha * covariance + (1 - alpha) * torch.eye(4)
        gaussian = torch.distributions.MultivariateNormal(alpha**0.5 * mean, total)
        weights.append(share * gaussian.log_prob(flat).exp())
        gain = alpha**0.5 * covariance @ torch.linalg.inv(total)
        means.append(mean + gain @ (flat - alpha**0.5 * mean))
    expected = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
    velocity, clean = mixture(noisy, torch.tensor([alpha], dtype=torch.float64))
    torch.testing.assert_close(clean.flatten(), expected)
    noise = (flat - alpha**0.5 * expected) / (1 - alpha) ** 0.5
    torch.testing.assert_close(
        velocity.flatten(), alpha**0.5 * noise - (1 - alpha) ** 0.5 * expected
    )


def test_moments_are_those_of_the_variants_that_training_shows(pixels):
    augmentation = Augmentation(contrast=0.3, brightness=0.1)
    images = torch.as_tensor(0.3 + 0.4 * pixels)  # far from black and white, which would cut
    found = fit([images], 8, augmentation)
    drawn = augmentation(images[torch.arange(20).repeat(1000)], 8, torch.Generator().manual_seed(0))
    drawn = 2 * drawn.flatten(1).double() - 1
    torch.testing.assert_close(found.mean[0].double(), drawn.mean(dim=0), atol=0.01, rtol=0)
    total = float(drawn.var(dim=0).sum()) + 64 * FLOOR
    assert float(found.variance.sum()) == pytest.approx(total, rel=0.02)
    # Of what depends on more than the distance between pixels, a share is left.
    covariance = (found.basis[0] * found.variance[0]) @ found.basis[0].T
    one = covariance.diagonal() - covariance.diagonal().mean()
    other = drawn.var(dim=0) - drawn.var(dim=0).mean()
    slope = float((one.double() * other).sum() / other.square().sum())
    assert slope == pytest.approx(1 - SMOOTH, abs=0.15)


def test_training_corrects_a_mixture_that_has_not_seen_the_image(pixels, tmp_path):
    recipe = Recipe(n_steps=6, batch=8, every=3, warmup=2)
    held_out = pixels[:4, :, :8, :8]
    whole = Trainer(SHAPE, pixels, held_out, recipe, categories=CATEGORIES)
    other = pixels.copy()
    other[0] = 1 - other[0]
    changed = Trainer(SHAPE, other, held_out, recipe, categories=CATEGORIES)
    noisy, alphas = torch.randn(1, 1, 8, 8), torch.tensor([0.5])
    first = torch.tensor([0])
    for left, right in zip(
        whole._expected(noisy, alphas, first), changed._expected(noisy, alphas, first), strict=True
    ):
        assert torch.equal(left, right)
    assert not torch.equal(whole.mixture.mean, changed.mixture.mean)
    whole.run()
    state = tmp_path / "state.safetensors"
    for until in (4, None):
        again = Trainer(SHAPE, pixels, held_out, recipe, categories=CATEGORIES)
        again.run(state, until)
    assert again.curve == whole.curve
    denoiser.write(tmp_path / "d.safetensors", whole.finished(), SHAPE, {})
    network, shape, _ = denoiser.read(tmp_path / "d.safetensors")
    assert shape == SHAPE
    assert network.config.in_channels == 1
    assert torch.equal(network(noisy, 3).sample, again.finished()(noisy, 3, return_dict=False)[0])


def test_before_training_the_mixture_alone_denoises(pixels):
    found = build(SHAPE)
    found.mixture = fit(list(torch.as_tensor(pixels)[:, None].unbind()[:1]), 8, Augmentation())
    noisy = torch.randn(3, 1, 8, 8)
    velocity, _ = found.mixture(noisy, denoiser.alphas()[torch.tensor([400] * 3)])
    assert torch.equal(found(noisy, 400).sample, velocity)


def test_what_no_gaussian_can_be_fitted_to_is_told(pixels):
    with pytest.raises(ValueError, match=r"categories \['odd'\] have one training image each"):
        folds_of(["face", "face", "odd"], 5)
    with pytest.raises(ValueError, match="5184 values each are too many for Gaussians"):
        fit([torch.zeros(2, 1, 72, 72)], 72, Augmentation())
    with pytest.raises(ValueError, match="a category without a training image"):
        fit([torch.as_tensor(pixels), torch.zeros(0, 1, 9, 9)], 8, Augmentation())
