"""Exercise: the divergence of a diagonal Gaussian to N(0, I)."""

import numpy as np
from keras import ops

from vae_course.engine import exercise

_rng = np.random.default_rng(41)
_CODES = [
    ([[2.0, 0.0]], [[0.0, 0.0]]),
    ([[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [-1.0, -1.0]]),
    ([[1.0, 2.0]], [[1.0, -1.0]]),
    (_rng.normal(size=(64, 10)), _rng.normal(size=(64, 10))),
]


@exercise(
    statement="Écrivez `kl_to_prior(z_mean, z_log_var)`, la divergence de Kullback-Leibler de "
    "N(μ, diag σ²) à N(0, I), en nats : une valeur par exemple, de forme `(lot,)`.",
    section="§ 2.5 (le terme de régularisation) et § 3.2, algorithme 1, ligne 10",
    hints=[
        "Que vaut la divergence d'une seule dimension, quand μ = 0 et σ = 1 ? Votre fonction "
        "doit rendre zéro dans ce cas.",
        "Pour une dimension, c'est ½ (σ² + μ² − 1 − log σ²). La fonction reçoit log σ² : comment "
        "en tirer σ² ?",
        "Les dimensions sont indépendantes : on somme sur elles, donc sur le dernier axe, et sur "
        "lui seul. Il reste une valeur par exemple : `axis=-1`.",
    ],
    success="La divergence à N(0, I) se calcule sans un seul tirage, en nats, une par image.",
    cases=[tuple(np.array(each, "float32") for each in case) for case in _CODES],
)
def kl_to_prior(z_mean, z_log_var):
    """KL(N(μ, diag σ²) ‖ N(0, I)), une valeur par exemple."""
    return 0.5 * ops.sum(ops.exp(z_log_var) + ops.square(z_mean) - 1 - z_log_var, axis=-1)


kl_to_prior.mistake("half_missing", "§ 3.2, algorithme 1, ligne 10").says(
    "Il manque le facteur ½ : vos valeurs sont le double de la divergence. Il vient de l'exposant "
    "de la gaussienne, −(z − μ)²/2σ²."
).edits({"0.5 * ": ""})
kl_to_prior.mistake("wrong_sign", "§ 2.4 (le signe de la divergence)").says(
    "Le signe est à l'envers : une divergence n'est jamais négative. Elle s'écrit ½ Σ (σ² + μ² − 1 "
    "− log σ²), ou bien −½ Σ (1 + log σ² − μ² − σ²)."
).edits({"0.5": "-0.5"})
kl_to_prior.mistake(
    "not_a_log_variance", "§ 3.2, algorithme 1, ligne 5 (ce que rend l'encodeur)"
).says(
    "Le second argument est log σ², et vous l'avez pris pour autre chose (σ², σ, ou log σ). La "
    "variance est `exp(z_log_var)`, et log σ² est `z_log_var` lui-même."
).edits(
    {"ops.exp(z_log_var)": "z_log_var", "- z_log_var": "- ops.log(z_log_var)"},  # σ²
    {"ops.exp(z_log_var)": "z_log_var**2", "- z_log_var": "- ops.log(z_log_var**2)"},  # σ
    {"ops.exp(z_log_var)": "z_log_var**2", "- z_log_var": "- 2 * ops.log(z_log_var)"},  # σ too
    {"exp(z_log_var)": "exp(2 * z_log_var)", "- z_log_var": "- 2 * z_log_var"},  # log σ
    {"exp(z_log_var)": "exp(2 * z_log_var)"},  # log σ, by half
    {"exp(z_log_var)": "exp(0.5 * z_log_var)"},  # σ for σ²
)
kl_to_prior.mistake("mean_over_dimensions", "§ 3.2, algorithme 1, ligne 10 (la somme)").says(
    "Vous faites la moyenne sur les dimensions de z : il faut la somme. Des dimensions "
    "indépendantes ont des divergences qui s'ajoutent ; la moyenne revient à un β divisé par d."
).edits({"ops.sum": "ops.mean"})
kl_to_prior.mistake("whole_batch", "§ 2.4, éq. (6) (l'ELBO est celle d'une donnée x)").says(
    "Vous rendez un seul nombre pour tout le lot : on attend une valeur par exemple. Sommez sur le "
    "dernier axe seulement ; la moyenne sur le lot se prend une fois, à la fin."
).edits(
    {", axis=-1": ""},
    {"ops.sum": "ops.mean", ", axis=-1": ""},
    {"0.5 *": "0.5 / len(z_mean) *", ", axis=-1": ""},
)
kl_to_prior.mistake("swapped", "§ 2.4, éq. (5)").says(
    "C'est la divergence dans l'autre sens, de N(0, I) à q : les deux arguments sont échangés. "
    "Elle n'est pas symétrique ; ici l'espérance se prend sous q."
).edits(
    {
        "exp(z_log_var) +": "exp(-z_log_var) * (1 +",
        "(z_mean)": "(z_mean))",
        "- z_log_var": "+ z_log_var",
    }
)
kl_to_prior.mistake("wrong_axis", "§ 3.2, algorithme 1, ligne 10").says(
    "Vous sommez sur les exemples au lieu des dimensions : `axis=0` est l'axe du lot. Il faut "
    "garder celui-là, et sommer sur le dernier."
).edits({"axis=-1": "axis=0"})
kl_to_prior.mistake("not_summed", "§ 3.2, algorithme 1, ligne 10 (la somme)").says(
    "Il faut encore sommer sur les dimensions de z : vous rendez une valeur par dimension, et on "
    "en attend une par exemple."
).edits({"ops.sum": "", ", axis=-1": ""})
kl_to_prior.mistake("wrong_term", "§ 3.2, algorithme 1, ligne 10").says(
    "Un des quatre termes manque, ou n'a pas le bon signe. Pour chaque dimension : σ² + μ² − 1 − "
    "log σ², et ½ devant. Vérifiez avec μ = 0 et σ = 1 : on doit trouver zéro."
).edits(
    {" - 1": ""},
    {" + ops.square(z_mean)": ""},
    {" - z_log_var": ""},
    {" - z_log_var": " + z_log_var"},
    {" + ops.square": " - ops.square"},
    {" - 1": " + 1"},
    {" - 1": "", "axis=-1)": "axis=-1) - 0.5"},
)
kl_to_prior.mistake("mean_not_squared", "§ 3.2, algorithme 1, ligne 10").says(
    "La moyenne n'est pas au carré : le terme est μ², qui ne change pas quand μ change de signe."
).edits({"ops.square": ""}, {"ops.square": "ops.abs"})
