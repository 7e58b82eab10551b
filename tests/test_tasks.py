"""Tasks: what goes into a results file is what the training did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hwlib import data, models, tasks, training

IRIS = {"activation": "tanh", "optimizer": "sgd", "learning_rate": 0.3, "epochs": 60, "seed": 3, "checkpoint": None}


@pytest.fixture(scope="module")
def iris():
    return tasks.iris(**IRIS, curve=20)


def test_iris_reports_what_training_gives_for_this_seed(iris):
    X_train, X_test, labels_train, labels_test = data.iris_split(3)
    model = models.iris_mlp(10, "tanh", seed=3)
    history = training.train(
        model, (X_train, labels_train), (X_test, labels_test), optimizer="sgd", learning_rate=0.3,
        batch_size=None, epochs=60, seed=3, progress=None,
    )  # fmt: skip
    assert iris["weights"] == tasks.fingerprint(model)
    for name, column in history.items():
        assert iris["final"][name] == pytest.approx(column[-1], rel=1e-3)
        np.testing.assert_allclose(iris["curves"][name], np.array(column)[np.array(iris["epoch"]) - 1], rtol=1e-3)
    assert iris["epochs_to"]["0.2"] == np.flatnonzero(np.array(history["loss"]) < 0.2)[0]


def test_level_that_is_not_reached_is_none(iris):
    assert iris["final"]["loss"] > 0.1 and iris["epochs_to"]["0.1"] is None


def test_curve_runs_from_the_first_epoch_to_the_last(iris):
    assert (iris["epoch"][0], iris["epoch"][-1]) == (1, 60)
    assert iris["epoch"] == sorted(set(iris["epoch"]))


def test_fingerprint_changes_with_the_last_bit_of_a_weight():
    model = models.iris_mlp(seed=0)
    before = tasks.fingerprint(model)
    weights = model.get_weights()
    weights[0][0, 0] = np.nextafter(weights[0][0, 0], np.float32(9))
    model.set_weights(weights)
    assert tasks.fingerprint(model) != before


def test_validation_never_sees_the_test_set(monkeypatch):
    train, _ = data.load_mnist()
    seen = {}

    def note(model, training_data, held_out, **_):
        seen.update(training=training_data, held_out=held_out)
        return {}

    monkeypatch.setattr(data, "load_mnist", lambda: (train, None))
    monkeypatch.setattr(training, "train", note)
    tasks.mnist(held_out="validation", seed=0, checkpoint=None)
    for number in (0, 1):
        np.testing.assert_array_equal(seen["training"][number], train[number][:55_000])
        np.testing.assert_array_equal(seen["held_out"][number], train[number][55_000:])


def test_unknown_part_to_hold_out_is_refused():
    with pytest.raises(ValueError, match="held_out must be 'test', 'last' or 'validation'; got 'half'"):
        tasks.mnist(held_out="half", seed=0, checkpoint=None)


logits_and_labels = st.integers(1, 30).flatmap(
    lambda m: st.tuples(
        arrays(float, (m, 4), elements=st.floats(-30, 30)), arrays(np.int64, m, elements=st.integers(0, 3))
    )
)


@settings(deadline=None)
@given(logits_and_labels)
def test_report_card_counts_every_example_once_and_agrees_with_itself(pair):
    logits, labels = pair
    card = tasks.report_card(logits, labels)
    confusion = np.array(card["confusion"])
    np.testing.assert_array_equal(confusion.sum(axis=1), np.bincount(labels, minlength=4))
    assert card["accuracy"] == pytest.approx(np.trace(confusion) / len(labels))
    assert len(card["mistakes"]) == len(labels) - np.trace(confusion)
    assert sum(number for number, _, _ in card["reliability"]) == len(labels)
    right = sum(number * share for number, _, share in card["reliability"])
    assert right == pytest.approx(np.trace(confusion))


def test_mistakes_are_the_wrong_answers_surest_first():
    logits = np.array([[0.0, 2.0], [0.0, 9.0], [5.0, 0.0]])
    card = tasks.report_card(logits, np.array([0, 0, 0]))
    assert [(index, predicted) for index, predicted, _ in card["mistakes"]] == [(1, 1), (0, 1)]
