"""Exercise: which latent dimensions say nothing of the image."""

import numpy as np

from vae_course.engine import exercise


def _codes(seed, means, deviations, log_vars, count=200, spread=0.1):
    """Codes whose means vary, dimension by dimension, around `means` by `deviations` exactly.

    Their log σ² vary from image to image by `spread`.
    """
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(count, len(means)))
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    noise = rng.normal(0, spread, size=z.shape)
    return means + z * deviations, log_vars + noise


# Of the dimensions, in their order: used; collapsed; it costs and says nothing, by its mean, by its
# variance; narrow but used; a faint mean under a large noise.
_KINDS = (
    np.array([0.0, 0.0, 1.5, 0.0, 0.0, 0.0]),
    np.array([1.0, 0.001, 0.002, 0.002, 0.08, 0.11]),
    np.log([0.1, 1.0, 1.0, 0.2, 0.003, 3.0]),
)


@exercise(
    statement="L'encodeur a rendu `z_mean` et `z_log_var` (log σ²), de forme `(N, d)`. Écrivez "
    "`collapsed_dimensions(z_mean, z_log_var)` : un tableau de booléens, de forme `(d,)`, vrai "
    "pour les dimensions qui ne disent rien de l'image : la variance, sur les images, de leur "
    "moyenne μ y est inférieure à un centième de leur bruit, la moyenne sur les images de σ².",
    section="§ 4.2 (la régularisation par le KL)",
    hints=[
        "Une dimension dont μ vaut 1,5 et σ vaut 1 quelle que soit l'image a un KL de 1,1 nat. Que "
        "dit-elle de l'image ?",
        "Le signal est ce qui change d'une image à l'autre, `z_mean.var(axis=0)` ; le bruit est "
        "`np.exp(z_log_var).mean(axis=0)`.",
    ],
    success="Signal contre bruit : ½ log(1 + signal/bruit) serait l'information d'un code "
    "gaussien. Ni le KL seul ni un seuil sur Var μ ne l'auraient dit.",
    cases=[
        (np.array([[1.0, 0.5], [-1.0, 0.5]]), np.zeros((2, 2))),  # the second one
        _codes(134, *_KINDS),
        _codes(135, *(each[::-1] for each in _KINDS), count=60),
        _codes(136, _KINDS[0][[5, 4, 2]], _KINDS[1][[5, 4, 2]], _KINDS[2][[5, 4, 2]]),
        # σ² differs much from image to image: its mean is three times exp(mean of log σ²).
        _codes(137, np.zeros(2), np.array([0.2, 0.9]), np.log([2.0, 2.0]), spread=1.5),
    ],
)
def collapsed_dimensions(z_mean, z_log_var):
    """Les dimensions effondrées, un tableau de booléens (d,)."""
    signal = z_mean.var(axis=0)
    noise = np.exp(z_log_var).mean(axis=0)
    return signal < 0.01 * noise


collapsed_dimensions.mistake("cost_for_information").says(
    "Vous cherchez les dimensions qui ne coûtent rien, celles dont le KL est presque nul. Une "
    "dimension peut coûter sans rien dire : une moyenne de 1,5, la même pour toutes les images, se "
    "paie, et n'apprend rien au décodeur."
).edits(
    "kl = 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)\nreturn kl < 0.01",
    "kl = 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)\nreturn kl < 0.05",
)
collapsed_dimensions.mistake("threshold_without_noise").says(
    "Vous comparez la variance de μ à 0,01 tout court. Un code étroit bouge peu et dit beaucoup, "
    "un code bruité bouge davantage et ne dit rien : comparez au bruit, la moyenne de σ²."
).edits({"0.01 * noise": "0.01"})
collapsed_dimensions.mistake("second_moment").says(
    "Vous prenez la moyenne de μ² pour le signal : une moyenne qui ne change pas d'une image à "
    "l'autre n'est pas un signal. La variance retire le carré de la moyenne."
).edits({"z_mean.var(axis=0)": "np.mean(z_mean**2, axis=0)"})
collapsed_dimensions.mistake("mean_at_zero").says(
    "Une moyenne proche de 0 ne dit pas qu'une dimension est effondrée : celles qui servent sont "
    "centrées aussi. C'est la variance de μ qui compte."
).edits({"z_mean.var(axis=0)": "np.abs(z_mean.mean(axis=0))"})
collapsed_dimensions.mistake("deviations").says(
    "Vous comparez des écarts-types : le rapport d'un centième vaut pour des variances."
).edits(
    {
        "z_mean.var(axis=0)": "z_mean.std(axis=0)",
        "np.exp(z_log_var).mean(axis=0)": "np.exp(0.5 * z_log_var).mean(axis=0)",
    }
)
collapsed_dimensions.mistake("logarithm_for_variance").says(
    "Vous prenez `z_log_var` pour σ² : c'est son logarithme."
).edits({"np.exp(z_log_var)": "z_log_var"}, {"np.exp(z_log_var)": "np.abs(z_log_var)"})
collapsed_dimensions.mistake("mean_of_logarithms").says(
    "Vous prenez l'exponentielle de la moyenne de log σ² : c'est la moyenne des σ² qui est "
    "demandée, et elle est plus grande dès que σ² change d'une image à l'autre."
).edits({"np.exp(z_log_var).mean(axis=0)": "np.exp(z_log_var.mean(axis=0))"})
collapsed_dimensions.mistake("active").says(
    "C'est l'inverse : vos booléens sont vrais pour les dimensions qui servent."
).edits({"signal < 0.01": "signal >= 0.01"})
collapsed_dimensions.mistake("unit_noise").says(
    "Vous cherchez les dimensions dont le bruit vaut 1, celui de la loi a priori : le bruit seul "
    "ne dit pas ce que la dimension porte."
).edits({"signal < 0.01 * noise": "noise > 0.9"}, {"signal < 0.01 * noise": "noise > 0.95"})
collapsed_dimensions.mistake("over_dimensions").says(
    "Vous prenez la variance entre les dimensions d'une image : il la faut entre les images, "
    "dimension par dimension, `axis=0`."
).edits(
    {
        "z_mean.var(axis=0)": "z_mean.var(axis=1)",
        "np.exp(z_log_var).mean(axis=0)": "np.exp(z_log_var).mean(axis=1)",
    }
)
collapsed_dimensions.mistake("how_many").says(
    "Vous rendez leur nombre : on demande lesquelles, un booléen par dimension."
).edits({"signal < 0.01 * noise": "np.sum(signal < 0.01 * noise)"})
