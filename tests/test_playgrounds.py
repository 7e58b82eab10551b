"""The interactive elements, operated in a headless browser as a reader would, against hwlib's own numbers."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import web_data
from serve import QuietHandler

from hwlib import export, models
from hwlib.activations import ACTIVATIONS
from hwlib.data import iris_split, load_mnist
from hwlib.losses import cross_entropy, one_hot, softmax
from hwlib.mlp import MLP
from hwlib.models import keras

ROOT = Path(__file__).resolve().parent.parent
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{tag}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script type="module" src="web/{module}.js"></script>
<main><h1>{tag}</h1><{tag} {attributes}><p>The static figure.</p></{tag}></main></html>"""
HARD = [247, 582]
ELEMENTS = ("cross-entropy", "activations", "iris-network", "draw-digit")


class StrictHandler(QuietHandler):
    """Serves files with a policy that allows nothing inline and nothing from outside."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@pytest.fixture(scope="module")
def playgrounds(tmp_path_factory):
    """Address of a folder, below the root of its server, in which web/ and its data lie."""
    root = tmp_path_factory.mktemp("site")
    folder = root / "some" / "path"
    shutil.copytree(ROOT / "web", folder / "web")
    with pytest.MonkeyPatch.context() as patch:  # whether or not the study is there
        patch.setattr(web_data, "hard_rows", lambda: HARD)
        web_data.write_data(folder / "web" / "data")
    server = http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(StrictHandler, directory=str(root)))
    server.url = f"http://localhost:{server.server_port}"
    server.folder, server.base = folder, f"{server.url}/some/path"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def opened(browser, playgrounds):
    """Open an element on a page of its own; at the end no error and no foreign request may have been seen."""
    pages, seen = [], []

    def open_element(module, attributes="", **context):
        (playgrounds.folder / f"{module}.html").write_text(
            PAGE.format(module=module, tag=f"hw-{module}", attributes=attributes), encoding="utf-8"
        )
        page = browser.new_context(**context).new_page()
        page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith((playgrounds.url, "data:")) else seen.append(request.url),
        )
        page.goto(f"{playgrounds.base}/{module}.html")
        page.locator(f"hw-{module}[ready]").wait_for()
        pages.append(page)
        return page

    yield open_element
    for page in pages:
        page.context.close()
    assert seen == []


def status(page, expected):
    """Wait until the text for screen readers holds `expected`."""
    page.locator("[role=status]", has_text=expected).wait_for(state="attached", timeout=5000)


def state(page, module, expression):
    """Evaluate an expression of the element `e`."""
    return page.locator(f"hw-{module}").evaluate(f"e => {expression}")


def choose(page, **settings):
    for label, value in settings.items():
        page.get_by_role("combobox", name=label.replace("_", " ")).select_option(str(value))


# ── cross-entropy ────────────────────────────────────────────────────────────────────────────────────

Y = np.array([[0.65, 0.43, 0.11], [0.05, 0.51, 0.18], [0.33, 0.21, 0.72]])


def assert_cross_entropy(page, logits, labels, reduction="sum"):
    """The page's result is hwlib's, and so is what a reader sees of it."""
    targets = one_hot(np.array(labels), 3)
    result = state(page, "cross-entropy", "e.result")
    expected = cross_entropy(logits, targets, reduction)
    scale = 1 if reduction == "sum" else len(logits)
    assert result["loss"] == pytest.approx(expected, abs=1e-12)
    assert np.allclose(result["probabilities"], softmax(logits), atol=1e-12)
    assert np.allclose(result["gradient"], (softmax(logits) - targets) / scale, atol=1e-12)
    assert page.locator(".answer").text_content() == f"{expected:.4f}"
    status(page, f"Loss {expected:.4f}")


def test_cross_entropy_starts_with_the_reports_loss(opened):
    page = opened("cross-entropy")
    assert_cross_entropy(page, Y, [0, 1, 2])
    assert page.locator(".answer").text_content() == "2.5469"
    assert not page.get_by_text("The static figure.").is_visible()


def test_cross_entropy_follows_a_typed_logit_and_another_target(opened):
    page = opened("cross-entropy")
    page.get_by_label("value of logit y12").fill("-2.5")
    page.get_by_label("target of row 3 is class 1").check()
    logits = Y.copy()
    logits[0, 1] = -2.5
    assert_cross_entropy(page, logits, [0, 1, 0])
    choose(page, loss="mean")
    assert_cross_entropy(page, logits, [0, 1, 0], "mean")


def test_cross_entropy_follows_a_dragged_bar(opened):
    page = opened("cross-entropy", viewport={"width": 360, "height": 800})
    bar = page.get_by_role("slider", name="logit y33")
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"], middle, steps=5)
    page.mouse.up()
    logits = Y.copy()
    logits[2, 2] = 3
    assert_cross_entropy(page, logits, [0, 1, 2])


class Fingers:
    """Fingers on a page's screen, put down, moved and lifted."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def send(self, kind, *places):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(self, start, end):
        steps = [(start[0] + (end[0] - start[0]) * k / 8, start[1] + (end[1] - start[1]) * k / 8) for k in range(9)]
        self.send("touchStart", steps[0])
        for place in steps[1:]:
            self.send("touchMove", place)
        self.send("touchEnd")


PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def middle_of(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_swipe_that_begins_on_a_bar_scrolls_and_sets_nothing(opened):
    page = opened("cross-entropy", **PHONE)
    x, y = middle_of(page.get_by_role("slider", name="logit y33"))
    before = page.evaluate("scrollY")
    Fingers(page).swipe((x - 20, y), (x - 22, y + 200 if before else y - 200))
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") != before
    assert_cross_entropy(page, Y, [0, 1, 2])


def test_a_finger_sets_a_bar_by_a_tap_and_by_a_move_sideways(opened):
    page = opened("cross-entropy", **PHONE)
    bar = page.get_by_role("slider", name="logit y33")
    x, y = middle_of(bar)
    bar.tap()
    logits = Y.copy()
    logits[2, 2] = 0
    assert_cross_entropy(page, logits, [0, 1, 2])
    Fingers(page).swipe((x, y), (x + bar.bounding_box()["width"], y + 3))
    logits[2, 2] = 3
    assert_cross_entropy(page, logits, [0, 1, 2])


def test_cross_entropy_is_worked_by_keyboard_alone(opened):
    page = opened("cross-entropy")
    for _ in range(3):  # past the choice of the reduction, the button and the first number
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    logits = Y.copy()
    logits[0, 0] += 0.45
    assert_cross_entropy(page, logits, [1, 1, 2])


@pytest.mark.parametrize("text", ["", "1e9"])
def test_cross_entropy_refuses_what_is_no_logit_and_says_so(opened, text):
    page = opened("cross-entropy")
    page.get_by_label("value of logit y21").fill(text)
    assert "y21 needs a number between −10000 and 10000" in page.get_by_role("alert").text_content()
    assert page.get_by_label("value of logit y21").get_attribute("aria-invalid") == "true"
    assert_cross_entropy(page, Y, [0, 1, 2])
    page.get_by_role("button", name="Back to the start").click()
    assert page.get_by_label("value of logit y21").input_value() == "0.05"


# ── activations ──────────────────────────────────────────────────────────────────────────────────────


def assert_activations(page, mean, scale):
    """Shares and moments are those of hwlib's functions behind a fine grid of normal quantiles."""
    t = np.linspace(-8, 8, 400_001)
    weight = np.exp(-(t**2) / 2)
    z = mean + scale * t
    for name, activation in ACTIVATIONS.items():
        found = state(page, "activations", f"e.result.{name}")
        slope, value = activation.derivative(z), activation(z)
        average = np.average(value, weights=weight)
        expected = {
            "saturated": np.average(abs(slope) < 0.1 * slope.max(), weights=weight),
            "slope": np.average(slope, weights=weight),
            "mean": average,
            "deviation": np.sqrt(np.average((value - average) ** 2, weights=weight)),
            "positive": np.average(value > 0, weights=weight),
        }
        for quantity, figure in expected.items():
            assert found[quantity] == pytest.approx(figure, abs=1e-3), (name, quantity)
    status(page, f"Inputs with mean {mean:.1f} and scale {scale:.1f}.".replace("-", "−"))


def test_activations_show_what_a_standard_normal_becomes(opened):
    assert_activations(opened("activations"), 0, 1)


def test_activations_follow_the_sliders_by_keyboard(opened):
    page = opened("activations")
    page.keyboard.press("Tab")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert_activations(page, -0.5, 5)


def test_activations_follow_the_dragged_bell(opened):
    page = opened("activations", viewport={"width": 360, "height": 800})
    for handle, shift in ((0, 2), (1, 1)):
        box = page.locator(".handle circle.reach").nth(handle).bounding_box()
        unit = page.locator(".inputs svg").bounding_box()["width"] * 384 / 400 / 16
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + shift * unit, y, steps=4)
        page.mouse.up()
    assert_activations(page, 2, 2)
    page.get_by_role("button", name="Back to the start").click()
    assert_activations(page, 0, 1)


def test_activations_take_their_start_from_attributes(opened):
    assert_activations(opened("activations", 'mean="1.5" scale="0.5"'), 1.5, 0.5)


# ── iris network ─────────────────────────────────────────────────────────────────────────────────────


def hwlib_run(activation, hidden, seed, scale=1):
    """Data of a seed and the network that hwlib draws for it, its initial weights scaled."""
    X, X_test, labels, labels_test = iris_split(seed)
    network = MLP((4, hidden, 3), activation, seed)
    for name in network.parameters:
        network.parameters[name] *= scale
    return network, (X, one_hot(labels, 3)), (X_test, one_hot(labels_test, 3))


def test_iris_network_trains_as_hwlib_does_with_what_a_reader_chooses(opened):
    page = opened("iris-network", 'hidden="16"')
    choose(page, activation="relu", learning_rate=0.3, initial_weights=2, seed=19)
    page.get_by_role("button", name="Run 200 steps").click()
    network, train, test = hwlib_run("relu", 16, 19, 2)
    expected = network.fit(*train, 0.3, 200, validation=test)
    found = state(page, "iris-network", "e.run.history")
    assert len(found["loss"]) == 201
    for name, series in expected.items():
        assert np.abs(np.array(found[name][:200]) - series).max() < 1e-6, name


def test_iris_network_shows_each_weight_and_gradient_on_hover(opened):
    page = opened("iris-network")
    page.get_by_role("button", name="Step", exact=True).click()
    network, train, _ = hwlib_run("sigmoid", 10, 0)
    network.step(*train, 0.3)
    gradients = network.gradients(*train)
    for selector, name, entry, text in (
        (".cell.W1 >> nth=25", "W1", (2, 5), "W₁[3, 6], from petal length to unit 6"),
        (".cell.b1 >> nth=9", "b1", (0, 9), "b₁[10], bias of unit 10"),
        (".cell.W2 >> nth=12", "W2", (2, 1), "W₂[3, 2], from unit 3 to versicolor"),
        (".cell.b2 >> nth=2", "b2", (0, 2), "b₂[3], bias of virginica"),
    ):
        page.locator(selector).hover()
        title = page.locator(".detail .title").text_content()
        assert title.startswith(text)
        shown = [float(word.replace("−", "-")) for word in title.split(": ")[1].split(", gradient ")]
        assert shown == pytest.approx([network.parameters[name][entry], gradients[name][entry]], rel=1e-3)
        assert page.locator(".detail math").count() >= 5


def test_iris_network_is_worked_by_keyboard_alone(opened):
    page = opened("iris-network")
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("gridcell").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "End"):
        page.keyboard.press(key)
    status(page, "b₂[1], bias of setosa")
    page.keyboard.press("ArrowUp")
    status(page, "unit 10: live")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_iris_network_trains_live_until_it_is_paused(opened, motion):
    page = opened("iris-network", reduced_motion=motion)
    page.get_by_role("button", name="Train live").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.locator(".readout", has_text=re.compile(r"step ([5-9]\d|\d{3,}) ")).wait_for()
    page.get_by_role("button", name="Pause").click()
    steps = state(page, "iris-network", "e.run.history.loss.length")
    status(page, "step ")
    page.wait_for_timeout(700)
    assert state(page, "iris-network", "e.run.history.loss.length") == steps


def test_iris_network_marks_dead_and_saturated_units(opened):
    page = opened("iris-network")
    for activation, mark, scale, rate in (("relu", "dead", 1, 10), ("sigmoid", "saturated", 30, 0.3)):
        choose(page, activation=activation, initial_weights=scale, learning_rate=rate)
        page.get_by_role("button", name="Run 200 steps").click()
        network, train, _ = hwlib_run(activation, 10, 0, scale)
        network.fit(*train, rate, 200)
        Z = train[0] @ network.parameters["W1"] + network.parameters["b1"]
        slope = network.activation.derivative(Z)
        limit = {"dead": 1, "saturated": 0.9}[mark]
        steepest = {"relu": 1, "sigmoid": 0.25}[activation]
        expected = (slope < 0.1 * steepest).mean(axis=0) >= limit
        shown = page.locator(".cell.unit").evaluate_all("cells => cells.map(c => c.dataset.state)")
        assert [s == mark for s in shown] == expected.tolist()
        assert expected.any()
        status(page, f"{expected.sum()} {mark}")


def test_iris_network_undoes_a_step_that_overflows(opened):
    page = opened("iris-network", 'activation="relu"')
    state(page, "iris-network", "{ e.settings['learning-rate'] = 1e300; }")
    page.get_by_role("button", name="Run 200 steps").click()
    assert "overflowed and was undone" in page.get_by_role("alert").text_content()
    assert page.get_by_role("button", name="Step", exact=True).is_disabled()
    page.get_by_role("button", name="Start again").click()
    assert not page.locator("[role=alert]").is_visible()
    assert page.get_by_role("button", name="Step", exact=True).is_enabled()


def test_iris_network_draws_the_regions_of_two_chosen_features(opened):
    page = opened("iris-network")
    choose(page, across="3")  # what was up; the two change places
    assert page.get_by_role("combobox", name="up").input_value() == "2"
    choose(page, across="0", up="1")
    page.get_by_role("button", name="Run 200 steps").click()
    page.get_by_role("img", name="Decision regions over sepal length and sepal width").wait_for()
    colors = page.locator(".map canvas").evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, 56, 56).data.buffer)).size"
    )
    assert colors > 50


# ── draw a digit ─────────────────────────────────────────────────────────────────────────────────────

CLASS_LAYERS = ("conv1", "pool1", "conv2", "pool2", "dense1", "dense2")


@pytest.fixture(scope="module")
def tensorflow_layers():
    """A function from images (n, 784) to the activations of every layer, by TensorFlow; logits last."""
    _, model = export.load()
    layers = keras.Model(model.inputs, [model.get_layer(name).output for name in CLASS_LAYERS])

    def run(images):
        x = np.asarray(images, np.float32).reshape(-1, 28, 28, 1) / np.float32(255)
        return dict(zip(CLASS_LAYERS, layers.predict(x, batch_size=1000, verbose=0), strict=True))

    return run


def draw(page, points):
    """Draw a stroke through points (x, y) of the 280 × 280 pad with the mouse."""
    pad = page.get_by_role("application", name="Drawing pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    places = [(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


SEVEN = [(90, 70), (190, 70), (130, 220)]


def assert_recognized(page, tensorflow_layers):
    """The probabilities and every layer's activations on the page are TensorFlow's; returns the answer."""
    expected = tensorflow_layers([state(page, "draw-digit", "[...e.pixels]")])
    probabilities = softmax(expected["dense2"].astype(float))[0]
    assert np.allclose(state(page, "draw-digit", "e.probabilities"), probabilities, atol=1e-3)
    for name in CLASS_LAYERS:
        found = np.array(state(page, "draw-digit", f"[...e.network.layer('{name}').values]"))
        assert np.allclose(found, expected[name].ravel(), atol=1e-3), name
    answer = int(probabilities.argmax())
    assert page.locator(".best th").text_content() == str(answer)
    shown = page.locator(".answers td.number").all_text_contents()
    assert np.allclose([float(text) for text in shown], probabilities, atol=2e-3)
    status(page, f"The network reads {answer}, probability ")
    return answer


def test_a_digit_is_recognized_while_it_is_drawn(opened, tensorflow_layers):
    page = opened("draw-digit")
    draw(page, SEVEN)
    assert assert_recognized(page, tensorflow_layers) == 7
    assert "is scaled to" in page.get_by_text("center of mass").text_content()
    page.get_by_role("button", name="Clear").click()
    status(page, "The pad is empty.")
    assert page.locator(".best").count() == 0


def test_a_digit_is_drawn_with_a_finger(opened, tensorflow_layers):
    page = opened("draw-digit", viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    box = page.get_by_role("application", name="Drawing pad").bounding_box()
    touch = page.context.new_cdp_session(page)
    for kind, y in (("touchStart", 60), ("touchMove", 120), ("touchMove", 220), ("touchEnd", None)):
        points = [] if y is None else [{"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["width"] / 280}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert_recognized(page, tensorflow_layers)
    assert state(page, "draw-digit", "e.made.rows") == 20


def test_a_second_finger_leaves_no_ink(opened):
    page = opened("draw-digit", **PHONE)
    page.get_by_role("button", name="Clear").click()
    x, y = middle_of(page.get_by_role("application", name="Drawing pad"))
    fingers = Fingers(page)
    fingers.send("touchStart", (x - 30, y - 40))
    fingers.send("touchStart", (x - 30, y - 40), (x + 40, y))
    for k in range(8):
        fingers.send("touchMove", (x - 30, y - 40 + 10 * k), (x + 40, y))
    fingers.send("touchEnd")
    page.wait_for_timeout(200)
    box = state(page, "draw-digit", "e.made.box")
    assert box["width"] < 30 < box["height"]


def test_a_tap_is_a_dot(opened):
    page = opened("draw-digit", **PHONE)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("application", name="Drawing pad").tap()
    page.wait_for_timeout(200)
    box = state(page, "draw-digit", "e.made.box")
    assert box["width"] == box["height"] >= 20


def test_a_digit_is_drawn_by_keyboard_alone(opened, tensorflow_layers):
    page = opened("draw-digit")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    for key in ["ArrowUp"] * 7 + ["Space"] + ["ArrowDown"] * 14 + ["Space"]:
        page.keyboard.press(key)
    assert assert_recognized(page, tensorflow_layers) == 1
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    status(page, "dense2, logit of digit 0")


def test_a_test_image_is_taken_as_it_is(opened, tensorflow_layers):
    page = opened("draw-digit")
    page.get_by_role("button", name="test image 3, a 0").click()
    assert state(page, "draw-digit", "[...e.pixels]") == load_mnist()[1][0][3].ravel().tolist()
    assert_recognized(page, tensorflow_layers)


def test_images_that_all_networks_get_wrong_can_be_taken(opened, tensorflow_layers):
    page = opened("draw-digit")
    group = page.get_by_role("group", name="or one that every trained network got wrong")
    assert group.get_by_role("button").count() == len(HARD)
    group.get_by_role("button", name="test image 582").click()
    assert_recognized(page, tensorflow_layers)


def test_preprocessing_keeps_proportions_and_centers_the_mass(opened):
    page = opened("draw-digit")
    draw(page, [(20, 20), (60, 20), (60, 100)])
    pixels = np.array(state(page, "draw-digit", "[...e.pixels]")).reshape(28, 28)
    made = state(page, "draw-digit", "e.made")
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    assert rows[-1] - rows[0] + 1 == made["rows"] == 20
    assert made["columns"] == round(20 * made["box"]["width"] / made["box"]["height"])
    assert columns[-1] - columns[0] + 1 == made["columns"]
    for axis in (0, 1):
        assert abs(np.average(np.arange(28), weights=pixels.sum(axis=axis)) - 14) <= 0.51
    assert len(np.unique(pixels)) > 20  # smooth edges


def test_a_unit_is_chosen_by_a_click_and_by_keys(opened):
    page = opened("draw-digit")
    sheet = page.get_by_role("application", name="Layer conv1")
    box = sheet.bounding_box()
    sheet.click(position={"x": 0.6 * box["width"], "y": 0.9 * box["height"]})
    title = page.locator(".made .title")
    assert title.text_content().startswith("conv1, map 29, row ")
    page.get_by_role("application", name="Layer conv2").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    assert "conv2, map " in title.text_content()
    assert page.locator(".square").count() == 3
    assert page.locator(".square td").count() == 27
    status(page, "conv2, map ")
    page.get_by_role("combobox", name="input map").select_option("5")
    assert page.locator(".square caption").first.text_content() == "window: pool1, map 6"
    assert page.get_by_role("combobox", name="input map").evaluate("e => e.getRootNode().activeElement === e")


def test_pictures_follow_the_theme(opened):
    page = opened("draw-digit")
    pad = page.locator(".pad")
    read = "c => c.toDataURL()"
    light = pad.evaluate(read)
    page.evaluate("document.documentElement.style.setProperty('--pst-color-text-base', '#eee')")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(100)
    assert pad.evaluate(read) != light


def test_another_network_takes_the_place_of_the_published_one(opened, tmp_path):
    page = opened("draw-digit")
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Input((28, 28, 1)),
        keras.layers.Conv2D(5, 4, strides=3, activation="tanh", name="only"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(10, name="logits"),
    ]
    model = keras.Sequential(layers)
    (tmp_path / "yours.bin").write_bytes(export.pack_model(model))
    page.get_by_label("Open another network").set_input_files(tmp_path / "yours.bin")
    page.get_by_text("9×9×5, convolution 4×4, stride 3, tanh").wait_for()
    assert page.locator(".layer").count() == 2
    image = np.array(state(page, "draw-digit", "[...e.pixels]")).reshape(1, 28, 28, 1) / 255
    expected = softmax(model(image).numpy().astype(float))[0]
    assert np.allclose(state(page, "draw-digit", "e.probabilities"), expected, atol=1e-3)
    page.get_by_role("application", name="Layer only").press("PageDown")
    assert page.locator(".square td").count() == 3 * 16
    (tmp_path / "iris.bin").write_bytes(export.pack_model(models.iris_mlp()))
    page.get_by_label("Open another network").set_input_files(tmp_path / "iris.bin")
    page.get_by_role("alert").get_by_text("it leads from 1×1×4 numbers to 1×1×3, not from an image").wait_for()
    assert page.locator(".layer").count() == 2


def test_without_sha256_the_page_says_that_the_checksum_was_not_tested(browser, playgrounds):
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined })")
    (playgrounds.folder / "plain.html").write_text(
        PAGE.format(module="draw-digit", tag="hw-draw-digit", attributes=""), encoding="utf-8"
    )
    page.goto(f"{playgrounds.base}/plain.html")
    page.get_by_text("The checksum of its weights was not tested").wait_for()
    page.close()


def test_damaged_weights_leave_the_figure_and_say_so(browser, playgrounds):
    folder = playgrounds.folder.parent / "damaged"
    shutil.copytree(playgrounds.folder, folder)
    weights = folder / "web" / "data" / "mnist_cnn.bin"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    (folder / "page.html").write_text(
        PAGE.format(module="draw-digit", tag="hw-draw-digit", attributes=""), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(f"{playgrounds.url}/some/damaged/page.html")
    page.get_by_role("alert").get_by_text("the weights are damaged").wait_for()
    assert page.get_by_text("The static figure.").is_visible()
    page.close()


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("module", ELEMENTS)
def test_element_fits_a_phone_and_prints_its_figure(opened, module):
    page = opened(module, viewport={"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.emulate_media(media="print")
    assert page.get_by_text("The static figure.").is_visible()


# ── the data that they load ──────────────────────────────────────────────────────────────────────────


def test_data_hold_every_seeds_split(tmp_path):
    web_data.write_data(tmp_path)
    flowers = json.loads((tmp_path / "iris.json").read_text())
    for seed, held_out in enumerate(flowers["held_out"]):
        X_train, X_test, _, labels_test = iris_split(seed, standardize=False)
        assert np.array_equal(np.array(flowers["X"])[held_out], X_test)
        assert np.array_equal(np.array(flowers["labels"])[held_out], labels_test)
        rest = np.delete(np.array(flowers["X"]), held_out, axis=0)
        assert np.array_equal(np.sort(rest, axis=0), np.sort(X_train, axis=0))


def test_the_kept_flowers_are_what_scikit_learn_gives():
    assert json.loads(web_data.IRIS.read_text()) == web_data.iris()


def test_data_mark_what_every_network_of_the_study_gets_wrong(tmp_path, monkeypatch):
    runs = [{"result": {"test": {"mistakes": [[row, 1, 0.9] for row in rows]}}} for rows in ([8, 3, 5], [5, 8, 1])]
    monkeypatch.setattr(web_data.study, "results_path", lambda name: ROOT / "pyproject.toml")
    monkeypatch.setattr(web_data.study, "load", lambda name: runs)
    web_data.write_data(tmp_path)
    digits = json.loads((tmp_path / "digits.json").read_text())
    assert [digit["index"] for digit in digits if digit["hard"]] == [5, 8]
    assert len(digits) == 22


def test_data_are_written_again_only_when_their_sources_are_newer(tmp_path):
    web_data.write_data(tmp_path)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {path.name for path in made} == {"iris.json", "digits.json", "mnist_cnn.bin"}
    web_data.write_data(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == made
    os.utime(tmp_path / "iris.json", (0, 0))
    web_data.write_data(tmp_path)
    assert (tmp_path / "iris.json").stat().st_mtime_ns > made[tmp_path / "iris.json"]


# ── own data ─────────────────────────────────────────────────────────────────────────────────────────


def own_run(page, optimizer, activation, steps=60):
    """Train on the page to the end, and return the losses."""
    choose(page, optimizer=optimizer, activation=activation)
    page.locator("hw-own-data").evaluate(f"e => {{ e.settings.steps = {steps}; }}")
    page.get_by_role("button", name="Train").click()
    page.locator(".readout", has_text=f"step {steps} of").wait_for()
    return state(page, "own-data", "e.history")


def printed_losses(page, name, text, folder):
    """Take the code of a run away, run it on the same table, and return the losses that it prints."""
    page.get_by_role("button", name=f"As {name} code").click()
    (folder / "network.py").write_text(page.locator("pre.code").text_content(), encoding="utf-8")
    (folder / "data.csv").write_text(text, encoding="utf-8")
    command = [sys.executable, "network.py", "data.csv"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    return [float(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    "optimizer, activation", [("sgd", "tanh"), ("adam", "gelu"), ("sgd", "relu"), ("adam", "sigmoid")]
)
def test_own_data_leaves_the_page_as_numpy_code_with_the_same_losses(optimizer, activation, opened, tmp_path):
    page = opened("own-data")
    losses = own_run(page, optimizer, activation)
    assert losses[-1] < losses[0] / 2
    text = page.get_by_label("Rows").input_value()
    assert printed_losses(page, "NumPy", text, tmp_path) == pytest.approx(losses, rel=0, abs=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_own_data_leaves_the_page_as_keras_code_with_the_same_losses(optimizer, opened, tmp_path):
    page = opened("own-data")
    losses = own_run(page, optimizer, "gelu" if optimizer == "sgd" else "tanh", steps=25)
    text = page.get_by_label("Rows").input_value()
    assert printed_losses(page, "Keras", text, tmp_path) == pytest.approx(losses, rel=0, abs=1e-12)


def test_own_data_takes_a_table_from_a_spreadsheet_without_names(opened, tmp_path):
    page = opened("own-data")
    text = "\n".join(f'{x}\t{7 - x}\t"{"a, b" if x < 4 else "c"}"' for x in (1, 2, 3, 4.5, 5, 6))
    page.get_by_label("Rows").fill(text)
    assert page.get_by_role("checkbox").count() == 2
    losses = own_run(page, "sgd", "tanh")
    assert printed_losses(page, "NumPy", text, tmp_path) == pytest.approx(losses, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no rows yet"),
        ("a,b\n1,x\n2", "Row 3 has 1 cells, the first has 2"),
        ("a,a\n1,x\n2,y", "Two columns are called “a”"),
        ("a,b\n1,x\n2,x", "is the same in all rows"),
        ("a,b\n1,x\n1,y", "predicts nothing"),
        ("a,b\np,x\nq,y\n", "Choose a column of numbers"),
        ("a,b\n1,x\n2,", "Row 2 has no “b”"),
        ('a,b\n1,x\n2,y"z"', "quotation mark"),
    ],
)
def test_own_data_says_what_a_table_lacks(text, said, opened):
    page = opened("own-data")
    page.get_by_label("Rows").fill(text)
    assert said in page.get_by_role("alert").text_content()
    assert page.get_by_role("button", name="Train").is_disabled()
    page.get_by_label("Rows").fill("a,b\n1,x\n2,y")
    assert page.locator(".error").text_content() == ""


def test_every_activation_of_the_page_can_be_taken_away_as_code(opened):
    page = opened("own-data")
    for name in ACTIVATIONS:
        choose(page, activation=name)
        page.get_by_role("button", name="As NumPy code").click()
        assert "undefined" not in page.locator("pre.code").text_content()
