"""Exercise: what separates the ELBO from log p(x)."""

import numpy as np

from vae_course.engine import exercise
from vae_keras.losses import kl_between_gaussians, kl_divergence
from vae_keras.models import LinearGaussianModel


def _gaps(answer):
    plain = LinearGaussianModel([[1.0], [0.5]], [0.2, 0.0], 0.5)
    tilted = LinearGaussianModel([[1.0, 0.8], [0.2, -0.4], [0.5, 0.1]], variance=0.3)
    rng = np.random.default_rng(42)
    tries = [
        ("une dimension, une donnée", plain, [[1.5, -0.5]], [[0.3]], [[-1.0]]),
        ("deux dimensions, cinq données", tilted, *(rng.normal(size=(5, n)) for n in (3, 2, 2))),
    ]
    for what, model, x, z_mean, z_log_var in tries:
        gap = answer.array(model, *(np.array(each) for each in (x, z_mean, z_log_var)))
        yield f"modèle linéaire gaussien, {what}", gap


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
