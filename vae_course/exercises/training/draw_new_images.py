"""Exercise: images drawn from the prior."""

import functools

import keras
import numpy as np

from vae_course.engine import Observation, exercise
from vae_course.engine.answer import AnswerError
from vae_course.exercises.training._networks import affine_networks

_MIXING = np.array([[1.2, -0.8, 0.5, 0.0], [0.3, 0.9, -1.0, 0.7]])
_OFFSET = np.array([0.5, -0.5, 0.0, 0.3])
_MANY = 1000  # few enough for an answer that decodes the images one by one


class _Decoder(keras.Model):
    """Remembers the shape of what it was given last."""

    shape_given = None

    def __call__(self, inputs, *arguments, **options):
        self.shape_given = tuple(np.shape(inputs))
        return super().__call__(inputs, *arguments, **options)


@functools.cache
def _networks(shape, latent_dim):
    encoder, decoder = affine_networks(shape, latent_dim)
    return encoder, _Decoder(decoder.inputs, decoder.outputs[0])


def _drawn(answer, n, latent_dim, encoder, decoder, x_train):
    """An answer's images, or what it gave to the decoder that the decoder could not take."""
    decoder.shape_given = None
    try:
        return answer.array(n, latent_dim, encoder, decoder, x_train)
    except AnswerError as error:
        given = decoder.shape_given
        if given is None or (len(given) == 2 and given[1] == latent_dim):
            raise
        raise AnswerError(
            f"Pour n = {n}, vous donnez au décodeur un tableau de forme {given} ; il attend des z "
            f"de forme ({n}, {latent_dim}) : une ligne par image, de {latent_dim} nombres.",
            "shape of z",
        ) from error


def _generator():
    """An encoder whose codes are far from 0, a decoder that lets z be read in its images."""
    encoder, decoder = _networks((2, 2, 1), 2)
    mean = np.array([[0.2, 0.1], [0.2, -0.1], [0.2, -0.3], [0.2, 0.3]])
    log_var = np.zeros((4, 2)), np.full(2, 2 * np.log(0.3))
    encoder.set_weights([mean, np.array([1.6, -1.5]), *log_var])
    decoder.set_weights([_MIXING, _OFFSET])
    return encoder, decoder


def generations(answer):
    encoder, decoder = _generator()
    x_train = np.random.default_rng(63).random((1500, 2, 2, 1)).astype("float32")

    def draw(n):
        return _drawn(answer, n, 2, encoder, decoder, x_train)

    few, many = draw(4), draw(_MANY)
    for n, images in ((4, few), (1, draw(1)), (_MANY, many)):
        got = f"pour n = {n}, on attend la forme ({n}, 2, 2, 1), vous rendez {images.shape}"
        yield f"{got} : il y a un axe des images", images.shape != (2, 2, 1)
        yield f"{got} : les images ne sont pas à plat", images.ndim != 2
        yield f"{got} : l'axe des canaux est là", images.shape[1:] != (2, 2)
        yield f"{got} : la forme d'une image est (2, 2, 1)", images.shape[1:] == (2, 2, 1)
        yield f"{got} : il y a n images", len(images) == n
    yield from _other_sizes(answer)
    z, decoded = _read_codes(many)
    copied = np.isin(many[:, 0, 0, 0], x_train[:, 0, 0, 0].astype("float64")).all()
    found = f"(les vôtres vont de {many.min():.1f} à {many.max():.1f})".replace(".", ",")
    yield f"les pixels ne sont pas les logits du décodeur {found}", not _are_logits(many)
    yield (
        f"les pixels vont de 0 à 1, et non de 0 à 255 {found}",
        not _read_codes(many / 255, 5e-3)[1],
    )
    yield f"tous les pixels sont entre 0 et 1 {found}", np.all((many >= 0) & (many <= 1))
    yield f"les images ne sont pas unies {found}", np.ptp(many) > 1e-6
    yield "les images d'un même appel diffèrent", np.ptp(many, axis=0).max() > 1e-4
    yield "il y a des gris, ni 0 ni 1", not np.all((many == 0) | (many == 1))
    yield "les images sont absentes de `x_train`", not copied
    yield "les images sont sigmoïde(decoder(z))", decoded
    mean, sigma = z.mean(axis=0), z.std(axis=0)
    yield Observation("moyenne de z, retrouvée d'après les images", mean, atol=0.18)
    # The law of z, at five standard errors or more.
    beyond = np.mean(np.abs(z - mean) > 1.8 * sigma)  # Gaussian: 7.2 %; uniform: 0
    yield "z suit une loi en cloche", beyond > 0.035
    # No thousand draws of a normal law are so near: less than once in 10¹³.
    bounded = np.all(np.abs(z - mean) < 2.4 * np.minimum(1, sigma))
    yield "z n'est pas borné", not bounded
    spread = f"l'écart-type de z est 1 (retrouvé d'après vos images : {np.round(sigma, 1)})"
    yield spread, np.all(np.abs(sigma - 1) < 0.13)
    yield "les coordonnées de z sont indépendantes", abs(np.corrcoef(z.T)[0, 1]) < 0.2
    yield "deux appels rendent des images différentes", not np.allclose(few, draw(4))


def _other_sizes(answer):
    """A generator of other sizes: nothing may be written for the first."""
    networks = _networks((1, 3, 1), 5)
    x_train = np.random.default_rng(65).random((30, 1, 3, 1)).astype("float32")
    images = _drawn(answer, 4, 5, *networks, x_train)
    what = "d'un autre VAE, de 5 dimensions latentes et d'images de forme (1, 3, 1)"
    yield f"les images {what}, ont sa forme (obtenu : {images.shape})", images.shape == (4, 1, 3, 1)


def _are_logits(images):
    """Whether the pixels are what the decoder returns for some z."""
    logits = images.reshape(len(images), 4) - _OFFSET
    z = logits @ np.linalg.pinv(_MIXING)
    return np.allclose(z @ _MIXING, logits, atol=1e-3) and np.ptp(images) > 1


def _read_codes(images, atol=1e-3):
    """The z that the images were decoded from, and whether there is one."""
    p = np.clip(images.reshape(len(images), 4), 1e-7, 1 - 1e-7)
    z = (np.log(p / (1 - p)) - _OFFSET) @ np.linalg.pinv(_MIXING)
    return z, np.allclose(1 / (1 + np.exp(-(z @ _MIXING + _OFFSET))), p, atol=atol)


@exercise(
    statement="Écrivez `draw_new_images(n, latent_dim, encoder, decoder, x_train)` : `n` images "
    "nouvelles d'un VAE de Bernoulli, de forme `(n, hauteur, largeur, canaux)`, en niveaux de "
    "gris de 0 à 1, différentes à chaque appel. Tous les arguments ne servent pas.",
    section="§ 3.2, algorithme 1, lignes 15 à 17",
    hints=[
        "D'où vient z, quand on n'a aucune image à encoder ? Lisez la ligne 16, et voyez quels "
        "arguments deviennent inutiles.",
        "Tirez z ∼ N(0, I), un tableau de forme `(n, latent_dim)`, par exemple de "
        "`keras.random.normal`. Le décodeur en fait des images… mais que rend-il exactement ?",
        "Il rend des logits : l'image est `keras.ops.sigmoid(decoder(z))`.",
    ],
    success="Ni l'encodeur ni les images d'entraînement n'ont servi : une fois appris, le décodeur "
    "et la loi a priori suffisent à inventer.",
    observe=generations,
)
def draw_new_images(n, latent_dim, encoder, decoder, x_train):
    """`n` images nouvelles : z tiré de la loi a priori, puis décodé."""
    z = keras.random.normal((n, latent_dim))
    return keras.ops.sigmoid(decoder(z))


draw_new_images.mistake("from_the_posterior", "§ 3.2, algorithme 1, ligne 16").says(
    "Vos z viennent de l'encodeur, ou suivent ses codes : vos images sont des variantes de celles "
    "d'entraînement. Pour du nouveau, z se tire de la loi a priori N(0, I), sans aucune image."
).edits(
    "mean, log_var = encoder(x_train[:n])\n"
    "z = mean + np.exp(0.5 * log_var) * np.random.randn(n, latent_dim)\n"
    "return keras.ops.sigmoid(decoder(z))",
    "return keras.ops.sigmoid(decoder(encoder(x_train[np.random.choice(len(x_train), n)])[0]))",
)
draw_new_images.mistake("logits_shown_as_images").says(
    "Vous montrez les logits du décodeur : ils ne sont pas dans [0, 1]. Pour un VAE de Bernoulli, "
    "l'image est faite des probabilités sigmoïde(logits)."
).edits({"keras.ops.sigmoid": ""})
draw_new_images.mistake("scale_of_bytes").says(
    "Vos pixels vont de 0 à 255 : c'est l'échelle des fichiers d'images. Ici, comme partout dans "
    "le cours, un niveau de gris va de 0 à 1 : rendez sigmoïde(logits), sans multiplier."
).edits({"keras.ops.sigmoid(decoder(z))": "255 * keras.ops.sigmoid(decoder(z))"})
draw_new_images.mistake("fixed_latent_dim").says(
    "La dimension des codes est écrite en dur, 2 par exemple : votre fonction ne va pas pour un "
    "VAE d'une autre dimension. L'argument `latent_dim` la dit ; prenez-la là."
).edits({"latent_dim)": "2)"})
draw_new_images.mistake("flattened").says(
    "Chaque image est rendue à plat : une ligne de pixels. Le décodeur rend déjà des images, de "
    "forme `(n, hauteur, largeur, canaux)` : gardez cette forme."
).edits(
    {"keras.ops.sigmoid(decoder(z))": "keras.ops.reshape(keras.ops.sigmoid(decoder(z)), (n, -1))"}
)
draw_new_images.mistake("channel_lost").says(
    "L'axe des canaux a disparu. Une image grise en a un, de longueur 1 : la forme attendue est "
    "`(n, hauteur, largeur, canaux)`, celle que rend le décodeur."
).edits({"keras.ops.sigmoid(decoder(z))": "keras.ops.sigmoid(decoder(z))[..., 0]"})
draw_new_images.mistake("one_image_only").says(
    "Vous rendez une image, quel que soit `n`. Tirez un tableau z de forme `(n, latent_dim)` : le "
    "décodeur rend une image par ligne."
).edits(
    {"(n, latent_dim)": "(1, latent_dim)"},
    {"keras.ops.sigmoid(decoder(z))": "keras.ops.sigmoid(decoder(z))[0]"},
)
draw_new_images.mistake("training_images").says(
    "Ce sont des images de `x_train` : rien n'est inventé. Tirez z de la loi a priori, et "
    "décodez-le."
).edits("return x_train[:n]")
draw_new_images.mistake("not_the_sigmoid").says(
    "Vos pixels sont bien entre 0 et 1, mais ce ne sont pas sigmoïde(decoder(z)) : des logits "
    "rognés ou étirés, une autre fonction, ou une seconde sigmoïde, ne donnent pas les "
    "probabilités."
).edits({"keras.ops.sigmoid(decoder(z))": "np.clip(decoder(z), 0, 1)"})
draw_new_images.mistake("softmax_for_sigmoid", "§ 3.2, algorithme 1, ligne 17").says(
    "Toutes vos images sont unies : leurs pixels ont tous la même valeur. Un softmax sur l'axe des "
    "canaux le fait, puisqu'un seul canal reçoit toute la probabilité. Chaque pixel a la sienne : "
    "c'est la sigmoïde."
).edits({"ops.sigmoid(decoder(z))": "ops.softmax(decoder(z), axis=-1)"})
draw_new_images.mistake("uniform_codes", "§ 3.2, algorithme 1, ligne 16").says(
    "Vos z ne suivent pas une loi en cloche (uniforme, sans doute). L'apprentissage a poussé les "
    "codes vers N(0, I), en cloche et sans bornes, et c'est cette loi que dit le modèle : une "
    "autre décode trop certains z et jamais les autres."
).edits(
    {"normal((n, latent_dim)": "uniform((n, latent_dim), -1, 1"},
    {"normal((n, latent_dim)": "uniform((n, latent_dim), 0, 1"},
    {"normal((n, latent_dim)": "uniform((n, latent_dim), -(3**0.5), 3**0.5"},
)
draw_new_images.mistake("always_the_same_image", "§ 3.2, algorithme 1, ligne 16").says(
    "Vos `n` images sont la même, répétée : il faut un z par image. Le point z = 0 n'est que le "
    "plus probable ; tirez un tableau de forme `(n, latent_dim)`."
).edits({"random.normal": "ops.zeros"})
draw_new_images.mistake("wrong_spread", "§ 2.1 (la loi a priori)").says(
    "Vos z suivent bien une gaussienne centrée, mais pas d'écart-type 1. Trop étroite, toutes les "
    "images se ressemblent ; trop large, elle décode des régions que l'apprentissage n'a pas vues."
).edits({"keras.random": "0.5 * keras.random"})
draw_new_images.mistake("the_same_at_each_call").says(
    "Chaque appel rend les mêmes images : une graine est fixée dans la fonction. Ôtez-la : le "
    "notebook a déjà la sienne, fixée une fois pour toutes au début."
).edits({"latent_dim)": "latent_dim), seed=0"})
draw_new_images.mistake("binarized").says(
    "Vos pixels valent tous 0 ou 1 : les probabilités ont été arrondies, ou tirées à pile ou face. "
    "On demande les probabilités elles-mêmes, des gris."
).edits({"keras.ops.sigmoid(decoder(z))": "keras.ops.round(keras.ops.sigmoid(decoder(z)))"})
draw_new_images.mistake("truncated", "§ 3.2, algorithme 1, ligne 16").says(
    "Vos z ne dépassent jamais 2 : c'est une loi normale tronquée. Prenez `keras.random.normal`."
).edits({"normal": "truncated_normal"})
