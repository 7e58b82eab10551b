"""What a study can run: a task trains one network with given settings and a seed, and says what came out.

A task is called as task(seed=…, checkpoint=…, **settings). `checkpoint` is a path or None, for
`hwlib.training.train`. It returns what goes into the results file: a dict of numbers, lists and texts.
"""

import hashlib

import numpy as np


def iris(*, activation, optimizer, learning_rate, epochs, hidden=10, standardize=True, curve=0, seed, checkpoint):
    """Train the 4-h-3 network on 120 flowers, full batch; the seed fixes the split and the weights.

    It takes a second, so a killed run starts anew and `checkpoint` is not used.

    Returns
    -------
    final : dict, the last loss, accuracy, held_out_loss and held_out_accuracy
    epochs_to : dict, for a training loss of 0.5, 0.3, 0.2 and 0.1, the first epoch that starts below it,
        None if none does
    epoch, curves : with curve > 0, about that many epochs, evenly spaced in their logarithm, and the four
        histories there, to four digits
    weights : the SHA-256 of the final weights
    """
    from hwlib import data, models, training

    X_train, X_test, labels_train, labels_test = data.iris_split(seed, standardize)
    model = models.iris_mlp(hidden, activation, seed=seed)
    history = training.train(
        model, (X_train, labels_train), (X_test, labels_test), optimizer=optimizer, learning_rate=learning_rate,
        batch_size=None, epochs=epochs, seed=seed, report_every=epochs, progress=None,
    )  # fmt: skip
    loss = np.array(history["loss"])
    result = {
        "final": {name: _digits(column[-1]) for name, column in history.items()},
        "epochs_to": {str(level): _first_below(loss, level) for level in (0.5, 0.3, 0.2, 0.1)},
        "weights": fingerprint(model),
    }
    if curve:
        epoch = np.unique(np.geomspace(1, epochs, curve).round().astype(int))
        curves = {name: [_digits(column[i - 1]) for i in epoch] for name, column in history.items()}
        result |= {"epoch": epoch.tolist(), "curves": curves}
    return result


def iris_steps(*, activation, optimizer, rates, standardize=True, batch_size=None, most=2000, seed, checkpoint):
    """Count the steps to a training loss of 0.2 at each of many learning rates, with one split and one start.

    Parameters
    ----------
    activation : a name of hwlib.activations, or [height, steepness] of a `scaled_tanh`
    batch_size : None for steps on all 120 flowers, or 1; then the loss is looked at every 12 steps

    Returns
    -------
    steps : list, one entry a rate, None where `most` steps did not suffice
    """
    from hwlib import data, ensembles
    from hwlib.activations import ACTIVATIONS, scaled_tanh
    from hwlib.losses import one_hot
    from hwlib.mlp import MLP

    X, _, labels, _ = data.iris_split(seed, standardize)
    X, Y = (np.repeat(array[None], len(rates), axis=0) for array in (X, one_hot(labels, 3)))
    order = None
    if batch_size is not None:
        if batch_size != 1:
            raise ValueError(f"batch_size is {batch_size!r}; None or 1 is needed")
        one = np.random.default_rng(seed).integers(X.shape[1], size=most)
        order = np.repeat(one[None], len(rates), axis=0)
    needed = ensembles.steps_to(
        0.2, ACTIVATIONS[activation] if isinstance(activation, str) else scaled_tanh(*activation),
        ensembles.stack([MLP(seed=seed)] * len(rates)), X, Y, np.array(rates),
        optimizer=optimizer, most=most, order=order, look_every=12,
    )  # fmt: skip
    return {"steps": [None if np.isinf(count) else int(count) for count in needed]}


def mnist(*, dropout_rate=0.4, held_out="test", images=None, seed, checkpoint, **recipe):
    """Train the CNN of claim C17 with `recipe`, the keyword arguments of `training.train`.

    Parameters
    ----------
    held_out : "test": train on all 60 000, evaluate on the test set after every epoch; "last": the same,
        but the test set is looked at once, in the end; "validation": train on the first 55 000, evaluate
        on the other 5 000 and leave the test set alone
    images : train and evaluate on this many images only, to try things

    Returns
    -------
    history : the lists of `training.train`
    weights : the SHA-256 of the final weights
    test : unless the test set was left alone, the `report_card` of the trained network on it
    """
    from hwlib import training

    model, history, test = trained_cnn(
        dropout_rate=dropout_rate, held_out=held_out, images=images, seed=seed, checkpoint=checkpoint, **recipe
    )
    result = {"history": history, "weights": fingerprint(model)}
    if held_out != "validation":
        result["test"] = report_card(training.logits(model, test[0]), test[1])
    return result


def trained_cnn(*, dropout_rate=0.4, held_out="test", images=None, seed, checkpoint, progress=None, **recipe):
    """Return what `mnist` trains: the network, its history, and the data (x, labels) it is judged by."""
    from hwlib import data, models, training

    train, test = data.load_mnist()
    if held_out == "validation":
        train, test = [a[:55_000] for a in train], [a[55_000:] for a in train]
    elif held_out not in ("test", "last"):
        raise ValueError(f"held_out must be 'test', 'last' or 'validation'; got {held_out!r}")
    if images is not None:
        train, test = [a[:images] for a in train], [a[:images] for a in test]
    model = models.mnist_cnn(dropout_rate, seed=seed)
    watched = None if held_out == "last" else test
    history = training.train(model, train, watched, seed=seed, checkpoint=checkpoint, progress=progress, **recipe)
    return model, history, test


def drawings(*, source, number=0, seed, checkpoint):
    """Judge the published network by digits that are not MNIST's, seen as the page's pad sees them.

    Parameters
    ----------
    source : "strokes", `number` simulated drawings of each style, or "scikit", scikit-learn's digits

    Returns
    -------
    test : the `report_card`
    styles : for strokes, the number of right answers of each style
    """
    from hwlib import drawn, export, training

    if source not in ("strokes", "scikit"):
        raise ValueError(f"source is {source!r}; 'strokes' or 'scikit' is needed")
    images, labels, *names = drawn.simulated(number, seed) if source == "strokes" else drawn.scikit_digits()
    logits = training.logits(export.load()[1], images)
    result = {"test": report_card(logits, labels)}
    if names:
        right = logits.argmax(axis=1) == labels
        result["styles"] = {style: int(right[np.array(names[0]) == style].sum()) for style in drawn.STYLES}
    return result


def report_card(logits, labels, bins=15):
    """Say how a classifier does, from its logits (n, k) and the true labels (n,).

    Returns
    -------
    accuracy, loss : floats, the share of right answers and the mean cross-entropy
    confusion : k lists of k counts, true class by predicted class
    mistakes : for each wrong answer [index, predicted class, its probability], surest first
    reliability : for each of `bins` equal bins of the top probability that is not empty
        [number, mean probability, share of right answers]
    """
    from hwlib import losses

    logits = np.asarray(logits, np.float64)
    probability, predicted = losses.softmax(logits).max(axis=1), logits.argmax(axis=1)
    right = predicted == labels
    confusion = np.zeros((logits.shape[1],) * 2, int)
    np.add.at(confusion, (labels, predicted), 1)
    wrong = np.flatnonzero(~right)
    wrong = wrong[np.argsort(-probability[wrong], kind="stable")]
    rows = [np.ceil(probability * bins).astype(int) == number for number in range(1, bins + 1)]
    return {
        "accuracy": float(right.mean()),
        "loss": float(losses.cross_entropy(logits, losses.one_hot(labels, logits.shape[1]))),
        "confusion": confusion.tolist(),
        "mistakes": [[int(i), int(predicted[i]), _digits(probability[i])] for i in wrong],
        "reliability": [
            [int(row.sum()), float(probability[row].mean()), float(right[row].mean())] for row in rows if row.any()
        ],
    }


TASKS = {"iris": iris, "iris_steps": iris_steps, "mnist": mnist, "drawings": drawings}


def fingerprint(model):
    """The SHA-256 of a model's weights: equal if and only if every bit of them is."""
    digest = hashlib.sha256()
    for array in model.get_weights():
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _digits(value):
    return float(f"{value:.4g}")


def _first_below(loss, level):
    below = np.flatnonzero(loss < level)
    return int(below[0]) if below.size else None
