"""Exercise: the gradient of an expectation, from the slopes of f at a few draws."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(516)


def _draws(k, d):
    return 3 * _rng.normal(size=(k, d)) + 1, _rng.normal(size=(k, d)), _rng.normal(size=d)


_CASES = [
    # Three draws in dimension 1, σ = 4: by hand.
    (np.array([[2.0], [1.0], [6.0]]), np.array([[1.0], [-2.0], [2.0]]), np.array([2 * np.log(4)])),
    _draws(3, 2),
    _draws(40, 3),
]


@exercise(
    statement="Écrivez `pathwise_gradient(df_dz, epsilon, z_log_var)`, qui rend les estimations "
    "reparamétrées de ∂E[f]/∂μ et de ∂E[f]/∂log σ², deux tableaux de forme `(d,)`. `df_dz` et "
    "`epsilon` sont de forme `(K, d)`, une ligne par tirage ; `z_log_var`, de forme `(d,)`, est "
    "log σ².",
    section="§ 2.6.2 et § 2.6.3",
    results=2,
    hints=[
        "Quand μ bouge un peu, ε étant tenu, de combien bouge z ? Et quand log σ² bouge ?",
        "On trouve ∂z/∂μ = 1 et ∂z/∂log σ² = ½ σ ε. La règle de la chaîne multiplie chacune par la "
        "pente de f au tirage ; puis vient la moyenne, sur les tirages.",
        "`sigma = np.exp(0.5 * z_log_var)`, puis les moyennes, selon `axis=0`, de `df_dz` et de "
        "`df_dz * 0.5 * sigma * epsilon`.",
    ],
    success="C'est tout ce que fait le ruban : la pente de f, multipliée par ∂z/∂μ ou par "
    "∂z/∂log σ², puis une moyenne.",
    cases=_CASES,
)
def pathwise_gradient(df_dz, epsilon, z_log_var):
    """Le gradient de E[f] selon μ, puis selon log σ², d'après K tirages."""
    sigma = np.exp(0.5 * z_log_var)
    of_mean = df_dz  # ∂z/∂μ = 1
    of_log_var = df_dz * 0.5 * sigma * epsilon  # ∂z/∂log σ² = ½ σ ε
    return np.mean(of_mean, axis=0), np.mean(of_log_var, axis=0)


_CHAIN = "df_dz * 0.5 * sigma * epsilon"

pathwise_gradient.mistake("half_forgotten").says(
    "Votre gradient selon log σ² est deux fois trop grand : il manque le ½. σ = exp(½ log σ²), et "
    "en dérivant, ce ½ descend : ∂σ/∂log σ² = ½ σ."
).edits({"0.5 * sigma * epsilon": "sigma * epsilon"})
pathwise_gradient.mistake("with_respect_to_sigma").says(
    "Vous avez dérivé selon σ, et non selon log σ² : ∂z/∂σ = ε, mais l'encodeur rend log σ², et "
    "∂z/∂log σ² = ½ σ ε."
).edits({_CHAIN: "df_dz * epsilon"})
pathwise_gradient.mistake("with_respect_to_the_variance").says(
    "Vous avez dérivé selon σ², et non selon son logarithme : ∂z/∂σ² = ε/(2σ), mais l'encodeur "
    "rend log σ², et ∂z/∂log σ² = ½ σ ε. (Ou bien l'exposant a le signe contraire : σ est "
    "exp(+½ log σ²).)"
).edits({_CHAIN: "df_dz * 0.5 * epsilon / sigma"})
pathwise_gradient.mistake("log_variance_for_sigma").says(
    "Vous prenez log σ² (ou sa moitié) pour σ : il en faut l'exponentielle, σ = exp(½ log σ²)."
).edits(
    {"np.exp(0.5 * z_log_var)": "z_log_var"},
    {"np.exp(0.5 * z_log_var)": "0.5 * z_log_var"},
)
pathwise_gradient.mistake("variance_for_sigma").says(
    "Vous prenez la variance pour l'écart-type : `exp(z_log_var)` est σ², et σ = `exp(0.5 * "
    "z_log_var)`."
).edits(
    {"np.exp(0.5 * z_log_var)": "np.exp(z_log_var)"},
    {"np.exp(0.5 * z_log_var)": "np.exp(z_log_var)", "0.5 * sigma * epsilon": "sigma * epsilon"},
)
pathwise_gradient.mistake("noise_forgotten").says(
    "Il manque ε dans le gradient selon log σ² : z = μ + σ ε bouge d'autant plus que le bruit "
    "tiré est grand, et dans son sens. ∂z/∂log σ² = ½ σ ε."
).edits({" * epsilon": ""}, {"0.5 * sigma * epsilon": "0.5 * sigma**2"})
pathwise_gradient.mistake("slope_forgotten").says(
    "Il manque la pente de f : ces moyennes sont celles de z, de ∂z/∂μ ou de ∂z/∂log σ². La règle "
    "de la chaîne les multiplie par `df_dz`, tirage par tirage."
).edits(
    {"of_mean = df_dz": "of_mean = np.ones_like(df_dz)", "df_dz * 0.5": "0.5"},
    {"df_dz * 0.5": "0.5"},
)
pathwise_gradient.mistake("noise_in_the_mean_s_gradient").says(
    "Selon μ, la pente de f est multipliée par ∂z/∂μ, qui vaut 1 : ni ε ni σ n'y entrent."
).edits(
    {"of_mean = df_dz": "of_mean = df_dz * epsilon"},
    {"of_mean = df_dz": "of_mean = df_dz * sigma"},
    {"of_mean = df_dz": "of_mean = df_dz * sigma * epsilon"},
    {"of_mean = df_dz": "of_mean = df_dz * epsilon / sigma"},
)
pathwise_gradient.mistake("summed_over_draws").says(
    "Vous sommez les K tirages : c'est leur moyenne qui estime le gradient d'une espérance."
).edits({"np.mean(of_mean": "np.sum(of_mean", "np.mean(of_log": "np.sum(of_log"})
pathwise_gradient.mistake("mean_of_the_factors").says(
    "Vous prenez la moyenne des pentes, celle des bruits, puis leur produit : la moyenne d'un "
    "produit n'est pas le produit des moyennes. Multipliez tirage par tirage, puis faites la "
    "moyenne."
).edits(
    "sigma, slope = np.exp(0.5 * z_log_var), np.mean(df_dz, axis=0)\n"
    "return slope, slope * 0.5 * sigma * np.mean(epsilon, axis=0)"
)
pathwise_gradient.mistake("mean_over_everything").says(
    "Vous faites la moyenne sur les dimensions aussi : on attend un nombre par dimension du code. "
    "La moyenne se prend sur les tirages seuls, `axis=0`."
).edits({"of_mean, axis=0": "of_mean", "of_log_var, axis=0": "of_log_var"})
pathwise_gradient.mistake("one_value_a_draw").says(
    "La moyenne est prise sur les dimensions, et il reste une valeur par tirage. C'est l'inverse : "
    "la moyenne sur les tirages, `axis=0`, un nombre par dimension."
).edits({"of_mean, axis=0": "of_mean, axis=1", "of_log_var, axis=0": "of_log_var, axis=1"})
pathwise_gradient.mistake("no_mean").says(
    "Vous rendez un gradient par tirage : il reste à en faire la moyenne sur les tirages, `axis=0`."
).edits("return df_dz, df_dz * 0.5 * np.exp(0.5 * z_log_var) * epsilon")
pathwise_gradient.mistake("end_to_end").says(
    "Vous mettez les deux gradients bout à bout dans un seul tableau : rendez-les l'un après "
    "l'autre, séparés par une virgule après `return`."
).edits(
    "sigma = np.exp(0.5 * z_log_var)\n"
    "of_log_var = df_dz * 0.5 * sigma * epsilon\n"
    "return np.concatenate([np.mean(df_dz, axis=0), np.mean(of_log_var, axis=0)])"
)
pathwise_gradient.mistake("sign").says(
    "Le signe est à l'envers : on demande le gradient de E[f], pas celui de −E[f]. La descente "
    "mettra le moins, plus tard."
).edits(
    {"np.mean(of_mean": "-np.mean(of_mean", "np.mean(of_log": "-np.mean(of_log"},
    {"np.mean(of_mean": "-np.mean(of_mean"},
    {"np.mean(of_log": "-np.mean(of_log"},
)
pathwise_gradient.mistake("swapped").says(
    "Les deux gradients sont justes, mais dans l'autre ordre : celui selon μ d'abord."
).edits(
    "sigma = np.exp(0.5 * z_log_var)\n"
    "return np.mean(df_dz * 0.5 * sigma * epsilon, axis=0), np.mean(df_dz, axis=0)"
)
pathwise_gradient.mistake("score_for_path").says(
    "Vous multipliez la pente par le score, ε/σ ou ½(ε² − 1) : c'est l'autre estimateur, qui prend "
    "les valeurs de f et non ses pentes. Ici, la pente est multipliée par ∂z/∂log σ² = ½ σ ε."
).edits({_CHAIN: "df_dz * 0.5 * (epsilon**2 - 1)"}, {_CHAIN: "df_dz * epsilon / sigma"})
