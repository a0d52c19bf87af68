"""The course's exercises: `check` an answer, ask for a `hint` or for the `solution`.

One module a notebook; in a notebook, `from vae_keras.exercises import elbo as exercises`, then
`exercises.kl_to_prior.check(my_function)`. The texts are French, as the course is.
"""

import importlib

from vae_keras.exercises._exercise import Exercise, Misconception, Observation, exercise
from vae_keras.exercises._verdict import Verdict

__all__ = [
    "MODULES",
    "Exercise",
    "Misconception",
    "Observation",
    "Verdict",
    "exercise",
    "exercises_of",
    "find",
]

MODULES = {  # notebook: its module of exercises
    "01_autoencodeur": "autoencoder",
    "02_limites_autoencodeur": "limits",
    "03_formulation_bayesienne": "bayes",
    "04_elbo": "elbo",
    "05_reparametrisation": "reparameterization",
    "06_entrainement": "training",
    "07_generation_et_interpolation": "generation",
    "08_debruitage_et_compression": "compression",
}


def exercises_of(module):
    """The exercises of a module, in the notebook's order.

    Args:
        module: Its name, one of the values of `MODULES`.

    Returns:
        A list of `Exercise`.

    Raises:
        ValueError: There is no such module.
    """
    if module not in MODULES.values():
        raise ValueError(f"no module of exercises {module!r}; known: {', '.join(MODULES.values())}")
    found = importlib.import_module(f"{__name__}.{module}")
    return [getattr(found, name) for name in found.__all__]


def find(identifier):
    """The exercise of an identifier, `"elbo.kl_to_prior"` for instance.

    Raises:
        ValueError: There is no such exercise.
    """
    module, _, name = identifier.partition(".")
    known = exercises_of(module)
    for each in known:
        if each.name == name:
            return each
    raise ValueError(
        f"no exercise {name!r} in {module}; known: {', '.join(each.name for each in known)}"
    )
