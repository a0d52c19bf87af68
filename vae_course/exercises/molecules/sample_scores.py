"""Exercise: validity, uniqueness and novelty."""

from vae_course.engine import exercise
from vae_course.engine.answer import as_array, unpacked

# What RDKit's canonical SMILES would be, for the few molecules that the checks write.
_CANONICAL = {
    "CCO": "CCO",
    "OCC": "CCO",
    "C(O)C": "CCO",
    "CN": "CN",
    "NC": "CN",
    "CC": "CC",
    "C": "C",
    "c1ccccc1": "c1ccccc1",
    "C1=CC=CC=C1": "c1ccccc1",
    "CC(=O)O": "CC(=O)O",
    "OC(C)=O": "CC(=O)O",
    "CCN": "CCN",
}

_CASES = [  # (samples, training)
    (["CCO", "OCC", "CN", "C1CC"], ["CN", "CC", "C"]),
    (["CCO", "CC", "CN"], ["CCN"]),
    (["NC", "CN", "C(C", "C1=CC=CC=C1", "c1ccccc1", "CCO", ")C", "CC(=O)O"], ["CN", "CC(=O)O"]),
    (["OCC", "C(O)C", "CCO", "NC", "CC", "xx", "OC(C)=O", "CCN", "CCN"], ["CCO", "CCN", "C"]),
]


def _canonical(smiles):
    if isinstance(smiles, str):  # a list is asked for, and one molecule is often given
        return _CANONICAL.get(smiles)
    return [_CANONICAL.get(each) for each in smiles]


def _scores(answer):
    names = "validité", "unicité", "nouveauté"
    for samples, training in _CASES:
        what = f"samples = {samples}, training = {training}".replace("'", '"')
        result = unpacked(answer(list(samples), list(training), _canonical), 3)
        for name, value in zip(names, result, strict=True):
            yield f"{what} : {name}", as_array(value)


@exercise(
    statement="Écrivez `sample_scores(samples, training, canonical)`, qui renvoie trois parts, de "
    "0 à 1 : la validité (des chaînes, celles qui sont des molécules), l'unicité (des "
    "molécules valides, combien de différentes) et la nouveauté (des molécules différentes, "
    "celles que `training` n'a pas). `canonical(liste)` donne le SMILES canonique de chaque "
    "chaîne, ou `None` ; `training` est déjà canonique.",
    section="§ 4.1.5 (génération de nouvelles molécules)",
    hints=[
        "Deux SMILES peuvent écrire la même molécule : `OCC` et `CCO`. Que faut-il comparer ?",
        "Une seule fois `canonical(samples)`, dont on retire les `None` : ce sont les valides. Un "
        "`set` en garde les différentes.",
        "Trois rapports, trois dénominateurs : les chaînes, puis les valides, puis les "
        "différentes. La différence de deux ensembles, `unique - set(training)`, a ce que le "
        "second n'a pas.",
    ],
    success="Trois parts, trois dénominateurs : un modèle qui ne rend qu'une molécule valide, et "
    "qui la répète, n'a plus où se cacher. Aucune ne dit pourtant si z sert à quelque chose.",
    observe=_scores,
    rtol=1e-3,
)
def sample_scores(samples, training, canonical):
    """La validité, l'unicité et la nouveauté d'échantillons."""
    valid = [each for each in canonical(samples) if each is not None]
    unique = set(valid)
    new = unique - set(training)
    return len(valid) / len(samples), len(unique) / len(valid), len(new) / len(unique)


sample_scores.mistake("not_canonical").says(
    "Vous comparez des chaînes, et non des molécules : `OCC` et `CCO` sont la même. Comptez les "
    "formes canoniques, que `canonical` rend."
).edits(
    {
        "[each for each in canonical(samples) if each is not None]": "[one for one, each in zip("
        "samples, canonical(samples)) if each is not None]"
    },
    {
        "unique = set(valid)": "unique = set(samples)",
        "len(unique) / len(valid)": "len(unique) / len(samples)",
    },
)
sample_scores.mistake("none_is_counted").says(
    "`None`, le signe d'une chaîne qui n'est pas une molécule, est compté comme une molécule : "
    "retirez-le avant de compter."
).edits({" if each is not None": ""})
sample_scores.mistake("uniqueness_over_all").says(
    "Votre unicité est rapportée à toutes les chaînes : un modèle y perd deux fois ses chaînes "
    "invalides. Elle se compte parmi les valides."
).edits(
    {"len(unique) / len(valid)": "len(unique) / len(samples)"},
    {
        "len(unique) / len(valid)": "len(unique) / len(samples)",
        "len(new) / len(unique)": "len(new) / len(samples)",
    },
)
sample_scores.mistake("novelty_over_valid").says(
    "Votre nouveauté compte chaque répétition, ou la rapporte à un autre nombre : elle se compte "
    "parmi les molécules différentes, chacune une fois."
).edits(
    {"len(new) / len(unique)": "len(new) / len(valid)"},
    {"len(new) / len(unique)": "len(new) / len(samples)"},
    {"len(new) / len(unique)": "sum(each not in training for each in valid) / len(valid)"},
)
sample_scores.mistake("known_for_new").says(
    "C'est la part des molécules déjà connues : la nouveauté est son complément."
).edits({"unique - set(training)": "unique & set(training)"})
sample_scores.mistake("counts").says(
    "Vous rendez des nombres de molécules : on demande des parts, de 0 à 1."
).edits(
    "valid = [each for each in canonical(samples) if each is not None]\n"
    "unique = set(valid)\nreturn len(valid), len(unique), len(unique - set(training))"
)
