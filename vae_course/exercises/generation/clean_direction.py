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
    "unité d'attribut de plus ajoute au code, quand la variable confondue ne bouge pas. `z` est de "
    "forme `(n, d)`, les deux autres `(n,)`.",
    section="§ 4.1.2 (rendre un visage plus souriant)",
    hints=[
        "Que donnerait la différence de deux moyennes, si tous les visages souriants étaient "
        "larges ? Il faut expliquer z par les deux variables à la fois.",
        "C'est une régression : à gauche les codes, à droite trois colonnes, 1, `attribute` et "
        "`confound`. `np.linalg.lstsq` la résout pour toutes les dimensions d'un coup.",
        "`np.stack([np.ones(n), attribute, confound], axis=1)`, puis la ligne du résultat qui "
        "répond à `attribute`.",
    ],
    success="Toutes choses égales par ailleurs : la direction ne traîne plus la variable "
    "confondue avec elle.",
    cases=[
        (
            np.array([[1.0, 2.0], [3.0, 1.0], [2.0, 5.0], [4.0, 4.0], [6.0, 3.0]]),
            np.array([0.0, 1.0, 0.0, 1.0, 2.0]),
            np.array([0.0, 0.0, 1.0, 1.0, 1.0]),
        ),
        _confounded(200, 3, 0.9, seed=72),
        _confounded(300, 8, 0.6, seed=73, binary=True),
        _confounded(100, 4, -1.2, seed=74),
    ],
)
def clean_direction(z, attribute, confound):
    """Ce qu'une unité d'attribut ajoute au code, à variable confondue égale."""
    z = np.asarray(z)
    columns = np.stack([np.ones(len(z)), attribute, confound], axis=1)
    return np.linalg.lstsq(columns, z, rcond=None)[0][1]


def _coefficients(z, *columns):
    """A row for the constant, then one for each variable."""
    columns = np.stack([np.ones(len(z)), *columns], axis=1)
    return np.linalg.lstsq(columns, z, rcond=None)[0]


def _slopes(z, *columns):
    return _coefficients(z, *columns)[1:]


def _residual(values, confound):
    a, slope = _coefficients(values, confound)
    return values - a - np.multiply.outer(confound, slope)


def _covariance(values, z, ddof):
    """Of one variable with each column of z."""
    return (values - values.mean()) @ (z - z.mean(axis=0)) / (len(z) - ddof)


@clean_direction.misconception(
    "La variable confondue est oubliée : votre direction emporte avec elle tout ce qui accompagne "
    "l'attribut dans ces données. Mettez-la aussi dans la régression."
)
def _confound_ignored(z, attribute, confound):
    return _slopes(z, attribute)[0]


_SPLITS = [  # of the codes in two, by the attribute
    lambda values: (values <= np.median(values), values > np.median(values)),
    lambda values: (values < np.median(values), values >= np.median(values)),
    lambda values: (values <= values.mean(), values > values.mean()),
    lambda values: (values <= 0, values > 0),
    lambda values: (values == 0, values != 0),
    lambda values: (values <= 0.5, values > 0.5),
    lambda values: (values != 1, values == 1),
    lambda values: (values == 0, values == 1),
]


def _difference_of_means(split, left=lambda z, confound: z):
    """Between the two parts, of what is left of the codes."""

    def direction(z, attribute, confound):
        low, high = split(attribute)
        codes = left(z, confound)
        return codes[high].mean(axis=0) - codes[low].mean(axis=0)

    return direction


for _split in _SPLITS:
    _confound_ignored.variant(_difference_of_means(_split))


@_confound_ignored.variant
def _(z, attribute, confound):
    return _covariance(attribute, z, ddof=1) / np.var(attribute)


@clean_direction.misconception(
    "Vous ôtez la variable confondue des codes, mais pas de l'attribut : ôtez-la des deux."
)
def _attribute_left_as_it_is(z, attribute, confound):
    return _slopes(_residual(z, confound), attribute)[0]


@_attribute_left_as_it_is.variant
def _(z, attribute, confound):
    left = _residual(z, confound)
    return attribute @ left / (attribute @ attribute)


@_attribute_left_as_it_is.variant
def _(z, attribute, confound):  # without a constant
    left = z - np.outer(confound, confound @ z / (confound @ confound))
    return _slopes(left, attribute)[0]


for _split in _SPLITS:
    _attribute_left_as_it_is.variant(_difference_of_means(_split, _residual))


@clean_direction.misconception(
    "C'est la constante a, première ligne : la direction est la ligne de `attribute`."
)
def _constant_row(z, attribute, confound):
    return _coefficients(z, attribute, confound)[0]


@clean_direction.misconception(
    "Ce sont les deux pentes de la première dimension du code : `coef_` est de forme `(d, 2)`, une "
    "ligne par dimension. La direction est sa première colonne, `coef_[:, 0]`."
)
def _row_of_coef(z, attribute, confound):
    return _slopes(z, attribute, confound).T[0]


@clean_direction.misconception(
    "Votre attribut est réduit, divisé par son écart-type : votre direction est celle d'un "
    "écart-type de plus. On demande celle d'une unité : laissez `attribute` tel quel."
)
def _standardised(z, attribute, confound):
    return _slopes(z, attribute / np.std(attribute), confound)[0]


@_standardised.variant
def _(z, attribute, confound):
    return _slopes(z, attribute / np.std(attribute, ddof=1), confound)[0]


@clean_direction.misconception(
    "Votre direction est juste, à un facteur n/(n − 1) près : `np.cov` divise par n − 1, `np.var` "
    "et `np.mean` par n. Prenez le même diviseur des deux côtés, par exemple `ddof=1` partout."
)
def _two_divisors(z, attribute, confound):
    left = _residual(attribute, confound)
    return _covariance(left, z, ddof=1) / np.var(left)


@_two_divisors.variant
def _(z, attribute, confound):
    left = _residual(attribute, confound)
    return _covariance(left, z, ddof=0) / np.var(left, ddof=1)


@clean_direction.misconception(
    "Il manque la colonne de 1 : sans elle, le plan de régression est forcé de passer par "
    "l'origine, et la moyenne des codes fausse les pentes."
)
def _no_constant(z, attribute, confound):
    return np.linalg.lstsq(np.stack([attribute, confound], axis=1), z, rcond=None)[0][0]


@clean_direction.misconception(
    "C'est la direction de la variable confondue : vous avez pris l'autre ligne du résultat."
)
def _other_row(z, attribute, confound):
    return _slopes(z, attribute, confound)[1]


@clean_direction.misconception(
    "Votre régression va dans l'autre sens : elle prédit l'attribut d'après le code. Ses poids "
    "servent à lire l'attribut, pas à le changer : il faut prédire le code d'après l'attribut."
)
def _wrong_way(z, attribute, confound):
    return _slopes(attribute, *z.T)


@_wrong_way.variant
def _(z, attribute, confound):
    return _slopes(attribute, *z.T, confound)[:-1]


@_wrong_way.variant
def _(z, attribute, confound):
    return np.linalg.lstsq(z, attribute, rcond=None)[0]


@clean_direction.misconception(
    "Vous rendez orthogonales, dans l'espace latent, deux directions qui n'ont aucune raison de "
    "l'être. C'est la part d'attribut que la variable confondue explique qu'il faut ôter, non "
    "l'ombre d'une direction sur l'autre."
)
def _made_orthogonal(z, attribute, confound):
    one, other = _slopes(z, attribute)[0], _slopes(z, confound)[0]
    return one - (one @ other) / (other @ other) * other


@_made_orthogonal.variant
def _(z, attribute, confound):
    one, other = _slopes(z, attribute, confound)
    return one - (one @ other) / (other @ other) * other


@clean_direction.misconception(
    "Vous retranchez une direction de l'autre. Elles n'ont ni la même unité ni la même force : il "
    "faut expliquer z par les deux variables ensemble, dans une seule régression."
)
def _subtracted(z, attribute, confound):
    return _slopes(z, attribute)[0] - _slopes(z, confound)[0]


@_subtracted.variant
def _(z, attribute, confound):
    one, other = _slopes(z, attribute, confound)
    return one - other


@clean_direction.misconception(
    "Vous avez ramené la direction à une longueur de 1 : sa longueur dit combien le code bouge "
    "pour une unité d'attribut, il faut la garder."
)
def _normalised(z, attribute, confound):
    direction = _slopes(z, attribute, confound)[0]
    return direction / np.linalg.norm(direction)
