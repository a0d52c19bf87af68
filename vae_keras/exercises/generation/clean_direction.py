"""Exercise: an attribute's direction, without what comes along with it."""

import numpy as np

from vae_keras.exercises._exercise import exercise


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
            np.array([[0.0, 1.0], [2.0, 1.0], [0.0, 4.0], [2.0, 4.0], [4.0, 4.0]]),
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


def _slopes(z, *columns):
    columns = np.stack([np.ones(len(z)), *columns], axis=1)
    return np.linalg.lstsq(columns, z, rcond=None)[0][1:]


@clean_direction.misconception(
    "La variable confondue est oubliée : votre direction emporte avec elle tout ce qui accompagne "
    "l'attribut dans ces données. Mettez-la aussi dans la régression."
)
def _confound_ignored(z, attribute, confound):
    return _slopes(z, attribute)[0]


@_confound_ignored.variant
def _(z, attribute, confound):
    high = attribute > np.median(attribute)
    return z[high].mean(axis=0) - z[~high].mean(axis=0)


@_confound_ignored.variant
def _(z, attribute, confound):
    high = attribute > 0
    return z[high].mean(axis=0) - z[~high].mean(axis=0)


@_confound_ignored.variant
def _(z, attribute, confound):
    high = attribute > attribute.mean()
    return z[high].mean(axis=0) - z[~high].mean(axis=0)


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
