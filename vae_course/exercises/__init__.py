"""The course's exercises: one folder a chapter, one file an exercise."""

import importlib

__all__ = ["CHAPTERS", "exercises_of", "find"]

CHAPTERS = {  # notebook: its module of exercises
    "00_le_vae_en_une_heure": "first_hour",
    "01_autoencodeur": "autoencoder",
    "02_limites_autoencodeur": "limits",
    "03_formulation_bayesienne": "bayes",
    "04_elbo": "elbo",
    "04b_elbo_de_plus_pres": "elbo_further",
    "05_reparametrisation": "reparameterization",
    "05b_gradient_du_score": "reparameterization_further",
    "06_entrainement": "training",
    "07_generation_et_interpolation": "generation",
    "08_debruitage": "denoising",
    "09_compression": "compression",
    "10_molecules": "molecules",
    "11_images_medicales": "medical",
    "12_musique": "music",
    "13_limites": "weaknesses",
    "14_au_dela": "beyond",
}


def exercises_of(module):
    """The exercises of a module, in the notebook's order.

    Args:
        module: Its name, one of the values of `CHAPTERS`.

    Returns:
        A list of `Exercise`.

    Raises:
        ValueError: There is no such module.
    """
    if module not in CHAPTERS.values():
        raise ValueError(
            f"no module of exercises {module!r}; known: {', '.join(CHAPTERS.values())}"
        )
    found = importlib.import_module(f"{__name__}.{module}")
    return [getattr(found, name) for name in found.__all__]


def find(identifier):
    """The exercise of an identifier, `"elbo.kl_to_prior"` for instance.

    Raises:
        ValueError: There is no such exercise.
    """
    module, _, name = identifier.partition(".")
    known = {each.name: each for each in exercises_of(module)}
    if name not in known:
        raise ValueError(f"no exercise {name!r} in {module}; known: {', '.join(known)}")
    return known[name]
