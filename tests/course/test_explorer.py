"""The explorer without a browser: what it shows, where it moves, what it refuses."""

import base64
import io
import sys

import numpy as np
import pytest
from PIL import Image

from vae_course.explorer import WIDGET_VIEW, Explorer, explore
from vae_keras import plotting


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.fixture
def vae(small_vae):
    return small_vae((6, 6, 3), latent_dim=4, likelihood="gaussian")


def test_both_forms_in_one_bundle(vae):
    explorer = explore(vae)
    bundle, metadata = explorer._repr_mimebundle_()
    assert metadata["image/png"]["alt"].startswith("Rows of images")
    assert bundle["text/plain"] == repr(explorer) == "<Explorer of 4 latent directions>"
    assert pixels(base64.b64decode(bundle["image/png"])).std() > 0
    assert bundle[WIDGET_VIEW]["model_id"] == explorer.widget.model_id
    assert set(bundle) == {"text/plain", "image/png", WIDGET_VIEW}


def test_the_sliders_move_the_code_and_the_image(vae):
    center = np.array([1.0, 0.0, -1.0, 0.5])
    directions = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0]])
    explorer = explore(vae, center, directions=directions, limit=2)
    np.testing.assert_allclose(explorer.z, center)
    before = explorer._image.value
    explorer._sliders[1].value = 1.5
    np.testing.assert_allclose(explorer.z, center + 1.5 * directions[1])
    np.testing.assert_array_equal(explorer.image, vae.decode(explorer.z[None])[0])
    assert explorer._image.value != before
    shown = pixels(explorer._image.value)
    small = shown[::43, ::43]  # 6 pixels of 43
    np.testing.assert_allclose(small / 255, explorer.image.clip(0, 1), atol=0.5 / 255 + 1e-6)
    explorer.amounts = [0.5, 0.0, -9.0]
    np.testing.assert_allclose(explorer.amounts, [0.5, 0, -2])  # a slider has ends
    np.testing.assert_allclose(explorer.z, center + 0.5 * directions[0] - 2 * directions[2])


def test_the_arrays_of_the_caller_are_copied(vae):
    center, directions = np.zeros(4), np.eye(4)
    explorer = explore(vae, center, directions=directions)
    center += 1
    directions += 1
    np.testing.assert_array_equal(explorer.z, 0)
    explorer.amounts = [1.0, 0.0, 0.0, 0.0]
    np.testing.assert_array_equal(explorer.z, [1, 0, 0, 0])


def test_several_sliders_that_move_at_once_decode_once(vae, monkeypatch):
    explorer = explore(vae)
    center, random = explorer.widget.children[0].children[-1].children
    decoded = []
    decode = explorer._plane.decode
    monkeypatch.setattr(explorer._plane, "decode", lambda a: decoded.append(a) or decode(a))
    explorer.amounts = [1.0, 2.0, 0.5, -1.0]
    random.click()
    center.click()
    assert len(decoded) == 3
    explorer._sliders[0].value = 1.5
    assert len(decoded) == 4
    assert decoded[0][0].tolist() == [1.0, 2.0, 0.5, -1.0]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("limit", [0.004, 0.1, 2.5, 3, 40])
def test_the_static_picture_has_all_its_rows_and_columns(small_vae, count, limit):
    vae = small_vae((6, 6, 1), latent_dim=3)
    plane = explore(vae, directions=np.eye(3)[:count], limit=limit)._plane
    axes = plane.draw("gray").axes[0]
    names = [text.get_text() for text in axes.get_yticklabels()]
    columns = [text.get_text() for text in axes.texts]
    assert len(set(columns)) == 7
    assert names == (columns[::-1] if count == 2 else plane.names)


def test_random_amounts_are_within_reach_of_the_sliders(vae):
    explorer = explore(vae, limit=0.03)
    random = explorer.widget.children[0].children[-1].children[1]
    amounts = []
    for _ in range(10):
        random.click()
        amounts += list(np.abs(explorer.amounts))
    assert np.mean(np.array(amounts) < 0.029) > 0.8


def test_the_plane_s_map_is_marked_where_the_sliders_are(small_vae):
    explorer = explore(small_vae((6, 6, 1), latent_dim=2))
    middle = pixels(explorer._map_image.value)
    explorer.amounts = [3.0, -3.0]
    moved = pixels(explorer._map_image.value)
    rows, columns = np.nonzero((middle != moved).any(axis=-1))
    height, width = middle.shape[:2]
    corner = (rows > height / 2 + 20) & (columns > width / 2 + 20)
    assert corner.any()
    assert rows[corner].mean() == pytest.approx(height * (1 - 0.5 / 11), abs=2)
    assert columns[corner].mean() == pytest.approx(width * (1 - 0.5 / 11), abs=2)
    centre = ~corner
    assert rows[centre].mean() == pytest.approx(height / 2, abs=2)
    assert columns[centre].mean() == pytest.approx(width / 2, abs=2)


def test_the_buttons(vae):
    explorer = explore(vae)
    center, random = explorer.widget.children[0].children[-1].children
    random.click()
    assert np.abs(explorer.amounts).max() > 0
    center.click()
    np.testing.assert_array_equal(explorer.amounts, 0)


def test_one_dimension_many_dimensions_and_an_autoencoder(small_vae, small_autoencoder):
    assert len(explore(small_vae(latent_dim=1)).amounts) == 1
    explorer = explore(small_vae(latent_dim=30))
    assert len(explorer.amounts) == 10
    assert explorer.z.shape == (30,)
    assert isinstance(explore(small_autoencoder(latent_dim=2)), Explorer)


@pytest.mark.usefixtures("default_style")
def test_languages_and_names(vae):
    texts = []
    for language in plotting.labels.LANGUAGES:
        plotting.set_style(language=language)
        explorer = explore(vae, directions=np.eye(4))
        buttons = explorer.widget.children[0].children[-1].children
        texts.append([button.description for button in buttons])
        assert explorer._sliders[0].description == "direction 1"
    assert texts == [["Centre", "Random"], ["Centre", "Au hasard"]]
    assert [slider.description for slider in explore(vae)._sliders] == ["z₁", "z₂", "z₃", "z₄"]
    named = explore(vae, directions=np.eye(4)[:3], names=["smile", "hue", "gaze"])
    assert [slider.description for slider in named._sliders] == ["smile", "hue", "gaze"]


@pytest.mark.parametrize("latent_dim", [2, 3])
def test_decoded_values_far_from_0_to_1_are_clipped(small_vae, latent_dim):
    vae = small_vae((6, 6, 1), latent_dim, likelihood="gaussian")
    far = 100 * np.ones(latent_dim)
    assert np.abs(vae.decode(far[None].astype("float32"))).max() > 10
    explorer = explore(vae, limit=100)
    explorer.amounts = far
    assert pixels(explorer._image.value).size


def test_large_images_are_made_smaller(small_vae):
    explorer = explore(small_vae((100, 50, 1), latent_dim=3), size=40)
    assert pixels(explorer._image.value).shape == (40, 20, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"center": np.zeros(3)}, r"center must have the shape \(4,\), got \(3,\)"),
        ({"center": np.zeros((1, 4))}, r"center must have the shape \(4,\), got \(1, 4\)"),
        ({"center": np.full(4, np.nan)}, "finite"),
        ({"directions": np.zeros(4)}, r"directions must have the shape \(count, 4\), got \(4,\)"),
        ({"directions": np.eye(5)}, r"directions must have the shape \(count, 4\), got \(5, 5\)"),
        ({"directions": np.ones((21, 4))}, "at most 20, a slider each, got 21"),
        ({"names": ["a"]}, "names must have one entry for each of the 4"),
        ({"names": ["a", "b", "c", "a"]}, "names must differ from one another, got 'a' twice"),
        ({"colormap": "nope"}, "colormap must be the name .* got 'nope'"),
        ({"limit": 0}, "limit must be a finite number above 0, got 0"),
        ({"limit": float("inf")}, "limit"),
        ({"limit": "3"}, "limit"),
        ({"size": 10}, "size must be a whole number at least 32, got 10"),
        ({"size": 100.0}, "size"),
    ],
)
def test_what_it_refuses(vae, arguments, message):
    with pytest.raises(ValueError, match=message):
        explore(vae, **arguments)


def test_it_refuses_what_is_no_model(vae, small_vae):
    with pytest.raises(ValueError, match="vae must be a VAE or an Autoencoder, got function"):
        explore(lambda z: z)
    with pytest.raises(ValueError, match=r"1 \(grey\) or 3 \(colour\) channels, got \(6, 6, 2\)"):
        explore(small_vae((6, 6, 2)), center=np.zeros(99))
    with pytest.raises(ValueError, match=r"vae must be of images .* got \(12,\)"):
        explore(small_vae((12,)))
    explorer = explore(vae)
    with pytest.raises(ValueError, match="amounts must have one entry for each of the 4"):
        explorer.amounts = [0.0]


def test_without_ipywidgets(vae, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        explore(vae)
