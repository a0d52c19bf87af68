"""Exercise: a grid of the latent plane, in equal parts of the prior."""

import numpy as np

from vae_course.engine import exercise


@exercise(
    statement="Écrivez `prior_grid(count)` : les codes d'une grille de `count` × `count` points "
    "du plan latent, de forme `(count², 2)`. Sur chaque axe, découpez N(0, 1) en `count` tranches "
    "de même probabilité et prenez le milieu de chacune, en probabilité. Le premier code est en "
    "haut à gauche, puis ligne après ligne.",
    section="§ 4.1.1 (générer) et § 2.1 (la loi a priori N(0, I))",
    hints=[
        "Avec `count = 2`, les deux tranches ont une probabilité de ½. Quelle part de N(0, 1) se "
        "trouve à gauche du milieu de la première ?",
        "Le milieu de la tranche i (de 0 à n − 1) laisse à sa gauche la probabilité (i + ½)/n. "
        "Quelle fonction rend la valeur, quand on lui donne cette probabilité ?",
        "C'est l'inverse de la fonction de répartition : `norm.ppf` dans `scipy.stats`. Puis tous "
        "les couples, l'ordonnée la plus grande d'abord : `np.meshgrid`.",
    ],
    success="Entre deux points voisins, il y a toujours la même part de la loi a priori : la "
    "grille montre ce que le modèle générera, dans les bonnes proportions.",
    cases=[(1,), (2,), (3,), (7,)],
)
def prior_grid(count):
    """Codes (count², 2) qui découpent N(0, I) en parts égales, du haut à gauche au bas à droite."""
    from scipy.stats import norm

    values = norm.ppf((np.arange(count) + 0.5) / count)
    z1, z2 = np.meshgrid(values, values[::-1])
    return np.stack([z1.ravel(), z2.ravel()], axis=1)


# In rows from the top, in rows from the bottom, in columns.
_LAYOUTS = [{}, {"values[::-1]": "values"}, {"z1, z2": "z2, z1", "values[::-1]": "values"}]


def _in_any_order(*axes):
    """Edits that put these values on an axis, whatever the order of the points."""
    right = "norm.ppf((np.arange(count) + 0.5) / count)"
    return [{right: axis} | layout for axis in axes for layout in _LAYOUTS]


prior_grid.mistake("even_spacing").says(
    "Vos points sont régulièrement espacés : la grille montre autant les bords, où la loi a priori "
    "ne va presque jamais, que le centre. Ce sont les probabilités qui doivent être régulières."
).edits(*_in_any_order(*(f"np.linspace(-{end}, {end}, count)" for end in (3, 2.5, 2, 1.96, 1, 4))))
prior_grid.mistake("infinite_ends").says(
    "Vos probabilités contiennent 0 ou 1, dont le code est infini. Le milieu de la tranche i "
    "laisse à sa gauche la probabilité (i + ½)/n, jamais 0 ni 1."
).edits(
    *_in_any_order(
        "norm.ppf(np.linspace(0, 1, count))",
        "norm.ppf(np.arange(count) / count)",
        "norm.ppf((np.arange(count) + 1) / count)",
    )
)
prior_grid.mistake("chosen_ends").says(
    "Vos probabilités sont régulières, mais vont d'un bord choisi à l'autre (de 0,025 à 0,975 au "
    "chapitre 06). Ici ce sont les milieux de n tranches : (i + ½)/n."
).edits(
    *_in_any_order(
        *(
            f"norm.ppf(np.linspace({tail}, 1 - {tail}, count))" + alone
            for alone in ("", " if count > 1 else np.zeros(1)")
            for tail in (0.025, 0.05, 0.01, 0.005, 0.001, 0.1)
        )
    )
)
prior_grid.mistake("borders").says(
    "Ce sont les frontières entre n + 1 tranches, i/(n + 1), et non les milieux de n tranches, (i "
    "+ ½)/n. Les parts entre voisins sont bien égales, mais les points ne sont pas ceux qu'on "
    "demande."
).edits(*_in_any_order("norm.ppf((np.arange(count) + 1) / (count + 1))"))
prior_grid.mistake("not_inverted").says(
    "Vous appliquez la fonction de répartition, qui va d'un code à une probabilité. Ici on part "
    "des probabilités : il faut son inverse, `norm.ppf`."
).edits(
    *_in_any_order(
        "norm.cdf((np.arange(count) + 0.5) / count)", "norm.cdf(np.linspace(-3, 3, count))"
    )
)
prior_grid.mistake("probabilities_themselves").says(
    "Ce sont les probabilités elles-mêmes, entre 0 et 1, et non les codes : il reste à leur "
    "appliquer l'inverse de la fonction de répartition, `norm.ppf`."
).edits(*_in_any_order("(np.arange(count) + 0.5) / count"))
prior_grid.mistake("upside_down").says(
    "La grille est à l'envers : le premier code est en haut, donc son ordonnée est la plus grande. "
    "Une image se remplit par le haut, un axe monte."
).edits({"values[::-1]": "values"})
prior_grid.mistake("columns_first").says(
    "Les deux coordonnées sont échangées : d'un code au suivant, c'est la première, l'abscisse, "
    "qui doit augmenter."
).edits(
    {"z1, z2": "z2, z1", "values[::-1]": "values"},
    {"z1, z2": "z2, z1"},
    {"z1, z2": "z2, z1", "values, values[::-1]": "values[::-1], values"},
)
prior_grid.mistake("not_a_batch").says(
    "Le compte y est, mais la forme n'est pas celle d'un lot de codes : on attend `(count², 2)`, "
    "un code par ligne, comme le décodeur les veut. `reshape(-1, 2)` y suffit."
).edits({"axis=1)": "axis=1).reshape(count, count, 2)"})
