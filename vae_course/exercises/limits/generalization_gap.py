"""Exercise: the gap between the errors of training and of test."""

import numpy as np

from vae_course.engine import exercise
from vae_course.exercises import _digits


def _fit_memory(x):
    """Learns by heart: gives back the nearest image learnt."""

    def errors(images):  # by differences: exactly zero for an image learnt
        return np.array([np.min(np.sum((x - one) ** 2, axis=(1, 2, 3))) for one in images])

    return errors


def _fit_mean(x):
    return lambda images: np.sum((images - np.mean(x, axis=0)) ** 2, axis=(1, 2, 3))


def _fit_axes(x):
    """Principal components, half as many as images."""
    mean, flat = np.mean(x, axis=0), np.reshape(x, (len(x), -1)).astype("float64")
    axes = np.linalg.svd(flat - mean.ravel(), full_matrices=False)[2][: len(x) // 2]

    def errors(images):
        centered = np.reshape(images, (len(images), -1)) - mean.ravel()
        return np.sum((centered - centered @ axes.T @ axes) ** 2, axis=1)

    return errors


def _gaps(answer):
    x = _digits.images()[0][:, 4:24, 4:24]  # smaller, to be quick
    faint = (x[:25] + np.mean(x[:25], axis=0)) / 2
    tries = [
        ("l'image moyenne", _fit_mean, x[:12], x[12:90]),
        ("un modèle qui apprend par cœur", _fit_memory, x[:20], x[20:50]),
        ("des axes principaux", _fit_axes, x[:30], x[60:70]),
        ("l'image moyenne, un lot de test facile", _fit_mean, x[:40], faint),
    ]
    for what, fit, x_train, x_test in tries:
        gap = answer.array(lambda images, fit=fit: _checked(fit, images), x_train, x_test)
        sizes = f"{len(x_train)} images apprises, {len(x_test)} de test"
        yield f"{what} ({sizes})", gap


def _checked(fit, images):
    images = np.asarray(images)
    if images.ndim != 4 or len(images) < 2:
        raise ValueError(f"`fit` attend un lot d'images, et reçoit la forme {images.shape}")
    errors = fit(images)
    return lambda tested: errors(np.asarray(tested))


@exercise(
    statement="`fit(images)` entraîne un modèle et rend une fonction `errors`, telle que "
    "`errors(images)` donne l'erreur de chaque image. Écrivez "
    "`generalization_gap(fit, x_train, x_test)` : de combien l'erreur moyenne sur le test "
    "dépasse l'erreur moyenne sur les images apprises.",
    section="§ 1.5 (le risque de sur-apprentissage)",
    hints=[
        "Combien de fois faut-il entraîner, et sur quelles images ? Le test ne doit rien "
        "apprendre au modèle.",
        "`errors = fit(x_train)`, une seule fois. Puis `errors(x_train)` et `errors(x_test)`, avec "
        "le même modèle.",
        "On compare des moyennes, puisque les deux lots n'ont pas la même taille : celle du test, "
        "moins celle des images apprises.",
    ],
    success="Le modèle qui apprend par cœur a une erreur nulle sur ce qu'il a appris : c'est "
    "l'écart qui le trahit. Et un test facile peut rendre l'écart négatif.",
    observe=_gaps,
)
def generalization_gap(fit, x_train, x_test):
    """Erreur moyenne du test, moins celle des images apprises."""
    errors = fit(x_train)
    return np.mean(errors(x_test)) - np.mean(errors(x_train))


generalization_gap.mistake("wrong_sign").says(
    "Le signe est à l'envers : on retranche l'erreur des images apprises de celle du test. Un "
    "modèle qui apprend par cœur a un écart positif."
).edits({"np.mean(errors(x_test)) -": "-np.mean(errors(x_test)) +"})
generalization_gap.mistake("test_set_learnt").says(
    "Les images de test ont servi à l'entraînement : elles ne disent plus rien des images jamais "
    "vues. `fit` ne doit recevoir que `x_train`."
).edits(
    {"fit(x_train)": "fit(np.concatenate([x_train, x_test]))"},
    {"fit(x_train)": "fit(x_test)"},
    {"fit(x_train)": "fit(x_test)", "np.mean(errors(x_test)) -": "-np.mean(errors(x_test)) +"},
)
generalization_gap.mistake("two_models").says(
    "Vous entraînez deux modèles, un par lot : chacun est jugé sur ce qu'il a appris, et l'écart "
    "ne mesure plus rien. Un seul modèle, entraîné sur `x_train`, jugé sur les deux lots."
).edits(
    {"errors(x_test)": "fit(x_test)(x_test)"},
    {"errors(x_train)": "fit(x_test)(x_train)"},
    {"np.mean(errors(x_test)) -": "-np.mean(fit(x_test)(x_test)) +"},
)
generalization_gap.mistake("ratio").says(
    "C'est le rapport des deux erreurs, celui du chapitre. On demande ici leur différence, qui a "
    "un sens même quand l'erreur des images apprises est nulle."
).edits(
    {" - ": " / "},
    {" - ": " / ", "(x_train))": "(x_train)) - 1"},
    {"errors(x_test)": "errors(x_train)", " - ": " / ", "errors(x_train)": "errors(x_test)"},
)
generalization_gap.mistake("sums").says(
    "Vous comparez des sommes : le plus grand lot a la plus grande, quel que soit le modèle. Il "
    "faut des moyennes, une par lot."
).edits({"np.mean(errors(x_test)) - np.mean": "np.sum(errors(x_test)) - np.sum"})
generalization_gap.mistake("test_error_alone").says(
    "C'est l'erreur du test toute seule. L'écart en retranche celle des images apprises : un "
    "modèle mauvais partout n'a pas appris par cœur."
).edits("return np.mean(fit(x_train)(x_test))")
generalization_gap.mistake("absolute_value").says(
    "Vous prenez la valeur absolue : l'écart a un signe. Quand le test est plus facile que les "
    "images apprises, il est négatif, et il faut le savoir."
).edits({"return ": "return abs(", "(x_train))": "(x_train)))"})
