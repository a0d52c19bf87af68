"""Exercise: what the codes of a batch cost with free bits."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(137)


@exercise(
    statement="`kl`, de forme `(N, d)`, est le KL de chaque image et de chaque dimension, en nats. "
    "Avec des bits gratuits (free bits), une dimension dont le KL moyen sur le lot est inférieur à "
    "λ coûte λ tout de même. Écrivez `free_bits_cost(kl, free_bits)` : ce que coûtent les codes "
    "du lot, un nombre, en nats par image.",
    section="§ 4.2 (la régularisation par le KL)",
    hints=[
        "Que gagne le réseau à faire passer une dimension de λ à 0 nat, si elle coûte λ dans les "
        "deux cas ?",
        "D'abord la moyenne sur les images, pour chaque dimension ; ensuite le plancher ; enfin la "
        "somme sur les dimensions.",
    ],
    success="Au-dessous de λ, la pente est nulle : plus rien ne pousse la dimension à s'effondrer. "
    "Ce n'est pas un cadeau pour autant : λ est compté, que l'on s'en serve ou non.",
    cases=[
        (np.array([[0.0, 3.0], [0.2, 1.0]]), 0.5),  # 0.5 + 2
        (np.array([[0.1, 4.0, 0.9], [1.5, 0.0, 1.0]]), 0.0),
        (np.array([[0.1, 4.0, 0.0], [1.1, 0.0, 1.2]]), 1.0),
        (_rng.exponential(0.6, size=(8, 5)), 0.6),
        (_rng.exponential(0.3, size=(20, 3)), 2.0),
    ],
)
def free_bits_cost(kl, free_bits):
    """Le coût des codes du lot, avec des bits gratuits, en nats par image."""
    each = np.mean(kl, axis=0)  # une moyenne par dimension
    return np.sum(np.maximum(each, free_bits))


free_bits_cost.mistake("floor_before_mean").says(
    "Vous mettez le plancher à chaque image, avant la moyenne : une dimension qui ne sert qu'à "
    "quelques images paierait λ pour toutes les autres. La moyenne d'abord, le plancher ensuite."
).edits(
    "return np.sum(np.mean(np.maximum(kl, free_bits), axis=0))",
)
free_bits_cost.mistake("floor_on_the_total").says(
    "Vous mettez un seul plancher, sur la somme des dimensions : toutes les dimensions sauf une "
    "peuvent alors s'effondrer. Un plancher par dimension."
).edits(
    "return np.maximum(np.sum(np.mean(kl, axis=0)), free_bits)",
    "return np.maximum(np.sum(np.mean(kl, axis=0)), free_bits * kl.shape[1])",
)
free_bits_cost.mistake("deducted").says(
    "Vous retirez λ du coût, comme un abattement : la pente est la même, mais la perte n'est plus "
    "une borne de −log p(x). Avec free bits, la dimension coûte max(λ, KL)."
).edits({"np.maximum(each, free_bits)": "np.maximum(each - free_bits, 0)"})
free_bits_cost.mistake("ceiling").says(
    "Vous plafonnez le coût à λ : au-dessus, un nat de plus ne coûterait rien, et les codes "
    "grandiraient sans limite. C'est un plancher : le maximum des deux."
).edits({"np.maximum": "np.minimum"})
free_bits_cost.mistake("nothing_below").says(
    "Au-dessous de λ, votre dimension ne coûte rien : la perte saute alors de 0 à λ, et le réseau "
    "gagne à s'arrêter juste avant. Elle coûte λ tout de même."
).edits({"np.maximum(each, free_bits)": "np.where(each < free_bits, 0.0, each)"})
free_bits_cost.mistake("missing_only").says(
    "C'est ce que les bits gratuits ajoutent, la somme des max(λ − KL, 0) : il manque le KL "
    "lui-même."
).edits({"np.maximum(each, free_bits)": "np.maximum(free_bits - each, 0)"})
free_bits_cost.mistake("no_floor").says("C'est le KL sans plancher : λ ne joue aucun rôle.").edits(
    {"np.maximum(each, free_bits)": "each"}
)
free_bits_cost.mistake("mean_over_dimensions").says(
    "Vous faites la moyenne sur les dimensions : les coûts des dimensions s'ajoutent."
).edits({"np.sum(np": "np.mean(np"})
free_bits_cost.mistake("sum_over_images").says(
    "Vous faites la somme sur les images : on demande des nats par image, donc leur moyenne."
).edits({"np.mean(kl, axis=0)": "np.sum(kl, axis=0)"})
free_bits_cost.mistake("floor_for_each_image").says(
    "Vous échangez les axes : le plancher vaut pour chaque dimension, en moyenne sur les images."
).edits(
    {"np.mean(kl, axis=0)": "np.mean(kl, axis=1)"},
)
free_bits_cost.mistake("one_value_a_dimension").says(
    "Vous rendez une valeur par dimension : on demande leur somme."
).edits({"np.sum(np.maximum(each, free_bits))": "np.maximum(each, free_bits)"})
