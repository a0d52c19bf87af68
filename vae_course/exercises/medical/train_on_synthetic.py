"""Exercise: train on synthetic images, test on real ones."""

import numpy as np

from vae_course.engine import exercise


def _images(seed, count, brightness):
    """Small images of two classes, (count, 4, 4, 1), whose labels do not alternate."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.6).astype("int64")
    labels[:2] = 0, 1
    pattern = np.linspace(0, 1, 16).reshape(4, 4, 1)
    images = brightness + 0.4 * labels[:, None, None, None] * pattern
    return images + 0.2 * rng.random((count, 4, 4, 1)), labels


def _make_synthetic(x, y):
    """A toy generator: of each class its mean, a little less contrasted, seven in all."""
    rng = np.random.default_rng(len(x))
    made, labels = [], []
    for label, count in ((0, 3), (1, 4)):
        mean = x[y == label].mean(axis=0)
        made.append(0.3 + 0.5 * mean + 0.1 * rng.random((count, *x.shape[1:])))
        labels += [label] * count
    return np.concatenate(made), np.array(labels)


def _train_classifier(x, y):
    """A toy classifier: how much nearer to the mean of class 1 than to that of class 0."""
    means = [x[y == label].mean(axis=0) for label in (0, 1)]

    def score(images):
        far = [np.sum(np.square(images - mean), axis=(1, 2, 3)) for mean in means]
        return far[0] - far[1]

    return score


def _protocol(answer):
    for seed, count, shift in ((113, 12, 0.1), (114, 30, 0.25)):
        x_train, y_train = _images(seed, count, 0.2)
        x_test, _ = _images(seed + 10, 7, 0.2 + shift)
        given = (_make_synthetic, _train_classifier, x_train.copy(), y_train.copy(), x_test.copy())
        scores = answer.array(*given)
        what = f"la forme est celle des étiquettes de test, (7,) (obtenu : {scores.shape})"
        yield what, scores.shape == (7,)
        yield f"scores de 7 images de test, après {count} images d'entraînement", scores


@exercise(
    statement="Écrivez `train_on_synthetic(make_synthetic, train_classifier, x_train, y_train, "
    "x_test)`, les scores du test après un apprentissage sur du synthétique seul. "
    "`make_synthetic(x, y)` rend des images et leurs étiquettes, `train_classifier(x, y)` une "
    "fonction qui note des images. Le classifieur ne reçoit que `(x - m) / s`, où `m` et `s` sont "
    "la moyenne et l'écart-type de tout son jeu d'entraînement : deux nombres.",
    section="§ 4.1.5 (des scans synthétiques pour l'entraînement de modèles)",
    hints=[
        "Qui a le droit de voir quoi ? Le générateur : l'entraînement réel. Le classifieur : les "
        "images synthétiques. Le test : personne, avant la toute fin.",
        "Le jeu d'entraînement du classifieur est synthétique : `m` et `s` sont donc ceux des "
        "images synthétiques, et les images de test se centrent et se réduisent avec ces nombres.",
        "`made, labels = make_synthetic(x_train, y_train)`, puis `m, s = made.mean(), made.std()`, "
        "puis `score = train_classifier((made - m) / s, labels)`. Il reste à noter le test.",
    ],
    success="Rien de ce que le test contient n'a servi avant la dernière ligne : la note est "
    "honnête.",
    observe=_protocol,
)
def train_on_synthetic(make_synthetic, train_classifier, x_train, y_train, x_test):
    """Les scores des images de test d'un classifieur entraîné sur du synthétique."""
    made, labels = make_synthetic(x_train, y_train)
    m, s = made.mean(), made.std()
    score = train_classifier((made - m) / s, labels)
    return score((x_test - m) / s)


train_on_synthetic.mistake("statistics_of_the_test").says(
    "Vous centrez et réduisez le test avec sa propre moyenne ou son propre écart-type. Le score "
    "d'une image dépendrait alors des autres images du test, que l'on n'a pas à l'hôpital : "
    "gardez `m` et `s` du jeu d'entraînement du classifieur."
).edits(
    {"score((x_test - m) / s)": "score((x_test - x_test.mean()) / x_test.std())"},
    {"m, s = made.mean(), made.std()": "m, s = x_test.mean(), x_test.std()"},
    {
        "m, s = made.mean(), made.std()": "both = np.concatenate([made, x_test])\n"
        "    m, s = both.mean(), both.std()"
    },
    {"score((x_test - m) / s)": "score((x_test - x_test.mean()) / s)"},
)
train_on_synthetic.mistake("statistics_of_the_real").says(
    "Vos `m` et `s` sont ceux des images réelles d'entraînement : le classifieur, lui, ne voit que "
    "les images synthétiques, et ce sont elles son jeu d'entraînement."
).edits(
    {"m, s = made.mean(), made.std()": "m, s = x_train.mean(), x_train.std()"},
    "m, s = x_train.mean(), x_train.std()\n"
    "made, labels = make_synthetic((x_train - m) / s, y_train)\n"
    "return train_classifier(made, labels)((x_test - m) / s)",
)
train_on_synthetic.mistake("one_pair_a_pixel").says(
    "Vous avez une moyenne et un écart-type par pixel : on demande deux nombres, les mêmes pour "
    "tous. `made.mean(axis=0)` garde les pixels ; `made.mean()` n'en garde aucun."
).edits({"made.mean(), made.std()": "made.mean(axis=0), made.std(axis=0)"})
train_on_synthetic.mistake("variance").says(
    "Vous divisez par la variance : `s` est l'écart-type, sa racine."
).edits({"made.std()": "made.var()"})
train_on_synthetic.mistake("decisions").says(
    "Vous rendez des décisions, 0 ou 1 : on demande les scores, tels que le "
    "classifieur les donne. L'AUC a besoin de leur ordre, sans seuil."
).edits({"return score((x_test - m) / s)": "return score((x_test - m) / s) > 0"})
train_on_synthetic.mistake("trained_on_real").says(
    "Votre classifieur a vu de vraies images d'entraînement : c'est le plafond auquel on "
    "comparera, mais ce n'est plus un classifieur « entraîné sur du synthétique »."
).edits(
    {"made, labels = make_synthetic(x_train, y_train)": "made, labels = x_train, y_train"},
    {
        "made, labels = make_synthetic(x_train, y_train)": "made, labels = make_synthetic"
        "(x_train, y_train)\n"
        "    made = np.concatenate([made, x_train])\n"
        "    labels = np.concatenate([labels, y_train])"
    },
)
train_on_synthetic.mistake("not_normalised").says(
    "Les images ne sont pas toutes centrées et réduites : celles que le classifieur apprend et "
    "celles du test doivent l'être, avec les mêmes nombres."
).edits(
    {"(made - m) / s": "made", "(x_test - m) / s": "x_test"},
    {"(x_test - m) / s": "x_test"},
    {"(made - m) / s": "made"},
)
train_on_synthetic.mistake("judged_on_synthetic").says(
    "Vous notez les images synthétiques : un classifieur réussit toujours bien sur ce qu'il a "
    "appris. Ce sont les vraies images de test qu'il faut noter."
).edits({"score((x_test - m) / s)": "score((made - m) / s)"})


@train_on_synthetic.mistake("generator_saw_the_test").says(
    "Votre générateur a vu les images de test : ce qu'il fabrique peut les recopier, et la note "
    "ne dit plus rien d'images nouvelles."
)
def _generator_sees_the_test(make_synthetic, train_classifier, x_train, y_train, x_test):
    guess = _train_classifier(x_train, y_train)(x_test) > 0
    seen = np.concatenate([x_train, x_test]), np.concatenate([y_train, guess.astype("int64")])
    made, labels = make_synthetic(*seen)
    m, s = made.mean(), made.std()
    return train_classifier((made - m) / s, labels)((x_test - m) / s)
