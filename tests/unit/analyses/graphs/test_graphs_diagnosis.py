"""Diagnosis: what learns sees training subjects alone, and truth planted is truth found."""

from dataclasses import replace

import numpy as np
import pytest

from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.cohort import Cohort, check_lengths
from neuro.analyses.graphs.combat import ComBat
from neuro.analyses.graphs.differences import group_difference
from neuro.analyses.graphs.judgement import area, by_site, judge, permutations
from neuro.analyses.graphs.maps import feature_maps
from neuro.analyses.graphs.region_mask import RegionMask, t_values
from neuro.analyses.graphs.signals import standardize
from neuro.analyses.graphs.simulate import site_cohort, triangle_cohort
from neuro.analyses.graphs.storage import from_matrix
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.thresholds import Density
from neuro.analyses.graphs.validation import Design, validate, views_of
from neuro.analyses.graphs.views import Axes
from neuro.analyses.graphs.weights import project
from neuro.stats.folds import nested, split
from neuro.stats.tangent import Tangent, positive


def rng(seed=0):
    return np.random.default_rng(seed)


def test_planted_triangles_are_found_by_cycles_and_not_by_degree():
    cohort = triangle_cohort(rng(1), n_subjects=24, n_nodes=150, n_planted=20, n_times=300)
    maps = {"degree": [], "cycles3": []}
    for series in cohort.series:
        (network,) = networks(standardize(series), [Density(0.035)])
        for name, values in feature_maps(network, list(maps)).items():
            maps[name].append(values)
    found = {
        name: group_difference(np.array(values), cohort.labels, rng(), n_permutations=300).p < 0.05
        for name, values in maps.items()
    }
    assert found["cycles3"][cohort.planted].mean() > 0.5
    assert not found["cycles3"][~cohort.planted].any()
    assert not found["degree"].any()


def test_the_largest_statistic_holds_the_level():
    generator = rng(3)
    false = 0
    for _ in range(100):
        maps = generator.standard_normal((20, 50))
        labels = generator.permutation(np.arange(20) < 8)
        told = group_difference(maps, labels, generator, n_permutations=199)
        false += bool((told.p <= 0.05).any())
    assert 0 <= false <= 12  # binomial(100, .05): beyond 12 has p < .002


def test_a_group_difference_forgets_confounds_and_sites():
    generator = rng(0)
    labels = generator.random(60) < 0.5
    age = labels + 0.5 * generator.standard_normal(60)
    maps = 3 * age[:, None] + generator.standard_normal((60, 5))
    plain = group_difference(maps, labels, generator, n_permutations=200)
    told = group_difference(maps, labels, generator, confounds=age[:, None], n_permutations=200)
    assert (plain.p < 0.05).all()
    assert not (told.p < 0.05).any()
    with pytest.raises(ValueError, match="at least two subjects in each of two groups"):
        group_difference(maps, np.zeros(60, bool), generator)


def test_t_equals_scipy():
    from scipy.stats import ttest_ind

    features, labels = rng().standard_normal((30, 7)), np.arange(30) % 3 == 0
    features[:, 2] = 4
    expected = ttest_ind(features[labels], features[~labels]).statistic
    expected[2] = 0
    np.testing.assert_allclose(t_values(features, labels), expected, atol=1e-9)


def test_combat_equals_its_equations():
    """One site's shift and spread satisfy the fixed point of Johnson et al., found by hand."""
    generator = rng(2)
    sites = np.repeat(["a", "b", "c"], [12, 15, 20])
    age = generator.standard_normal((47, 1))
    features = generator.standard_normal((47, 30)) * 2 + age @ generator.standard_normal((1, 30))
    features[sites == "b"] += 5 * generator.standard_normal(30)
    features[sites == "c"] *= 1.6
    fitted = ComBat.fit(features, sites, age)
    design = np.hstack([(sites[:, None] == np.array(["a", "b", "c"])).astype(float), age])
    effects = np.linalg.solve(design.T @ design, design.T @ features)
    mean = np.array([12, 15, 20]) @ effects[:3] / 47
    scale = np.sqrt(((features - design @ effects) ** 2).mean(axis=0))
    np.testing.assert_allclose(fitted.mean, mean)
    np.testing.assert_allclose(fitted.scale, scale)
    z = ((features - mean - age @ effects[3:]) / scale)[sites == "b"]
    own, variance = z.mean(axis=0), z.var(axis=0, ddof=1)
    shift, spread2 = fitted.shift[1], fitted.spread[1] ** 2
    tau2, m, s2 = own.var(ddof=1), variance.mean(), variance.var(ddof=1)
    np.testing.assert_allclose(
        shift, (15 * tau2 * own + spread2 * own.mean()) / (15 * tau2 + spread2), rtol=1e-4
    )
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    np.testing.assert_allclose(
        spread2, (b + ((z - shift) ** 2).sum(axis=0) / 2) / (15 / 2 + a - 1), rtol=1e-4
    )
    # What comes out has no site effect left, and age as before.
    clean = fitted.transform(features, sites, age)
    again = np.linalg.lstsq(design, clean, rcond=None)[0]
    assert np.abs(again[1] - again[0]).mean() < 0.3 * np.abs(effects[1] - effects[0]).mean()
    assert np.corrcoef(again[3], effects[3])[0, 1] > 0.9


def test_combat_uses_training_subjects_alone():
    cohort = site_cohort(rng(0), effect=0, n_sites=3, n_per_site=20, n_features=30)
    train = np.arange(60) % 4 > 0
    fitted = ComBat.fit(cohort.features[train], cohort.sites[train])
    one = fitted.transform(cohort.features[~train][:1], cohort.sites[~train][:1])
    many = fitted.transform(cohort.features[~train], cohort.sites[~train])
    np.testing.assert_array_equal(one[0], many[0])
    unknown = fitted.transform(cohort.features[:2], np.array(["elsewhere"] * 2))
    np.testing.assert_allclose(unknown, cohort.features[:2])


def test_combat_tells_what_it_cannot_do():
    features = rng().standard_normal((9, 4))
    with pytest.raises(ValueError, match=r"sites \['c'\] have one training subject"):
        ComBat.fit(features, np.array([*"aaaabbbbc"]))
    sites = np.array([*"aaaabbbbb"])
    with pytest.raises(ValueError, match="cannot be told apart"):
        ComBat.fit(features, sites, (sites == "a")[:, None].astype(float))


def test_tangent_space_equals_nilearn():
    from nilearn.connectome import ConnectivityMeasure
    from sklearn.covariance import EmpiricalCovariance

    series = [rng(k).standard_normal((80, 6)) @ rng(9).standard_normal((6, 6)) for k in range(12)]
    peer = ConnectivityMeasure(
        EmpiricalCovariance(assume_centered=False), kind="tangent", standardize=False
    )
    expected = peer.fit_transform(series)
    matrices = np.array([np.cov(one.T, bias=True) for one in series])
    space = Tangent.fit(matrices)
    np.testing.assert_allclose(space.mean, peer.mean_, rtol=1e-4)
    rows, columns = np.triu_indices(6)
    scaled = expected[:, rows, columns] * np.where(rows == columns, 1, np.sqrt(2))
    np.testing.assert_allclose(space.transform(matrices), scaled, atol=1e-4)
    with pytest.raises(ValueError, match="positive definite"):
        Tangent.fit(-matrices)


def test_matrices_are_made_positive_by_as_little_as_needed():
    good = np.corrcoef(rng().standard_normal((5, 40)))
    bad = good.copy()
    bad[0, 1:] = bad[1:, 0] = 0.95
    fixed = positive(np.array([good, bad]))
    np.testing.assert_array_equal(fixed[0], good)
    assert np.linalg.eigvalsh(bad)[0] < 0
    assert np.linalg.eigvalsh(fixed[1])[0] == pytest.approx(1e-3)


def test_the_region_mask_keeps_the_regions_that_differ():
    generator = rng(0)
    labels = np.arange(60) % 2 == 0
    features = generator.standard_normal((60, 100))
    features[np.ix_(labels, np.arange(30, 40))] += 1.5
    mask = RegionMask(np.arange(100) // 10, share=0.1).fit(features, labels)
    np.testing.assert_array_equal(mask.kept_, [3])
    np.testing.assert_array_equal(mask.transform(features), features[:, 30:40])


@pytest.fixture(scope="module")
def null_sites():
    return [site_cohort(rng(seed), effect=0, n_sites=6, n_per_site=24) for seed in range(2)]


def areas_of(cohorts, name, design):
    return np.mean([area(validate(c, name, design, rng()), c.labels) for c in cohorts])


def test_sites_without_disease_fool_ungrouped_folds_alone(null_sites):
    by_subject = areas_of(null_sites, "ridge", Design("subject", 6, 3))
    by_site = areas_of(null_sites, "ridge", Design("site", 6, 3))
    assert by_subject > 0.63
    assert abs(by_site - 0.5) < 0.07
    assert areas_of(null_sites, "confounds", Design("subject", 6, 3)) > 0.63


def test_a_planted_disease_is_found_across_sites():
    cohort = site_cohort(rng(0), effect=0.9, n_sites=6, n_per_site=24)
    for name in ("ridge", "masked_pca_lda"):
        design = Design("site", 6, 3, harmonize=True, mask_share=0.1)
        assert area(validate(cohort, name, design, rng()), cohort.labels) > 0.8
    confounds = validate(cohort, "confounds", Design("site", 6, 3), rng())
    assert abs(area(confounds, cohort.labels) - 0.5) < 0.12


def noise_cohort(n=40, seed=0):
    generator = rng(seed)
    series = generator.standard_normal((n, 60, 6))
    matrices = np.array([np.corrcoef(one.T) for one in series])
    return Cohort(
        features=generator.standard_normal((n, 30)),
        labels=np.arange(n) % 2 == 0,
        subjects=np.arange(n).astype(str),
        confounds=generator.standard_normal((n, 2)),
        regions=np.arange(30) // 5,
        matrices=matrices,
        maps=generator.standard_normal((n, 50)),
    )


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_classifier_predicts_every_subject_without_seeing_it(name):
    cohort = noise_cohort()
    design = Design(n_folds=4, n_inner=3)
    predicted = validate(cohort, name, design, rng(1))
    judged = judge(cohort, predicted, rng(1), n_bootstraps=100)
    assert 0.2 < judged.auroc < 0.8
    assert ((predicted.probability > 0) & (predicted.probability < 1)).all()
    # A subject's own label and features change no other prediction of its fold.
    first = predicted.folds == predicted.folds[0]
    features = cohort.features.copy()
    features[0] += 100
    matrices = cohort.matrices.copy()
    matrices[0] = np.eye(6)
    confounds = cohort.confounds.copy()
    confounds[0] += 100
    other = replace(cohort, features=features, matrices=matrices, confounds=confounds)
    again = validate(other, name, design, rng(1))
    first[0] = False
    np.testing.assert_array_equal(again.scores[first], predicted.scores[first])


def test_a_separable_cohort_is_separated_and_permutations_are_not():
    cohort = noise_cohort()
    features = cohort.features + 2.0 * cohort.labels[:, None]
    cohort = replace(cohort, features=features)
    design = Design(n_folds=4, n_inner=2)
    null = permutations(cohort, "pca_lda", design, 9, rng())
    judged = judge(cohort, validate(cohort, "pca_lda", design, rng()), rng(), null=null)
    assert judged.auroc > 0.95
    assert judged.p == pytest.approx(1 / 10)
    assert np.abs(null.mean(axis=0) - 0.5).max() < 0.15
    assert judged.balanced_interval[0] > 0.8
    assert judged.majority == 0.5


@pytest.mark.parametrize("name", [name for name, m in MODELS.items() if m.path is not None])
def test_short_cuts_equal_their_estimators(name):
    model = MODELS[name]
    generator = rng(4)
    features, new = generator.standard_normal((30, 50)) + 2, generator.standard_normal((7, 50))
    labels = np.arange(30) % 3 == 0
    features[labels, :3] += 1
    if model.rotated:
        axes = Axes.fit(features)
        features, new = axes.transform(features), axes.transform(new)
    grid = model.grid[::-1]
    found = model.path(features, labels, new, grid)
    for params, scores in zip(grid, found, strict=True):
        expected = model.make(params, 0).fit(features, labels).decision_function(new)
        np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize("n_features", [12, 70])
def test_coordinates_keep_what_isotropic_classifiers_see(n_features):
    """Products among, and distances to, training subjects are those of the scaled features."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    generator = rng(5)
    features, new = (generator.standard_normal((n, n_features)) * 3 + 1 for n in (40, 9))
    features[:, 4] = 7
    labels = np.arange(40) % 2 == 0
    features[labels, 0] += 2
    axes, scaler = Axes.fit(features), StandardScaler().fit(features)
    own, other = axes.transform(features), axes.transform(new)
    standard, tested = scaler.transform(features), scaler.transform(new)
    np.testing.assert_allclose(own @ own.T, standard @ standard.T, atol=1e-6)
    far = ((other[:, None] - own) ** 2).sum(axis=2)
    np.testing.assert_allclose(far, ((tested[:, None] - standard) ** 2).sum(axis=2), atol=1e-5)
    peer = SVC(gamma="scale").fit(standard, labels).decision_function(tested)
    np.testing.assert_allclose(SVC().fit(own, labels).decision_function(other), peer, atol=1e-5)
    ours = MODELS["pca_lda"].make({"variance": 0.5}, 0).fit(own, labels)
    pca = PCA(0.5, svd_solver="full").fit(standard)
    lda = LinearDiscriminantAnalysis().fit(pca.transform(standard), labels)
    expected = lda.decision_function(pca.transform(tested))
    np.testing.assert_allclose(ours.decision_function(other), expected, atol=1e-6)
    weights = axes.back(ours.coef_.ravel())
    np.testing.assert_allclose((new - axes.mean) @ weights + ours.intercept_, expected, atol=1e-6)


def test_inner_folds_are_outer_ones_and_tests_stay_out():
    cohort = noise_cohort(43)
    plan = nested(cohort.labels, cohort.subjects, cohort.subjects, 10, 4, rng())
    for outer in plan:
        tests = np.concatenate([inner.test for inner in outer.inner])
        np.testing.assert_array_equal(np.sort(tests), outer.split.train)
        for inner in outer.inner:
            held = set(inner.test.tolist()) | set(outer.split.test.tolist())
            assert not held & set(inner.train.tolist())
    (first, _) = nested(cohort.labels, cohort.subjects, cohort.subjects, 2, 3, rng())
    assert len(first.inner) == 3  # with one other fold, inner folds are of subjects


def test_classifiers_share_folds_and_permutations_leave_these_as_they_are():
    cohort, design = noise_cohort(), Design(n_folds=4, n_inner=2)
    views = views_of(cohort, design, rng())
    folds = [validate(cohort, name, design, rng(), views).folds for name in ("ridge", "pca_lda")]
    np.testing.assert_array_equal(*folds)
    again = permutations(cohort, "tangent_ridge", design, 6, rng(3), views)
    fresh = permutations(
        cohort, "tangent_ridge", design, 6, rng(3), views_of(cohort, design, rng())
    )
    np.testing.assert_array_equal(again, fresh)
    assert again.shape == (6, 2)


def test_the_level_of_a_permutation_test_is_held():
    hits = 0
    for seed in range(40):
        cohort = noise_cohort(20, seed)
        design = Design(n_folds=3, n_inner=2)
        views = views_of(cohort, design, rng(seed))
        null = permutations(cohort, "ridge", design, 19, rng(seed), views)
        judged = judge(cohort, validate(cohort, "ridge", design, rng(seed), views), rng(seed),
                       null=null, n_bootstraps=50)  # fmt: skip
        hits += judged.p <= 0.1
    assert 0 < hits <= 10  # binomial(40, .1): above 10 has p < .002


def test_what_a_classifier_looks_at_is_brought_back():
    cohort = noise_cohort(60)
    features = cohort.features.copy()
    features[:, 3] += 3.0 * cohort.labels
    cohort = replace(cohort, features=features)
    design = Design(n_folds=5, n_inner=2, mask_share=0.2)
    views = views_of(cohort, design, rng())
    for name in ("ridge", "pca_lda", "masked_pca_lda", "logistic"):
        told = project(views, name, validate(cohort, name, design, rng(), views))
        assert np.abs(told.pattern).argmax() == 3
        assert told.weights[3] == np.abs(told.weights).max() > 0
    assert np.count_nonzero(told.weights) == 30
    masked = project(
        views, "masked_pca_lda", validate(cohort, "masked_pca_lda", design, rng(), views)
    )
    assert np.count_nonzero(masked.weights) < 30
    tangent = project(
        views, "tangent_ridge", validate(cohort, "tangent_ridge", design, rng(), views)
    )
    assert tangent.weights is None


def test_sites_are_told_apart_in_a_table():
    cohort = site_cohort(rng(0), effect=0.9, n_sites=3, n_per_site=16)
    predicted = validate(cohort, "ridge", Design("site", 3, 2), rng())
    table = by_site(cohort, predicted)
    assert table["site"].tolist() == sorted(set(cohort.sites.tolist()))
    assert table[["n_control", "n_patient"]].sum(axis=1).tolist() == [16, 16, 16]
    assert table["auroc"].mean() > 0.7


def test_groups_stay_together():
    subjects = np.repeat(np.arange(20), 3).astype(str)
    labels = np.repeat(np.arange(20) % 2 == 0, 3)
    for part in split(labels, subjects, 5, rng()):
        assert not set(subjects[part.train]) & set(subjects[part.test])


def test_bad_cohorts_are_named():
    cohort = noise_cohort(12)
    with pytest.raises(ValueError, match="all 12 subjects are 'control'"):
        replace(cohort, labels=np.zeros(12, bool))
    sites = np.array(["a", "b"] * 6)
    with pytest.raises(ValueError, match=r"sites with one class: a \(all 6 'patient'\), b"):
        replace(cohort, sites=sites)
    with pytest.raises(ValueError, match="features: 11 rows for 12 labels"):
        replace(cohort, features=cohort.features[:11])
    with pytest.raises(ValueError, match="features: must be finite"):
        replace(cohort, features=np.full((12, 3), np.nan))
    with pytest.raises(ValueError, match="regions: 4 for 30"):
        replace(cohort, regions=np.zeros(4, int))
    with pytest.raises(ValueError, match=r"'lda' unknown; allowed: \['boosting'"):
        validate(cohort, "lda", Design(), rng())
    with pytest.raises(ValueError, match="masked_pca_lda: the cohort lacks the features' regions"):
        validate(replace(cohort, regions=None), "masked_pca_lda", Design(), rng())
    with pytest.raises(ValueError, match="the cohort lacks sites"):
        validate(cohort, "ridge", Design("site"), rng())


def test_lengths_that_differ_by_site_are_an_error():
    check_lengths([176, 176, 175], ["a", "a", "b"])
    with pytest.raises(ValueError, match=r"120 to 176 volumes \(a: 176; b: 120, 121\).*density"):
        check_lengths([176, 120, 121], ["a", "b", "b"])


def test_maps_are_named():
    network = networks(standardize(rng().standard_normal((40, 30))), [Density(0.2)])[0]
    maps = feature_maps(network, ["degree", "cycles3"])
    expected = from_matrix(network.graph.dense()).degree
    np.testing.assert_array_equal(maps["degree"], expected)
    with pytest.raises(ValueError, match=r"measures: \['hubs'\] unknown; allowed: \['clustering'"):
        feature_maps(network, ["hubs"])
