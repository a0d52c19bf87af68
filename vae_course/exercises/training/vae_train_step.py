"""Exercise: one step of Algorithm 1."""

import numpy as np
import tensorflow as tf

from vae_course.engine import exercise
from vae_course.exercises.training._small_vae import steps
from vae_keras.losses import bernoulli_log_likelihood, kl_divergence


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


def _numpy_noise(shape):
    return np.random.normal(size=shape).astype("float32")


# What several mistakes edit.
_LIKELIHOOD = "-bernoulli_log_likelihood(x, model.decoder(z))"
_DIVERGENCE = "kl_divergence(z_mean, z_log_var)"
_DRAW = "model.sampling([z_mean, z_log_var])"
_DESCENT = "model.optimizer.apply(gradients, model.trainable_variables)"
_WITHOUT_RECONSTRUCTION = {"model.reconstruction_mean.update_state(reconstruction_loss)": ""}
_WITHOUT_KL = {"model.kl_mean.update_state(kl_loss)": ""}
_OF_THE_BATCH = {
    "model.reconstruction_mean.result()": "tf.reduce_mean(reconstruction_loss)",
    "model.kl_mean.result()": "tf.reduce_mean(kl_loss)",
}


vae_train_step.mistake("only_the_decoder", "§ 3.2, algorithme 1, ligne 12 (θ et φ)").says(
    "Seul le décodeur apprend : les poids de l'encodeur n'ont pas bougé. Le gradient se prend "
    "selon φ et θ, donc selon `model.trainable_variables`, où sont ceux des deux réseaux."
).edits({"loss, model": "loss, model.decoder", "gradients, model": "gradients, model.decoder"})
vae_train_step.mistake("only_the_encoder", "§ 3.2, algorithme 1, ligne 12 (θ et φ)").says(
    "Seul l'encodeur apprend : les poids du décodeur n'ont pas bougé. Le gradient se prend selon φ "
    "et θ, donc selon `model.trainable_variables`, où sont ceux des deux réseaux."
).edits({"loss, model": "loss, model.encoder", "gradients, model": "gradients, model.encoder"})
vae_train_step.mistake("gradient_not_applied", "§ 3.2, algorithme 1, ligne 12").says(
    "Aucun poids n'a bougé : un gradient calculé ne sert à rien tant qu'il n'est pas appliqué. Il "
    "manque la ligne 12, `model.optimizer.apply(gradients, model.trainable_variables)`."
).edits({_DESCENT: ""})
vae_train_step.mistake("outside_the_tape", "§ 3.2, algorithme 1, ligne 12").says(
    "Aucun gradient n'arrive aux poids : une partie du calcul est hors du bloc "
    "`with tf.GradientTape()`, ou passe par NumPy. De l'encodeur à la perte, tout doit y être."
).edits({"tf.reduce_mean(reconstruction_loss + kl_loss)": "tf.constant(1.0)"})
vae_train_step.mistake("gradient_cut", "§ 2.6.2 (la reparamétrisation)").says(
    "Le gradient de la reconstruction n'atteint pas l'encodeur, qui n'apprend que de la KL : le "
    "tirage de z a coupé le fil. Tirez z avec `model.sampling`, ou avec des opérations que "
    "TensorFlow sait dériver."
).edits({_DRAW: "tf.stop_gradient(model.sampling([z_mean, z_log_var]))"})
vae_train_step.mistake("kl_subtracted", "§ 3.1 (la perte du VAE) et algorithme 1, ligne 11").says(
    "La KL est retranchée : l'encodeur est récompensé quand il s'éloigne de la loi a priori. La "
    "perte est l'opposé de l'ELBO, reconstruction + KL."
).edits({"+ kl_loss": "- kl_loss"}, {_DIVERGENCE: f"-{_DIVERGENCE}"})
vae_train_step.mistake("kl_forgotten", "§ 3.1 (la perte du VAE) et algorithme 1, ligne 11").says(
    "La KL n'entre pas dans la perte dérivée : vous entraînez un autoencodeur bruité, dont rien ne "
    "retient les codes près de la loi a priori. La perte est reconstruction + KL."
).edits({" + kl_loss": ""})
vae_train_step.mistake(
    "reconstruction_forgotten", "§ 3.1 (la perte du VAE) et algorithme 1, ligne 11"
).says(
    "La reconstruction n'entre pas dans la perte dérivée : avec la KL seule, le modèle apprend à "
    "se taire. La perte est reconstruction + KL."
).edits({"reconstruction_loss + ": ""})
vae_train_step.mistake(
    "reconstruction_sign", "§ 3.1 (la perte du VAE) et algorithme 1, ligne 9"
).says(
    "Le terme de reconstruction a le mauvais signe : vous minimisez la log-vraisemblance, donc le "
    "modèle apprend à rater ses images. La perte en prend l'opposé, `-bernoulli_log_likelihood(…)`."
).edits({"(reconstruction_loss + kl": "(-reconstruction_loss + kl"}, {_LIKELIHOOD: _LIKELIHOOD[1:]})
vae_train_step.mistake("sigmoid_before_the_loss", "§ 3.2, algorithme 1, lignes 7 et 9").says(
    "La sigmoïde est appliquée une fois de trop : le décodeur rend des logits, et "
    "`bernoulli_log_likelihood` les attend tels quels."
).edits({"model.decoder(z)": "tf.sigmoid(model.decoder(z))"})
vae_train_step.mistake("squared_error", "§ 3.2, algorithme 1, ligne 9").says(
    "Vous prenez l'erreur quadratique pour la reconstruction. La ligne 9 laisse le choix, mais "
    "l'exercice demande l'entropie croisée, depuis les logits : `-bernoulli_log_likelihood(…)`."
).edits(
    {_LIKELIHOOD: "tf.reduce_sum((x - tf.sigmoid(model.decoder(z))) ** 2, axis=(1, 2, 3))"},
    {_LIKELIHOOD: "tf.reduce_sum((x - model.decoder(z)) ** 2, axis=(1, 2, 3))"},
)
vae_train_step.mistake("gradient_ascent", "§ 3.1 (la perte du VAE est l'opposée de l'ELBO)").says(
    "Vous montez la pente au lieu de la descendre : les poids font le pas opposé. L'optimiseur "
    "minimise ; donnez-lui la perte, −ELBO = reconstruction + KL, et non l'ELBO."
).edits({"tf.reduce_mean": "-tf.reduce_mean"})
vae_train_step.mistake("mean_taken_twice").says(
    "La moyenne sur le lot est prise deux fois : votre gradient est divisé par le nombre d'images. "
    "`tf.reduce_mean` divise déjà par lui ; ne divisez plus ensuite."
).edits({"+ kl_loss)": "+ kl_loss) / len(x)"})
vae_train_step.mistake("sum_over_batch").says(
    "Vous sommez sur le lot au lieu d'en prendre la moyenne : le pas grandit avec le nombre "
    "d'images, et le taux d'apprentissage devrait changer avec lui. Ici, une moyenne, une seule."
).edits({"reduce_mean": "reduce_sum"})
vae_train_step.mistake("mean_over_pixels_in_the_loss", "§ 3.2, algorithme 1, ligne 9").says(
    "La reconstruction pèse deux fois trop peu : ou bien elle est moyennée sur les pixels (il y en "
    "a deux ici), et la KL pèse alors autant de fois trop ; ou bien elle a un facteur ½ de trop. "
    "La seule moyenne est sur le lot."
).edits(
    {"(reconstruction_loss +": "(reconstruction_loss / 2 +"}, {_LIKELIHOOD: f"{_LIKELIHOOD} / 2"}
)
vae_train_step.mistake("mean_over_dimensions", "§ 3.2, algorithme 1, ligne 10 (la somme)").says(
    "La KL pèse deux fois trop peu : ou bien elle est moyennée sur les dimensions de z (il y en a "
    "deux ici) au lieu d'être sommée, ou bien le facteur ½ y est deux fois. La seule moyenne est "
    "sur le lot."
).edits({"+ kl_loss": "+ kl_loss / 2"}, {_DIVERGENCE: f"{_DIVERGENCE} / 2"})
vae_train_step.mistake("metrics_not_updated").says(
    "Les poids sont bien corrigés, mais les deux métriques ne sont pas, l'une et l'autre, mises à "
    "jour : l'affichage de `fit` ne saurait rien de l'époque. Appelez `update_state` des deux, "
    "avec le terme de chacune."
).edits(
    _WITHOUT_RECONSTRUCTION | _WITHOUT_KL,
    _WITHOUT_RECONSTRUCTION | _WITHOUT_KL | _OF_THE_BATCH,
    _WITHOUT_KL,
    _WITHOUT_RECONSTRUCTION,
)
vae_train_step.mistake("metrics_swapped").says(
    "Les deux métriques sont échangées : `reconstruction_mean` reçoit la KL, et `kl_mean` la "
    "reconstruction."
).edits({"(reconstruction_loss)": "(kl_loss)", "(kl_loss)": "(reconstruction_loss)"})
vae_train_step.mistake("last_batch_returned").says(
    "Les métriques sont à jour, mais ce que vous rendez est la valeur du dernier lot. Rendez leur "
    "`result()`, la moyenne depuis le début de l'époque : c'est ce que `fit` affiche."
).edits(_OF_THE_BATCH)
vae_train_step.mistake("mean_for_the_draw", "§ 3.2, algorithme 1, ligne 6").says(
    "Le code z n'est pas tiré au hasard : vous décodez `z_mean`, ou le bruit est le même à chaque "
    "fois. Si z = μ, σ n'a plus d'effet sur la reconstruction ; avec un ε figé, le réseau "
    "l'apprend par cœur. C'est la ligne 6, z = μ + σ · ε, avec un ε toujours neuf."
).edits(
    {_DRAW: "z_mean"},
    {_DRAW: "z_mean + tf.exp(0.5 * z_log_var) * tf.random.stateless_normal(z_mean.shape, (0, 0))"},
)
vae_train_step.mistake("terms_of_two_shapes", "§ 3.2, algorithme 1, ligne 11").says(
    "Vos deux termes n'ont pas la même forme, `(lot, 1)` et `(lot,)` par exemple : leur somme est "
    "alors un tableau `(lot, lot)`, chaque image étant ajoutée à la KL de toutes les autres. Sa "
    "moyenne tombe juste, par chance ; une somme ne le ferait pas. Une valeur par image, `(lot,)`."
).edits(
    {
        "-bernoulli_log_likelihood(x, model.decoder(z))": "tf.reshape("
        "-bernoulli_log_likelihood(x, model.decoder(z)), (-1, 1))"
    },
    {"kl_divergence(z_mean, z_log_var)": "tf.reshape(kl_divergence(z_mean, z_log_var), (-1, 1))"},
)
vae_train_step.mistake("noise_frozen_by_compilation", "§ 3.2, algorithme 1, ligne 6").says(
    "Tout est juste ici, mais `fit` compile le pas : votre bruit, tiré par NumPy (ou d'une graine "
    "fixée), y serait tiré une seule fois, puis figé. Tirez ε avec `model.sampling`, "
    "`keras.random.normal` ou `tf.random.normal`, qui entrent dans le calcul compilé."
).edits({_DRAW: "z_mean + tf.exp(0.5 * z_log_var) * _numpy_noise(z_mean.shape)"})
vae_train_step.mistake("one_noise_for_the_batch", "§ 3.2, algorithme 1, ligne 6").says(
    "Toutes les images du lot reçoivent le même ε. Chacune doit avoir le sien, pour que le bruit "
    "se compense dans la moyenne du lot : tirez-en un de la forme de `z_mean`."
).edits({_DRAW: "z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal((1, 2))"})
vae_train_step.mistake("variance_for_sigma", "§ 3.2, algorithme 1, lignes 5 et 6").says(
    "Le bruit n'a pas le bon écart-type : l'encodeur rend log σ², donc σ = exp(½ log σ²)."
).edits({_DRAW: "z_mean + tf.exp(z_log_var) * tf.random.normal(z_mean.shape)"})
vae_train_step.mistake("optimizer_bypassed").says(
    "Vous corrigez les poids vous-même, de η fois le gradient. C'est la SGD, et c'est juste avec "
    "elle ; mais si `model.optimizer` est Adam, le pas est tout autre. Confiez-lui les gradients."
).edits(
    {
        _DESCENT: "for variable, gradient in zip(model.trainable_variables, gradients):\n"
        "        variable.assign_sub(model.optimizer.learning_rate * gradient)"
    }
)
vae_train_step.mistake("half_missing_in_the_kl", "§ 3.2, algorithme 1, ligne 10").says(
    "La KL pèse deux fois trop : c'est β = 2 sans l'avoir voulu. Le plus souvent, le ½ de la ligne "
    "10 est oublié : ½ Σ (σ² + μ² − 1 − log σ²)."
).edits({"+ kl_loss": "+ 2 * kl_loss"}, {_DIVERGENCE: f"2 * {_DIVERGENCE}"})
