"""Exercise: the two losses of a GAN, from the logits of its discriminator."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(131)


@exercise(
    statement="Un discriminateur rend des logits : sa probabilité qu'une image soit vraie est "
    "`sigmoid(logit)`. Il en a rendu `real_logits`, `(n,)`, pour de vraies images et "
    "`fake_logits`, `(m,)`, pour des images inventées. Écrivez `gan_losses(real_logits, "
    "fake_logits)`, qui rend deux nombres : la perte du discriminateur et celle du générateur, "
    "non saturante, −E[log D(faux)], chacune à minimiser.",
    section="§ 4.2 (les GAN)",
    hints=[
        "Le discriminateur apprend deux réponses : « vrai » pour les vraies, « faux » pour les "
        "autres. Quelle est l'entropie croisée de chacune, en moyenne ?",
        "On a −log sigmoid(a) = log(1 + exp(−a)), et −log(1 − sigmoid(a)) = log(1 + exp(a)) : "
        "`np.logaddexp(0, a)` calcule log(1 + exp(a)) sans déborder.",
        "La perte du discriminateur est la somme de deux moyennes ; le générateur veut que le "
        "discriminateur réponde « vrai » à ses images.",
    ],
    success="Le générateur et le discriminateur tirent sur les mêmes logits, en sens contraires. "
    "Nulle part la perte ne compare une image à une autre, pixel par pixel.",
    cases=[
        (np.array([0.0]), np.array([0.0])),  # 2 log 2, log 2
        (np.array([2.0, -1.0]), np.array([-3.0, 0.5, 1.0])),
        (np.array([0.3, 0.6]), np.array([0.4, 0.9])),
        (np.array([900.0, -800.0]), np.array([-700.0, 1000.0])),
        (_rng.normal(size=7), _rng.normal(size=5) - 1),
    ],
    results=2,
    rtol=1e-5,
)
def gan_losses(real_logits, fake_logits):
    """La perte du discriminateur, puis celle du générateur, deux nombres."""
    said_false = np.logaddexp(0, -real_logits)  # −log D(vraie)
    said_true = np.logaddexp(0, fake_logits)  # −log(1 − D(inventée))
    fooled = np.logaddexp(0, -fake_logits)  # −log D(inventée)
    return np.mean(said_false) + np.mean(said_true), np.mean(fooled)


_LAST = "return np.mean(said_false) + np.mean(said_true), np.mean(fooled)"

gan_losses.mistake("saturating").says(
    "Votre perte du générateur est E[log(1 − D)], celle du jeu à somme nulle : elle est juste, "
    "mais elle sature. Tant que le discriminateur gagne, sa pente est presque nulle, et le "
    "générateur n'apprend rien. Prenez −E[log D]."
).edits({"np.mean(fooled)": "-np.mean(said_true)"})
gan_losses.mistake("zero_sum").says(
    "Votre perte du générateur est l'opposé de celle du discriminateur : le jeu à somme nulle. La "
    "perte non saturante ne regarde que les images inventées : −E[log D]."
).edits({"np.mean(fooled)": "-np.mean(said_false) - np.mean(said_true)"})
gan_losses.mistake("labels_swapped").says(
    "Les étiquettes sont échangées : votre discriminateur apprend à répondre « vrai » aux images "
    "inventées."
).edits(
    {
        "(0, -real_logits)": "(0, real_logits)",
        "said_true = np.logaddexp(0, fake_logits)": ("said_true = np.logaddexp(0, -fake_logits)"),
    },
    {
        "(0, -real_logits)": "(0, real_logits)",
        "said_true = np.logaddexp(0, fake_logits)": "said_true = np.logaddexp(0, -fake_logits)",
        "fooled = np.logaddexp(0, -fake_logits)": "fooled = np.logaddexp(0, fake_logits)",
    },
)
gan_losses.mistake("generator_helps").says(
    "Votre générateur veut que le discriminateur réponde « faux » à ses images : il l'aide, au "
    "lieu de le tromper."
).edits({"fooled = np.logaddexp(0, -fake_logits)": "fooled = np.logaddexp(0, fake_logits)"})
gan_losses.mistake("logits_for_probabilities").says(
    "Vous prenez les logits pour des probabilités, et leur logarithme : un logit est un nombre "
    "quelconque, souvent négatif. D = sigmoid(logit)."
).edits(
    "return (-np.mean(np.log(real_logits)) - np.mean(np.log(1 - fake_logits)), "
    "-np.mean(np.log(fake_logits)))",
    "p, q = np.clip(real_logits, 1e-7, 1 - 1e-7), np.clip(fake_logits, 1e-7, 1 - 1e-7)\n"
    "return -np.mean(np.log(p)) - np.mean(np.log(1 - q)), -np.mean(np.log(q))",
)
gan_losses.mistake("sigmoid_twice").says(
    "Vous appliquez la sigmoïde deux fois : ce que l'on donne à `log(1 + exp(·))` est un logit, "
    "pas une probabilité."
).edits(
    "p, q = 1 / (1 + np.exp(-real_logits)), 1 / (1 + np.exp(-fake_logits))\n"
    "fooled = np.mean(np.logaddexp(0, -q))\n"
    "return np.mean(np.logaddexp(0, -p)) + np.mean(np.logaddexp(0, q)), fooled"
)
gan_losses.mistake("overflow").says(
    "La formule est juste, le calcul non : un discriminateur sûr de lui rend un logit de mille, sa "
    "probabilité s'arrondit à 0 ou à 1, et le logarithme est infini. Calculez log(1 + exp(a)) par "
    "`np.logaddexp(0, a)`."
).edits(
    "p, q = 1 / (1 + np.exp(-real_logits)), 1 / (1 + np.exp(-fake_logits))\n"
    "return -np.mean(np.log(p)) - np.mean(np.log(1 - q)), -np.mean(np.log(q))",
    {"np.logaddexp(0, -real_logits)": "np.log(1 + np.exp(-real_logits))"},
)
gan_losses.mistake("half").says(
    "La perte du discriminateur est la moyenne de ses deux entropies croisées : on demande leur "
    "somme. (Beaucoup de programmes prennent la moitié ; il suffit de le dire.)"
).edits({_LAST: "return (np.mean(said_false) + np.mean(said_true)) / 2, np.mean(fooled)"})
gan_losses.mistake("one_mean").says(
    "Vous mêlez vraies et inventées dans une seule moyenne : si elles ne sont pas en nombre égal, "
    "les plus nombreuses pèsent davantage. Une moyenne pour chacune, puis leur somme."
).edits(
    {
        "np.mean(said_false) + np.mean(said_true),": (
            "np.mean(np.concatenate([said_false, said_true])),"
        )
    },
    {
        "np.mean(said_false) + np.mean(said_true),": (
            "2 * np.mean(np.concatenate([said_false, said_true])),"
        )
    },
)
gan_losses.mistake("sums").says(
    "Vous faites des sommes sur les images : on demande des moyennes, qui ne changent pas avec la "
    "taille du lot."
).edits({_LAST: _LAST.replace("np.mean", "np.sum")})
gan_losses.mistake("order").says(
    "Les deux pertes y sont, dans l'autre ordre : le discriminateur d'abord."
).edits({_LAST: "return np.mean(fooled), np.mean(said_false) + np.mean(said_true)"})
gan_losses.mistake("sign").says(
    "Le signe est renversé : ce sont des quantités à maximiser. Une perte se minimise : −log."
).edits({_LAST: "return -np.mean(said_false) - np.mean(said_true), -np.mean(fooled)"})
gan_losses.mistake("real_forgotten").says(
    "Votre discriminateur ne voit que les images inventées : il apprendrait à répondre toujours "
    "« faux »."
).edits({"np.mean(said_false) + np.mean(said_true),": "np.mean(said_true),"})
