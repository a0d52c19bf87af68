"""The information of codes, and collapsed dimensions, against Gaussian closed forms."""

import numpy as np
import pytest

from vae_keras import (
    VAE,
    aggregated_posterior_gap,
    dense_decoder,
    dense_encoder,
    find_collapse,
    mutual_information,
)

SLOPES = np.array([1.5, 0.8, 0.3, 0.0])  # of the means: μ_j = SLOPES_j · x_j, x ~ N(0, I)
DEVIATIONS = np.array([0.5, 0.6, 0.9, 1.0])  # σ_j
BY_DIMENSION = 0.5 * np.log(1 + (SLOPES / DEVIATIONS) ** 2)  # I(x; z_j), in closed form
TRUTH = BY_DIMENSION.sum()


def posteriors(count, seed):
    """Means and log-variances of q(z|x) of x drawn from N(0, I)."""
    x = np.random.default_rng([seed, 1]).normal(size=(count, 4))  # not the seed of the draws
    return x * SLOPES, np.tile(2 * np.log(DEVIATIONS), (count, 1))


def test_the_truth_lies_between_the_two_estimates():
    found = mutual_information(*posteriors(3000, 0), seed=0)
    assert (
        found.lower - 4 * found.standard_error
        < TRUTH
        < found.upper + 4 * (found.upper_standard_error)
    )
    assert abs(found.lower - TRUTH) < 4 * found.standard_error + (found.upper - found.lower)
    assert 0 < found.upper - found.lower < 0.05
    assert found.standard_error < 0.03
    assert found.ceiling == pytest.approx(np.log(3000))


def test_on_average_one_is_too_low_and_the_other_too_high():
    found = [mutual_information(*posteriors(15, seed), seed=seed) for seed in range(400)]
    for name, sign in (("lower", -1), ("upper", 1)):
        values = np.array([getattr(each, name) for each in found])
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert sign * (values.mean() - TRUTH) > 4 * error


def test_the_standard_error_is_that_of_repeated_estimates():
    found = [mutual_information(*posteriors(400, seed), seed=seed) for seed in range(60)]
    spread = np.std([each.lower for each in found], ddof=1)
    claimed = np.mean([each.standard_error for each in found])
    assert 0.7 < claimed / spread < 1.4


def test_many_draws_of_an_example_tell_the_same_better():
    one, many = (mutual_information(*posteriors(300, 0), each, seed=1) for each in (1, 20))
    assert many.standard_error < one.standard_error
    assert abs(many.lower - one.lower) < 4 * one.standard_error


def test_for_the_examples_alone_it_is_the_aggregated_posterior_s():
    q = posteriors(500, 0)
    other = aggregated_posterior_gap(*q, num_samples=20_000, seed=0)
    found = mutual_information(*q, num_samples=10, seed=0)
    assert abs(found.lower - other.information) < 4 * (other.standard_error + 0.01)


def test_codes_far_apart_reach_the_ceiling_and_no_more():
    z_mean = np.linspace(0, 1e6, 50)[:, None]
    found = mutual_information(z_mean, np.zeros((50, 1)), seed=0)
    assert found.lower == pytest.approx(np.log(50))
    assert found.upper > 1e6


def test_codes_that_are_all_alike_tell_nothing():
    found = mutual_information(np.full((50, 3), 2.0), np.full((50, 3), -1.0), seed=0)
    assert found.lower == pytest.approx(0, abs=1e-12)
    assert found.upper == pytest.approx(0, abs=1e-12)


def test_each_dimension_by_each_measure():
    collapse = find_collapse(*posteriors(4000, 0))
    kl = 0.5 * (DEVIATIONS**2 + SLOPES**2 - 1) - np.log(DEVIATIONS)
    np.testing.assert_allclose(collapse.kl, kl, atol=0.06)
    np.testing.assert_allclose(collapse.variance_of_means, SLOPES**2, atol=0.15)
    np.testing.assert_allclose(collapse.information, BY_DIMENSION, atol=0.06)
    assert collapse.collapsed.tolist() == [False, False, False, True]
    assert all(each.tolist() == [False] * 3 + [True] for each in collapse.collapsed_by.values())


def test_what_costs_and_says_nothing_is_told_from_what_does_not_cost():
    z_mean, z_log_var = posteriors(1000, 0)
    z_mean[:, 3] = 1.0  # half a nat, the same for all x
    collapse = find_collapse(z_mean, z_log_var)
    found = {name: bool(each[3]) for name, each in collapse.collapsed_by.items()}
    assert found == {"kl": False, "variance_of_means": True, "information": True}
    assert collapse.collapsed[3]
    assert str(collapse).splitlines()[-1].endswith("variance of means, information")
    assert str(collapse).splitlines()[1].endswith("-")


def test_the_thresholds_are_the_user_s():
    collapse = find_collapse(*posteriors(1000, 0), information=0.2, kl=1e-6)
    assert collapse.collapsed.tolist() == [False, False, True, True]


def test_wrong_arguments_are_refused():
    z_mean, z_log_var = posteriors(5, 0)
    for function in (mutual_information, find_collapse):
        with pytest.raises(ValueError, match="must have one shape"):
            function(z_mean, z_log_var[:, :2])
        with pytest.raises(ValueError, match="2 entries at least"):
            function(z_mean[:1], z_log_var[:1])
        with pytest.raises(ValueError, match="finite"):
            function(np.full((5, 4), np.nan), z_log_var)
        with pytest.raises(ValueError, match="seed must be"):
            function(z_mean, z_log_var, seed=-1)
        vae = VAE(dense_encoder((6,), 2, ()), dense_decoder((6,), 2, ()))
        with pytest.raises(ValueError, match=r"got a VAE. Mend: .*\*vae.encode\(x\)"):
            function(vae, np.zeros((5, 6)))
    with pytest.raises(ValueError, match="num_samples must be"):
        mutual_information(z_mean, z_log_var, 0)
    for name in ("kl", "variance_of_means", "information"):
        with pytest.raises(ValueError, match=f"{name} must be a finite number above 0"):
            find_collapse(z_mean, z_log_var, **{name: 0})
