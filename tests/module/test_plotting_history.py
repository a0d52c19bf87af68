import pytest
from drawn_figures import every_figure, texts

from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

TERMS = {"reconstruction_loss": [90.0, 80.0, 75.0], "kl_loss": [2.0, 5.0, 6.0]}
HISTORY = {"loss": [92.0, 85.0, 81.0], **TERMS}
HISTORY |= {f"val_{key}": [value + 1 for value in values] for key, values in HISTORY.items()}
HISTORY["val_loss"] = [value + 2 for value in HISTORY["loss"]]


class TestEveryFigure(every_figure({"history": lambda: plotting.plot_history(HISTORY)})):
    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            ("en", ["Epoch", "nats per image", "training", "KL divergence"]),
            ("fr", ["Époque", "nats par image", "entraînement", "Divergence KL"]),
        ],
    )
    def test_labels_in_both_languages(self, language, expected):
        plotting.set_style(language=language)
        written = "\n".join(texts(plotting.plot_history(HISTORY)))
        for text in expected:
            assert text in written


class TestHistory:
    def test_three_panels_from_epoch_one(self):
        figure = plotting.plot_history(HISTORY)
        assert len(figure.axes) == 3
        for axes, key in zip(figure.axes, ("loss", *TERMS), strict=True):
            training, validation = axes.lines
            assert training.get_xdata().tolist() == [1, 2, 3]
            assert training.get_ydata().tolist() == HISTORY[key]
            assert validation.get_ydata().tolist() == HISTORY[f"val_{key}"]
            assert training.get_linestyle() != validation.get_linestyle()
        assert "−ELBO" in figure.axes[0].get_title()

    def test_the_loss_is_the_elbo_only_if_beta_is_one(self):
        weighted = HISTORY | {"loss": [94.0, 90.0, 87.0]}
        assert "ELBO" not in plotting.plot_history(weighted).axes[0].get_title()

    def test_the_two_terms_alone(self):
        assert len(plotting.plot_history(TERMS).axes) == 2

    def test_an_autoencoder_and_a_keras_history(self):
        class History:
            history: dict = {"loss": [3.0], "val_loss": [4.0]}  # noqa: RUF012

        figure = plotting.plot_history(History(), unit="squared_error")
        assert figure.axes[0].get_ylabel() == "squared error per image"
        assert figure.axes[0].get_title() == "Loss"
        assert figure.axes[0].lines[0].get_marker() == "o"  # one epoch is visible

    @pytest.mark.parametrize(
        ("history", "message"),
        [
            ({}, "empty dict"),
            ([1, 2], "got list"),
            ({"accuracy": [1.0]}, "got 'accuracy'"),
            ({"loss": []}, "1 entry at least"),
            ({"loss": [1.0, float("nan")]}, "1 NaN or infinite"),
            ({"loss": [1.0, 2.0], "val_loss": [1.0]}, "each of the 2"),
            ({"loss": ["low"]}, "must be an array of numbers"),
            ({"loss": 3.0}, r"must have the shape \(epochs,\)"),
        ],
    )
    def test_refuses(self, history, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_history(history)
