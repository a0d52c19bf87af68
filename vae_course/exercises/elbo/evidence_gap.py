"""Exercise: what separates the ELBO from log p(x)."""

import numpy as np

from vae_course.engine import exercise
from vae_course.engine.wording import show_argument
from vae_keras.losses import kl_between_gaussians, kl_divergence
from vae_keras.models import LinearGaussianModel


def _gaps(answer):
    line = LinearGaussianModel([[1.0]], variance=1.0)  # p(z|x) = N(x/2, ½)
    tilt = LinearGaussianModel([[1.0, 1.0]], variance=1.0)  # Λ = [[2, 1], [1, 2]], mean x/3
    tilted = LinearGaussianModel([[1.0, 0.8], [0.2, -0.4], [0.5, 0.1]], variance=0.3)
    rng = np.random.default_rng(42)
    tries = [
        ("W = [[1]], b = 0, s² = 1", line, [[2.0]], [[0.5]], [[-1.0]]),
        ("W = [[1]], b = 0, s² = 1", line, [[2.0], [0.0]], [[0.5], [0.0]], [[-1.0], [0.0]]),
        ("W = [[1, 1]], b = 0, s² = 1", tilt, [[3.0]], [[0.5, 1.0]], [[0.0, -0.5]]),
        ("un modèle à deux dimensions", tilted, *(rng.normal(size=(5, n)) for n in (3, 2, 2))),
    ]
    for what, model, *given in tries:
        given = [np.array(each) for each in given]
        gap = answer.array(model, *given)
        named = zip(("x", "z_mean", "z_log_var"), given, strict=True)
        what += " ; " + ", ".join(f"{name} = {show_argument(value)}" for name, value in named)
        yield what, gap


@exercise(
    statement="Écrivez `evidence_gap(model, x, z_mean, z_log_var)` : ce qui sépare log p(x) de "
    "l'ELBO, en nats, pour un `LinearGaussianModel` et q = N(μ, diag σ²). Une valeur par donnée.",
    section="§ 2.4 (log p(x) = divergence + ELBO)",
    hints=[
        "Vous connaissez deux écritures de cet écart : laquelle est la plus courte ici ?",
        "Le modèle sait tout : `model.log_marginal(x)`, `model.elbo(x, z_mean, z_log_var)`, et "
        "`model.posterior(x)`, la moyenne et la covariance de p(z|x).",
        "Première écriture : une différence. Seconde : `kl_between_gaussians`, de q à p(z|x), dans "
        "cet ordre ; q a pour covariance la matrice diagonale des exp(log σ²).",
    ],
    success="Ce que l'ELBO perd est exactement KL(q ‖ p(z|x)) : les deux écritures se valent.",
    observe=_gaps,
)
def evidence_gap(model, x, z_mean, z_log_var):
    """log p(x) − ELBO(x), une valeur par donnée."""
    return model.log_marginal(x) - model.elbo(x, z_mean, z_log_var)


@evidence_gap.mistake("reversed_kl").says(
    "C'est KL(p(z|x) ‖ q), la divergence dans l'autre sens. L'écart est KL(q ‖ p(z|x)) : "
    "l'espérance se prend sous q."
)
def _reversed_kl(model, x, z_mean, z_log_var):
    means, covariance = model.posterior(x)
    q = np.exp(z_log_var)[..., None] * np.eye(z_mean.shape[-1])
    return kl_between_gaussians(means, covariance, z_mean, q)


@evidence_gap.mistake("to_the_prior").says(
    "C'est KL(q ‖ p(z)), la divergence à la loi a priori : le second terme de l'ELBO. L'écart est "
    "la divergence à la loi a posteriori p(z|x)."
)
def _to_the_prior(model, x, z_mean, z_log_var):
    return kl_divergence(z_mean, z_log_var)


def _to_the_posterior(model, x, z_mean, z_covariance, factor=1.0):
    """KL(q ‖ N(means, factor · covariance)), with the covariance of q as given."""
    means, covariance = model.posterior(x)
    return kl_between_gaussians(z_mean, z_covariance, means, covariance * factor)


@evidence_gap.mistake("covariances_ignored").says(
    "Vous prenez la diagonale seule de la covariance de p(z|x), comme si ses dimensions étaient "
    "indépendantes. Elles ne le sont pas : c'est ce que q, elle, ne sait pas dire. "
    "`kl_between_gaussians` prend la matrice entière."
)
def _covariances_ignored(model, x, z_mean, z_log_var):
    eye = np.eye(z_mean.shape[-1])
    return _to_the_posterior(model, x, z_mean, np.exp(z_log_var)[..., None] * eye, eye)


@evidence_gap.mistake("not_a_variance").says(
    "La covariance de q n'est pas la bonne : sur sa diagonale, il faut les variances, "
    "`exp(z_log_var)`, ni leurs racines, ni leurs logarithmes, ni leurs carrés."
)
def _not_a_variance(model, x, z_mean, z_log_var):
    eye = np.eye(z_mean.shape[-1])
    return _to_the_posterior(model, x, z_mean, np.exp(0.5 * z_log_var)[..., None] * eye)


@_not_a_variance  # in another way
def _squares_for_variances(model, x, z_mean, z_log_var):
    eye = np.eye(z_mean.shape[-1])
    return _to_the_posterior(model, x, z_mean, np.exp(2 * z_log_var)[..., None] * eye)


@evidence_gap.mistake("means_only").says(
    "Vous ne comptez que la distance entre les moyennes de q et de p(z|x). Deux gaussiennes de "
    "même moyenne et de largeurs différentes ne sont pas égales : il manque la trace et les "
    "déterminants."
)
def _means_only(model, x, z_mean, z_log_var):
    means, covariance = (each.numpy() for each in model.posterior(x))
    shift = z_mean - means
    return 0.5 * np.sum(shift @ np.linalg.inv(covariance) * shift, axis=-1)


evidence_gap.mistake("kl_to_prior_added").says(
    "La divergence à la loi a priori est comptée une fois de trop : `model.elbo` l'a déjà "
    "retranchée. L'écart est log p(x) − ELBO, rien de plus."
).edits(
    {"z_log_var)": "z_log_var) + kl_divergence(z_mean, z_log_var)"},
)
evidence_gap.mistake("reconstruction_alone", "§ 2.4, éq. (5)").says(
    "C'est log p(x) moins le seul terme de reconstruction : l'ELBO retranche encore de celui-ci "
    "la divergence à la loi a priori, KL(q ‖ p(z)), qui manque donc à votre écart."
).edits(
    {"z_log_var)": "z_log_var) - kl_divergence(z_mean, z_log_var)"},
)


@evidence_gap.mistake("expectation_at_the_mean", "§ 2.4, éq. (5)").says(
    "Vous calculez log p(x|z) au seul point z = μ, au lieu de son espérance sous q. L'ELBO en "
    "fait la moyenne sur tous les z que q propose : `model.elbo` la calcule exactement."
)
def _expectation_at_the_mean(model, x, z_mean, z_log_var):
    at_mean = model.log_likelihood(x, z_mean)
    return model.log_marginal(x) - at_mean + kl_divergence(z_mean, z_log_var)


@_expectation_at_the_mean  # in another way
def _weight_at_the_mean(model, x, z_mean, z_log_var):
    log_q = -0.5 * np.sum(z_log_var + np.log(2 * np.pi), axis=-1)
    return model.log_marginal(x) - model.log_likelihood(x, z_mean) - model.log_prior(z_mean) + log_q


evidence_gap.mistake("sum_of_both").says(
    "Vous ajoutez log p(x) et l'ELBO : l'écart est leur différence, log p(x) − ELBO."
).edits({"model.log_marginal(x) -": "model.log_marginal(x) +"})
evidence_gap.mistake("log_evidence_itself").says(
    "C'est log p(x) lui-même. On demande ce qui le sépare de l'ELBO."
).edits({" - model.elbo(x, z_mean, z_log_var)": ""})
evidence_gap.mistake("ratio").says(
    "Vous divisez : ce sont déjà des logarithmes, et leur écart est une différence, en nats."
).edits({" - model": " / model"})
evidence_gap.mistake("whole_batch", "§ 2.4, éq. (6) (l'ELBO est celle d'une donnée x)").says(
    "Vous rendez un seul nombre : on attend une valeur par donnée, sans somme ni moyenne sur le "
    "lot."
).edits(
    "return np.mean(model.log_marginal(x) - model.elbo(x, z_mean, z_log_var))",
    "return np.sum(model.log_marginal(x) - model.elbo(x, z_mean, z_log_var))",
)
evidence_gap.mistake("negative_gap").says(
    "Le signe est à l'envers : l'ELBO est au-dessous de log p(x), l'écart est donc positif."
).edits({"model.log_marginal(x) -": "-model.log_marginal(x) +"})
evidence_gap.mistake("elbo_itself").says(
    "C'est l'ELBO elle-même. On demande ce qui lui manque pour faire log p(x)."
).edits({"model.log_marginal(x) - ": ""})
evidence_gap.mistake(
    "variance_for_log_variance", "§ 3.2, algorithme 1, ligne 5 (ce que rend l'encodeur)"
).says("Vous donnez σ² là où le modèle attend log σ² : passez `z_log_var` tel quel.").edits(
    {"z_log_var": "np.exp(z_log_var)"}
)
