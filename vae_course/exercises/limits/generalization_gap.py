"""Exercise: the gap between the errors of training and of test."""

import numpy as np

from vae_course.engine import exercise


def _fit_memory(x):
    """Learns by heart: gives back the nearest image learnt."""

    def errors(images):
        return np.array([np.min(np.sum((x - one) ** 2, axis=(1, 2, 3))) for one in images])

    return errors


def _fit_mean(x):
    return lambda images: np.sum((images - np.mean(x, axis=0)) ** 2, axis=(1, 2, 3))


_MEAN, _MEMORY = (
    "un modèle qui rend toujours la moyenne",
    "un modèle qui rend la plus proche apprise",
)
_TRIES = [  # images of one pixel, for gaps to be computed by hand
    (_MEAN, _fit_mean, (0, 2), (1, 4, 4)),
    (_MEMORY, _fit_memory, (0, 2, 6), (3, 4)),
    (_MEAN, _fit_mean, (0, 4), (2, 3)),  # an easy test
]


def _gaps(answer):
    for model, fit, *values in _TRIES:
        x_train, x_test = (np.reshape(each, (-1, 1, 1, 1)).astype("float32") for each in values)
        learnt, tested = (", ".join(map(str, each)) for each in values)
        what = f"{model}, images d'un pixel ; apprises : {learnt} ; test : {tested}"
        received = []
        yield what, answer.array(_watched(fit, received), x_train, x_test)
        images = np.concatenate(received) if received else x_train[:0]
        only = set(images.ravel()) == set(x_train.ravel())
        yield f"{what} ; `fit` reçoit toutes les images apprises, et elles seules", only
        yield (
            f"{what} ; `fit` n'est appelé qu'une fois (chez vous : {len(received)})",
            (len(received) == 1),
        )


def _watched(fit, received):
    """The same `fit`, which notes the images that it is given."""

    def fit_once_more(images):
        images = np.asarray(images)
        if images.ndim != 4 or len(images) < 2:
            raise ValueError(f"`fit` attend un lot d'images, et reçoit la forme {images.shape}")
        received.append(images)
        errors = fit(images)
        return lambda tested: errors(np.asarray(tested))

    return fit_once_more


@exercise(
    statement="`fit(images)` entraîne un modèle et rend une fonction `errors`, telle que "
    "`errors(images)` donne l'erreur de chaque image. Écrivez "
    "`generalization_gap(fit, x_train, x_test)` : de combien l'erreur moyenne sur le test "
    "dépasse l'erreur moyenne sur les images apprises. Un entraînement coûte cher : un seul.",
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
generalization_gap.mistake("trained_twice").says(
    "Vous appelez `fit` plusieurs fois sur les mêmes images : c'est deux fois plus cher, et un "
    "vrai réseau, tiré au hasard, ne serait pas deux fois le même. Gardez le modèle : "
    "`errors = fit(x_train)`."
).edits(
    {"errors(x_test)": "fit(x_train)(x_test)"},
    {"errors(x_test)": "fit(x_train)(x_test)", "errors(x_train)": "fit(x_train)(x_train)"},
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
).edits(
    {"np.mean(errors(x_test)) - np.mean": "np.sum(errors(x_test)) - np.sum"},
    {
        "np.mean(errors(x_test)) - np.mean(errors(x_train))": "(np.sum(errors(x_test)) - "
        "np.sum(errors(x_train))) / len(x_test)"
    },
    {
        "np.mean(errors(x_test)) - np.mean(errors(x_train))": "(np.sum(errors(x_test)) - "
        "np.sum(errors(x_train))) / len(x_train)"
    },
)
generalization_gap.mistake("roots").says(
    "Vous prenez des racines : les erreurs du cours sont des carrés, ‖x − x'‖², et l'on en prend "
    "la moyenne telle quelle."
).edits(
    {
        "np.mean(errors(x_test)) -": "np.sqrt(np.mean(errors(x_test))) -",
        "np.mean(errors(x_train))": "np.sqrt(np.mean(errors(x_train)))",
    },
    {"errors(x_test)": "np.sqrt(errors(x_test))", "errors(x_train)": "np.sqrt(errors(x_train))"},
)
generalization_gap.mistake("median_or_worst").says(
    "Vous comparez des médianes, ou les pires des erreurs : on demande des moyennes."
).edits(
    {"np.mean(errors(x_test)) - np.mean": "np.median(errors(x_test)) - np.median"},
    {"np.mean(errors(x_test)) - np.mean": "np.max(errors(x_test)) - np.max"},
)
generalization_gap.mistake("first_image").says(
    "Vous ne comparez qu'une image de chaque lot : il faut la moyenne de toutes."
).edits(
    {"np.mean(errors(x_test)) - np.mean(errors(x_train))": "errors(x_test)[0] - errors(x_train)[0]"}
)
generalization_gap.mistake("test_error_alone").says(
    "C'est l'erreur du test toute seule. L'écart en retranche celle des images apprises : un "
    "modèle mauvais partout n'a pas appris par cœur."
).edits("return np.mean(fit(x_train)(x_test))")
generalization_gap.mistake("training_error_alone").says(
    "C'est l'erreur des images apprises toute seule : il faut la retrancher de celle du test."
).edits("return np.mean(fit(x_train)(x_train))")
generalization_gap.mistake("normalised").says(
    "Vous rapportez l'écart à l'une des deux erreurs : on demande la différence telle quelle, qui "
    "a un sens même quand l'erreur des images apprises est nulle."
).edits(
    {"return ": "return (", "(x_train))": "(x_train))) / np.mean(errors(x_test))"},
)
generalization_gap.mistake("absolute_value").says(
    "Vous prenez la valeur absolue : l'écart a un signe. Quand le test est plus facile que les "
    "images apprises, il est négatif, et il faut le savoir."
).edits({"return ": "return abs(", "(x_train))": "(x_train)))"})
