"""Exercise: the straight path from one code to another."""

import numpy as np

from vae_course.engine import exercise

_rng = np.random.default_rng(2)


@exercise(
    statement="Écrivez `path_between(z_start, z_end, steps)` : `steps` codes, également espacés "
    "sur le segment qui va de `z_start` à `z_end`, les deux extrémités comprises. Les codes ont la "
    "forme `(d,)`, le chemin la forme `(steps, d)`.",
    section="§ 4.1.2 (interpoler entre deux images)",
    hints=[
        "Pour un seul t entre 0 et 1 : de quelle combinaison de `z_start` et de `z_end` s'agit-il, "
        "si t = 0 donne le premier et t = 1 le second ?",
        "C'est (1 − t) z_start + t z_end. Il faut maintenant `steps` valeurs de t, de 0 à 1 "
        "compris : `np.linspace(0, 1, steps)`.",
        "Pour que chaque t donne une ligne, faites-en une colonne de forme `(steps, 1)` : "
        "`np.linspace(0, 1, steps)[:, None]`.",
    ],
    success="Décodez un tel chemin, et une image se change en une autre, pas à pas.",
    cases=[
        (np.array([1.0, 0.0]), np.array([3.0, 4.0]), 3),
        (np.array([0.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 2.0]), 2),
        (np.array([0.0, 4.0]), np.array([4.0, 0.0]), 5),
        (_rng.normal(size=5), _rng.normal(size=5), 8),
    ],
)
def path_between(z_start, z_end, steps):
    """`steps` codes, du premier au second, en ligne droite."""
    t = np.linspace(0, 1, steps)[:, None]
    return (1 - t) * z_start + t * z_end


path_between.mistake("end_left_out").says(
    "Le chemin n'arrive pas : son dernier code n'est pas `z_end`. Pour `steps` points, extrémités "
    "comprises, il y a `steps - 1` intervalles."
).edits(
    {"linspace(0, 1, steps)": "linspace(0, 1, steps, endpoint=False)"},
    {"linspace(0, 1, steps)": "linspace(0, 1, steps + 1)[:-1]"},
)
path_between.mistake("start_left_out").says(
    "Le chemin ne part pas de `z_start` : t doit commencer à 0."
).edits({"linspace(0, 1, steps)": "linspace(0, 1, steps + 1)[1:]"})
path_between.mistake("ends_left_out").says(
    "Vos codes sont entre les deux extrémités, qui manquent : on les demande aussi."
).edits(
    {"linspace(0, 1, steps)": "linspace(0, 1, steps + 2)[1:-1]"},
)
path_between.mistake("one_too_many").says(
    "Vous rendez un code de trop : `steps` compte les codes, et non les pas qui les séparent."
).edits({"linspace(0, 1, steps)": "linspace(0, 1, steps + 1)"})
path_between.mistake("reversed").says(
    "Le chemin va dans l'autre sens : à t = 0, on attend `z_start`."
).edits({"(1 - t) * z_start + t * z_end": "t * z_start + (1 - t) * z_end"})
path_between.mistake("weights_not_one").says(
    "Les deux poids doivent faire 1 : quand t avance vers `z_end`, `z_start` doit s'effacer. Le "
    "pas est t fois la différence, `z_end - z_start`."
).edits({"(1 - t) * z_start": "z_start"})
path_between.mistake("start_forgotten").says(
    "Ce sont les déplacements, t fois la différence ; il faut les ajouter à `z_start`."
).edits({"(1 - t) * z_start + t * z_end": "t * (z_end - z_start)"})
path_between.mistake("transposed").says(
    "Le tableau est couché : chaque ligne doit être un code, et vous avez mis une dimension par "
    "ligne. La forme attendue est `(steps, d)`."
).edits({"(1 - t) * z_start + t * z_end": "((1 - t) * z_start + t * z_end).T"})
path_between.mistake("always_the_middle").says(
    "Tous vos codes sont le milieu du segment : il faut que t change de l'un à l'autre."
).edits("return np.tile((z_start + z_end) / 2, (steps, 1))")
path_between.mistake("only_one_code").says(
    "Vous rendez un seul code, et il en faut `steps`, un par ligne."
).edits("return (z_start + z_end) / 2", "return z_start", "return z_end")
path_between.mistake("only_the_ends").says(
    "Vous rendez les extrémités sans le chemin : il faut `steps` codes, également espacés."
).edits("return np.stack([z_start, z_end])")
