"""Exercise: a model of the pixels, with which to write them."""

import functools

import numpy as np

from vae_course.engine import exercise
from vae_keras.data import load_images

_BETTER_THAN = 170  # bits an image: what bz2 takes; two neighbours are not enough, three are


@functools.cache
def _scans():
    """Binary digits, to learn from and to judge with; a place in the middle of each."""
    x = (load_images("mnist_mini")[0][..., 0] > 0.5).astype("int64")
    rng = np.random.default_rng(84)
    x = x[rng.permutation(len(x))]
    judged = x[2000:2060]
    places = rng.integers(6 * 28, 22 * 28, len(judged))
    return x[:2000], judged, places


def _pixel_models(answer):
    x_train, x, places = _scans()
    order, rows = np.arange(28 * 28), np.arange(len(x))
    itself, later = x.reshape(len(x), -1).copy(), x.reshape(len(x), -1).copy()
    itself[rows, places] ^= 1
    later[order > places[:, None]] ^= 1
    images = np.concatenate([x, itself.reshape(x.shape), later.reshape(x.shape)])
    p = answer.array(images.copy(), x_train.copy())
    shape = f"le résultat a la forme de `images`, {images.shape} (obtenu : {p.shape})"
    yield shape, p.shape == images.shape
    yield "aucune valeur n'est `nan`", not np.any(np.isnan(p))
    yield "toutes les valeurs sont des probabilités", np.all((p >= 0) & (p <= 1))
    alone, again, last = (answer.array(x[[i]], x_train.copy()) for i in (0, 0, -1))
    what = "deux fois la même image donnent deux fois les mêmes probabilités"
    yield what, np.array_equal(alone, again)
    first, altered, after = p.reshape(3, len(x), -1)
    alone, last = alone.ravel(), last.ravel()
    same = alone.size == last.size == 784 and np.allclose([alone, last], first[[0, -1]], atol=1e-6)
    yield "une image seule reçoit les mêmes probabilités que dans un lot", same
    same = np.allclose(first[rows, places], altered[rows, places], atol=1e-6)
    yield "un pixel que l'on change garde la même probabilité", same
    read = order <= places[:, None]
    same = np.allclose(first[read], after[read], atol=1e-6)
    what = "quand les pixels suivants changent, les probabilités d'avant restent les mêmes"
    yield what, same
    ink = x.reshape(len(x), -1) == 1
    bits, mirrored = _bits(first, ink), _bits(1 - first, ink)
    yield "la longueur de chaque image est finie", np.all(np.isfinite(bits))
    follows = np.ptp(first, axis=0).max() > 1e-6
    yield "les probabilités changent d'une image à l'autre", follows
    yield "c'est la probabilité de l'encre, et non du papier", bits.sum() <= mirrored.sum()
    yours, told = bits.mean(), f"sous votre modèle, {bits.mean():.0f} bits"
    usual = _bits(np.clip(x_train.mean(axis=0), 1e-3, 1 - 1e-3).ravel(), ink).mean()
    cheaper = f"une image coûte nettement moins que sous l'image moyenne, {usual:.0f} bits"
    yield f"{cheaper} ; {told}", yours < 0.93 * usual
    yield f"une image coûte moins de {_BETTER_THAN} bits ; {told}", yours < _BETTER_THAN


def _bits(p, ink):
    return -np.log2(np.where(ink, p, 1 - p)).sum(axis=-1)


@exercise(
    statement="Des chiffres en noir et blanc se lisent pixel par pixel, de gauche à droite puis de "
    "haut en bas. Écrivez `ink_probabilities(images, x_train)` : pour chaque pixel, la probabilité "
    "qu'il soit d'encre sachant les pixels déjà lus de la même image : chacune se lit seule. "
    "Entrées de forme `(n, 28, 28)`, en 0 et 1 ; résultat de la forme de `images`. Toute méthode "
    f"est permise, à moins de {_BETTER_THAN} bits par image.",
    section="§ 4.1.4 (un format plus compact, qui conserve l'essentiel)",
    hints=[
        "Le pixel de gauche et celui du dessus sont déjà lus. Quand tous deux sont d'encre, à "
        "quelle fréquence le pixel l'est-il, dans `x_train` ?",
        "Numérotez les contextes : avec trois voisins, 4 × gauche + 2 × dessus + dessus à droite "
        "va de 0 à 7. `np.bincount` compte chaque contexte, et combien de fois l'encre l'a suivi. "
        "`np.pad` ajoute une marge blanche.",
        "La probabilité est (encre + 0,4) / (total + 0,8), pour qu'aucune ne soit 0 ou 1. Deux "
        "voisins ne suffisent pas ; quatre, oui ; une dizaine font mieux que bien des réseaux.",
    ],
    success="Un modèle autorégressif : chaque pixel sachant les précédents. Donnez-le à un codeur "
    "entropique, et vous avez un compresseur sans perte, sans bits à rendre.",
    observe=_pixel_models,
)
def ink_probabilities(images, x_train):
    """La probabilité d'encre de chaque pixel, sachant ceux qui sont déjà lus."""
    neighbours = [(0, -1), (0, -2), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2)]
    neighbours += [(-2, -1), (-2, 0), (-2, 1)]

    def contexts(x):
        padded = np.pad(x.astype("int32"), ((0, 0), (2, 2), (2, 2)))
        number = np.zeros(x.shape, "int32")
        for down, right in neighbours:
            rows, columns = slice(2 + down, 30 + down), slice(2 + right, 30 + right)
            number = 2 * number + padded[:, rows, columns]
        return number

    known, count = contexts(x_train), 2 ** len(neighbours)
    ink = np.bincount(known[x_train == 1], minlength=count)
    total = np.bincount(known.ravel(), minlength=count)
    p = (ink + 0.4) / (total + 0.8)  # une par contexte
    return p[contexts(images)]


def _learning(images, contexts, ink, total):
    """The probabilities of a model that goes on counting, image after image."""
    p = np.empty(images.shape)
    for image, context, written in zip(images, contexts, p, strict=True):  # in order, as a reader
        written[:] = (ink / total)[context]
        ink += np.bincount(context[image == 1], minlength=len(ink))
        total += np.bincount(context.ravel(), minlength=len(total))
    return p


ink_probabilities.mistake("draws").says(
    "Vous rendez des tirages : le lecteur doit retrouver exactement les mêmes nombres que "
    "l'écrivain. Rendez la probabilité elle-même."
).edits({"p[contexts(images)]": "np.random.random(images.shape) < p[contexts(images)]"})
ink_probabilities.mistake("sees_itself").says(
    "La probabilité d'un pixel dépend de ce pixel : le lecteur, lui, ne le connaît pas encore. "
    "C'est un oracle, pas un compresseur."
).edits("return np.where(images == 1, 0.99, 0.01)", {"(-2, 1)]": "(-2, 1), (0, 0)]"})
ink_probabilities.mistake("sees_the_future").says(
    "Vous regardez des voisins qui ne sont pas encore lus, à droite ou au-dessous : le lecteur ne "
    "les a pas. Restent la gauche du pixel et les lignes du dessus. `np.roll` ramène la fin de "
    "l'image au début ; `np.pad` met du blanc."
).edits(
    {"(-2, 1)]": "(-2, 1), (0, 1)]"},
    {"padded[:, rows, columns]": "np.roll(x, (-down, -right), axis=(1, 2))"},
)
ink_probabilities.mistake("learns_from_what_it_writes").says(
    "Vos probabilités dépendent des autres images du lot : ici, chaque image doit pouvoir se lire "
    "seule. Comptez dans `x_train`."
).edits(
    {"known, ": "x_train = images\n    known, "},
    {"known, ": "x_train = np.concatenate([x_train, images])\n    known, "},
    {"p[contexts(images)]": "_learning(images, contexts(images), ink + 0.4, total + 0.8)"},
)
ink_probabilities.mistake("never_seen").says(
    "Des `nan` : un contexte jamais vu fait 0/0. Ajoutez un peu à chaque compte."
).edits({" + 0.4": "", " + 0.8": ""})
ink_probabilities.mistake("impossible").says(
    "Un pixel est venu auquel vous donniez la probabilité 0 : son code est infini. Un contexte "
    "rare ou jamais vu ne dit rien de sûr : ajoutez un peu à chaque compte."
).edits(
    "return x_train.mean(axis=0) + 0.0 * images",
    {"(ink + 0.4) / (total + 0.8)": "np.round((ink + 0.4) / (total + 0.8))"},
)
ink_probabilities.mistake("paper").says(
    "C'est la probabilité du papier : un pixel vaut 1 quand il est d'encre."
).edits({"p[contexts(images)]": "1 - p[contexts(images)]"})
ink_probabilities.mistake("no_context").says(
    "Vos probabilités sont les mêmes pour toutes les images. Servez-vous de ce que l'on sait de "
    "chacune : ses pixels déjà lus, le voisin de gauche surtout."
).edits(
    "return np.clip(x_train.mean(axis=0), 1e-3, 1 - 1e-3) + 0.0 * images",
    "return np.full(images.shape, x_train.mean())",
)
