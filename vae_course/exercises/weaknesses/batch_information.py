"""Exercise: the mutual information between images and codes, from a batch."""

import numpy as np

from vae_course.engine import exercise


def _batch(seed, count, dimensions, spread):
    rng = np.random.default_rng(seed)
    z_mean = spread * rng.normal(size=(count, dimensions))
    z_log_var = rng.normal(-1, 0.5, size=(count, dimensions))
    z = z_mean + np.exp(z_log_var / 2) * rng.normal(size=z_mean.shape)
    return z_mean, z_log_var, z


_FAR = (np.array([[-50.0], [50.0]]), np.zeros((2, 1)), np.array([[-50.5], [50.2]]))  # log 2
_SAME = (np.zeros((3, 1)), np.log([[0.5], [0.5], [0.5]]), np.array([[0.3], [-1.0], [0.2]]))  # 0
_NARROW = (
    np.array([[0.0, 3.0], [40.0, 3.0]]),
    np.array([[-8.0, 1.0], [-8.0, 1.0]]),
    np.array([[0.01, 2.0], [40.01, 3.5]]),
)


@exercise(
    statement="L'encodeur a rendu `z_mean` et `z_log_var` (moyennes et log σ²), de forme `(N, d)`, "
    "pour N images, et l'on a tiré un code par image : `z`, `(N, d)`. Écrivez "
    "`batch_information(z_mean, z_log_var, z)` : la moyenne, sur les images, de log q(z|x) − "
    "log q(z), où q(z) est la moyenne sur les N images du lot des q(z|x). Un nombre, en nats.",
    section="§ 4.2 (la régularisation par le KL)",
    hints=[
        "Si tous les q(z|x) sont les mêmes, que vaut log q(z|x) − log q(z) ? Et si chaque code ne "
        "peut venir que de son image ?",
        "Formez le tableau `(N, N)` des log q(z_n|x_m), sommes sur les dimensions : `z[:, None] - "
        "z_mean` a la forme `(N, N, d)`. Sa diagonale est log q(z_n|x_n).",
        "Le terme log q(z_n) est le logarithme d'une moyenne sur m : "
        "`np.logaddexp.reduce(table, axis=1) - np.log(N)`, qui ne déborde pas.",
    ],
    success="Zéro quand les codes ne disent rien de leur image, et jamais plus de log N : avec un "
    "lot de N images, on ne peut pas mesurer davantage.",
    cases=[_FAR, _SAME, _NARROW, _batch(132, 6, 2, 1.0), _batch(133, 12, 5, 0.3)],
    atol=1e-6,
)
def batch_information(z_mean, z_log_var, z):
    """L'information mutuelle I(x ; z) estimée sur un lot, en nats."""
    gap = z[:, None] - z_mean  # (N, N, d) : le code n, vu de l'image m
    density = -0.5 * (gap**2 / np.exp(z_log_var) + z_log_var + np.log(2 * np.pi))
    table = density.sum(axis=2)  # log q(z_n|x_m)
    log_mixture = np.logaddexp.reduce(table, axis=1) - np.log(len(z))  # log q(z_n)
    return np.mean(np.diag(table) - log_mixture)


_MIXTURE = "np.logaddexp.reduce(table, axis=1) - np.log(len(z))"

batch_information.mistake("prior_for_mixture").says(
    "Vous comparez q(z|x) à la loi a priori N(0, I) : c'est le KL, le prix du code. "
    "L'information compare q(z|x) à q(z), la moyenne des q(z|x) du lot ; un code peut coûter sans "
    "rien dire."
).edits(
    {_MIXTURE: "-0.5 * np.sum(z**2 + np.log(2 * np.pi), axis=1)"},
    "return np.mean(0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=1))",
)
batch_information.mistake("mean_of_logarithms").says(
    "Vous prenez la moyenne des logarithmes : log q(z) est le logarithme de la moyenne des "
    "densités."
).edits({_MIXTURE: "table.mean(axis=1)"})
batch_information.mistake("count_forgotten").says(
    "Il manque le 1/N de la moyenne : votre q(z) est une somme de N densités, et le résultat est "
    "trop petit de log N, souvent négatif."
).edits({" - np.log(len(z))": ""})
batch_information.mistake("own_left_out").says(
    "Vous avez ôté de q(z) l'image dont le code vient : c'est une autre estimation, trop grande en "
    "moyenne (`upper` dans `mutual_information`). La moyenne demandée est sur les N images."
).edits(
    {
        _MIXTURE: "np.logaddexp.reduce(np.where(np.eye(len(z)) == 1, -np.inf, table), axis=1)"
        " - np.log(len(z) - 1)"
    }
)
batch_information.mistake("other_axis").says(
    "Vous moyennez sur les codes, pour une image, au lieu de moyenner sur les images, pour un "
    "code : c'est l'autre axe du tableau."
).edits({"np.logaddexp.reduce(table, axis=1)": "np.logaddexp.reduce(table, axis=0)"})
batch_information.mistake("logarithm_of_the_deviation").says(
    "Vous prenez `z_log_var` pour log σ : c'est log σ², et σ² = exp(z_log_var)."
).edits(
    {"np.exp(z_log_var) + z_log_var": "np.exp(2 * z_log_var) + 2 * z_log_var"},
)
batch_information.mistake("deviation_of_the_code").says(
    "Dans le tableau log q(z_n|x_m), vous prenez le σ de l'image dont le code vient : il faut, "
    "comme pour μ, celui de l'image qui le regarde. Avec `gap = z[:, None] - z_mean`, `z_log_var` "
    "se diffuse tel quel, sans `[:, None]`."
).edits({"np.exp(z_log_var) + z_log_var": "np.exp(z_log_var)[:, None] + z_log_var[:, None]"})
batch_information.mistake("normalisation_forgotten").says(
    "Il manque log σ² dans la densité gaussienne : un code étroit a une densité plus haute. Cela "
    "compte dès que les σ diffèrent d'une image à l'autre."
).edits({" + z_log_var + np.log": " + np.log"})
batch_information.mistake("half_forgotten").says(
    "Il manque le facteur ½ de la densité gaussienne."
).edits({"-0.5 * (": "-("})
batch_information.mistake("each_dimension_alone").says(
    "Vous additionnez les informations des dimensions prises une à une : dites ensemble, deux "
    "dimensions qui répètent la même chose ne comptent qu'une fois. Sommez les log-densités sur "
    "les dimensions avant de mélanger."
).edits(
    "gap = z[:, None] - z_mean\n"
    "density = -0.5 * (gap**2 / np.exp(z_log_var) + z_log_var + np.log(2 * np.pi))\n"
    "mixture = np.logaddexp.reduce(density, axis=1) - np.log(len(z))\n"
    "own = density[np.arange(len(z)), np.arange(len(z))]\n"
    "return np.mean(np.sum(own - mixture, axis=1))"
)
batch_information.mistake("one_value_an_image").says(
    "Vous rendez une valeur par image : on demande leur moyenne."
).edits({"np.mean(np.diag(table) - log_mixture)": "np.diag(table) - log_mixture"})
batch_information.mistake("sign").says(
    "Le signe est renversé : log q(z|x) − log q(z), positif en moyenne."
).edits({"np.diag(table) - log_mixture": "log_mixture - np.diag(table)"})
batch_information.mistake("bits").says(
    "Vous comptez en bits : on demande des nats, le logarithme naturel."
).edits({"np.diag(table) - log_mixture)": "np.diag(table) - log_mixture) / np.log(2)"})
