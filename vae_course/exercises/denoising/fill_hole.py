"""Exercise: hidden pixels, guessed from those that are seen, by the best linear filter."""

import numpy as np

from vae_course.engine import exercise


def _case(seed, hidden):
    """An image of a Gaussian law, some of its pixels hidden."""
    rng = np.random.default_rng(seed)
    count = len(hidden)
    root = rng.normal(size=(count, count))
    covariance = root @ root.T / count + 0.3 * np.eye(count)
    mean = rng.normal(size=count)
    image = mean + np.linalg.cholesky(covariance) @ rng.normal(size=count)
    image[hidden] = 0.5
    return image, hidden, mean, covariance


_TWO = (  # of two pixels, the second hidden: 2 + (1 / 4) · (6 - 3) = 2.75
    np.array([6.0, 0.5]),
    np.array([False, True]),
    np.array([3.0, 2.0]),
    np.array([[4.0, 1.0], [1.0, 2.0]]),
)
_THREE = (  # the two seen ones go together: 0 + [1, 1] [[2, 1], [1, 2]]⁻¹ [3, 0] = 1
    np.array([4.0, 0.5, 1.0]),
    np.array([False, True, False]),
    np.array([1.0, 0.0, 1.0]),
    np.array([[2.0, 1.0, 1.0], [1.0, 3.0, 1.0], [1.0, 1.0, 2.0]]),
)
_ALONE = (  # one seen, two hidden: [0, 1] + [3, 1] / 2 · (4 - 2) = [3, 2]
    np.array([0.5, 4.0, 0.5]),
    np.array([True, False, True]),
    np.array([0.0, 2.0, 1.0]),
    np.array([[8.0, 3.0, 2.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0]]),
)
_CASES = [
    _TWO,
    _THREE,
    _ALONE,
    _case(85, np.array([True, False, False, True, False])),
    _case(86, np.random.default_rng(87).random(12) < 0.4),
]


@exercise(
    statement="Des images suivent une loi gaussienne, de moyenne `mean` et de covariance "
    "`covariance`. L'une, `image`, de forme `(D,)`, a un trou : `hidden`, de forme `(D,)`, est "
    "vrai aux pixels cachés. Écrivez `fill_hole(image, hidden, mean, covariance)` : l'image, ses "
    "pixels visibles tels quels, et chaque pixel caché remplacé par sa moyenne sachant les "
    "visibles.",
    section="§ 4.1.3 (restaurer des images dégradées)",
    hints=[
        "Avec deux pixels, un visible et un caché : de combien le visible s'écarte-t-il de sa "
        "moyenne, et quelle part de cet écart le caché suit-il ?",
        "La réponse est mₕ + Cₕᵥ Cᵥᵥ⁻¹ (xᵥ − mᵥ), où h sont les pixels cachés et v les visibles. "
        "`~hidden` désigne les visibles.",
        "Le bloc Cₕᵥ de la covariance est `covariance[np.ix_(hidden, ~hidden)]`, et "
        "`np.linalg.solve(Cᵥᵥ, r)` donne Cᵥᵥ⁻¹ r. Copiez l'image, et remplissez `filled[hidden]`.",
    ],
    success="C'est l'équation (4) quand A ne garde que les pixels visibles : le trou se remplit "
    "avec ce que l'on voit, pesé par la covariance.",
    cases=_CASES,
)
def fill_hole(image, hidden, mean, covariance):
    """L'image, ses pixels cachés remplacés par leur moyenne sachant les pixels visibles."""
    seen = ~hidden
    gap = image[seen] - mean[seen]
    explained = np.linalg.solve(covariance[np.ix_(seen, seen)], gap)
    filled = image.copy()
    filled[hidden] = mean[hidden] + covariance[np.ix_(hidden, seen)] @ explained
    return filled


fill_hole.mistake("pairs_for_a_block").says(
    "`covariance[h, v]`, avec deux masques, ne prend pas un bloc, mais des éléments un par un, "
    "appariés. Le bloc dont les lignes sont dans h et les colonnes dans v est "
    "`covariance[np.ix_(h, v)]`."
).edits(
    {"np.ix_(seen, seen)": "seen, seen"},
    {"np.ix_(seen, seen)": "seen, seen", "np.ix_(hidden, seen)": "hidden, seen"},
)
fill_hole.mistake("mean_alone").says(
    "Vous mettez la moyenne dans le trou, quels que soient les pixels visibles : ce qu'ils ont "
    "d'inhabituel se prolonge dans le trou, autant que la covariance le dit."
).edits({" + covariance[np.ix_(hidden, seen)] @ explained": ""})
fill_hole.mistake("seen_not_centred").says(
    "Les pixels visibles ne sont pas comparés à leur moyenne : c'est leur écart, xᵥ − mᵥ, qui "
    "renseigne sur le trou."
).edits({"image[seen] - mean[seen]": "image[seen]"})
fill_hole.mistake("mean_of_the_hole_forgotten").says(
    "La moyenne des pixels cachés est oubliée : Cₕᵥ Cᵥᵥ⁻¹ (xᵥ − mᵥ) est un écart, à ajouter à mₕ."
).edits({"mean[hidden] + ": ""})
fill_hole.mistake("nothing_centred").says(
    "Aucune moyenne : la formule vaut pour les écarts. Retirez mᵥ aux pixels visibles, et ajoutez "
    "mₕ au résultat."
).edits({"image[seen] - mean[seen]": "image[seen]", "mean[hidden] + ": ""})
fill_hole.mistake("not_divided").says(
    "Vous multipliez par la covariance sans diviser par celle des pixels visibles : il manque "
    "Cᵥᵥ⁻¹, sans quoi le résultat change avec l'unité des pixels."
).edits({"np.linalg.solve(covariance[np.ix_(seen, seen)], gap)": "gap"})
fill_hole.mistake("each_seen_alone").says(
    "Vous divisez par la variance de chaque pixel visible, comme s'ils ne savaient rien les uns "
    "des autres : deux voisins qui disent la même chose seraient comptés deux fois. C'est tout le "
    "bloc Cᵥᵥ qu'il faut inverser."
).edits(
    {
        "np.linalg.solve(covariance[np.ix_(seen, seen)], gap)": "gap / np.diag(covariance)[seen]",
    },
)
fill_hole.mistake("inverse_of_the_whole").says(
    "Vous inversez toute la covariance, puis prenez le bloc des visibles : c'est le bloc Cᵥᵥ qu'il "
    "faut inverser, et l'inverse d'un bloc n'est pas le bloc de l'inverse."
).edits(
    {
        "np.linalg.solve(covariance[np.ix_(seen, seen)], gap)": (
            "np.linalg.inv(covariance)[np.ix_(seen, seen)] @ gap"
        ),
    },
)
fill_hole.mistake("covariance_of_the_hidden").says(
    "Vous divisez par la covariance des pixels cachés : c'est celle des visibles, Cᵥᵥ, puisque "
    "c'est leur écart que l'on observe."
).edits(
    {
        "np.linalg.solve(covariance[np.ix_(seen, seen)], gap)": "gap",
        "covariance[np.ix_(hidden, seen)] @ explained": (
            "np.linalg.solve(covariance[np.ix_(hidden, hidden)], "
            "covariance[np.ix_(hidden, seen)] @ explained)"
        ),
    },
)
fill_hole.mistake("the_wrong_way").says(
    "La correction va à l'envers : quand un pixel visible dépasse sa moyenne, un pixel qui va avec "
    "lui la dépasse aussi. L'écart est xᵥ − mᵥ, et il s'ajoute à mₕ. (Avec la précision, "
    "l'inverse de la covariance, c'est l'opposé : mₕ − Pₕₕ⁻¹ Pₕᵥ (xᵥ − mᵥ).)"
).edits(
    {"mean[hidden] + ": "mean[hidden] - "}, {"image[seen] - mean[seen]": "mean[seen] - image[seen]"}
)
fill_hole.mistake("hidden_for_seen").says(
    "Vous prenez les pixels cachés pour les visibles : `hidden` est vrai aux pixels cachés, et "
    "`~hidden` désigne les visibles."
).edits({"seen = ~hidden": "seen, hidden = hidden, ~hidden"})
fill_hole.mistake("the_hole_alone").says(
    "Vous rendez les seuls pixels cachés : on attend toute l'image, les pixels visibles à leur "
    "place."
).edits({"return filled": "return filled[hidden]"})
fill_hole.mistake("seen_changed").says(
    "Les pixels visibles ont changé : on les connaît, ils restent tels quels. Partez d'une copie "
    "de l'image, et ne remplissez que `filled[hidden]`."
).edits({"filled = image.copy()": "filled = mean.copy()"}, {"image.copy()": "0.0 * image"})
fill_hole.mistake("the_hole_kept").says(
    "Le trou est resté : vous rendez l'image telle qu'elle est venue."
).edits("return image", "return image.copy()")
fill_hole.mistake("the_gray_believed").says(
    "Vous croyez aussi les pixels cachés : leur gris compte dans l'écart, alors qu'il ne dit rien. "
    "Seuls les visibles entrent dans la formule."
).edits(
    "gap = image - mean\n"
    "moved = mean + (covariance - np.diag(np.diag(covariance))) @ (gap / np.diag(covariance))\n"
    "return np.where(hidden, moved, image)",
)
