"""Exercise: how faithful a reconstruction of strings is, by symbol and by string."""

import numpy as np

from vae_course.engine import exercise

_SMALL = (
    np.array([[3, 1, 2, 0, 0, 0], [4, 4, 0, 0, 0, 0], [1, 2, 3, 4, 0, 0]]),
    np.array([[3, 1, 2, 0, 0, 0], [4, 4, 1, 0, 0, 0], [1, 2, 2, 4, 0, 0]]),
)


def _example(seed, count, length, kept):
    """Strings of all lengths, and copies of which some symbols are others, or some ends."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 9, (count, length))
    x[np.arange(length) >= rng.integers(2, length, count)[:, None]] = 0
    x_hat = np.where((rng.random(x.shape) < kept) | (x == 0), x, rng.integers(1, 9, x.shape))
    longer = rng.random(count) < 0.25
    x_hat[longer, (x[longer] > 0).sum(axis=1)] = 5
    return x, x_hat


def _shares(answer):
    cases = [_SMALL, _example(101, 40, 12, 0.95), _example(102, 200, 20, 0.99)]
    for number, (x, x_hat) in enumerate(cases):
        what = f"{len(x)} chaînes de {x.shape[1]} places"
        if number == 0:
            what = f"x = {x.tolist()}, x_hat = {x_hat.tolist()}"
        symbols, strings = answer.arrays(2, x, x_hat)
        yield f"{what} : part des symboles", symbols
        yield f"{what} : part des chaînes", strings


@exercise(
    statement="Écrivez `reconstruction_shares(x, x_hat)`, de deux tableaux d'entiers `(n, "
    "longueur)` où 0 marque la fin et remplit le reste. Deux résultats : la part des "
    "symboles de `x` (les places où `x` n'est pas 0, toutes chaînes confondues) que `x_hat` "
    "rend, et la part des chaînes rendues exactement, fin comprise.",
    section="§ 4.1.5 (génération de nouvelles molécules)",
    hints=[
        "Dans une chaîne de 35 symboles sur 50 places, que vaut un modèle qui ne rend que des 0 ? "
        "Il ne doit rien gagner.",
        "`x == x_hat` dit quelles places sont rendues. `np.all(…, axis=1)` dit quelles chaînes le "
        "sont tout entières.",
        "Pour les symboles, ne gardez que les places où `x > 0`, puis une seule moyenne : "
        "`same[x > 0].mean()`. Pour les chaînes, toutes les places comptent, la fin aussi.",
    ],
    success="Le même modèle a deux notes très différentes : 99 % des symboles, c'est, sur 35 "
    "places, une chaîne sur trois manquée. Lisez toujours laquelle un article annonce.",
    observe=_shares,
)
def reconstruction_shares(x, x_hat):
    """La part des symboles rendus, et celle des chaînes rendues exactement."""
    x, x_hat = np.asarray(x), np.asarray(x_hat)
    same = x == x_hat
    return same[x > 0].mean(), same.all(axis=1).mean()


reconstruction_shares.mistake("padding_counted").says(
    "Votre part des symboles compte le remplissage : les places après la fin sont faciles, et "
    "gonflent la note. Ne gardez que les places où `x` n'est pas 0."
).edits({"same[x > 0].mean()": "same.mean()"})
reconstruction_shares.mistake("mask_of_the_copy").says(
    "Votre part des symboles compte les places où `x_hat` n'est pas 0 : une chaîne trop courte y "
    "gagne. On demande les places où `x` n'est pas 0."
).edits({"same[x > 0].mean()": "same[x_hat > 0].mean()"})
reconstruction_shares.mistake("mean_of_means").says(
    "Vous faites la moyenne des parts de chaque chaîne : une courte y pèse autant qu'une longue. "
    "On demande la part de tous les symboles, ensemble."
).edits(
    {"same[x > 0].mean()": "np.mean((same & (x > 0)).sum(axis=1) / (x > 0).sum(axis=1))"},
)
reconstruction_shares.mistake("end_forgotten").says(
    "Une chaîne trop longue compte pour juste : `x_hat` continue après la fin de `x`, et c'est une "
    "autre molécule. Comparez toutes les places, la fin aussi."
).edits({"same.all(axis=1).mean()": "(same | (x == 0)).all(axis=1).mean()"})
reconstruction_shares.mistake("independent_places").says(
    "Vous élevez la part des symboles à la puissance d'une longueur : ce serait juste si les "
    "erreurs étaient indépendantes et les chaînes égales. Comptez les chaînes entières."
).edits(
    {"same.all(axis=1).mean()": "same[x > 0].mean() ** x.shape[1]"},
    {"same.all(axis=1).mean()": "same[x > 0].mean() ** (x > 0).sum(axis=1).mean()"},
)
reconstruction_shares.mistake("swapped").says(
    "Les deux résultats sont dans l'autre ordre : les symboles d'abord, les chaînes ensuite."
).edits(
    {"same[x > 0].mean(), same.all(axis=1).mean()": "same.all(axis=1).mean(), same[x > 0].mean()"}
)
reconstruction_shares.mistake("errors").says(
    "Ce sont les parts manquées : on demande celles qui sont rendues."
).edits(
    {"same = x == x_hat": "same = x != x_hat"},
    {
        "same[x > 0].mean(), same.all(axis=1).mean()": "1 - same[x > 0].mean(), "
        "1 - same.all(axis=1).mean()"
    },
)
