"""Exercise: images drawn from the prior."""

import functools

import keras
import numpy as np

from vae_course.engine import Observation, exercise

_MIXING = np.array([[1.2, -0.8, 0.5, 0.0], [0.3, 0.9, -1.0, 0.7]])
_OFFSET = np.array([0.5, -0.5, 0.0, 0.3])
_MANY = 1000  # few enough for an answer that decodes the images one by one


@functools.cache
def _generator():
    """An encoder whose codes are far from 0, and a decoder that lets z be read in its images."""
    x, z = keras.Input((2, 2, 1)), keras.Input((2,))
    flat = keras.layers.Flatten()(x)
    encoder = keras.Model(x, [keras.layers.Dense(2)(flat), keras.layers.Dense(2)(flat)])
    decoder = keras.Model(z, keras.layers.Reshape((2, 2, 1))(keras.layers.Dense(4)(z)))
    return encoder, decoder


def _reset_generator():
    encoder, decoder = _generator()
    mean = np.array([[0.2, 0.1], [0.2, -0.1], [0.2, -0.3], [0.2, 0.3]])
    log_var = np.zeros((4, 2)), np.full(2, 2 * np.log(0.3))
    encoder.set_weights([mean, np.array([1.6, -1.5]), *log_var])
    decoder.set_weights([_MIXING, _OFFSET])
    return encoder, decoder


def generations(answer):
    encoder, decoder = _reset_generator()
    x_train = np.random.default_rng(63).random((1500, 2, 2, 1)).astype("float32")

    def draw(n):
        return answer.array(n, 2, encoder, decoder, x_train)

    yield Observation("forme du résultat pour n = 1", np.array(draw(1).shape))
    few, many = draw(4), draw(_MANY)
    yield Observation(f"forme du résultat pour n = {_MANY}", np.array(many.shape))
    if few.shape != (4, 2, 2, 1) or many.shape != (_MANY, 2, 2, 1):
        return
    z, decoded = _read_codes(many)
    copied = np.isin(many[:, 0, 0, 0], x_train[:, 0, 0, 0].astype("float64")).all()
    # Each property stands on the ones before: the first that is not there ends the look.
    properties = [
        ("tous les pixels sont entre 0 et 1", np.all((many >= 0) & (many <= 1))),
        ("les images d'un même appel diffèrent", np.ptp(many, axis=0).max() > 1e-4),
        ("il y a des gris, ni 0 ni 1", not np.all((many == 0) | (many == 1))),
        ("les images sont absentes de `x_train`", not copied),
        ("les images sont sigmoïde(decoder(z))", decoded),
    ]
    for what, holds in properties:
        yield Observation(what, bool(holds))
        if not holds:
            return
    mean = z.mean(axis=0)
    yield Observation("moyenne de z, retrouvée d'après les images", mean, atol=0.18)
    holds = _law_of(z)
    yield from holds
    if np.abs(mean).max() < 0.18 and all(each.value for each in holds):
        fresh = not np.allclose(few, draw(4))
        yield Observation("deux appels rendent des images différentes", fresh)


def _read_codes(images):
    """The z that the images were decoded from, and whether there is one."""
    p = np.clip(images.reshape(len(images), 4), 1e-7, 1 - 1e-7)
    z = (np.log(p / (1 - p)) - _OFFSET) @ np.linalg.pinv(_MIXING)
    return z, np.allclose(1 / (1 + np.exp(-(z @ _MIXING + _OFFSET))), p, atol=1e-3)


def _law_of(z):
    """Shape, spread and independence of its coordinates, at five standard errors or more."""
    sigma = z.std(axis=0)
    beyond = np.mean(np.abs(z - z.mean(axis=0)) > 1.8 * sigma)  # Gaussian: 7.2 %; uniform: 0
    independent = abs(np.corrcoef(z.T)[0, 1]) < 0.2
    spread = f"l'écart-type de z est 1 (retrouvé d'après vos images : {np.round(sigma, 1)})"
    return [
        Observation("z suit une loi en cloche", bool(beyond > 0.035)),
        # Never so for a thousand draws of a normal law: less than once in 10¹³.
        Observation("z n'est pas borné", bool(np.abs(z - z.mean(axis=0)).max() > 2.4)),
        Observation(spread, bool(np.all(np.abs(sigma - 1) < 0.13))),
        Observation("les coordonnées de z sont indépendantes", bool(independent)),
    ]


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


def _decoded(decoder, z):
    return keras.ops.sigmoid(decoder(np.asarray(z, "float32")))


@draw_new_images.misconception(
    "Vos z viennent de l'encodeur : vos images sont des variantes de celles d'entraînement, autour "
    "de leurs codes. Pour du nouveau, z se tire de la loi a priori N(0, I), sans aucune image.",
    section="§ 3.2, algorithme 1, ligne 16",
)
def _from_the_posterior(n, latent_dim, encoder, decoder, x_train):
    z_mean, z_log_var = encoder(x_train[:n])
    return _decoded(decoder, z_mean + np.exp(0.5 * z_log_var) * np.random.randn(n, latent_dim))


@_from_the_posterior.variant
def _(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, encoder(x_train[np.random.randint(len(x_train), size=n)])[0])


@draw_new_images.misconception(
    "Vous montrez les logits du décodeur : ils ne sont pas dans [0, 1]. Pour un VAE de Bernoulli, "
    "l'image est faite des probabilités sigmoïde(logits)."
)
def _logits_shown_as_images(n, latent_dim, encoder, decoder, x_train):
    return decoder(keras.random.normal((n, latent_dim)))


@draw_new_images.misconception(
    "Ce sont des images de `x_train` : rien n'est inventé. Tirez z de la loi a priori, et "
    "décodez-le.",
)
def _training_images(n, latent_dim, encoder, decoder, x_train):
    return x_train[:n]


@draw_new_images.misconception(
    "Vos pixels sont bien entre 0 et 1, mais ce ne sont pas sigmoïde(decoder(z)) : des logits "
    "rognés ou étirés, une autre fonction, ou une seconde sigmoïde, ne donnent pas les "
    "probabilités."
)
def _not_the_sigmoid(n, latent_dim, encoder, decoder, x_train):
    return np.clip(decoder(keras.random.normal((n, latent_dim))), 0, 1)


@draw_new_images.misconception(
    "Vos z ne suivent pas une loi en cloche (uniforme, sans doute). L'apprentissage a "
    "poussé les codes vers N(0, I), en cloche et sans bornes, et c'est cette loi que dit "
    "le modèle : une autre décode trop certains z et jamais les autres.",
    section="§ 3.2, algorithme 1, ligne 16",
)
def _uniform_codes(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, np.random.uniform(-1, 1, (n, latent_dim)))


@_uniform_codes.variant
def _(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, np.random.uniform(0, 1, (n, latent_dim)))


@_uniform_codes.variant
def _(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, np.random.uniform(-1, 1, (n, latent_dim)) * 3**0.5)


@draw_new_images.misconception(
    "Vos `n` images sont la même, répétée : il faut un z par image. Le point z = 0 n'est que le "
    "plus probable ; tirez un tableau de forme `(n, latent_dim)`.",
    section="§ 3.2, algorithme 1, ligne 16",
)
def _always_the_same_image(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, np.zeros((n, latent_dim)))


@draw_new_images.misconception(
    "Vos z suivent bien une gaussienne centrée, mais pas d'écart-type 1. Trop étroite, toutes les "
    "images se ressemblent ; trop large, elle décode des régions que l'apprentissage n'a pas vues.",
    section="§ 2.1 (la loi a priori)",
)
def _wrong_spread(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, 0.5 * np.random.randn(n, latent_dim))


@draw_new_images.misconception(
    "Chaque appel rend les mêmes images : une graine est fixée dans la fonction. Ôtez-la : "
    "le notebook a déjà la sienne, fixée une fois pour toutes au début."
)
def _the_same_at_each_call(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, np.random.default_rng(0).standard_normal((n, latent_dim)))


@draw_new_images.misconception(
    "Vos pixels valent tous 0 ou 1 : les probabilités ont été arrondies, ou tirées à pile ou "
    "face. On demande les probabilités elles-mêmes, des gris."
)
def _binarized(n, latent_dim, encoder, decoder, x_train):
    return np.round(_decoded(decoder, np.random.randn(n, latent_dim)))


@draw_new_images.misconception(
    "Vos z ne dépassent jamais 2 : c'est une loi normale tronquée. Prenez `keras.random.normal`.",
    section="§ 3.2, algorithme 1, ligne 16",
)
def _truncated(n, latent_dim, encoder, decoder, x_train):
    return _decoded(decoder, keras.random.truncated_normal((n, latent_dim)))
