"""Exercise: one step of Algorithm 1."""

import keras
import tensorflow as tf

from vae_course.engine import exercise
from vae_course.exercises.training._small_vae import steps
from vae_keras.losses import bernoulli_log_likelihood, gaussian_log_likelihood, kl_divergence


@exercise(
    statement="Écrivez `vae_train_step(model, x)` : les lignes 5 à 12 pour un lot `x`, avec "
    "l'entropie croisée. Les poids et les deux métriques de `model` sont mis à jour ; la fonction "
    'rend les résultats de celles-ci, `{"reconstruction_loss": …, "kl_loss": …}`.',
    section="§ 3.2, algorithme 1, lignes 5 à 12",
    hints=[
        "De quoi la perte doit-elle être une fonction, pour que l'on puisse la dériver ? Tout ce "
        "qui va des poids à la perte se calcule dans un bloc `with tf.GradientTape() as tape:`.",
        "Dans le bloc : `model.encoder`, `model.sampling`, `model.decoder`, les deux termes image "
        "par image, puis une seule moyenne, celle de leur somme sur le lot.",
        "Après le bloc : `tape.gradient(loss, model.trainable_variables)`, puis "
        "`model.optimizer.apply(gradients, model.trainable_variables)`, puis `update_state` des "
        "deux métriques, et `result()` de chacune dans un dictionnaire.",
    ],
    success="Ce pas, répété lot après lot, est tout l'entraînement d'un VAE : vous venez d'écrire "
    "le cœur de l'algorithme 1.",
    observe=steps,
)
def vae_train_step(model, x):
    """Les lignes 5 à 12 de l'algorithme 1, pour un lot d'images."""
    with tf.GradientTape() as tape:
        z_mean, z_log_var = model.encoder(x)
        z = model.sampling([z_mean, z_log_var])
        reconstruction_loss = -bernoulli_log_likelihood(x, model.decoder(z))
        kl_loss = kl_divergence(z_mean, z_log_var)
        loss = tf.reduce_mean(reconstruction_loss + kl_loss)

    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)

    model.reconstruction_mean.update_state(reconstruction_loss)
    model.kl_mean.update_state(kl_loss)
    return {
        "reconstruction_loss": model.reconstruction_mean.result(),
        "kl_loss": model.kl_mean.result(),
    }


def _wrong_step(
    model,
    x,
    objective=lambda reconstruction, kl: tf.reduce_mean(reconstruction + kl),
    draw=None,
    decoded=lambda logits: logits,
    likelihood=bernoulli_log_likelihood,
    variables=None,
    apply=lambda model, gradients, variables: model.optimizer.apply(gradients, variables),
    updated=lambda reconstruction, kl: (reconstruction, kl),
    returned=None,
):
    """A training step with one part replaced."""
    variables = model.trainable_variables if variables is None else variables
    with tf.GradientTape() as tape:
        z_mean, z_log_var = model.encoder(x)
        z = (draw or model.sampling)([z_mean, z_log_var])
        reconstruction = -likelihood(x, decoded(model.decoder(z)))
        kl = kl_divergence(z_mean, z_log_var)
        loss = objective(reconstruction, kl)
    apply(model, tape.gradient(loss, variables), variables)
    metrics = model.reconstruction_mean, model.kl_mean
    for metric, value in zip(metrics, updated(reconstruction, kl), strict=True):
        if value is not None:
            metric.update_state(value)
    results = [metric.result() for metric in metrics]
    values = results if returned is None else returned(reconstruction, kl)
    return dict(zip(("reconstruction_loss", "kl_loss"), values, strict=True))


def _batch_means(reconstruction, kl):
    return tf.reduce_mean(reconstruction), tf.reduce_mean(kl)


@vae_train_step.misconception(
    "Seul le décodeur apprend : les poids de l'encodeur n'ont pas bougé. Le gradient se prend "
    "selon φ et θ, donc selon `model.trainable_variables`, où sont ceux des deux réseaux.",
    section="§ 3.2, algorithme 1, ligne 12 (θ et φ)",
)
def _only_the_decoder(model, x):
    return _wrong_step(model, x, variables=model.decoder.trainable_variables)


@vae_train_step.misconception(
    "Seul l'encodeur apprend : les poids du décodeur n'ont pas bougé. Le gradient se prend selon "
    "φ et θ, donc selon `model.trainable_variables`, où sont ceux des deux réseaux.",
    section="§ 3.2, algorithme 1, ligne 12 (θ et φ)",
)
def _only_the_encoder(model, x):
    return _wrong_step(model, x, variables=model.encoder.trainable_variables)


@vae_train_step.misconception(
    "Aucun poids n'a bougé : un gradient calculé ne sert à rien tant qu'il n'est pas appliqué. Il "
    "manque la ligne 12, `model.optimizer.apply(gradients, model.trainable_variables)`.",
    section="§ 3.2, algorithme 1, ligne 12",
)
def _gradient_not_applied(model, x):
    return _wrong_step(model, x, apply=lambda *arguments: None)


@vae_train_step.misconception(
    "Aucun gradient n'arrive aux poids : une partie du calcul est hors du bloc "
    "`with tf.GradientTape()`, ou passe par NumPy. De l'encodeur à la perte, tout doit y être.",
    section="§ 3.2, algorithme 1, ligne 12",
)
def _outside_the_tape(model, x):
    return _wrong_step(model, x, objective=lambda *terms: tf.constant(1.0))


@vae_train_step.misconception(
    "Le gradient de la reconstruction n'atteint pas l'encodeur, qui n'apprend que de la KL : le "
    "tirage de z a coupé le fil. Tirez z avec `model.sampling`, ou avec des opérations que "
    "TensorFlow sait dériver.",
    section="§ 2.6.2 (la reparamétrisation)",
)
def _gradient_cut(model, x):
    return _wrong_step(model, x, draw=lambda pair: tf.stop_gradient(model.sampling(pair)))


@vae_train_step.misconception(
    "La KL est retranchée : l'encodeur est récompensé quand il s'éloigne de la loi a priori. La "
    "perte est l'opposé de l'ELBO, reconstruction + KL.",
    section="§ 3.1 (la perte du VAE) et algorithme 1, ligne 11",
)
def _kl_subtracted(model, x):
    return _wrong_step(model, x, lambda reconstruction, kl: tf.reduce_mean(reconstruction - kl))


@vae_train_step.misconception(
    "La KL n'entre pas dans la perte dérivée : vous entraînez un autoencodeur bruité, dont rien "
    "ne retient les codes près de la loi a priori. La perte est reconstruction + KL.",
    section="§ 3.1 (la perte du VAE) et algorithme 1, ligne 11",
)
def _kl_forgotten(model, x):
    return _wrong_step(model, x, lambda reconstruction, kl: tf.reduce_mean(reconstruction))


@vae_train_step.misconception(
    "La reconstruction n'entre pas dans la perte dérivée : avec la KL seule, le modèle apprend à "
    "se taire. La perte est reconstruction + KL.",
    section="§ 3.1 (la perte du VAE) et algorithme 1, ligne 11",
)
def _reconstruction_forgotten(model, x):
    return _wrong_step(model, x, lambda reconstruction, kl: tf.reduce_mean(kl))


@vae_train_step.misconception(
    "Le terme de reconstruction a le mauvais signe : vous minimisez la log-vraisemblance, donc le "
    "modèle apprend à rater ses images. La perte en prend l'opposé, "
    "`-bernoulli_log_likelihood(…)`.",
    section="§ 3.1 (la perte du VAE) et algorithme 1, ligne 9",
)
def _reconstruction_sign(model, x):
    return _wrong_step(model, x, lambda reconstruction, kl: tf.reduce_mean(kl - reconstruction))


@vae_train_step.misconception(
    "La sigmoïde est appliquée une fois de trop : le décodeur rend des logits, et "
    "`bernoulli_log_likelihood` les attend tels quels.",
    section="§ 3.2, algorithme 1, lignes 7 et 9",
)
def _sigmoid_before_the_loss(model, x):
    return _wrong_step(model, x, decoded=tf.sigmoid)


@vae_train_step.misconception(
    "Vous prenez l'erreur quadratique pour la reconstruction. La ligne 9 laisse le choix, mais "
    "l'exercice demande l'entropie croisée, depuis les logits : `-bernoulli_log_likelihood(…)`.",
    section="§ 3.2, algorithme 1, ligne 9",
)
def _squared_error(model, x):
    return _wrong_step(model, x, likelihood=lambda x, y: gaussian_log_likelihood(x, tf.sigmoid(y)))


@_squared_error.variant
def _(model, x):
    return _wrong_step(model, x, likelihood=gaussian_log_likelihood)


@vae_train_step.misconception(
    "Vous montez la pente au lieu de la descendre : les poids font le pas opposé. L'optimiseur "
    "minimise ; donnez-lui la perte, −ELBO = reconstruction + KL, et non l'ELBO.",
    section="§ 3.1 (la perte du VAE est l'opposée de l'ELBO)",
)
def _gradient_ascent(model, x):
    return _wrong_step(model, x, lambda *terms: -tf.reduce_mean(sum(terms)))


@vae_train_step.misconception(
    "La moyenne sur le lot est prise deux fois : votre gradient est divisé par le nombre "
    "d'images. `tf.reduce_mean` divise déjà par lui ; ne divisez plus ensuite.",
)
def _mean_taken_twice(model, x):
    return _wrong_step(model, x, lambda *terms: tf.reduce_mean(sum(terms)) / len(x))


@vae_train_step.misconception(
    "Vous sommez sur le lot au lieu d'en prendre la moyenne : le pas grandit avec le nombre "
    "d'images, et le taux d'apprentissage devrait changer avec lui. Ici, une moyenne, une seule."
)
def _sum_over_batch(model, x):
    return _wrong_step(model, x, lambda *terms: tf.reduce_sum(sum(terms)))


@vae_train_step.misconception(
    "La reconstruction pèse deux fois trop peu : ou bien elle est moyennée sur les pixels "
    "(il y en a deux ici), et la KL pèse alors autant de fois trop ; ou bien elle a un "
    "facteur ½ de trop. La seule moyenne est sur le lot.",
    section="§ 3.2, algorithme 1, ligne 9",
)
def _mean_over_pixels_in_the_loss(model, x):
    return _wrong_step(model, x, lambda rec, kl: tf.reduce_mean(rec / 2 + kl))


@vae_train_step.misconception(
    "La KL pèse deux fois trop peu : ou bien elle est moyennée sur les dimensions de z "
    "(il y en a deux ici) au lieu d'être sommée, ou bien le facteur ½ y est deux fois. La "
    "seule moyenne est sur le lot.",
    section="§ 3.2, algorithme 1, ligne 10 (la somme)",
)
def _mean_over_dimensions(model, x):
    return _wrong_step(model, x, lambda rec, kl: tf.reduce_mean(rec + kl / 2))


@vae_train_step.misconception(
    "Les poids sont bien corrigés, mais les deux métriques ne sont pas, l'une et l'autre, mises à "
    "jour : l'affichage de `fit` ne saurait rien de l'époque. Appelez `update_state` des deux, "
    "avec le terme de chacune."
)
def _metrics_not_updated(model, x):
    return _wrong_step(model, x, updated=lambda *terms: (None, None))


@_metrics_not_updated.variant
def _(model, x):
    return _wrong_step(model, x, updated=lambda *terms: (None, None), returned=_batch_means)


@_metrics_not_updated.variant
def _(model, x):
    return _wrong_step(model, x, updated=lambda reconstruction, kl: (reconstruction, None))


@_metrics_not_updated.variant
def _(model, x):
    return _wrong_step(model, x, updated=lambda reconstruction, kl: (None, kl))


@vae_train_step.misconception(
    "Les deux métriques sont échangées : `reconstruction_mean` reçoit la KL, et `kl_mean` la "
    "reconstruction."
)
def _metrics_swapped(model, x):
    return _wrong_step(model, x, updated=lambda reconstruction, kl: (kl, reconstruction))


@vae_train_step.misconception(
    "Les métriques sont à jour, mais ce que vous rendez est la valeur du dernier lot. Rendez leur "
    "`result()`, la moyenne depuis le début de l'époque : c'est ce que `fit` affiche."
)
def _last_batch_returned(model, x):
    return _wrong_step(model, x, returned=_batch_means)


@vae_train_step.misconception(
    "Le code z n'est pas tiré au hasard : vous décodez `z_mean`, ou le bruit est le même "
    "à chaque fois. Si z = μ, σ n'a plus d'effet sur la reconstruction ; avec un ε figé, "
    "le réseau l'apprend par cœur. C'est la ligne 6, z = μ + σ · ε, avec un ε toujours "
    "neuf.",
    section="§ 3.2, algorithme 1, ligne 6",
)
def _mean_for_the_draw(model, x):
    return _wrong_step(model, x, draw=lambda pair: pair[0])


@_mean_for_the_draw.variant
def _(model, x):  # the same ε at every call
    def draw(pair):
        return pair[0] + tf.exp(0.5 * pair[1]) * keras.random.normal(pair[0].shape, seed=0)

    return _wrong_step(model, x, draw=draw)


@vae_train_step.misconception(
    "Toutes les images du lot reçoivent le même ε. Chacune doit avoir le sien, pour que le bruit "
    "se compense dans la moyenne du lot : tirez-en un de la forme de `z_mean`.",
    section="§ 3.2, algorithme 1, ligne 6",
)
def _one_noise_for_the_batch(model, x):
    noise = keras.random.normal((1, 2))
    return _wrong_step(model, x, draw=lambda pair: pair[0] + tf.exp(0.5 * pair[1]) * noise)


@vae_train_step.misconception(
    "Le bruit n'a pas le bon écart-type : l'encodeur rend log σ², donc σ = exp(½ log σ²).",
    section="§ 3.2, algorithme 1, lignes 5 et 6",
)
def _variance_for_sigma(model, x):
    def draw(pair):
        return pair[0] + tf.exp(pair[1]) * keras.random.normal(pair[0].shape)

    return _wrong_step(model, x, draw=draw)


@vae_train_step.misconception(
    "Vous corrigez les poids vous-même, de η fois le gradient. C'est la SGD, et c'est juste avec "
    "elle ; mais si `model.optimizer` est Adam, le pas est tout autre. Confiez-lui les gradients."
)
def _optimizer_bypassed(model, x):
    def apply(model, gradients, variables):
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(model.optimizer.learning_rate * gradient)

    return _wrong_step(model, x, apply=apply)


@vae_train_step.misconception(
    "La KL pèse deux fois trop : c'est β = 2 sans l'avoir voulu. Le plus souvent, le ½ de la ligne "
    "10 est oublié : ½ Σ (σ² + μ² − 1 − log σ²).",
    section="§ 3.2, algorithme 1, ligne 10",
)
def _half_missing_in_the_kl(model, x):
    return _wrong_step(model, x, lambda rec, kl: tf.reduce_mean(rec + 2 * kl))
