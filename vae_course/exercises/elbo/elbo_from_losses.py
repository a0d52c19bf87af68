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


elbo_from_losses.misconception(
    "Vous prenez l'opposé de la perte, où la divergence est encore multipliée par β. Ce n'est "
    "l'ELBO que si β = 1 : dans l'ELBO, elle compte une fois, exactement."
).edits("beta_left_in", "return -loss")
elbo_from_losses.misconception(
    "β est à la mauvaise place : il multiplie la divergence dans la perte, pas dans l'ELBO. Ôtez β "
    "fois la divergence de la perte, puis retranchez-la une fois."
).edits("beta_moved", {"beta * kl_loss": "kl_loss", " - kl_loss": " - beta * kl_loss"})
elbo_from_losses.misconception(
    "La divergence a le mauvais signe : l'ELBO la retranche. S'éloigner de la loi a priori coûte."
).edits("kl_sign", {" - kl_loss": " + kl_loss"})
elbo_from_losses.misconception(
    "C'est −ELBO : une perte, que l'on minimise. L'ELBO, que l'on maximise, est son opposé."
).edits("whole_sign", {"-reconstruction_loss - kl_loss": "reconstruction_loss + kl_loss"})
elbo_from_losses.misconception(
    "Vous retranchez la divergence de l'opposé de la perte, qui la contient déjà (β fois). "
    "Retrouvez d'abord la reconstruction seule."
).edits("kl_counted_twice", {" - beta * kl_loss": ""})
elbo_from_losses.misconception(
    "Il manque la divergence : vous rendez le seul terme de reconstruction, E[log p(x|z)]."
).edits("kl_forgotten", {" - kl_loss": ""})
elbo_from_losses.misconception(
    "C'est `reconstruction_loss`, une perte. L'ELBO est son opposé, moins la divergence."
).edits("reconstruction_loss", {"-reconstruction_loss - kl_loss": "reconstruction_loss"})
elbo_from_losses.misconception(
    "C'est la perte du β-VAE, telle quelle : elle a le signe d'une perte, et son β."
).edits("loss_itself", "return loss")
elbo_from_losses.misconception(
    "Vous ôtez de la perte la divergence une fois ; elle y est β fois. `loss - beta * kl_loss` est "
    "la reconstruction seule."
).edits("beta_forgotten", {"beta * ": "", " - kl_loss": ""})
