"""Exercise: the best diagonal Gaussian for a posterior that leans."""

import numpy as np

from vae_course.engine import exercise

_COVARIANCES = [
    [[4.0, 1.0], [1.0, 1.0]],  # its inverse: [[1, −1], [−1, 4]] / 3
    [[1.0, 0.0], [0.0, 0.25]],
    [[2.0, -0.9, 0.3], [-0.9, 1.0, 0.2], [0.3, 0.2, 0.5]],
]


@exercise(
    statement="`covariance`, de forme `(d, d)`, est celle d'une loi a posteriori gaussienne. "
    "Écrivez `best_diagonal(covariance)` : les écarts-types de la gaussienne diagonale q qui "
    "minimise KL(q ‖ p(z|x)), un tableau de forme `(d,)`.",
    section="§ 2.4 (l'écart, KL(q ‖ p(z|x))) et § 2.6 (q, une gaussienne diagonale)",
    hints=[
        "Dérivez ½ (Λ_jj σ_j² − log σ_j²) selon σ_j². Où la dérivée s'annule-t-elle ?",
        "σ_j² = 1 / Λ_jj, où Λ est l'inverse de la matrice de covariance, entière.",
        "`np.linalg.inv(covariance)`, sa diagonale, l'inverse de chaque élément, puis la racine.",
    ],
    success="La meilleure loi diagonale a les variances 1/Λ_jj, celles de z_j quand les autres "
    "dimensions sont connues : elle est plus étroite que la loi a posteriori dès qu'elle penche.",
    cases=[(np.array(each),) for each in _COVARIANCES],
)
def best_diagonal(covariance):
    """Les écarts-types de la gaussienne diagonale q la plus proche, pour KL(q ‖ p)."""
    precision = np.linalg.inv(covariance)  # Λ
    return 1 / np.sqrt(np.diag(precision))


best_diagonal.mistake("marginals").says(
    "Ce sont les écarts-types marginaux, les racines de la diagonale de la covariance : la "
    "meilleure loi diagonale pour KL(p ‖ q), dans l'autre sens. Ici, c'est la diagonale de "
    "l'inverse, Λ, qui compte."
).edits("return np.sqrt(np.diag(covariance))")
best_diagonal.mistake("variances").says(
    "Ce sont les variances, 1/Λ_jj : on demande des écarts-types, leurs racines."
).edits({"1 / np.sqrt(np.diag(precision))": "1 / np.diag(precision)"})
best_diagonal.mistake("marginal_variances").says(
    "C'est la diagonale de la covariance, telle quelle : des variances, et celles qui minimisent "
    "KL(p ‖ q), dans l'autre sens. On demande 1/√Λ_jj, où Λ est l'inverse de la covariance."
).edits("return np.diag(covariance)")
best_diagonal.mistake("not_inverted_back").says(
    "Λ_jj est une précision, l'inverse d'une variance : l'écart-type est 1/√Λ_jj."
).edits({"1 / np.sqrt": "np.sqrt"}, {"1 / np.sqrt(np.diag(precision))": "np.diag(precision)"})
best_diagonal.mistake("root_of_the_diagonal_of_a_root").says(
    "Vous prenez la racine avant la diagonale : la racine d'une matrice, élément par élément ou "
    "non, n'est pas celle de sa diagonale. Inversez, prenez la diagonale, puis 1/√."
).edits("return np.diag(np.linalg.cholesky(covariance))")
best_diagonal.mistake("whole_matrix").says(
    "Vous rendez une matrice : on attend un tableau de forme `(d,)`, un écart-type par dimension. "
    "`np.diag(…)` prend la diagonale d'une matrice, mais fait une matrice d'un tableau."
).edits(
    {"np.diag(precision)": "precision"},
    {"1 / np.sqrt(np.diag(precision))": "np.diag(1 / np.sqrt(np.diag(precision)))"},
    {"1 / np.sqrt(np.diag(precision))": "np.diag(1 / np.diag(precision))"},
)
best_diagonal.mistake("eigenvalues").says(
    "Ce sont les écarts-types le long des axes de l'ellipse (ses valeurs propres). Une loi "
    "diagonale ne peut pas tourner ses axes : ce sont ceux des coordonnées."
).edits(
    "return np.sqrt(np.linalg.eigvalsh(covariance))",
    "return np.sqrt(np.linalg.eigvalsh(covariance))[::-1]",
)
