"""Exercise: importance weights."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(313)


def _random_logs(k, n):
    return tuple(_rng.normal(center, 1.5, size=(k, n)) for center in (-1500, -14, -9))


@exercise(
    statement="Écrivez `normalized_weights(log_likelihood, log_prior, log_q)`, les poids de K "
    "tirages zₖ d'une loi q, ramenés à une somme de 1 pour chaque donnée. Les trois tableaux, "
    "log p(xᵢ | zₖ), log p(zₖ) et log q(zₖ | xᵢ) dans cet ordre, sont de forme `(K, n)` ; le "
    "résultat aussi.",
    section="§ 2.3 (une loi auxiliaire q) et, plus loin, § 2.4, éq. (2) (le quotient)",
    hints=[
        "Un tirage que q propose trop souvent doit-il compter plus, ou moins ?",
        "Ici log w = log p(x|z) + log p(z) − log q(z|x). Il reste à prendre l'exponentielle, sans "
        "que tout s'annule, puis à diviser par la somme.",
        "Diviser tous les poids d'une donnée par le même nombre n'y change rien : retranchez à "
        "log w son maximum sur l'axe 0, prenez l'exponentielle, divisez par la somme sur l'axe 0.",
    ],
    success="Pondérés ainsi, des tirages d'une loi q qui couvre p(z|x) parlent de p(z|x) : "
    "la moyenne Σ w z estime E[z|x].",
    cases=[
        tuple(np.log(each) for each in ([[0.2], [0.4]], [[0.3], [0.2]], [[0.1], [0.2]])),
        tuple(_rng.normal(size=(3, 3, 3))),
        tuple(
            np.array(each) for each in ([[-1500.0], [-1501.0]], [[-1.0], [-2.0]], [[-3.0], [-1.0]])
        ),
        _random_logs(20, 4),
        # Wide, and each datum at its own level: only the maximum of each will do.
        (np.linspace(-3000, -500, 12)[:, None] * [1, 4], np.zeros((12, 2)), np.zeros((12, 2))),
    ],
)
def normalized_weights(log_likelihood, log_prior, log_q):
    """Les poids des K tirages, de somme 1 pour chaque donnée."""
    log_w = log_likelihood + log_prior - log_q
    w = np.exp(log_w - np.max(log_w, axis=0))
    return w / np.sum(w, axis=0)


normalized_weights.mistake("weights_inverted").says(
    "Les poids sont à l'envers : q est au numérateur. Le poids est p(x|z) p(z) / q(z|x) : un "
    "tirage que q propose trop souvent compte moins."
).edits({"log_likelihood + log_prior - log_q": "log_q - log_likelihood - log_prior"})
normalized_weights.mistake("proposal_forgotten").says(
    "La densité de q est oubliée : divisez par elle. Sans cela, les endroits où q tire souvent "
    "comptent deux fois, une fois par le nombre des tirages, une fois par leur poids."
).edits({" - log_q": ""})
normalized_weights.mistake("prior_forgotten").says(
    "La loi a priori est oubliée : le numérateur est p(x|z) p(z). Elle ne disparaît que si l'on "
    "tire selon elle, quand q = p(z)."
).edits({" + log_prior": ""})
normalized_weights.mistake("likelihood_alone").says(
    "Ce sont les poids de tirages de la loi a priori : la vraisemblance seule. Ici les tirages "
    "viennent de q : multipliez par p(z), divisez par q(z|x)."
).edits({" + log_prior - log_q": ""})
normalized_weights.mistake("proposal_added").says(
    "Vous multipliez par q au lieu de diviser : en logarithmes, log q se retranche."
).edits({"- log_q": "+ log_q"})
normalized_weights.mistake("not_normalised").says(
    "Les poids sont les bons à un facteur près, mais leur somme n'est pas 1 : divisez-les par leur "
    "somme sur les tirages (l'axe 0)."
).edits(
    {" / np.sum(w, axis=0)": ""},
    {" - np.max(log_w, axis=0)": "", " / np.sum(w, axis=0)": ""},
    {"np.sum": "np.mean"},
)
normalized_weights.mistake("naive_exponential").says(
    "La formule est juste, le calcul non : tous les poids valent 0 dans l'ordinateur (et 0/0 n'est "
    "pas un nombre). Retranchez à log w son plus grand terme avant de prendre l'exponentielle."
).edits(
    {" - np.max(log_w, axis=0)": ""},
    {"(log_w - np.max(log_w, axis=0))": "(log_likelihood) * np.exp(log_prior) / np.exp(log_q)"},
    {" - np.max(log_w, axis=0)": "", "np.sum(w, axis=0)": "(np.sum(w, axis=0) + 1e-12)"},
)
normalized_weights.mistake("wrong_axis").says(
    "Vous ramenez à 1 la somme sur les données au lieu de celle sur les tirages. Pour une donnée, "
    "ce sont ses K tirages, une colonne, qui se partagent le poids : l'axe 0."
).edits(
    {"(log_w, axis=0": "(log_w, axis=1, keepdims=True", "(w, axis=0": "(w, axis=1, keepdims=True"}
)
normalized_weights.mistake("whole_table").says(
    "Vous divisez par la somme de tout le tableau. Chaque donnée a ses propres poids : c'est "
    "chaque colonne qui doit faire 1."
).edits({"(log_w, axis=0": "(log_w", "(w, axis=0": "(w"})
normalized_weights.mistake("logarithms").says(
    "Ce sont les logarithmes des poids : prenez-en l'exponentielle, et vérifiez que leur somme est "
    "1."
).edits(
    {"w / np.sum(w, axis=0)": "np.log(w / np.sum(w, axis=0))"},
    "return log_likelihood + log_prior - log_q",
)
normalized_weights.mistake("not_the_maximum").says(
    "Ce que vous retranchez à log w n'est pas le maximum de chaque donnée : quand les poids sont "
    "très inégaux, ou les données de niveaux différents, tout déborde ou s'annule."
).edits({"np.max": "np.min"}, {"np.max": "np.mean"}, {"(log_w, axis=0": "(log_w"})
normalized_weights.mistake("logarithms_divided").says(
    "Vous divisez les logarithmes par leur somme : ce sont les poids, leurs exponentielles, qui "
    "doivent faire 1."
).edits({"return w / np.sum(w": "return log_w / np.sum(log_w"})
normalized_weights.mistake("prior_and_proposal_swapped").says(
    "La loi a priori et q ont échangé leurs rôles : le numérateur est p(x|z) p(z), le dénominateur "
    "q(z|x)."
).edits({"log_prior - log_q": "log_q - log_prior"})
