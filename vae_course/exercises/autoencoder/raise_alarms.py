"""Exercise: anomalies, at a given rate of false alarms."""

import numpy as np

from vae_course.engine import exercise

# Few scores, out of order, to be judged by hand. No new one lies where two definitions of a
# quantile could disagree.
_FEW = np.array([4.0, 9, 1, 7, 8, 2, 6, 3, 5, 10])
_SKEWED = np.array([49.0, 0, 210, 4, 36, 200, 1, 64, 9, 25, 16])
_SCORES = [
    (np.sort(_FEW) / 2, _FEW, [9.3, 1.5, 3, 7, 9.7, 0.1, 10.1, 6, 0.5, 9.99, 11.15, 9.05]),
    (_SKEWED / 2, _SKEWED, [170.0, 2, 250, 60, 150, 300, 190, 30, 140, 209, 90, 14]),
    (_SKEWED / 2, _SKEWED, [20.0, 1, 40, 15, 30, 5]),  # nothing abnormal
]


@exercise(
    statement="Écrivez `raise_alarms(train_errors, val_errors, new_errors, rate)` : pour chaque "
    "nouvelle image, `True` si son erreur donne l'alarme. Le seuil doit laisser une part `rate` "
    "de fausses alarmes sur des images normales que le réseau n'a jamais vues.",
    section="§ 1.1 (la détection d'anomalies)",
    hints=[
        "Trois tableaux d'erreurs : lequel contient des images normales, et que le réseau n'a pas "
        "apprises ?",
        "Si `rate` vaut 0,05, quelle part des images normales doit se trouver au-dessous du "
        "seuil ? Le nombre cherché est un quantile.",
        "`np.quantile(erreurs, 1 - rate)` est le seuil. Il reste à lui comparer chaque nouvelle "
        "erreur.",
    ],
    success="Le seuil ne dépend ni des erreurs des images apprises, ni de celles des images qu'on "
    "juge : s'il n'y a pas d'intrus, il n'y a qu'une part `rate` d'alarmes, à peu près.",
    cases=[
        (*(np.array(each, "float32") for each in scores), rate)
        for scores, rate in zip(_SCORES, (0.2, 0.1, 0.3), strict=True)
    ],
)
def raise_alarms(train_errors, val_errors, new_errors, rate):
    """Vrai là où l'erreur dépasse le seuil."""
    threshold = np.quantile(val_errors, 1 - rate)
    return new_errors > threshold


raise_alarms.mistake("threshold_on_the_new_images").says(
    "Votre seuil est réglé, en tout ou en partie, sur les images à juger : il en dénonce toujours "
    "à peu près la même part, qu'il y ait des intrus ou non. Réglez-le sur des images que l'on "
    "sait normales."
).edits(
    {"val_errors": "new_errors"},
    {"val_errors, 1 - rate": "new_errors, 1 - rate, method='higher'", ">": ">="},
    {"val_errors": "np.concatenate([val_errors, new_errors])"},
)
raise_alarms.mistake(
    "threshold_on_the_training_images", "§ 1.5 (le risque de sur-apprentissage)"
).says(
    "Votre seuil est réglé, en tout ou en partie, sur les images apprises : le réseau les "
    "redessine trop bien, leurs erreurs sont flatteuses, et les fausses alarmes seront bien plus "
    "nombreuses que prévu."
).edits(
    {"val_errors": "train_errors"},
    {"val_errors": "np.concatenate([train_errors, val_errors])"},
    "return new_errors > np.max(train_errors)",
)
raise_alarms.mistake("wrong_tail").says(
    "C'est la mauvaise queue : votre seuil est le quantile `rate`, que presque toutes les images "
    "normales dépassent. Il faut celui que seule une part `rate` dépasse : `1 - rate`."
).edits(
    {"1 - rate": "rate"},
    {"np.quantile(val_errors, 1 - rate)": "np.sort(val_errors)[int(rate * len(val_errors))]"},
)
raise_alarms.mistake("rate_as_a_value").says(
    "Votre seuil se calcule avec `rate` comme si c'était une erreur ; c'est une part d'images. Le "
    "seuil est l'erreur que cette part des images normales dépasse."
).edits(
    "return new_errors > rate",
    "return new_errors > np.max(val_errors) * (1 - rate)",
    "return new_errors > np.max(val_errors) * rate",
    "return new_errors > np.mean(val_errors) * (1 + rate)",
)
raise_alarms.mistake("percents").says(
    "`rate` est une part, entre 0 et 1, et non un pourcentage : `np.quantile(…, 1 - rate)`, ou "
    "`np.percentile(…, 100 * (1 - rate))`, qui compte de 0 à 100."
).edits({"quantile": "percentile"}, {"quantile": "percentile", "1 - rate": "100 - rate"})
raise_alarms.mistake("alarm_below").says(
    "L'alarme est à l'envers : vous la donnez au-dessous du seuil. Une grande erreur est suspecte, "
    "une petite ne l'est pas."
).edits({">": "<"})
raise_alarms.mistake("mean_and_deviations").says(
    "Moyenne plus quelques écarts-types : cette règle suppose des erreurs gaussiennes, et ne tient "
    "pas compte de `rate`. Un quantile ne suppose rien."
).edits(
    "return new_errors > np.mean(val_errors) + 2 * np.std(val_errors)",
    "return new_errors > np.mean(val_errors) + 3 * np.std(val_errors)",
    "return new_errors > np.mean(val_errors) + 1 * np.std(val_errors)",
    "return new_errors > np.mean(val_errors) + 1.645 * np.std(val_errors)",
)
raise_alarms.mistake("rate_ignored").says(
    "Votre seuil ne tient pas compte de `rate` : 95 %, c'était pour 5 % de fausses alarmes. Quelle "
    "part des images normales doit rester au-dessous, quand `rate` vaut 0,2 ?"
).edits(
    {"1 - rate": "0.95"},
    "return new_errors > np.max(val_errors)",
    "return new_errors > np.mean(val_errors)",
    "return new_errors > np.median(val_errors)",
)
raise_alarms.mistake("not_sorted").says(
    "Vous prenez l'erreur qui se trouve à ce rang dans le tableau, sans l'avoir trié : ce n'est "
    "qu'une image au hasard. Triez d'abord, ou laissez faire `np.quantile`."
).edits(
    {"np.quantile(val_errors, 1 - rate)": "val_errors[int((1 - rate) * len(val_errors))]"},
    {"np.quantile(val_errors, 1 - rate)": "val_errors[-int(rate * len(val_errors))]"},
)
raise_alarms.mistake("numbers_of_the_images").says(
    "Vous rendez les numéros des images suspectes, ou leurs erreurs : on attend, pour chaque "
    "nouvelle image, `True` ou `False`."
).edits(
    {"new_errors > threshold": "np.flatnonzero(new_errors > threshold)"},
    {"new_errors > threshold": "new_errors[new_errors > threshold]"},
)
raise_alarms.mistake("one_answer").says(
    "Un seul résultat pour toutes les images : on attend une alarme, `True` ou `False`, pour "
    "chacune."
).edits(
    {"new_errors > threshold": "np.sum(new_errors > threshold)"},
    {"new_errors > threshold": "np.mean(new_errors > threshold)"},
    {"new_errors > threshold": "np.any(new_errors > threshold)"},
    {"new_errors > threshold": "np.mean(new_errors) > threshold"},
)
raise_alarms.mistake("wrong_images").says(
    "Votre seuil est bon, mais vous lui comparez les erreurs des images de validation, ou des "
    "images apprises : ce sont les nouvelles qu'il faut juger."
).edits({"new_errors": "val_errors"}, {"new_errors": "train_errors"})
raise_alarms.mistake("excess").says(
    "Vous rendez de combien chaque erreur dépasse le seuil : il reste à dire si elle le dépasse, "
    "`True` ou `False`."
).edits({"new_errors > threshold": "new_errors - threshold"})
raise_alarms.mistake("two_tails").says(
    "Vous partagez `rate` entre deux queues, comme pour un intervalle. Ici une seule est suspecte, "
    "celle des grandes erreurs : le seuil est le quantile `1 - rate`."
).edits(
    {"rate": "rate / 2"},
    "low, high = np.quantile(val_errors, [rate / 2, 1 - rate / 2])\n"
    "return (new_errors < low) | (new_errors > high)",
)
raise_alarms.mistake("threshold_itself").says(
    "Vous rendez le seuil : il est bon, mais il reste à lui comparer chaque nouvelle erreur. On "
    "attend un `True` ou un `False` par nouvelle image."
).edits({"new_errors > ": ""})
raise_alarms.mistake("gaussian_quantile").says(
    "Votre seuil serait bon si les erreurs étaient gaussiennes : moyenne plus tant d'écarts-types. "
    "Elles ne le sont pas, et la part de fausses alarmes n'est plus `rate`. Un quantile ne suppose "
    "rien."
).edits(
    "from scipy.special import ndtri\n"
    "return new_errors > np.mean(val_errors) + ndtri(1 - rate) * np.std(val_errors)"
)
