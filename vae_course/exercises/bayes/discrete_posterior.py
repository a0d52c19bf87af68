"""Exercise: the rule of Bayes on a table."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(31)


def _random_likelihood(n, k):
    return _rng.uniform(0.05, 3.0, size=(n, k))  # a density may exceed 1


@exercise(
    statement="Un code z ne prend que K valeurs. Écrivez `discrete_posterior(prior, likelihood)`, "
    "la loi a posteriori p(z = k | xᵢ) : `prior` est de forme `(K,)`, `likelihood[i, k]` est "
    "p(xᵢ | z = k), de forme `(n, K)` ; le résultat est de forme `(n, K)`.",
    section="§ 2.2 (la règle de Bayes)",
    hints=[
        "La donnée xᵢ est fixée. Que doit valoir la somme de p(z = k | xᵢ) sur tous les k ?",
        "Le numérateur de la règle de Bayes est le produit de la vraisemblance et de la loi a "
        "priori. Pour p(xᵢ), l'intégrale sur z est ici une somme.",
        "`joint = likelihood * prior` ; sa somme sur le dernier axe, en gardant cet axe "
        "(`axis=1, keepdims=True`), est p(xᵢ). Divisez.",
    ],
    success="Quand z ne prend que K valeurs, la loi a posteriori se calcule exactement, en une "
    "ligne : multiplier, sommer, diviser.",
    cases=[
        (np.array([0.75, 0.25]), np.array([[0.2, 0.4]])),
        (np.array([0.6, 0.1, 0.3]), _random_likelihood(3, 3)),
        (np.array([0.5, 0.2, 0.3]), _random_likelihood(7, 3)),
    ],
)
def discrete_posterior(prior, likelihood):
    """p(z = k | xᵢ) : une ligne par donnée, une colonne par valeur de z."""
    joint = likelihood * prior  # p(xᵢ | k) p(k)
    return joint / np.sum(joint, axis=1, keepdims=True)  # divisé par p(xᵢ)


discrete_posterior.mistake("prior_forgotten").says(
    "La loi a priori est oubliée : vous ramenez la vraisemblance à une somme de 1. Ce n'est la loi "
    "a posteriori que si toutes les valeurs de z étaient aussi probables au départ."
).edits({" * prior": ""})
discrete_posterior.mistake("wrong_axis").says(
    "Vous divisez par la somme sur les données (une colonne) au lieu de la somme sur les valeurs "
    "de z (une ligne). C'est pour chaque donnée xᵢ que les p(z = k | xᵢ) font 1."
).edits({"axis=1": "axis=0"}, {" * prior": "", "axis=1": "axis=0"})
discrete_posterior.mistake("whole_table").says(
    "Vous divisez par la somme de tout le tableau. Chaque donnée a sa propre évidence p(xᵢ) : "
    "c'est chaque ligne qui doit faire 1."
).edits({", axis=1, keepdims=True": ""})
discrete_posterior.mistake("likelihood_alone").says(
    "C'est la vraisemblance, telle quelle. Elle note les valeurs de z, mais elle ignore la loi a "
    "priori, et sa somme sur z ne fait pas 1."
).edits("return likelihood")
discrete_posterior.mistake("joint_not_normalised").says(
    "C'est le numérateur, p(xᵢ | z) p(z). Il reste à diviser par p(xᵢ), sa somme sur toutes les "
    "valeurs de z."
).edits("return likelihood * prior")
discrete_posterior.mistake("evidence_without_prior").says(
    "Le numérateur est bon, le dénominateur non : vous divisez par la somme de la vraisemblance "
    "seule. p(xᵢ) est la somme des produits p(xᵢ | z) p(z)."
).edits({"np.sum(joint": "np.sum(likelihood"})
discrete_posterior.mistake("softmax_of_probabilities").says(
    "Un `softmax` prend des logarithmes, et vous lui donnez des probabilités : il en prend "
    "l'exponentielle. Il suffit de diviser par la somme (ou de passer d'abord aux logarithmes)."
).edits(
    {"likelihood * prior": "np.exp(likelihood * prior)"},
    {"likelihood * prior": "np.exp(likelihood)"},
)
discrete_posterior.mistake("axis_not_kept").says(
    "En sommant sur les valeurs de z, vous perdez un axe : p(xᵢ), de forme `(n,)`, divise alors "
    "les colonnes au lieu des lignes. Gardez cet axe, avec `keepdims=True`, ou écrivez `[:, None]`."
).edits({", keepdims=True": ""})
discrete_posterior.mistake("prior_along_the_data").says(
    "`prior` a une valeur par valeur de z, donc par colonne de `likelihood`, et vous la multipliez "
    "ligne par ligne. Le produit `likelihood * prior` la met à sa place."
).edits({"prior": "prior[:, None]"}, {"prior": "prior[:, None]", "axis=1": "axis=0"})
