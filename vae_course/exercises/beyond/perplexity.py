"""Exercise: how many codes are in use, by the entropy of their frequencies."""

import numpy as np

from vae_course.engine import exercise

_ALL = (np.array([0, 1, 1, 1]), 2)  # every code is there
_HALVES = (np.array([[3, 3], [0, 0]]), 5)  # two codes as often: 2


def _random(seed, shape, count, used):
    rng = np.random.default_rng(seed)
    law = rng.dirichlet(np.full(used, 0.7))
    return rng.choice(rng.permutation(count)[:used], shape, p=law), count


@exercise(
    statement="Écrivez `perplexity(codes, num_codes)` : l'exponentielle de l'entropie, en nats, "
    "des fréquences des codes, exp(−Σ f log f). `codes` est un tableau de nombres entiers, de 0 à "
    "`num_codes − 1`, de forme quelconque ; les fréquences se comptent sur tout le tableau. "
    "Certains codes peuvent n'y être jamais.",
    section="§ 4.2 (les VQ-VAE)",
    hints=[
        "Que doit valoir la réponse si tous les codes sont également fréquents ? Et s'il n'y en a "
        "qu'un ?",
        "`np.bincount(codes.ravel(), minlength=num_codes)` compte chaque code. Un code absent a "
        "une fréquence nulle : que vaut 0 · log 0, et que vaut-il en Python ?",
        "Ne gardez que les fréquences positives, `f = f[f > 0]`, puis `np.exp(-np.sum(f * "
        "np.log(f)))`.",
    ],
    success="Autant de codes, employés aussi souvent, auraient la même entropie : c'est le nombre "
    "de classes effectives du chapitre 07, pour un dictionnaire.",
    cases=[_ALL, _HALVES, _random(148, (4, 3, 3), 16, 9), _random(149, (40,), 8, 3)],
)
def perplexity(codes, num_codes):
    """Le nombre de codes effectivement employés."""
    counts = np.bincount(np.ravel(codes), minlength=num_codes)
    f = counts / np.sum(counts)
    f = f[f > 0]
    return np.exp(-np.sum(f * np.log(f)))


_EXP = "np.exp(-np.sum(f * np.log(f)))"

perplexity.mistake("nan").says(
    "Un `nan` : un code absent a la fréquence 0, et Python ne sait pas que 0 · log 0 vaut 0. "
    "Ôtez les fréquences nulles."
).edits({"f = f[f > 0]": ""})
perplexity.mistake("entropy").says(
    "C'est l'entropie, en nats ou en bits : la perplexité en est l'exponentielle, un nombre de "
    "codes."
).edits({_EXP: "-np.sum(f * np.log(f))"}, {_EXP: "-np.sum(f * np.log2(f))"})
perplexity.mistake("mixed_units").says(
    "L'entropie et l'exponentielle ne sont pas de la même base : 2 à la puissance des bits, ou e à "
    "la puissance des nats."
).edits({"np.log(f)": "np.log2(f)"}, {_EXP: "2 ** -np.sum(f * np.log(f))"})
perplexity.mistake("codes_used").says(
    "C'est le nombre de codes que l'on trouve au moins une fois : un code rare y compte autant "
    "qu'un code fréquent. La perplexité pèse chacun par sa fréquence."
).edits({_EXP: "len(f)"}, {_EXP: "len(f) / num_codes"})
perplexity.mistake("sign").says(
    "Le signe est à l'envers : log f est négatif, et l'entropie est −Σ f log f. Une perplexité va "
    "de 1 à `num_codes`."
).edits({"-np.sum": "np.sum"})
perplexity.mistake("counts_for_frequencies").says(
    "Vous prenez les effectifs pour des fréquences : divisez-les par leur somme."
).edits({"counts / np.sum(counts)": "counts"})
perplexity.mistake("divided_by_the_number_of_codes").says(
    "Les fréquences doivent sommer à 1 : on divise les effectifs par le nombre de codes lus, non "
    "par celui des codes possibles."
).edits(
    {"counts / np.sum(counts)": "counts / num_codes"},
    {"counts / np.sum(counts)": "counts / len(codes)"},
)
perplexity.mistake("share").says(
    "Vous divisez par `num_codes` : la perplexité est un nombre de codes, de 1 à `num_codes`."
).edits({_EXP: "np.exp(-np.sum(f * np.log(f))) / num_codes"})
perplexity.mistake("mean_of_the_examples").says(
    "Vous comptez exemple par exemple, puis faites la moyenne : les fréquences sont celles de tous "
    "les exemples ensemble. Un code que chaque image emploierait seul a tout de même une voisine "
    "qui en emploie un autre."
).edits(
    "rows = [np.unique(np.ravel(row), return_counts=True)[1] for row in codes]\n"
    "rows = [row / row.sum() for row in rows]\n"
    "return np.mean([np.exp(-np.sum(f * np.log(f))) for f in rows])"
)
perplexity.mistake("simpson").says(
    "C'est un autre nombre effectif, 1 / Σ f², qui compte moins les codes rares. On demande celui "
    "de l'entropie."
).edits({_EXP: "1 / np.sum(f**2)"})
