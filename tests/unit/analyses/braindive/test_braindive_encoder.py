import numpy as np
import pytest
import torch
from torch import nn

from neuro.analyses.braindive import encoder, regions
from neuro.analyses.braindive.augment import variants
from neuro.analyses.braindive.blocks import Blocks, Space
from neuro.analyses.braindive.evaluate import (
    correlation,
    explained,
    noise_ceiling,
    permuted,
    signal_to_noise,
)
from neuro.analyses.braindive.features import Features
from neuro.analyses.braindive.pairing import pair
from neuro.analyses.braindive.subdivide import subdivide

ALPHAS = (0.01, 0.1, 1.0, 10.0)


class Flat(nn.Module):
    """Pixels themselves as features, through a fixed mixing."""

    def __init__(self, n_pixels: int, n_features: int) -> None:
        super().__init__()
        mixing = torch.randn(n_pixels, n_features, generator=torch.Generator().manual_seed(3))
        self.mixing = nn.Parameter(mixing)

    def forward(self, pictures):
        return pictures.flatten(1) @ self.mixing


@pytest.fixture
def features():
    return Features(Flat(3 * 8 * 8, 40), 8, (0.5,) * 3, (0.5,) * 3)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).random((50, 1, 8, 8), dtype=np.float32)


def test_predictions_are_those_of_himalaya(features, pixels):
    from himalaya.ridge import RidgeCV
    from sklearn.model_selection import PredefinedSplit

    rng = np.random.default_rng(1)
    X = features.of(pixels).numpy().astype(float)
    y = X @ rng.standard_normal((40, 7)) + rng.standard_normal((50, 7)) * 0.5 + 2
    head = encoder.fit_ridge(X[:40], y[:40], ALPHAS)
    built = encoder.Encoder(features, head, {"all": np.ones(7, bool)})
    peer = RidgeCV(alphas=ALPHAS, cv=PredefinedSplit(np.arange(40) % 5))
    mean, offset = X[:40].mean(axis=0), y[:40].mean(axis=0)
    peer.fit(X[:40] - mean, y[:40] - offset)
    np.testing.assert_allclose(
        built.responses(pixels[40:]), peer.predict(X[40:] - mean) + offset, atol=1e-5
    )
    np.testing.assert_allclose(head.penalties, peer.best_alphas_)
    assert len(set(head.penalties)) > 1


def test_variants_of_an_image_stay_in_one_fold_and_count_as_one(features, pixels):
    rng = np.random.default_rng(1)
    X = features.of(pixels).numpy().astype(float)
    y = X @ rng.standard_normal((40, 7)) + rng.standard_normal((50, 7)) * 0.5
    once = encoder.fit_ridge(X, y, ALPHAS)
    # The same thrice: the same penalties by cross-validation, and the same head, although there
    # are more rows than features now.
    thrice = encoder.fit_ridge(np.stack([X, X, X]), y, ALPHAS)
    np.testing.assert_allclose(thrice.penalties, once.penalties)
    np.testing.assert_allclose(thrice.weights, once.weights, atol=1e-8)
    np.testing.assert_allclose(thrice.bias, once.bias, atol=1e-8)


def test_an_encoder_that_saw_noise_is_moved_less_by_it(pixels):
    """Features of which half mean something, and half are nothing but noise of pixels."""
    rng = np.random.default_rng(2)
    signal = pixels.reshape(50, -1)[:, :8].astype(float)
    y = signal @ rng.standard_normal((8, 3))

    def seen(noise):
        # A tiny difference of pixels, made large: what a network may do.
        return np.hstack([signal, signal + 20 * noise])

    clean = seen(np.zeros(signal.shape))
    noisy = [seen(0.1 * rng.standard_normal(signal.shape)) for _ in range(6)]
    plain = encoder.fit_ridge(clean, y, [0.01])
    robust = encoder.fit_ridge(np.stack([clean, *noisy[:5]]), y, [0.01])
    moved = [np.abs(h.predict(noisy[5]) - h.predict(clean)).mean() for h in (plain, robust)]
    assert moved[1] < moved[0] / 5
    assert correlation(robust.predict(clean), y).min() > 0.99


def test_variants_begin_with_the_image_itself_and_stay_within_range():
    pixels = np.random.default_rng(0).random((200, 1, 4, 4), dtype=np.float32)
    first, *others = variants(pixels, 3, 0.1, 0.05, np.random.default_rng(1))
    np.testing.assert_array_equal(first, pixels)
    assert len(others) == 2
    for other in others:
        assert other.min() >= 0
        assert other.max() <= 1
        # Deviations are even between 0 and the largest, gains between -5 and 5 %.
        inner = (pixels > 0.3) & (pixels < 0.7)
        assert 0.05 < (other - pixels)[inner].std() < 0.07
    again = list(variants(pixels, 3, 0.1, 0.05, np.random.default_rng(1)))
    np.testing.assert_array_equal(again[2], others[1])


def test_a_drive_is_the_signed_sum_of_regions(features, pixels):
    rng = np.random.default_rng(2)
    head = encoder.Head(rng.standard_normal((5, 40)), rng.standard_normal(5), np.ones(5))
    masks = {"a": np.array([1, 1, 0, 0, 0], bool), "b": np.array([0, 0, 1, 1, 1], bool)}
    built = encoder.Encoder(features, head, masks)
    drive = built.drive(regions.direction(masks, {"a": 1, "b": -2}))
    expected = built.activation(pixels, "a") - 2 * built.activation(pixels, "b")
    np.testing.assert_allclose(drive(torch.as_tensor(pixels)), expected, atol=1e-5)


def test_an_encoder_is_read_as_it_was_written(features, pixels, tmp_path):
    head = encoder.Head(np.ones((3, 40)), np.zeros(3), np.ones(3))
    built = encoder.Encoder(features, head, {"a": np.array([True, False, True])})
    encoder.write(tmp_path / "e.safetensors", built, {"subject": "1"})
    again, about = encoder.read(tmp_path / "e.safetensors", features)
    np.testing.assert_array_equal(again.responses(pixels), built.responses(pixels))
    assert about["subject"] == "1"
    assert again.regions["a"].tolist() == [True, False, True]


def test_the_papers_recipe_learns_what_ridge_learns(features, pixels):
    rng = np.random.default_rng(4)
    X = features.of(pixels).numpy()
    y = X @ rng.standard_normal((40, 3)) * 3
    head = encoder.fit_adamw(X, y, rng, n_epochs=150, batch=25, rate=5e-2, decay=0.0)
    assert correlation(head.predict(X), y).min() > 0.95
    # Variants of images: an epoch takes one of them.
    varied = encoder.fit_adamw(np.stack([X, X]), y, np.random.default_rng(4), n_epochs=2)
    assert varied.weights.shape == (3, 40)


def test_an_image_without_features_gives_numbers(features):
    head = encoder.Head(np.ones((2, 40)), np.array([1.0, 2.0]), np.ones(2))
    built = encoder.Encoder(features, head, {"a": np.ones(2, bool)})
    # Middle grey is zero after normalisation, and zero has no direction.
    np.testing.assert_allclose(built.responses(np.full((1, 1, 8, 8), 0.5)), [[1.0, 2.0]])


def test_a_mask_with_no_voxel_is_refused(features):
    head = encoder.Head(np.ones((3, 40)), np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="region 'face': the mask has no voxel"):
        encoder.Encoder(features, head, {"face": np.zeros(3, bool)})
    with pytest.raises(ValueError, match=r"region 'face': mask of shape \(4,\), but there are 3"):
        encoder.Encoder(features, head, {"face": np.ones(4, bool)})
    with pytest.raises(ValueError, match=r"no \['word'\]; there are \['face'\]"):
        regions.direction({"face": np.ones(3, bool)}, {"word": 1.0})


def test_images_and_responses_of_different_counts_are_refused():
    with pytest.raises(ValueError, match="8 images, but responses to 7"):
        encoder.fit_ridge(np.ones((8, 4)), np.ones((7, 2)), ALPHAS)
    with pytest.raises(ValueError, match="8 images, but responses to 7"):
        encoder.fit_adamw(np.ones((8, 4)), np.ones((7, 2)), np.random.default_rng(0))


def test_noise_ceiling_is_the_r2_of_the_true_signal():
    rng = np.random.default_rng(5)
    ratio = np.array([0.3, 1.0, 2.0])
    truth = rng.standard_normal((4000, 3)) * ratio
    trials = truth[:, None] + rng.standard_normal((4000, 3, 3))
    found = signal_to_noise(trials)
    np.testing.assert_allclose(found, ratio, atol=0.05)
    reached = explained(truth, trials.mean(axis=1))
    np.testing.assert_allclose(noise_ceiling(found, 3), reached, atol=0.03)
    # The form in percent of Allen et al. for a single trial.
    np.testing.assert_allclose(100 * noise_ceiling(ratio, 1), 100 * ratio**2 / (ratio**2 + 1))
    with pytest.raises(ValueError, match="noise is told from repeats"):
        signal_to_noise(trials[:, :1])


def test_permutations_find_what_is_predicted_and_nothing_else():
    rng = np.random.default_rng(6)
    measured = rng.standard_normal((40, 6))
    predicted = rng.standard_normal((40, 6))
    predicted[:, 0] = measured[:, 0] + 0.5 * rng.standard_normal(40)
    tested = permuted(predicted, measured, lambda: rng.permutation(measured), 199)
    p = tested.voxel_p()
    assert p[0] == pytest.approx(0.005)
    assert p[1:].min() > 0.05
    assert tested.mean_p(np.arange(6) == 0) == pytest.approx(0.005)


def test_planted_clusters_of_voxels_are_found_and_stable():
    rng = np.random.default_rng(7)
    axes = rng.standard_normal((2, 30))
    truth = np.repeat([0, 1], [14, 10])

    def noisy(amount):
        return axes[truth] * rng.uniform(0.5, 2, (24, 1)) + amount * rng.standard_normal((24, 30))

    halves = [(noisy(0.5), noisy(0.5)) for _ in range(4)]
    found = subdivide(noisy(0.3), halves, 2, rng)
    np.testing.assert_array_equal(found.labels, truth)  # the largest comes first
    assert found.stability.mean() > 0.9
    unrelated = [(rng.standard_normal((24, 30)), rng.standard_normal((24, 30))) for _ in range(10)]
    assert abs(subdivide(noisy(0.3), unrelated, 2, rng).stability.mean()) < 0.15
    with pytest.raises(ValueError, match="3 voxels cannot be parted into 2"):
        subdivide(noisy(0.3)[:3], [], 2, rng)


def test_parts_of_a_region_show_in_responses_to_single_images_and_not_by_category():
    """Voxels prefer faces, and each half of them other faces: blocks of many faces hide which."""
    rng = np.random.default_rng(11)
    truth = np.repeat([0, 1], 12)
    tuning = np.zeros((24, 20))
    tuning[:, 0], tuning[np.arange(24), 1 + truth] = 1, 1.5

    def images(n, axis):
        found = rng.standard_normal((n, 20)) + 2 * axis * (np.arange(20) == 0)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    X = np.concatenate([images(80, 1), images(80, 0)])
    categories = np.repeat(["face", "other"], 80)

    def noisy(signal):
        return signal + 0.2 * rng.standard_normal(signal.shape)

    def single():
        return encoder.fit_ridge(X, noisy(X @ tuning.T), ALPHAS).weights

    def by_category():
        """Blocks of 24 images, which are others than those that the encoder is fitted to."""
        shown = [(images(24, i % 2) @ tuning.T).mean(axis=0) for i in range(24)]
        space = Space(np.zeros((24, 3), np.int32), (1, 1, 1), np.eye(4))
        names = np.array(["shoe", "face"] * 12)
        blocks = Blocks(noisy(np.array(shown)), names, np.arange(24) // 4, space)
        paired = pair(categories, blocks, {"face": ["face"], "other": []}, 3, rng)
        return encoder.fit_ridge(X, paired, ALPHAS).weights

    found = subdivide(single(), [(single(), single()) for _ in range(4)], 2, rng)
    assert len(set(zip(found.labels.tolist(), truth.tolist(), strict=True))) == 2
    assert found.stability.mean() > 0.9
    hidden = subdivide(by_category(), [(by_category(), by_category()) for _ in range(8)], 2, rng)
    assert hidden.stability.mean() < 0.3
