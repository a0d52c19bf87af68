"""Exercise: log p(x) by Monte Carlo."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(312)
_LOGS = [
    np.log([[0.1], [0.3]]),
    np.log([[0.1, 0.5, 0.9], [0.2, 0.3, 0.1], [0.6, 0.1, 0.8]]),
    np.array([[-1500.0], [-1501.0]]),
    -1500 + 8 * _rng.normal(size=(50, 4)),
    900 + 8 * _rng.normal(size=(50, 4)),  # a density, on a tiny scale
    np.array([-20.0, -1500.0]) + 3 * _rng.normal(size=(20, 2)),
    np.linspace(-3000, -500, 12)[:, None] - np.arange(3),  # wide: only the maximum will do
]


@exercise(
    statement="Écrivez `log_evidence(log_likelihoods)`, l'estimation de log p(xᵢ) par K tirages "
    "de la loi a priori : `log_likelihoods[k, i]` est log p(xᵢ | zₖ), de forme `(K, n)`, et peut "
    "valoir −1500. On attend une valeur par donnée, de forme `(n,)`.",
    section="§ 2.3, et § 2.4, éq. (1) (log p(x), logarithme d'une intégrale)",
    hints=[
        "L'évidence est l'espérance de p(x|z) sous la loi a priori : la moyenne de K nombres, dont "
        "l'ordinateur ne connaît que les logarithmes. Sur quel axe se prend cette moyenne ?",
        "L'ordinateur prend exp(−1500) pour 0. Mais exp(−1500) + exp(−1503) vaut exp(−1500) fois "
        "(1 + exp(−3)) : que peut-on mettre en facteur ?",
        "Pour chaque donnée : le plus grand logarithme `m`, plus le logarithme de la moyenne des "
        "`exp(l - m)`. C'est aussi `keras.ops.logsumexp(…, axis=0)`, moins log K.",
    ],
    success="Vous faites la moyenne de nombres que l'ordinateur ne sait pas écrire : le plus "
    "grand est sorti de la somme, et ce qui s'annule encore ne compte pas.",
    cases=[(each,) for each in _LOGS],
    rtol=1e-6,
    atol=1e-3,
)
def log_evidence(log_likelihoods):
    """Le logarithme de la moyenne des p(xᵢ | zₖ), une valeur par donnée."""
    largest = np.max(log_likelihoods, axis=0)  # un par donnée
    scaled = np.exp(log_likelihoods - largest)  # entre 0 et 1, et l'un d'eux vaut 1
    return largest + np.log(np.mean(scaled, axis=0))


_EPSILONS = [1e-8, 1e-5, 1e-6, 1e-7, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30, 1e-300]


log_evidence.mistake("mean_of_logs", "§ 2.4, éq. (3) et (4) : l'inégalité est là").says(
    "C'est la moyenne des logarithmes, et il faut le logarithme de la moyenne. Les deux diffèrent "
    "toujours dans le même sens : la moyenne des logarithmes est plus basse (Jensen)."
).edits("return np.mean(log_likelihoods, axis=0)")
log_evidence.mistake("naive_exponential").says(
    "La formule est juste, le calcul non : l'exponentielle de −1500 est trop petite pour "
    "l'ordinateur, qui écrit 0, et celle de 900 trop grande, qui devient infinie. Sortez d'abord "
    "le plus grand terme de la somme."
).edits("return np.log(np.mean(np.exp(log_likelihoods), axis=0))")
log_evidence.mistake("epsilon_added").says(
    "Ajouter un très petit nombre dans le logarithme évite −∞, mais répond n'importe quoi : le "
    "résultat est alors le logarithme de ce petit nombre. Sortez plutôt le plus grand terme de la "
    "somme."
).edits(*(f"return np.log(np.mean(np.exp(log_likelihoods), axis=0) + {e})" for e in _EPSILONS))
log_evidence.mistake("factor_forgotten").says(
    "Il manque le facteur 1/K : vous prenez la somme des K vraisemblances au lieu de leur moyenne. "
    "En logarithmes, c'est log K de trop."
).edits({"np.mean": "np.sum"}, "return np.log(np.sum(np.exp(log_likelihoods), axis=0))")
log_evidence.mistake("wrong_axis").says(
    "Vous faites la moyenne sur les données au lieu des tirages. Les tirages sont les lignes, donc "
    "l'axe 0 : il doit disparaître, et celui des données rester."
).edits({"largest = ": "log_likelihoods = log_likelihoods.T\n    largest = "})
log_evidence.mistake("whole_table").says(
    "Vous rendez un seul nombre : la moyenne porte sur tout le tableau. Chaque donnée a sa propre "
    "évidence ; ne faites la moyenne que sur les tirages, l'axe 0."
).edits(
    {"log_likelihoods, axis=0": "log_likelihoods", "scaled, axis=0": "scaled"},
    "return np.log(np.mean(np.exp(log_likelihoods)))",
)
log_evidence.mistake("one_maximum_for_all").says(
    "Vous sortez de la somme le plus grand terme de tout le tableau : les données bien moins "
    "vraisemblables que lui s'annulent encore. Prenez un maximum par donnée, sur l'axe 0."
).edits({"log_likelihoods, axis=0": "log_likelihoods"})
log_evidence.mistake("maximum_not_added_back").says(
    "Le plus grand terme a bien été retiré, mais pas remis : ajoutez-le au logarithme de la "
    "moyenne."
).edits({"largest + ": ""})
log_evidence.mistake("maximum_alone").says(
    "C'est le plus grand des K logarithmes, non le logarithme de la moyenne : le meilleur tirage "
    "domine la somme, mais il ne fait qu'un tirage sur K."
).edits("return np.max(log_likelihoods, axis=0)")
log_evidence.mistake("not_the_maximum").says(
    "Ce que vous sortez de la somme n'est pas le plus grand terme de chaque donnée : quand les "
    "tirages sont très inégaux, une exponentielle déborde ou s'annule. Prenez le maximum."
).edits({"np.max": "np.min"}, {"np.max": "np.mean"})
log_evidence.mistake("not_a_logarithm").says(
    "Vous rendez p(x), et c'est son logarithme qu'on attend : il manque le `log` final."
).edits("return np.mean(np.exp(log_likelihoods), axis=0)")
