import numpy as np
import pytest
import torch
from PIL import Image

from neuro.analyses.braindive import images
from neuro.analyses.braindive.augment import Augmentation
from neuro.analyses.braindive.nearest import distances, diversity, variants


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    rows = ["file\tcategory"]
    for i, category in enumerate(["face", "house", "face", "house"]):
        Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).save(tmp_path / f"{i}.png")
        rows.append(f"{i}.png\t{category}")
    (tmp_path / "images.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_images_of_a_folder(folder):
    found = images.from_folder(folder)
    assert found.pixels.shape == (4, 1, 6, 6)
    assert found.of("house").names.tolist() == ["1.png", "3.png"]
    with pytest.raises(ValueError, match="none of category 'word'; there are: face, house"):
        found.of("word")
    with pytest.raises(ValueError, match="6 x 6 pixels are too few for size 8"):
        found.cropped(8)


def test_an_image_of_wrong_size_or_mode_is_named(folder):
    Image.new("L", (6, 7)).save(folder / "2.png")
    with pytest.raises(ValueError, match=r"2\.png: 7 x 6 pixels; all images must have 6 x 6"):
        images.from_folder(folder)
    Image.new("RGB", (6, 6)).save(folder / "2.png")
    with pytest.raises(ValueError, match=r"2\.png: mode RGB; all images must have mode L"):
        images.from_folder(folder)
    (folder / "2.png").write_text("not an image")
    with pytest.raises(ValueError, match=r"2\.png: not an image that can be read"):
        images.from_folder(folder)
    (folder / "2.png").unlink()
    with pytest.raises(ValueError, match=r"2\.png: no such image, but images\.tsv lists it"):
        images.from_folder(folder)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.full((2, 1, 4, 4), 255.0), "between 0 and 1. Got 255 to 255; divide 8-bit"),
        (np.zeros((2, 2, 4, 4)), r"\(n_images, 1 or 3, height, width\). Got \(2, 2, 4, 4\)"),
        (np.zeros((0, 1, 4, 4)), "there is none"),
        (np.zeros((3, 1, 4, 4)), "3 images, 2 categories and 2 names"),
    ],
)
def test_arrays_that_are_no_images_are_refused(pixels, message):
    two = np.array(["a", "b"])
    with pytest.raises(ValueError, match=message):
        images.ImageSet(pixels, two, two)


def test_faces_are_split_by_category():
    every = images.faces()
    train, held = images.split(every, 0.2, np.random.default_rng(0))
    assert not set(train) & set(held)
    assert (every.select(held).categories == "face").sum() == 20
    assert len(train) == 160
    with pytest.raises(ValueError, match="of which 100 would be held out and none left"):
        images.split(every, 1.0, np.random.default_rng(0))


def test_an_augmented_image_is_a_variant_that_memory_is_measured_against():
    """Without changes of contrast, each is found among the shifts and mirror images."""
    pixels = torch.as_tensor(images.faces().pixels[:6])
    plain = Augmentation(shift=1, contrast=0.0, brightness=0.0)
    drawn = plain(pixels, 24, torch.Generator().manual_seed(0))
    references = variants(pixels, 24, shift=1)
    assert len(references) == 6 * 16 * 2
    distance, which = distances(drawn, references, 6)
    np.testing.assert_allclose(distance, 0, atol=1e-3)
    assert which.tolist() == list(range(6))
    # Brightness and contrast do not count once images are standardised.
    varied = Augmentation(contrast=0.15, brightness=0.0)
    changed = varied(pixels, 24, torch.Generator().manual_seed(0))
    assert distances(changed, references, 6)[0].max() > 0.005
    assert distances(changed, references, 6, standardized=True)[0].max() < 0.05


def test_diversity_is_the_mean_difference_of_pairs():
    pixels = np.stack([np.zeros((1, 2, 2)), np.ones((1, 2, 2)), np.ones((1, 2, 2))])
    assert diversity(pixels) == pytest.approx(2 / 3)
