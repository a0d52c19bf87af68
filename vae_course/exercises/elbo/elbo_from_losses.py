"""Exercise: the ELBO of a β-VAE."""

import numpy as np

from vae_course.engine import exercise


@exercise(
    statement="Un β-VAE affiche à chaque époque `loss` (= `reconstruction_loss` + β · `kl_loss`) "
    "et `kl_loss`. Écrivez `elbo_from_losses(loss, kl_loss, beta)` : son ELBO, en nats.",
    section="§ 2.4, éq. (5)",
    hints=[
        "L'ELBO a-t-elle un β ? Par quoi la divergence est-elle multipliée à la ligne (5) ?",
        "Retrouvez d'abord `reconstruction_loss`, en ôtant de la perte ce qui lui a été ajouté.",
        "`reconstruction_loss` est −E[log p(x|z)], une perte ; l'ELBO est E[log p(x|z)] − KL.",
    ],
    success="À vraisemblance et images égales, deux VAE de β différents se comparent par leur "
    "ELBO, pas par leur perte.",
    cases=[
        (np.float32(150.0), np.float32(10.0), 4.0),
        (np.array([160.0, 120.5, 99.0], "float32"), np.array([5.0, 8.5, 20.0], "float32"), 0.5),
        (np.array([160.0, 120.5, 99.0], "float32"), np.array([5.0, 8.5, 20.0], "float32"), 1.0),
    ],
)
def elbo_from_losses(loss, kl_loss, beta):
    """L'ELBO d'un β-VAE, d'après ce qu'il affiche."""
    reconstruction_loss = loss - beta * kl_loss
    return -reconstruction_loss - kl_loss


elbo_from_losses.mistake("beta_left_in").says(
    "Vous prenez l'opposé de la perte, où la divergence est encore multipliée par β. Ce n'est "
    "l'ELBO que si β = 1 : dans l'ELBO, elle compte une fois, exactement."
).edits("return -loss")
elbo_from_losses.mistake("beta_moved").says(
    "β est à la mauvaise place : il multiplie la divergence dans la perte, pas dans l'ELBO. Ôtez β "
    "fois la divergence de la perte, puis retranchez-la une fois."
).edits({"beta * kl_loss": "kl_loss", " - kl_loss": " - beta * kl_loss"})
elbo_from_losses.mistake("kl_sign").says(
    "La divergence a le mauvais signe : l'ELBO la retranche. S'éloigner de la loi a priori coûte."
).edits({" - kl_loss": " + kl_loss"})
elbo_from_losses.mistake("whole_sign").says(
    "C'est −ELBO : une perte, que l'on minimise. L'ELBO, que l'on maximise, est son opposé."
).edits({"-reconstruction_loss - kl_loss": "reconstruction_loss + kl_loss"})
elbo_from_losses.mistake("kl_counted_twice").says(
    "Vous retranchez la divergence de l'opposé de la perte, qui la contient déjà (β fois). "
    "Retrouvez d'abord la reconstruction seule."
).edits({" - beta * kl_loss": ""})
elbo_from_losses.mistake("kl_forgotten").says(
    "Il manque la divergence : vous rendez le seul terme de reconstruction, E[log p(x|z)]."
).edits({" - kl_loss": ""})
elbo_from_losses.mistake("reconstruction_loss").says(
    "C'est `reconstruction_loss`, une perte. L'ELBO est son opposé, moins la divergence."
).edits({"-reconstruction_loss - kl_loss": "reconstruction_loss"})
elbo_from_losses.mistake("loss_itself").says(
    "C'est la perte du β-VAE, telle quelle : elle a le signe d'une perte, et son β."
).edits("return loss")
elbo_from_losses.mistake("beta_forgotten").says(
    "Vous ôtez de la perte la divergence une fois ; elle y est β fois. `loss - beta * kl_loss` est "
    "la reconstruction seule."
).edits({"beta * ": "", " - kl_loss": ""})
