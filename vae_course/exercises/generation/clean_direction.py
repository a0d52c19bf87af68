"""Exercise: an attribute's direction, without what comes along with it."""

import numpy as np

from vae_course.engine import exercise


def _confounded(count, dim, strength, seed, binary=False):
    """Codes that move with an attribute and with another one, which comes along with it."""
    rng = np.random.default_rng(seed)
    confound = rng.normal(size=count) + 0.7
    attribute = strength * confound + rng.normal(size=count) - 0.4
    if binary:
        attribute = (attribute > 0).astype("float64")
    ways = rng.normal(size=(2, dim))
    noise = 0.3 * rng.normal(size=(count, dim))
    z = 1.5 + np.outer(attribute, ways[0]) + np.outer(confound, ways[1]) + noise
    return z, attribute, confound


@exercise(
    statement="Écrivez `clean_direction(z, attribute, confound)` : la direction de forme `(d,)` "
    "telle que z ≈ a + attribute · direction + confound · c, aux moindres carrés. C'est ce qu'une "
    "unité d'attribut de plus ajoute au code, quand le facteur de confusion ne bouge pas. `z` est "
    "de forme `(n, d)`, les deux autres `(n,)`.",
    section="§ 4.1.2 (rendre un visage plus souriant)",
    hints=[
        "Que donnerait la différence de deux moyennes, si tous les visages souriants étaient "
        "larges ? Il faut expliquer z par les deux variables à la fois.",
        "C'est une régression : à gauche les codes, à droite trois colonnes, 1, `attribute` et "
        "`confound`. `np.linalg.lstsq` la résout pour toutes les dimensions d'un coup.",
        "`np.stack([np.ones(n), attribute, confound], axis=1)`, puis la ligne du résultat qui "
        "répond à `attribute`.",
    ],
    success="Toutes choses égales par ailleurs : la direction ne traîne plus le facteur de "
    "confusion avec elle.",
    cases=[
        (  # on a plane: from the first code to the second, and from the third, only attribute moves
            np.array([[1.0, 0.0], [3.0, -1.0], [13.0, 5.0], [17.0, 3.0], [10.0, 1.0]]),
            np.array([0.0, 1.0, 1.0, 3.0, 2.0]),
            np.array([0.0, 0.0, 2.0, 2.0, 1.0]),
        ),
        (  # each value of one with each of the other: the difference of two means, 2 − 0
            np.array([[0.0], [0.0], [0.0], [4.0]]),
            np.array([0.0, 0.0, 1.0, 1.0]),
            np.array([0.0, 1.0, 0.0, 1.0]),
        ),
        _confounded(200, 3, 0.9, seed=72),
        _confounded(300, 8, 0.6, seed=73, binary=True),
        _confounded(100, 4, -1.2, seed=74),
    ],
)
def clean_direction(z, attribute, confound):
    """Ce qu'une unité d'attribut ajoute au code, à facteur de confusion égal."""
    z = np.asarray(z)
    columns = np.stack([np.ones(len(z)), attribute, confound], axis=1)
    direction = np.linalg.lstsq(columns, z, rcond=None)[0][1]
    return direction


# The codes in two parts, by their attribute.
_PARTS = ["> np.median(attribute)", ">= np.median(attribute)", "> attribute.mean()", "> 0", "!= 0"]
_PARTS += ["> 0.5", "== 1", "== 1, attribute == 0"]


def _gap(z, high, low=None):
    """The difference of the means of two parts of the codes."""
    return z[high].mean(axis=0) - z[~high if low is None else low].mean(axis=0)


def _slope(z, variable):
    """Of the codes, along one variable alone."""
    moved = variable - variable.mean()
    return moved @ z / (moved @ moved)


def _residual(z, variable):
    """What one variable leaves of the codes."""
    return z - z.mean(axis=0) - np.outer(variable - variable.mean(), _slope(z, variable))


def _orthogonal(one, other):
    return one - (one @ other) / (other @ other) * other


clean_direction.mistake("confound_ignored").says(
    "Le facteur de confusion est oublié : votre direction emporte avec elle tout ce qui accompagne "
    "l'attribut dans ces données. Mettez-le aussi dans la régression."
).edits(
    {", confound]": "]"},
    *(f"return _gap(z, attribute {part})" for part in _PARTS),
    {", confound]": "]", "return direction": "return direction * len(z) / (len(z) - 1)"},
)
clean_direction.mistake("attribute_left_as_it_is").says(
    "Le facteur de confusion n'est ôté que d'un côté : il faut l'ôter de l'attribut aussi, et "
    "diviser par les carrés de l'attribut ainsi épuré, non par ceux de l'attribut entier."
).edits(
    "return _slope(_residual(z, confound), attribute)",
    "return attribute @ _residual(z, confound) / (attribute @ attribute)",
    "return _slope(z - np.outer(confound, confound @ z / (confound @ confound)), attribute)",
    *(f"return _gap(_residual(z, confound), attribute {part})" for part in _PARTS),
)
clean_direction.mistake("constant_row").says(
    "C'est la constante a, première ligne : la direction est la ligne de `attribute`."
).edits({"[0][1]": "[0][0]"})
clean_direction.mistake("row_of_coef").says(
    "Ce sont les deux pentes de la première dimension du code : `coef_` est de forme `(d, 2)`, une "
    "ligne par dimension. La direction est sa première colonne, `coef_[:, 0]`."
).edits({"[0][1]": "[0][1:, 0]"})
clean_direction.mistake("standardised").says(
    "Votre attribut est réduit, divisé par son écart-type : votre direction est celle d'un "
    "écart-type de plus. On demande celle d'une unité : laissez `attribute` tel quel."
).edits(
    {"attribute,": "attribute / np.std(attribute),"},
    {"attribute,": "attribute / np.std(attribute, ddof=1),"},
)
clean_direction.mistake("two_divisors").says(
    "Votre direction est juste, à un facteur n/(n − 1) près : `np.cov` divise par n − 1, `np.var` "
    "et `np.mean` par n. Prenez le même diviseur des deux côtés, par exemple `ddof=1` partout."
).edits({"[0][1]": "[0][1] * len(z) / (len(z) - 1)"}, {"[0][1]": "[0][1] * (len(z) - 1) / len(z)"})
clean_direction.mistake("no_constant").says(
    "Il manque la colonne de 1 : sans elle, le plan de régression est forcé de passer par "
    "l'origine, et la moyenne des codes fausse les pentes."
).edits({"np.ones(len(z)), ": "", "[0][1]": "[0][0]"})
clean_direction.mistake("other_row").says(
    "C'est la direction du facteur de confusion : vous avez pris l'autre ligne du résultat."
).edits({"[0][1]": "[0][2]"})
clean_direction.mistake("wrong_way").says(
    "Votre régression va dans l'autre sens : elle prédit l'attribut d'après le code. Ses poids "
    "servent à lire l'attribut, pas à le changer : il faut prédire le code d'après l'attribut."
).edits(
    {"attribute, confound]": "*z.T]", "columns, z": "columns, attribute", "[0][1]": "[0][1:]"},
    {"attribute, ": "*z.T, ", "columns, z": "columns, attribute", "[0][1]": "[0][1:-1]"},
    "return np.linalg.lstsq(z, attribute, rcond=None)[0]",
)
clean_direction.mistake("made_orthogonal").says(
    "Vous rendez orthogonales, dans l'espace latent, deux directions qui n'ont aucune raison de "
    "l'être. C'est la part d'attribut que le facteur de confusion explique qu'il faut ôter, non "
    "l'ombre d'une direction sur l'autre."
).edits(
    "return _orthogonal(_slope(z, attribute), _slope(z, confound))",
    {"[0][1]": "[0][1:]", "return direction": "return _orthogonal(*direction)"},
)
clean_direction.mistake("subtracted").says(
    "Vous retranchez une direction de l'autre. Elles n'ont ni la même unité ni la même force : il "
    "faut expliquer z par les deux variables ensemble, dans une seule régression."
).edits(
    "return _slope(z, attribute) - _slope(z, confound)",
    {"[0][1]": "[0][1:]", "return direction": "return direction[0] - direction[1]"},
)
clean_direction.mistake("normalised").says(
    "Vous avez ramené la direction à une longueur de 1 : sa longueur dit combien le code bouge "
    "pour une unité d'attribut, il faut la garder."
).edits({"return direction": "return direction / np.linalg.norm(direction)"})
