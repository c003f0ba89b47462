"""Signs of parcels: flips are undone, by the correlation they are meant to maximize."""

import numpy as np
import pytest
from scipy.signal import lfilter

from neuro.io import hdf5
from neuro.io.hdf5 import Array
from neuro.preprocess.meg import align as aligning
from neuro.preprocess.meg.signs import align, embedded_covariance, entries, likeness

N, DELAYS = 20, 6


def session(network: np.ndarray, seed: int, n_times: int = 4000) -> np.ndarray:
    """Rhythms that reappear in other parcels at a lag."""
    rng = np.random.default_rng(seed)
    own = network + 0.4 * rng.standard_normal(network.shape) * (rng.random(network.shape) < 0.1)
    rhythms = lfilter([1.0], [1.0, -1.5, 0.8], rng.standard_normal((N, n_times)))
    rhythms /= rhythms.std(axis=1, keepdims=True)
    return rhythms + 0.4 * own @ np.roll(rhythms, 2, axis=1)


@pytest.fixture(scope="module")
def sessions() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    network = rng.standard_normal((N, N)) * (rng.random((N, N)) < 0.15)
    return [session(network, seed) for seed in range(4)]


def embedded(data: np.ndarray) -> np.ndarray:
    return embedded_covariance(data, [slice(0, data.shape[1])], DELAYS)


def test_random_flips_are_undone(sessions: list[np.ndarray]) -> None:
    rng = np.random.default_rng(1)
    template = entries(embedded(sessions[0]), DELAYS)
    for data in sessions[1:]:
        signs = np.where(rng.permutation(N) < 8, -1, 1)
        found = align(entries(embedded(signs[:, None] * data), DELAYS), template, N)
        np.testing.assert_array_equal(found.signs, signs)
        assert found.after > found.before


def test_score_is_the_correlation_of_all_entries(sessions: list[np.ndarray]) -> None:
    own, template = (entries(embedded(data), DELAYS) for data in sessions[:2])
    found = align(own, template, N)
    rows, columns = np.triu_indices(N, 1)
    flipped = own * (found.signs[rows] * found.signs[columns])[:, None]
    assert found.before == pytest.approx(np.corrcoef(own.ravel(), template.ravel())[0, 1])
    assert found.after == pytest.approx(np.corrcoef(flipped.ravel(), template.ravel())[0, 1])


def test_no_single_flip_improves(sessions: list[np.ndarray]) -> None:
    own, template = (entries(embedded(data), DELAYS) for data in sessions[:2])
    found = align(own, template, N)
    rows, columns = np.triu_indices(N, 1)
    for i in range(N):
        signs = found.signs.copy()
        signs[i] *= -1
        flipped = own * (signs[rows] * signs[columns])[:, None]
        assert np.corrcoef(flipped.ravel(), template.ravel())[0, 1] <= found.after + 1e-12


def test_embedding_crosses_no_break() -> None:
    rng = np.random.default_rng(2)
    data = rng.standard_normal((2, 300))
    parts = [slice(0, 120), slice(140, 300)]
    rows = [
        np.stack([data[:, part][:, i : i + 3].ravel() for i in range(part.stop - part.start - 2)])
        for part in parts
    ]
    expected = np.corrcoef(np.concatenate(rows).T)
    np.testing.assert_allclose(embedded_covariance(data, parts, 3), expected, atol=1e-12)


def test_long_stretch_is_the_sum_of_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.random.default_rng(3).standard_normal((3, 500))
    whole = embedded_covariance(data, [slice(0, 500)], 4)
    monkeypatch.setattr("neuro.preprocess.meg.signs.CHUNK", 64)
    np.testing.assert_allclose(embedded_covariance(data, [slice(0, 500)], 4), whole, atol=1e-12)


def test_template_is_the_most_typical_session(sessions: list[np.ndarray]) -> None:
    odd = np.random.default_rng(4).standard_normal((N, 4000))
    found = likeness([np.abs(entries(embedded(data), DELAYS)) for data in [odd, *sessions]])
    assert int(np.argmin(found)) == 0


def write(path, data: np.ndarray, names: list[str]) -> None:
    axes = ("parcel_delay", "parcel_delay")
    arrays = {
        "embedded": Array(embedded(data), axes, "1", {"n_embeddings": DELAYS}),
        "names": Array(names, ("parcel",)),
    }
    hdf5.write(path, arrays, {})


def test_table_tells_which_parcels_flip(sessions: list[np.ndarray], tmp_path) -> None:
    names = [f"p{i}" for i in range(N)]
    signs = np.ones((4, N))
    signs[2, [3, 7]] = -1
    paths = [tmp_path / f"{i}.h5" for i in range(4)]
    for path, data, own in zip(paths, sessions, signs, strict=True):
        write(path, own[:, None] * data, names)
    recordings = [f"sub-{i}" for i in range(4)]
    aligning.run(paths, tmp_path / "signs.tsv", recordings=recordings, aligned=True)
    found = [aligning.read_signs(tmp_path / "signs.tsv", name, names)[0] for name in recordings]
    together = np.array(found) * found[0] * signs
    assert (np.abs(together.sum(axis=0)) == 4).all()


def test_other_parcels_are_an_error(sessions: list[np.ndarray], tmp_path) -> None:
    write(tmp_path / "a.h5", sessions[0], [f"p{i}" for i in range(N)])
    write(tmp_path / "b.h5", sessions[1], [f"q{i}" for i in range(N)])
    with pytest.raises(ValueError, match=r"b\.h5: has other parcels or delays"):
        aligning.run(
            [tmp_path / "a.h5", tmp_path / "b.h5"],
            tmp_path / "signs.tsv",
            recordings=["a", "b"],
            aligned=True,
        )
