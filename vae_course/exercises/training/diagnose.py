"""Exercise: what ails a VAE."""

import functools
import unicodedata

import numpy as np

from vae_course.engine import exercise
from vae_course.engine.answer import AnswerError, NothingReturnedError, describe
from vae_course.exercises.training._networks import affine_networks
from vae_keras.models import VAE

_HEALTHY, _COLLAPSED, _DEAD = "sain", "effondrement", "dimension morte"
_DEAF, _DETERMINISTIC = "décodeur sourd", "encodeur déterministe"
_WORDS = [_HEALTHY, _COLLAPSED, _DEAD, _DEAF, _DETERMINISTIC]
_WARD = [  # diagnosis, dimensions that speak, silent ones, σ of the former, decoder
    (_HEALTHY, 2, 0, 0.3, "linear"),
    (_HEALTHY, 4, 0, 0.2, "linear"),
    (_HEALTHY, 3, 0, 0.5, "narrow"),  # one of its means varies little, and still speaks
    (_COLLAPSED, 0, 2, None, "linear"),
    (_COLLAPSED, 0, 4, None, "zero"),
    (_DEAD, 3, 1, 0.3, "linear"),
    (_DEAD, 2, 3, 0.2, "linear"),
    (_DEAF, 2, 0, 0.3, "whisper"),
    (_DEAF, 4, 0, 0.2, "dead units"),
    (_DETERMINISTIC, 2, 0, 1e-3, "linear"),
    (_DETERMINISTIC, 4, 0, 3e-4, "linear"),
]
_SIDE = 3  # of the images


def _patient(number, speaking, silent, sigma, decoding):
    """A VAE of chosen weights, and images that its speaking dimensions explain."""
    rng = np.random.default_rng([64, number])
    d, pixels = speaking + silent, _SIDE**2
    rank = rng.permutation(d)[:speaking]  # where the dimensions that speak are
    factors = rng.normal(size=(300, speaking or d))
    mixing = rng.choice([-1.5, 1.5], size=(speaking or d, pixels)) * rng.uniform(0.6, 1)
    x = 1 / (1 + np.exp(-factors @ mixing))

    # Nothing is exactly zero in a trained model: the silent dimensions whisper.
    mean, log_var = rng.normal(scale=1e-3, size=(2, pixels, d))
    mean_bias, log_var_bias = rng.normal(scale=5e-3, size=(2, d))
    mean[:, rank] = np.linalg.lstsq(x - x.mean(axis=0), factors, rcond=None)[0][:, :speaking]
    mean_bias[rank] = -x.mean(axis=0) @ mean[:, rank]
    if speaking:
        log_var_bias[rank] += 2 * np.log(sigma)

    if decoding == "narrow":
        mean[:, rank[0]] *= 0.6
        mean_bias[rank[0]] *= 0.6

    kernel = np.zeros((d, pixels))
    if decoding in ("linear", "narrow"):
        kernel[rank if speaking else slice(None)] = mixing
    elif decoding == "whisper":  # deaf, but its images are not equal bit for bit
        kernel[rank] = 1e-6 * mixing
    offset = np.log(x.mean(axis=0) / (1 - x.mean(axis=0)))
    dead_units = decoding == "dead units"
    vae = VAE(*affine_networks((_SIDE, _SIDE, 1), d, hidden=6 * dead_units))
    vae.encoder.set_weights([mean, mean_bias, log_var, log_var_bias])
    hidden = [rng.normal(size=(d, 6)), np.full(6, -40.0), rng.normal(size=(6, pixels))]
    vae.decoder.set_weights([*hidden, offset] if dead_units else [kernel, offset])
    vae.compile(run_eagerly=True)  # so that `evaluate` works, and at once
    return vae, x.reshape(-1, _SIDE, _SIDE, 1).astype("float32")


@functools.cache
def _ward():
    patients = [_patient(number, *options) for number, (_, *options) in enumerate(_WARD)]
    return [(vae, x, vae.get_weights()) for vae, x in patients]


def diagnoses(answer):
    words = [_word(answer, *patient) for patient in _ward()]
    if None in words:
        raise AnswerError(
            f"Pour le patient {words.index(None) + 1}, votre fonction ne rend rien : il manque un "
            "`return`, à la fin d'une branche peut-être.",
            "no word",
        )
    unknown = [word for word in words if word not in _WORDS]
    if unknown:
        raise AnswerError(
            f"`{unknown[0][:40]}` n'est pas un des cinq mots : `{_HEALTHY}`, `{_COLLAPSED}`, "
            f"`{_DEAD}`, `{_DEAF}` ou `{_DETERMINISTIC}`.",
            "unknown word",
        )
    yield "les patients n'ont pas tous le même diagnostic", len(set(words)) > 1
    for number, (word, (truth, *_)) in enumerate(zip(words, _WARD, strict=True), start=1):
        what = (
            f"le diagnostic du patient {number} est `{truth}` (le vôtre : `{word}`). "
            f"{_chart(number - 1)}"
        )
        for other in _WORDS:  # one by one: which mistake it is, is seen
            yield what, other == truth or word != other


@functools.cache
def _chart(index):
    """What can be measured of a patient, in words."""
    vae, x, weights = _ward()[index]
    vae.set_weights(weights)
    z_mean, z_log_var = vae.encode(x)
    by_dimension = {
        "KL": 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0),
        "variance de μ": z_mean.var(axis=0),
        "σ moyen": np.exp(0.5 * z_log_var).mean(axis=0),
    }
    written = [
        f"{name} [{' ; '.join(f'{value:.3f}' for value in values)}]"
        for name, values in by_dimension.items()
    ]
    decoded = vae.decode(z_mean)
    spread = np.ptp(decoded, axis=0).max()
    told = f"Ses dimensions : {', '.join(written)} ; ses images décodées diffèrent de {spread:.3f}"
    return told.replace(".", ",").replace("-0,000", "0,000")


def _word(answer, vae, x, weights):
    """What an answer says of a patient; None if it says nothing."""
    vae.set_weights(weights)  # whatever another answer has done to them
    try:
        word = answer(vae, x.copy())
    except NothingReturnedError:
        return None
    if not isinstance(word, str):
        raise AnswerError(
            f"On attend un des cinq mots, entre guillemets ; vous rendez {describe(word)}.",
            "not a word",
        )
    same = [each for each in _WORDS if _plain(each) == _plain(word)]
    return same[0] if same else word


def _plain(word):
    """Lower case, without accents nor the spaces around."""
    letters = unicodedata.normalize("NFKD", word.replace("_", " ").lower())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


@exercise(
    statement="Écrivez `diagnose(vae, x)`, qui reçoit un `VAE` et des images, et rend un de ces "
    'mots : `"sain"`, `"effondrement"`, `"dimension morte"`, `"décodeur sourd"`, '
    '`"encodeur déterministe"`. Onze patients inconnus l\'attendent.',
    section="§ 2.5 (ce que force chacun des deux termes)",
    hints=[
        "Que regarder : ce que dit l'encodeur (`vae.encode(x)` rend μ et log σ²), et ce qu'entend "
        "le décodeur (`vae.decode(z)` change-t-il quand z change ?). Un chiffre par mal.",
        "La KL dimension par dimension, moyennée sur les images, dit qui se tait : nulle ou "
        "presque partout, effondrement ; quelque part seulement, dimension morte. Mais jamais "
        "nulle exactement : il faut un seuil, entre 0,001 et 0,3 nat.",
        "σ = exp(½ log σ²) : 0,2 ou 0,5 est normal, 0,001 est un encodeur déterministe. Et si le "
        "décodeur rend la même image pour tous les codes d'un encodeur qui parle, il est sourd.",
    ],
    success="La perte seule ne dit pas de quoi souffre un VAE ; la KL par dimension, σ, et "
    "quelques images décodées le disent. Gardez cette fonction pour vos propres modèles.",
    observe=diagnoses,
)
def diagnose(vae, x):
    """Le mal dont souffre un VAE, d'après ce qu'il fait de quelques images."""
    z_mean, z_log_var = vae.encode(x)
    kl = 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)  # par dimension
    silent = kl < 0.05
    if silent.all():
        return "effondrement"
    if np.exp(0.5 * z_log_var).max() < 0.02:
        return "encodeur déterministe"
    images = vae.decode(z_mean)
    if np.ptp(images, axis=0).max() < 0.01:
        return "décodeur sourd"
    return "dimension morte" if silent.any() else "sain"


diagnose.mistake("always_the_same").says(
    "Votre diagnostic est le même pour tous les patients. Cherchez ce qui les distingue : la KL de "
    "chaque dimension, σ, et l'effet de z sur les images décodées."
).edits(*(f'return "{word}"' for word in _WORDS))
diagnose.mistake("small_sigma_condemned").says(
    "Vous déclarez déterministe un encodeur sain. Un σ de 0,3 est normal, et log σ² est alors "
    "négatif ; déterministe, c'est σ = exp(½ log σ²) presque nul, 0,001 par exemple."
).edits({"< 0.02": "< 1"})
diagnose.mistake("healthy_dimension_condemned").says(
    "Vous déclarez muette une dimension d'un modèle sain : votre seuil est trop haut. Une "
    "dimension qui parle dépense souvent entre une demi et deux nats de KL, et son μ peut varier "
    "peu ; une morte dépense presque 0, et la variance de son μ est presque nulle."
).edits(
    {'"sain"': '"dimension morte"'},
    {"kl < 0.05": "kl < 5"},
    {"kl < 0.05": "np.var(z_mean, axis=0) < 0.5"},
)
diagnose.mistake("collapse_missed").says(
    "L'effondrement vous échappe. Ses μ et ses log σ² sont presque nuls, jamais exactement : "
    "comparez la KL de chaque dimension à un seuil, 0,05 nat par exemple."
).edits({'"effondrement"': '"sain"'})
diagnose.mistake("all_dimensions_for_one").says(
    "Vous prenez un effondrement pour une dimension morte. Quand toutes les dimensions se taisent, "
    "le code ne dit plus rien : testez ce cas d'abord."
).edits({'"effondrement"': '"dimension morte"'})
diagnose.mistake("decoder_blamed_for_the_collapse").says(
    "Vous accusez le décodeur d'un modèle effondré. Ses images ne changent pas, mais l'encodeur ne "
    "lui dit rien. Interrogez l'encodeur d'abord : si sa KL est presque nulle partout, c'est un "
    "effondrement."
).edits(
    {'"effondrement"': '"décodeur sourd"'},
    {"silent.all()": "silent.all() and np.ptp(vae.decode(z_mean), axis=0).any()"},
)
diagnose.mistake("log_variance_for_sigma").says(
    "Vous déclarez déterministe un encodeur effondré : son σ vaut pourtant 1. Si vous comparez log "
    "σ² (proche de 0) à un seuil, prenez d'abord σ = exp(½ log σ²) ; et un μ constant n'est pas un "
    "code exact : c'est un encodeur qui se tait."
).edits({'"effondrement"': '"encodeur déterministe"'})
diagnose.mistake("dead_dimension_hidden").says(
    "La dimension morte vous échappe : une somme ou une moyenne sur les dimensions la cache "
    "derrière celles qui parlent. Regardez la KL (ou la variance de μ) dimension par dimension."
).edits({'"dimension morte" if silent.any() else "sain"': '"sain"'})
diagnose.mistake("one_dimension_for_all").says(
    "Une seule dimension muette vous fait conclure à l'effondrement. Il faut qu'elles le soient "
    "toutes : tant qu'il en reste une qui parle, c'est une dimension morte."
).edits({"silent.all()": "silent.any()"})
diagnose.mistake("decoder_never_asked").says(
    "Le décodeur sourd vous échappe : l'encodeur, lui, est en parfaite santé. Décodez plusieurs z "
    "différents, et voyez si l'image change, à un petit seuil près."
).edits(
    {'"décodeur sourd"': '"sain"'},
    {"np.ptp(images, axis=0).max() < 0.01": "not np.any(vae.decoder.get_weights()[0])"},
    {"np.ptp(images, axis=0).max() < 0.01": "np.ptp(images, axis=0).max() == 0"},
)
diagnose.mistake("encoder_never_asked").says(
    "Vous concluez à l'effondrement parce que les images décodées ne changent pas. Mais ici "
    "l'encodeur parle, sa KL n'est pas nulle : c'est le décodeur qui n'écoute pas."
).edits({'"décodeur sourd"': '"effondrement"'})
diagnose.mistake("sigma_never_looked_at", "§ 2.1 (un code qui est une loi)").says(
    "L'encodeur déterministe vous échappe : ses μ varient comme ceux d'un modèle sain. C'est σ = "
    "exp(½ log σ²) qu'il faut regarder : presque nul, il ne reste qu'un autoencodeur."
).edits({'"encodeur déterministe"': '"sain"'})
