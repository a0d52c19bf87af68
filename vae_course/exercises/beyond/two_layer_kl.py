"""Exercise: the KL term of a VAE with two layers of codes."""

import numpy as np

from vae_course.engine import exercise

# One example, one dimension a layer. Below, q = N(3, 1) and p = N(1, 2): ½ (5/2 - 1 + log 2).
_ONE = tuple(np.array([[each]]) for each in (3.0, 0.0, 1.0, np.log(2.0), 0.0, 0.0))


def _random(seed, batch, sizes):
    rng = np.random.default_rng(seed)
    shapes = [(batch, sizes[0])] * 4 + [(batch, sizes[1])] * 2
    return tuple(rng.normal(size=shape) for shape in shapes)


@exercise(
    statement="Écrivez `two_layer_kl(mean_1, log_var_1, prior_mean_1, prior_log_var_1, mean_2, "
    "log_var_2)` : le terme KL d'un VAE à deux couches, une valeur par exemple, en nats. "
    "q(z₁|x, z₂) a les `mean_1` et `log_var_1`, p(z₁|z₂) les `prior_mean_1` et `prior_log_var_1`, "
    "de forme `(n, d₁)` ; q(z₂|x) a les `mean_2` et `log_var_2`, de forme `(n, d₂)`, et p(z₂) = "
    "N(0, I). Un `log_var` est log σ².",
    section="§ 2.5 (le terme de régularisation) et § 4.2 (les VAE hiérarchiques)",
    hints=[
        "Deux couches, deux divergences, qui s'additionnent. À quelle loi chacune compare-t-elle ?",
        "Pour la couche du haut, la formule du chapitre 04. Pour celle du bas, la même, entre deux "
        "gaussiennes quelconques : ½ Σ [(σ_q² + (μ_q − μ_p)²) / σ_p² − 1 + log σ_p² − log σ_q²].",
        "`first = (np.exp(log_var_1) + (mean_1 - prior_mean_1) ** 2) / np.exp(prior_log_var_1) - 1 "
        "+ prior_log_var_1 - log_var_1` ; sommez sur les dimensions, gardez les exemples.",
    ],
    success="Chaque couche paie ce qu'elle ajoute à ce que la couche du dessus prévoyait, et rien "
    "d'autre : c'est aussi, terme à terme, la perte d'un modèle de diffusion.",
    cases=[_ONE, _random(141, 3, (4, 2)), _random(142, 5, (1, 6))],
)
def two_layer_kl(mean_1, log_var_1, prior_mean_1, prior_log_var_1, mean_2, log_var_2):
    """KL(q(z₁|x, z₂) ‖ p(z₁|z₂)) + KL(q(z₂|x) ‖ p(z₂)), une valeur par exemple."""
    gap = mean_1 - prior_mean_1
    first = (np.exp(log_var_1) + gap**2) / np.exp(prior_log_var_1)
    first = first - 1 + prior_log_var_1 - log_var_1
    second = np.exp(log_var_2) + mean_2**2 - 1 - log_var_2
    return 0.5 * np.sum(first, axis=1) + 0.5 * np.sum(second, axis=1)


_SUM = "0.5 * np.sum(first, axis=1) + 0.5 * np.sum(second, axis=1)"

two_layer_kl.mistake("standard_prior_below").says(
    "Vous comparez la couche du bas à N(0, I) : sa loi a priori est p(z₁|z₂), celle que la couche "
    "du haut prévoit. C'est tout l'intérêt de la hiérarchie : ce qui est prévu ne coûte rien."
).edits(
    "first = np.exp(log_var_1) + mean_1**2 - 1 - log_var_1\n"
    "second = np.exp(log_var_2) + mean_2**2 - 1 - log_var_2\n"
    "return 0.5 * np.sum(first, axis=1) + 0.5 * np.sum(second, axis=1)"
)
two_layer_kl.mistake("top_forgotten").says(
    "Il manque la couche du haut, KL(q(z₂|x) ‖ N(0, I)) : z₂ aussi dit quelque chose de x, et cela "
    "se paie."
).edits({_SUM: "0.5 * np.sum(first, axis=1)"})
two_layer_kl.mistake("bottom_forgotten").says(
    "Il manque la couche du bas, KL(q(z₁|x, z₂) ‖ p(z₁|z₂)) : z₁ dit de x ce que z₂ n'en disait "
    "pas, et cela se paie."
).edits({_SUM: "0.5 * np.sum(second, axis=1)"})
two_layer_kl.mistake("reversed").says(
    "La divergence de la couche du bas est à l'envers : c'est KL(q ‖ p), l'espérance sous q, et "
    "non KL(p ‖ q). Elle n'est pas symétrique : la variance qui divise est celle de p."
).edits(
    {
        "(np.exp(log_var_1) + gap**2) / np.exp(prior_log_var_1)": "(np.exp(prior_log_var_1) "
        "+ gap**2) / np.exp(log_var_1)",
        "first - 1 + prior_log_var_1 - log_var_1": "first - 1 - prior_log_var_1 + log_var_1",
    }
)
two_layer_kl.mistake("gap_not_scaled").says(
    "L'écart des moyennes doit être divisé, lui aussi, par σ_p² : il se mesure dans l'unité de la "
    "loi a priori."
).edits(
    {
        "(np.exp(log_var_1) + gap**2) / np.exp(prior_log_var_1)": "np.exp(log_var_1) "
        "/ np.exp(prior_log_var_1) + gap**2"
    }
)
two_layer_kl.mistake("variance_not_scaled").says(
    "La variance de q doit être divisée, elle aussi, par σ_p² : la parenthèse porte sur les deux "
    "termes, σ_q² + (μ_q − μ_p)²."
).edits({"(np.exp(log_var_1) + gap**2) /": "np.exp(log_var_1) + gap**2 /"})
two_layer_kl.mistake("prior_variance_forgotten").says(
    "Vous ne gardez de p(z₁|z₂) que sa moyenne : sa variance compte aussi, au diviseur et par son "
    "logarithme."
).edits(
    {" / np.exp(prior_log_var_1)": "", "- 1 + prior_log_var_1": "- 1"},
    {" / np.exp(prior_log_var_1)": ""},
)
two_layer_kl.mistake("log_determinant_forgotten").says(
    "Il manque log σ_p² dans la couche du bas : deux gaussiennes égales doivent avoir une "
    "divergence nulle, quelle que soit leur variance."
).edits({"- 1 + prior_log_var_1": "- 1"})
two_layer_kl.mistake("log_variance_for_variance").says(
    "Vous prenez log σ² pour σ² : il en faut l'exponentielle. Et un log σ² négatif donnerait une "
    "variance négative."
).edits(
    {
        "(np.exp(log_var_1) + gap**2) / np.exp(prior_log_var_1)": "(log_var_1 + gap**2) "
        "/ prior_log_var_1",
        "np.exp(log_var_2) + mean_2": "log_var_2 + mean_2",
    },
    {
        "np.exp(log_var_1) + gap": "log_var_1 + gap",
        "np.exp(log_var_2) + mean_2": "log_var_2 + mean_2",
    },
)
two_layer_kl.mistake("log_variance_for_log_deviation").says(
    "Vous prenez log σ² pour log σ : exp(log σ²) est déjà la variance, il n'y a pas à l'élever au "
    "carré."
).edits(
    {
        "np.exp(log_var_1) +": "np.exp(2 * log_var_1) +",
        "np.exp(prior_log_var_1)": "np.exp(2 * prior_log_var_1)",
        "- 1 + prior_log_var_1 - log_var_1": "- 1 + 2 * prior_log_var_1 - 2 * log_var_1",
        "np.exp(log_var_2) + mean_2**2 - 1 - log_var_2": "np.exp(2 * log_var_2) + mean_2**2 - 1 "
        "- 2 * log_var_2",
    }
)
two_layer_kl.mistake("half_forgotten").says(
    "Il manque le ½ : chaque divergence gaussienne est la moitié de la somme."
).edits(
    {_SUM: "np.sum(first, axis=1) + np.sum(second, axis=1)"},
    {_SUM: "np.sum(first, axis=1) + 0.5 * np.sum(second, axis=1)"},
    {_SUM: "0.5 * np.sum(first, axis=1) + np.sum(second, axis=1)"},
)
two_layer_kl.mistake("mean_over_dimensions").says(
    "Vous faites la moyenne sur les dimensions : des dimensions indépendantes additionnent leurs "
    "divergences."
).edits({_SUM: "0.5 * np.mean(first, axis=1) + 0.5 * np.mean(second, axis=1)"})
two_layer_kl.mistake("mean_of_layers").says(
    "Les deux couches s'additionnent : log p(z₁, z₂) = log p(z₂) + log p(z₁|z₂). Ce n'est pas leur "
    "moyenne."
).edits({_SUM: "0.25 * np.sum(first, axis=1) + 0.25 * np.sum(second, axis=1)"})
two_layer_kl.mistake("whole_batch").says(
    "Vous rendez un seul nombre pour tout le lot : on en attend un par exemple. Sommez sur l'axe "
    "des dimensions, `axis=1`."
).edits(
    {_SUM: "0.5 * np.sum(first) + 0.5 * np.sum(second)"},
    {_SUM: "np.mean(0.5 * np.sum(first, axis=1) + 0.5 * np.sum(second, axis=1))"},
)
two_layer_kl.mistake("sign").says(
    "Le signe est à l'envers : une divergence n'est jamais négative. L'ELBO la retranche, la perte "
    "l'ajoute."
).edits({"return 0.5 * np.sum(first, axis=1) +": "return -0.5 * np.sum(first, axis=1) -"})
