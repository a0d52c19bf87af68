"""Exercises of chapter 03: the posterior, the evidence, and where to draw to find them."""

import numpy as np
from keras import ops

from vae_keras.exercises._answer import AnswerError
from vae_keras.exercises._exercise import Observation, exercise

# ---------------------------------------------------------------------- the rule of Bayes

_rng = np.random.default_rng(31)


def _random_likelihood(n, k):
    return _rng.uniform(0.05, 3.0, size=(n, k))  # a density may exceed 1


@exercise(
    statement="Un code z ne prend que K valeurs. Écrivez `discrete_posterior(prior, likelihood)`, "
    "la loi a posteriori p(z = k | xᵢ) : `prior` est de forme `(K,)`, `likelihood[i, k]` est "
    "p(xᵢ | z = k), de forme `(n, K)` ; le résultat est de forme `(n, K)`.",
    section="§ 2.2 (la règle de Bayes)",
    hints=[
        "La donnée xᵢ est fixée. Que doit valoir la somme de p(z = k | xᵢ) sur tous les k ?",
        "Le numérateur de la règle de Bayes est le produit de la vraisemblance et de la loi a "
        "priori. Pour p(xᵢ), l'intégrale sur z est ici une somme.",
        "`joint = likelihood * prior` ; sa somme sur le dernier axe, en gardant cet axe "
        "(`axis=1, keepdims=True`), est p(xᵢ). Divisez.",
    ],
    success="Quand z ne prend que K valeurs, la loi a posteriori se calcule exactement, en une "
    "ligne : multiplier, sommer, diviser.",
    cases=[
        (np.array([0.75, 0.25]), np.array([[0.2, 0.6]])),
        (np.array([0.6, 0.1, 0.3]), _random_likelihood(3, 3)),
        (np.array([0.5, 0.2, 0.3]), _random_likelihood(7, 3)),
    ],
)
def discrete_posterior(prior, likelihood):
    """p(z = k | xᵢ) : une ligne par donnée, une colonne par valeur de z."""
    joint = likelihood * prior  # p(xᵢ | k) p(k)
    return joint / np.sum(joint, axis=1, keepdims=True)  # divisé par p(xᵢ)


@discrete_posterior.misconception(
    "La loi a priori est oubliée : vous ramenez la vraisemblance à une somme de 1. Ce n'est la loi "
    "a posteriori que si toutes les valeurs de z étaient aussi probables au départ."
)
def _prior_forgotten(prior, likelihood):
    return likelihood / likelihood.sum(axis=1, keepdims=True)


@discrete_posterior.misconception(
    "Vous divisez par la somme sur les données (une colonne) au lieu de la somme sur les valeurs "
    "de z (une ligne). C'est pour chaque donnée xᵢ que les p(z = k | xᵢ) font 1."
)
def _wrong_axis(prior, likelihood):
    joint = likelihood * prior
    return joint / joint.sum(axis=0)


@_wrong_axis.variant
def _(prior, likelihood):
    return likelihood / likelihood.sum(axis=0)  # the prior forgotten as well


@discrete_posterior.misconception(
    "Vous divisez par la somme de tout le tableau. Chaque donnée a sa propre évidence p(xᵢ) : "
    "c'est chaque ligne qui doit faire 1."
)
def _whole_table(prior, likelihood):
    joint = likelihood * prior
    return joint / joint.sum()


@discrete_posterior.misconception(
    "C'est la vraisemblance, telle quelle. Elle note les valeurs de z, mais elle ignore la loi a "
    "priori, et sa somme sur z ne fait pas 1."
)
def _likelihood_alone(prior, likelihood):
    return likelihood


@discrete_posterior.misconception(
    "C'est le numérateur, p(xᵢ | z) p(z). Il reste à diviser par p(xᵢ), sa somme sur toutes les "
    "valeurs de z."
)
def _joint_not_normalised(prior, likelihood):
    return likelihood * prior


@discrete_posterior.misconception(
    "Le numérateur est bon, le dénominateur non : vous divisez par la somme de la vraisemblance "
    "seule. p(xᵢ) est la somme des produits p(xᵢ | z) p(z)."
)
def _evidence_without_prior(prior, likelihood):
    return likelihood * prior / likelihood.sum(axis=1, keepdims=True)


@discrete_posterior.misconception(
    "Un `softmax` prend des logarithmes, et vous lui donnez des probabilités : il en prend "
    "l'exponentielle. Il suffit de diviser par la somme (ou de passer d'abord aux logarithmes)."
)
def _softmax_of_probabilities(prior, likelihood):
    scores = np.exp(likelihood * prior)
    return scores / scores.sum(axis=1, keepdims=True)


@_softmax_of_probabilities.variant
def _(prior, likelihood):
    return np.exp(likelihood) / np.exp(likelihood).sum(axis=1, keepdims=True)


@discrete_posterior.misconception(
    "En sommant sur les valeurs de z, vous perdez un axe : p(xᵢ), de forme `(n,)`, divise alors "
    "les colonnes au lieu des lignes. Gardez cet axe, avec `keepdims=True`, ou écrivez `[:, None]`."
)
def _axis_not_kept(prior, likelihood):
    joint = likelihood * prior
    return joint / joint.sum(axis=1)


@discrete_posterior.misconception(
    "`prior` a une valeur par valeur de z, donc par colonne de `likelihood`, et vous la multipliez "
    "ligne par ligne. Le produit `likelihood * prior` la met à sa place."
)
def _prior_along_the_data(prior, likelihood):
    joint = likelihood * prior[:, None]
    return joint / joint.sum(axis=1, keepdims=True)


@_prior_along_the_data.variant
def _(prior, likelihood):
    joint = likelihood * prior[:, None]
    return joint / joint.sum(axis=0, keepdims=True)


# ---------------------------------------------------------------------- the evidence

_LOGS = [
    np.log([[0.1], [0.3]]),
    np.log([[0.1, 0.5, 0.9], [0.2, 0.3, 0.1], [0.6, 0.1, 0.8]]),
    -1500 + 8 * _rng.normal(size=(50, 4)),
    900 + 8 * _rng.normal(size=(50, 4)),  # a density, on a tiny scale
    np.array([-20.0, -1500.0]) + 3 * _rng.normal(size=(20, 2)),
]


@exercise(
    statement="Écrivez `log_evidence(log_likelihoods)`, l'estimation de log p(xᵢ) par K tirages "
    "de la loi a priori : `log_likelihoods[k, i]` est log p(xᵢ | zₖ), de forme `(K, n)`, et vaut "
    "couramment −1500. On attend une valeur par donnée, de forme `(n,)`.",
    section="§ 2.3, et § 2.4, éq. (1) (log p(x), logarithme d'une intégrale)",
    hints=[
        "L'évidence est l'espérance de p(x|z) sous la loi a priori : la moyenne de K nombres, dont "
        "l'ordinateur ne connaît que les logarithmes. Sur quel axe se prend cette moyenne ?",
        "L'ordinateur prend exp(−1500) pour 0. Mais exp(−1500) + exp(−1503) vaut exp(−1500) fois "
        "(1 + exp(−3)) : que peut-on mettre en facteur ?",
        "Pour chaque donnée : le plus grand logarithme `m`, plus le logarithme de la moyenne des "
        "`exp(l - m)`. C'est aussi `keras.ops.logsumexp(…, axis=0)`, moins log K.",
    ],
    success="Vous faites la moyenne de nombres que l'ordinateur ne sait pas écrire : le plus grand "
    "est sorti de la somme, et plus rien ne s'annule.",
    cases=[(each,) for each in _LOGS],
    rtol=1e-6,
    atol=1e-3,
)
def log_evidence(log_likelihoods):
    """Le logarithme de la moyenne des p(xᵢ | zₖ), une valeur par donnée."""
    largest = np.max(log_likelihoods, axis=0)  # un par donnée
    scaled = np.exp(log_likelihoods - largest)  # entre 0 et 1, et l'un d'eux vaut 1
    return largest + np.log(np.mean(scaled, axis=0))


def _log_mean_exp(values, axis):
    return np.logaddexp.reduce(values, axis=axis) - np.log(np.size(values, axis))


@log_evidence.misconception(
    "C'est la moyenne des logarithmes, et il faut le logarithme de la moyenne. Les deux diffèrent "
    "toujours dans le même sens : la moyenne des logarithmes est plus basse (Jensen).",
    section="§ 2.4, éq. (3) et (4) : l'inégalité est là",
)
def _mean_of_logs(log_likelihoods):
    return np.mean(log_likelihoods, axis=0)


@log_evidence.misconception(
    "La formule est juste, le calcul non : l'exponentielle de −1500 est trop petite pour "
    "l'ordinateur, qui écrit 0, et celle de 900 trop grande, qui devient infinie. Sortez d'abord "
    "le plus grand terme de la somme."
)
def _naive_exponential(log_likelihoods):
    return np.log(np.mean(np.exp(log_likelihoods), axis=0))


@log_evidence.misconception(
    "Ajouter un très petit nombre dans le logarithme évite −∞, mais répond n'importe quoi : le "
    "résultat est alors le logarithme de ce petit nombre. Sortez plutôt le plus grand terme de la "
    "somme."
)
def _epsilon_added(log_likelihoods):
    return np.log(np.mean(np.exp(log_likelihoods), axis=0) + 1e-8)


for _epsilon in (1e-5, 1e-6, 1e-7, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30, 1e-300):
    _epsilon_added.variant(
        lambda logs, epsilon=_epsilon: np.log(np.mean(np.exp(logs), axis=0) + epsilon)
    )


@log_evidence.misconception(
    "Il manque le facteur 1/K : vous prenez la somme des K vraisemblances au lieu de leur moyenne. "
    "En logarithmes, c'est log K de trop."
)
def _factor_forgotten(log_likelihoods):
    return np.logaddexp.reduce(log_likelihoods, axis=0)


_factor_forgotten.variant(lambda log_likelihoods: np.log(np.sum(np.exp(log_likelihoods), axis=0)))


@log_evidence.misconception(
    "Vous faites la moyenne sur les données au lieu des tirages. Les tirages sont les lignes, donc "
    "l'axe 0 : il doit disparaître, et celui des données rester."
)
def _wrong_axis(log_likelihoods):
    return _log_mean_exp(log_likelihoods, 1)


@log_evidence.misconception(
    "Vous rendez un seul nombre : la moyenne porte sur tout le tableau. Chaque donnée a sa propre "
    "évidence ; ne faites la moyenne que sur les tirages, l'axe 0."
)
def _whole_table(log_likelihoods):
    return _log_mean_exp(log_likelihoods.ravel(), 0)


_whole_table.variant(lambda log_likelihoods: np.log(np.mean(np.exp(log_likelihoods))))


@log_evidence.misconception(
    "Vous sortez de la somme le plus grand terme de tout le tableau : les données bien moins "
    "vraisemblables que lui s'annulent encore. Prenez un maximum par donnée, sur l'axe 0."
)
def _one_maximum_for_all(log_likelihoods):
    largest = np.max(log_likelihoods)
    return largest + np.log(np.mean(np.exp(log_likelihoods - largest), axis=0))


@log_evidence.misconception(
    "Le plus grand terme a bien été retiré, mais pas remis : ajoutez-le au logarithme de la "
    "moyenne."
)
def _maximum_not_added_back(log_likelihoods):
    return np.log(np.mean(np.exp(log_likelihoods - np.max(log_likelihoods, axis=0)), axis=0))


@log_evidence.misconception(
    "C'est le plus grand des K logarithmes, non le logarithme de la moyenne : le meilleur tirage "
    "domine la somme, mais il ne fait qu'un tirage sur K."
)
def _maximum_alone(log_likelihoods):
    return np.max(log_likelihoods, axis=0)


# ---------------------------------------------------------------------- the weights


def _random_logs(k, n):
    return tuple(_rng.normal(center, 1.5, size=(k, n)) for center in (-1500, -14, -9))


@exercise(
    statement="Écrivez `normalized_weights(log_likelihood, log_prior, log_q)`, les poids de K "
    "tirages zₖ d'une loi q, ramenés à une somme de 1 pour chaque donnée. Les trois tableaux, "
    "log p(xᵢ | zₖ), log p(zₖ) et log q(zₖ | xᵢ), sont de forme `(K, n)` ; le résultat aussi.",
    section="§ 2.4, éq. (2) et (3) (le quotient)",
    hints=[
        "Un tirage que q propose trop souvent doit-il compter plus, ou moins ?",
        "Ici log w = log p(x|z) + log p(z) − log q(z|x). Il reste à prendre l'exponentielle, sans "
        "que tout s'annule, puis à diviser par la somme.",
        "Diviser tous les poids d'une donnée par le même nombre n'y change rien : retranchez à "
        "log w son maximum sur l'axe 0, prenez l'exponentielle, divisez par la somme sur l'axe 0.",
    ],
    success="Avec ces poids, des tirages de n'importe quelle loi q en deviennent de p(z|x) : "
    "la moyenne Σ w z estime E[z|x].",
    cases=[
        tuple(np.log(each) for each in ([[0.2], [0.4]], [[0.3], [0.15]], [[0.1], [0.3]])),
        tuple(_rng.normal(size=(3, 3, 3))),
        _random_logs(20, 4),
    ],
)
def normalized_weights(log_likelihood, log_prior, log_q):
    """Les poids des K tirages, de somme 1 pour chaque donnée."""
    log_w = log_likelihood + log_prior - log_q
    w = np.exp(log_w - np.max(log_w, axis=0))
    return w / np.sum(w, axis=0)


def _softmax(log_w, axis=0):
    w = np.exp(log_w - np.max(log_w, axis=axis, keepdims=True))
    return w / np.sum(w, axis=axis, keepdims=True)


@normalized_weights.misconception(
    "Les poids sont à l'envers : q est au numérateur. Le poids est p(x|z) p(z) / q(z|x) : un "
    "tirage que q propose trop souvent compte moins."
)
def _weights_inverted(log_likelihood, log_prior, log_q):
    return _softmax(log_q - log_likelihood - log_prior)


@normalized_weights.misconception(
    "La densité de q est oubliée : divisez par elle. Sans cela, les endroits où q tire souvent "
    "comptent deux fois, une fois par le nombre des tirages, une fois par leur poids."
)
def _proposal_forgotten(log_likelihood, log_prior, log_q):
    return _softmax(log_likelihood + log_prior)


@normalized_weights.misconception(
    "La loi a priori est oubliée : le numérateur est p(x|z) p(z). Elle ne disparaît que si l'on "
    "tire selon elle, quand q = p(z)."
)
def _prior_forgotten(log_likelihood, log_prior, log_q):
    return _softmax(log_likelihood - log_q)


@normalized_weights.misconception(
    "Ce sont les poids de tirages de la loi a priori : la vraisemblance seule. Ici les tirages "
    "viennent de q : multipliez par p(z), divisez par q(z|x)."
)
def _likelihood_alone(log_likelihood, log_prior, log_q):
    return _softmax(log_likelihood)


@normalized_weights.misconception(
    "Vous multipliez par q au lieu de diviser : en logarithmes, log q se retranche."
)
def _proposal_added(log_likelihood, log_prior, log_q):
    return _softmax(log_likelihood + log_prior + log_q)


@normalized_weights.misconception(
    "Les poids sont les bons à un facteur près, mais leur somme n'est pas 1 : divisez-les par leur "
    "somme sur les tirages (l'axe 0)."
)
def _not_normalised(log_likelihood, log_prior, log_q):
    log_w = log_likelihood + log_prior - log_q
    return np.exp(log_w - np.max(log_w, axis=0))


@_not_normalised.variant
def _(log_likelihood, log_prior, log_q):
    return np.exp(log_likelihood + log_prior - log_q)


@_not_normalised.variant
def _(log_likelihood, log_prior, log_q):
    return len(log_q) * _softmax(log_likelihood + log_prior - log_q)  # mean 1


@normalized_weights.misconception(
    "La formule est juste, le calcul non : tous les poids valent 0 dans l'ordinateur (et 0/0 n'est "
    "pas un nombre). Retranchez à log w son plus grand terme avant de prendre l'exponentielle.",
    section="§ 2.3",
)
def _naive_exponential(log_likelihood, log_prior, log_q):
    w = np.exp(log_likelihood + log_prior - log_q)
    return w / np.sum(w, axis=0)


@_naive_exponential.variant
def _(log_likelihood, log_prior, log_q):
    w = np.exp(log_likelihood) * np.exp(log_prior) / np.exp(log_q)
    return w / np.sum(w, axis=0)


@_naive_exponential.variant
def _(log_likelihood, log_prior, log_q):
    w = np.exp(log_likelihood + log_prior - log_q)
    return w / (np.sum(w, axis=0) + 1e-12)


@normalized_weights.misconception(
    "Vous ramenez à 1 la somme sur les données au lieu de celle sur les tirages. Pour une donnée, "
    "ce sont ses K tirages, une colonne, qui se partagent le poids : l'axe 0."
)
def _wrong_axis(log_likelihood, log_prior, log_q):
    return _softmax(log_likelihood + log_prior - log_q, axis=1)


@normalized_weights.misconception(
    "Vous divisez par la somme de tout le tableau. Chaque donnée a ses propres poids : c'est "
    "chaque colonne qui doit faire 1."
)
def _whole_table(log_likelihood, log_prior, log_q):
    log_w = log_likelihood + log_prior - log_q
    return _softmax(log_w.ravel()).reshape(log_w.shape)


@normalized_weights.misconception(
    "Ce sont les logarithmes des poids : prenez-en l'exponentielle, et vérifiez que leur somme est "
    "1."
)
def _logarithms(log_likelihood, log_prior, log_q):
    return np.log(_softmax(log_likelihood + log_prior - log_q))


_logarithms.variant(lambda log_likelihood, log_prior, log_q: log_likelihood + log_prior - log_q)


# ---------------------------------------------------------------------- where to draw

_DRAWS = 5000
_EFFECTIVE = 0.78  # asked: 80 %, less what chance may take
_LOG_EVIDENCE_ERROR = 0.05  # seven standard errors at that effective size
_CDF_ERROR = 0.045  # what chance alone exceeds once in five million


def _gaussian(z, center, scale):
    return -0.5 * ((z - center) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def _skewed(z, xp):
    u = (z - 1.0) / 0.8
    return u - xp.exp(u) - np.log(0.8)


def _heavy_tailed(z, xp):  # Student, 3 degrees of freedom
    t = (z + 2.0) / 0.6
    return np.log(2 / (np.pi * np.sqrt(3) * 0.6)) - 2 * xp.log(1 + t**2 / 3)


def _two_bumps(z, xp):
    left, right = _gaussian(z, -4.0, 0.5), _gaussian(z, 4.0, 1.0)
    return xp.logaddexp(np.log(0.65) + left, np.log(0.35) + right)


_LAWS = [  # p(z|x), and log p(x)
    ("une bosse loin de 0", lambda z, xp: _gaussian(z, 6.0, 0.5), -40.0),
    ("une bosse dissymétrique", _skewed, -7.0),
    ("des bords épais", _heavy_tailed, -120.0),
    ("deux bosses", _two_bumps, -1500.0),
]


def _log_joint_of(log_density, log_p_x):
    def log_joint(z):
        if isinstance(z, (np.ndarray, np.generic, float, int, list)):
            return log_density(np.asarray(z, "float64"), np) + log_p_x
        return log_density(z, ops) + log_p_x

    return log_joint


def _weigh(log_w):
    """The weights, the effective share of the draws, and the estimate of log p(x)."""
    w = np.exp(log_w - np.max(log_w))
    return w, np.sum(w) ** 2 / np.sum(w**2) / len(w), np.max(log_w) + np.log(np.mean(w))


def _proposals(answer):
    grid, step = np.linspace(-60, 60, 60_001, retstep=True)
    for name, log_density, log_p_x in _LAWS:
        log_joint = _log_joint_of(log_density, log_p_x)
        z, log_q = (np.ravel(each) for each in answer.arrays(2, log_joint, _DRAWS))
        if not len(z) == len(log_q) == _DRAWS:
            raise AnswerError(
                f"On a demandé {_DRAWS} tirages, et autant de log-densités ; votre fonction rend "
                f"{len(z)} tirages et {len(log_q)} log-densités.",
                "number of draws",
            )
        with np.errstate(all="ignore"):
            _, effective, estimate = _weigh(log_joint(z) - np.log(log_q))
            density = effective > _EFFECTIVE and abs(estimate - log_p_x) < _LOG_EVIDENCE_ERROR
            w, effective, estimate = _weigh(log_joint(z) - log_q)
        yield Observation(f"{name} : le second résultat est un logarithme", not density)
        percent = f"{100 * effective:.0f} %" if np.isfinite(effective) else "indéfinie"
        yield Observation(
            f"{name} : taille effective d'au moins 80 % ({percent})", effective > _EFFECTIVE
        )
        if not effective > _EFFECTIVE:
            continue  # the rest would be chance
        error = estimate - log_p_x
        yield Observation(
            f"{name} : log p(x) retrouvé (estimation {estimate:.2f}, vraie valeur {log_p_x:.2f})",
            abs(error) < _LOG_EVIDENCE_ERROR,
        )
        order = np.argsort(z)
        below = np.interp(z[order], grid, np.cumsum(np.exp(log_density(grid, np))) * step)
        gap = np.max(np.abs(np.cumsum(w[order]) / np.sum(w) - below))
        yield Observation(
            f"{name} : les tirages, pondérés, se répartissent comme p(z|x) (écart {gap:.2f} "
            "entre les fonctions de répartition)",
            gap < _CDF_ERROR,
        )
        if gap >= _CDF_ERROR:  # what q misses makes the estimate too low, never too high
            what = f"{name} : l'estimation de log p(x) n'est pas trop haute"
            yield Observation(what, error < _LOG_EVIDENCE_ERROR)


@exercise(
    statement="Un modèle inconnu n'est donné que par `log_joint(z)` = log p(x, z), z étant un "
    "nombre. Écrivez `find_proposal(log_joint, num_draws)` : `num_draws` tirages z d'une loi q de "
    "votre choix, et leurs log-densités log q(z). La taille effective doit dépasser 80 % ; tout se "
    "passe entre −12 et 12.",
    section="§ 2.3 (une loi auxiliaire q) et § 2.4, éq. (2) et (3)",
    hints=[
        "Si q était p(z|x), que vaudraient les poids ? Vous savez calculer p(x, z) pour tout z "
        "entre −12 et 12 : avez-vous regardé où il est grand, et s'il l'est à plusieurs endroits ?",
        "Calculez `log_joint` sur une grille fine ; retranchez le maximum, prenez l'exponentielle, "
        "divisez par la somme : c'est la probabilité de chaque case, une loi discrète.",
        "Tirez des cases (`np.random.choice(…, p=…)`), puis un point au hasard dans chaque case. "
        "La densité de q y est la probabilité de la case, divisée par sa largeur.",
    ],
    success="Une loi q assez proche de p(z|x) rend p(x) pour presque rien. C'est ce travail que le "
    "VAE confie à son encodeur, pour chaque image et en vingt dimensions.",
    observe=_proposals,
)
def find_proposal(log_joint, num_draws):
    """Des tirages d'une loi q proche de p(z|x), et leurs log-densités."""
    grid, step = np.linspace(-12, 12, 2401, retstep=True)
    values = log_joint(grid)
    probabilities = np.exp(values - np.max(values))
    probabilities /= np.sum(probabilities)  # une par case de la grille
    cells = np.random.choice(len(grid), num_draws, p=probabilities)
    z = grid[cells] + step * np.random.uniform(-0.5, 0.5, num_draws)
    return z, np.log(probabilities[cells] / step)  # une densité : divisée par la largeur


def _histogram(log_joint, num_draws, low=-12.0, high=12.0):
    """Draws of p(z|x) on an interval, and their density there."""
    edges = np.linspace(low, high, 4001)
    middles, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    p = _softmax(log_joint(middles))
    cells = np.random.choice(len(p), num_draws, p=p)
    return middles[cells] + step * np.random.uniform(-0.5, 0.5, num_draws), np.log(p[cells] / step)


def _bump(log_joint):
    """The ends of the bump where log p(x, z) is largest."""
    grid = np.linspace(-12, 12, 2401)
    low = log_joint(grid) < np.max(log_joint(grid)) - 9
    summit = np.argmax(log_joint(grid))
    left, right = np.flatnonzero(low[:summit]), np.flatnonzero(low[summit:])
    first = grid[left[-1]] if left.size else -12.0
    return first, grid[summit + right[0]] if right.size else 12.0


def _gaussian_draws(center, scale, num_draws):
    z = np.random.normal(center, scale, num_draws)
    return z, _gaussian(z, center, scale)


@find_proposal.misconception(
    "Vos poids sont très inégaux, même sur le modèle le plus simple : q ne ressemble pas à p(z|x). "
    "Une loi fixée d'avance (la loi a priori, une loi uniforme) tire presque partout ailleurs : "
    "regardez `log_joint` avant de tirer."
)
def _far_from_the_posterior(log_joint, num_draws):
    return _gaussian_draws(0.0, 1.0, num_draws)


@_far_from_the_posterior.variant
def _(log_joint, num_draws):
    return np.random.uniform(-12, 12, num_draws), np.full(num_draws, -np.log(24))


@find_proposal.misconception(
    "Votre q va quand la loi a posteriori est une gaussienne, et là seulement. Une bosse de "
    "travers, des bords épais, deux bosses : il faut une loi q qui prenne la forme qu'elle "
    "trouve, un mélange ou un histogramme par exemple."
)
def _one_gaussian(log_joint, num_draws):
    grid = np.linspace(-12, 12, 24_001)
    mode, h = grid[np.argmax(log_joint(grid))], 1e-2
    left, middle, right = log_joint(np.array([mode - h, mode, mode + h]))
    return _gaussian_draws(mode, h / np.sqrt(2 * middle - left - right), num_draws)


@find_proposal.misconception(
    "Votre q ne couvre qu'une des deux bosses. Si aucun tirage ne tombe sur l'autre, les poids "
    "sont presque égaux et log p(x) trop bas : ils ne disent rien de l'endroit que q ne visite "
    "pas. S'il en tombe quelques-uns, leur poids écrase les autres. Cherchez de −12 à 12."
)
def _one_bump(log_joint, num_draws):
    return _histogram(log_joint, num_draws, *_bump(log_joint))


@_one_bump.variant
def _(log_joint, num_draws):
    first, last = _bump(log_joint)
    z, _ = _histogram(log_joint, num_draws, first, last)
    away = np.random.uniform(size=num_draws) < 0.03  # a few draws elsewhere
    z[away] = np.random.uniform(-12, 12, away.sum())
    inside = (first < z) & (z < last)
    grid, step = np.linspace(first, last, 4001, retstep=True)
    log_p = log_joint(z) - np.logaddexp.reduce(log_joint(grid)) - np.log(step)
    return z, np.log(0.03 / 24 + 0.97 * np.exp(log_p) * inside)


@find_proposal.misconception(
    "Vous cherchez trop près de 0 : une partie de p(z|x) est plus loin, et vos tirages n'y vont "
    "jamais. Leurs poids n'en disent rien, mais log p(x) est trop bas. Allez de −12 à 12."
)
def _search_too_short(log_joint, num_draws):
    return _histogram(log_joint, num_draws, -4, 4)


for _end in (1, 2, 3, 5, 6):
    _search_too_short.variant(lambda f, n, end=_end: _histogram(f, n, -end, end))


@find_proposal.misconception(
    "Vos tirages sont bons, mais log q n'est pas une log-densité : l'aire sous q ne fait pas 1. Il "
    "manque une constante (−log σ − ½ log 2π pour une gaussienne ; −log p(x) si vous prenez "
    "log p(x, z) ; la largeur de la case, pour une probabilité de case)."
)
def _density_not_normalised(log_joint, num_draws):
    z, _ = _histogram(log_joint, num_draws)
    return z, log_joint(z)


@find_proposal.misconception(
    "Vos tirages ne suivent pas la loi dont vous donnez la densité. Les poids sont parfaits, mais "
    "ils parlent d'une autre loi : z doit être tiré selon q, le q même que vous rendez."
)
def _draws_of_another_law(log_joint, num_draws):
    grid, step = np.linspace(-12, 12, 24_001, retstep=True)
    z = np.random.uniform(-12, 12, num_draws)
    return z, log_joint(z) - np.logaddexp.reduce(log_joint(grid)) - np.log(step)


@find_proposal.misconception("Vous rendez la densité q(z), et c'est son logarithme qu'on attend.")
def _density_itself(log_joint, num_draws):
    z, log_q = _histogram(log_joint, num_draws)
    return z, np.exp(log_q)


@find_proposal.misconception(
    "L'exponentielle de `log_joint` s'annule quand log p(x, z) est très négatif, ici vers −1500, "
    "et 0/0 n'est pas une probabilité. Retranchez le maximum avant de prendre l'exponentielle."
)
def _naive_exponential(log_joint, num_draws):
    grid, step = np.linspace(-12, 12, 2401, retstep=True)
    p = np.exp(log_joint(grid))
    p /= p.sum()
    cells = np.random.choice(len(grid), num_draws, p=p)
    z = grid[cells] + step * np.random.uniform(-0.5, 0.5, num_draws)
    return z, np.log(p[cells] / step)
