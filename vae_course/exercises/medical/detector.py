"""Exercise: a detector of pneumonia that has only seen healthy lungs; any method."""

import functools

import numpy as np

from vae_course.engine import exercise
from vae_keras.data import load_images

_AT_LEAST = 0.8  # of AUC: a distance to healthy images does not do, a look at the texture does


@functools.cache
def _x_rays():
    """Healthy lungs to learn from; healthy and ill ones to judge with, none from the test set."""
    x, y = load_images("pneumonia_mnist")[:2]
    healthy, ill = x[y == 0], x[y == 1]
    judged = np.concatenate([healthy[700:950], ill[:250]])
    order = np.random.default_rng(117).permutation(500)
    return healthy[:700], judged[order], order >= 250


def _auc(scores, ill):
    gap = scores[ill][:, None] - scores[~ill]
    return np.mean(gap > 0) + 0.5 * np.mean(gap == 0)


def _detections(answer):
    x_healthy, images, ill = _x_rays()
    score = answer(x_healthy.copy())
    yield "le résultat est une fonction, et non des nombres", callable(score)
    found, alone = np.asarray(score(images.copy())), np.asarray(score(images[3:4].copy()))
    what = f"un score par image, de forme (500,) (obtenu : {found.shape})"
    yield what, found.shape == (500,) and alone.shape == (1,)
    found = found.astype("float64")
    yield "tous les scores sont finis", bool(np.all(np.isfinite(found)))
    same = np.allclose(alone.astype("float64"), found[3:4], rtol=1e-3, atol=1e-6)
    yield "une image seule reçoit le même score que dans un lot", bool(same)
    yield "les scores changent d'une image à l'autre", bool(np.ptp(found) > 0)
    auc = _auc(found, ill)
    shown = f"{auc:.3f}".replace(".", ",")
    yield f"un malade a plus souvent le plus grand score (AUC {shown})", bool(auc > 0.4)
    yield f"l'AUC dépasse 0,65 ; la vôtre : {shown}", bool(auc > 0.65)
    yield (
        f"l'AUC dépasse {str(_AT_LEAST).replace('.', ',')} ; la vôtre : {shown}",
        bool(auc > _AT_LEAST),
    )


@exercise(
    statement="Écrivez `detector(x_healthy)`, qui apprend de radiographies saines, de forme "
    "`(n, 28, 28, 1)`, et rend une fonction `score(images)` : un nombre par image, de forme "
    "`(n,)`, d'autant plus grand que l'image est suspecte. Toute méthode est permise, pour une AUC "
    "supérieure à 0,8 sur des images que votre fonction n'a pas reçues.",
    section="§ 4.1.5 (médecine)",
    hints=[
        "Regardez les images du début du chapitre : que perd un poumon voilé, que garde un poumon "
        "sain ?",
        "Un poumon sain a des bords nets : côtes, vaisseaux. `np.diff(images, axis=1)` donne les "
        "écarts entre pixels voisins ; leur moyenne en valeur absolue est un score, au signe près.",
        "Pour aller plus loin : la même mesure à plusieurs échelles, et la distance de Mahalanobis "
        "de ces quelques nombres à ceux de `x_healthy`.",
    ],
    success="Une bonne mesure vaut mieux qu'un grand modèle qui mesure autre chose. Reste à la "
    "vérifier ailleurs : un appareil plus flou donnerait l'alarme à tout le monde.",
    observe=_detections,
)
def detector(x_healthy):
    """La fonction qui donne à chaque image un score, grand si elle est suspecte."""

    def sharpness(images):
        return np.abs(np.diff(images, axis=1)).mean(axis=(1, 2, 3))

    usual = sharpness(x_healthy).mean()
    return lambda images: usual - sharpness(images)


detector.mistake("one_score").says(
    "Un seul score, ou un par pixel : on attend un nombre par image. Moyennez sur les axes 1, 2 "
    "et 3."
).edits({".mean(axis=(1, 2, 3))": ".mean()"}, {".mean(axis=(1, 2, 3))": ".mean(axis=(2, 3))"})
detector.mistake("sign").says(
    "Le signe est renversé : vos scores sont grands pour les personnes saines. Les prendre au "
    "signe près serait tricher : sans malades, on ne saurait pas lequel choisir par l'AUC."
).edits({"usual - sharpness(images)": "sharpness(images) - usual"})
detector.mistake("compared_with_the_batch").says(
    "Le score d'une image dépend des autres images du lot : à l'hôpital, elle arrive seule. "
    "Comparez à `x_healthy`."
).edits(
    {"usual - sharpness(images)": "sharpness(images).mean() - sharpness(images)"},
    {"usual - sharpness(images)": "-sharpness(images - images.mean(axis=0))"},
)
detector.mistake("constant").says(
    "Toutes les images ont le même score : rien ne distingue donc un malade."
).edits({"usual - sharpness(images)": "np.full(len(images), usual)"})
detector.mistake("brightness").says(
    "Vos scores ne valent guère mieux que le hasard. La luminosité, par exemple, dépend surtout du "
    "réglage de l'appareil. Que change une pneumonie dans l'image ?"
).edits(
    {"usual - sharpness(images)": "images.mean(axis=(1, 2, 3))"},
)
detector.mistake("reconstruction_error").says(
    "Mieux que le hasard, pas assez. Une distance aux images saines, ou une erreur de "
    "reconstruction, monte pour tout ce qui ne leur ressemble pas, malade ou non : un cadrage, un "
    "appareil. Mesurez ce que la maladie, elle, fait perdre à l'image : sa netteté."
).edits(
    {
        "usual - sharpness(images)": "np.square(images - x_healthy.mean(axis=0))"
        ".mean(axis=(1, 2, 3))"
    },
)
