"""Everything that takes the same training step: one small function for each way, in a registry."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwlib.losses import one_hot
from hwlib.mlp import MLP, FastMLP

RATE = 2**-5  # small, so that weights stay small over many rounds, and exact in Keras's float32
FEATURES, CLASSES = 4, 3
LOOP = 1000  # steps in one call, for those that loop inside


@dataclass(frozen=True)
class Problem:
    """A full-batch step of the F-h-k network, from the weights that `MLP` draws with seed 0."""

    batch: int = 150
    hidden: int = 10
    activation: str = "sigmoid"
    dtype: str = "float64"

    def network(self, form=MLP):
        return form((FEATURES, self.hidden, CLASSES), self.activation, seed=0, dtype=self.dtype)

    def weights(self):
        return list(self.network().parameters.values())

    def data(self):
        """Return X (m, 4), standard normal, and one-hot Y (m, 3), whose classes X decides in part, in `dtype`."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.batch, FEATURES))
        scores = X[:, :CLASSES] + rng.standard_normal((self.batch, CLASSES))
        return X.astype(self.dtype), one_hot(scores.argmax(axis=1), CLASSES).astype(self.dtype)


@dataclass(frozen=True)
class Contestant:
    """One way to take the step.

    `make(problem)` returns `advance`, which takes `steps` steps and returns the last loss as a float, and
    `weights`, which returns [W1, b1, W2, b2]. Contestants of one runtime share a process.
    """

    name: str
    runtime: str
    make: Callable
    steps: int = 1
    group: str = "step"


CONTESTANTS = {}


def contestant(name, runtime, steps=1, group="step"):
    """Put a function into the registry, under a name that tables and figures show."""

    def register(make):
        if name in CONTESTANTS:
            raise ValueError(f"two contestants are called {name!r}")
        CONTESTANTS[name] = Contestant(name, runtime, make, steps, group)
        return make

    return register


# NumPy: the two forms of hwlib.mlp, and the stations on the way from one to the other


def _numpy_form(problem, form):
    X, Y = problem.data()
    network = problem.network(form)
    return lambda: network.step(X, Y, RATE), lambda: list(network.parameters.values())


@contestant("NumPy, readable", "numpy")
def numpy_readable(problem):
    return _numpy_form(problem, MLP)


@contestant("NumPy, fast", "numpy")
def numpy_fast(problem):
    return _numpy_form(problem, FastMLP)


@contestant("NumPy, fast, new batch", "numpy")
def numpy_fast_new_batch(problem):
    """The batch differs from the last one in every step, so that it is checked and copied each time."""
    X, Y = problem.data()
    batches = [(X, Y), (X[::-1].copy(), Y[::-1].copy())]
    network = problem.network(FastMLP)

    def advance():
        batches.reverse()
        return network.step(*batches[0], RATE)

    return advance, lambda: list(network.parameters.values())


@contestant("NumPy, bare formulas", "numpy")
def numpy_bare(problem):
    """Nothing but the formulas, for the sigmoid network: no check of the input, one pass of exp."""
    X, Y = problem.data()
    W1, b1, W2, b2 = weights = problem.weights()

    def advance():
        A1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        Z2 = A1 @ W2 + b2
        shifted = Z2 - Z2.max(axis=1, keepdims=True)
        exp = np.exp(shifted)
        sums = exp.sum(axis=1, keepdims=True)
        loss = -(Y * (shifted - np.log(sums))).sum() / len(X)
        D2 = (exp / sums - Y) / len(X)
        D1 = D2 @ W2.T * A1 * (1 - A1)
        for weight, gradient in zip(weights, (X.T @ D1, D1.sum(0), A1.T @ D2, D2.sum(0)), strict=True):
            weight -= RATE * gradient
        return float(loss)

    return advance, lambda: weights


def _turned(problem):
    """Return X (5, m), Y (3, m) and the weights P1 (5, h), P2 (h + 1, 3), whose last rows are the biases."""
    X, Y = problem.data()
    W1, b1, W2, b2 = problem.weights()
    X = np.vstack([X.T, np.ones(len(X))])
    return X, np.ascontiguousarray(Y.T), np.vstack([W1, b1]), np.vstack([W2, b2])


@contestant("NumPy, turned and folded", "numpy", group="road")
def numpy_turned(problem):
    """One example a column, the bias a row of the weights: fewer calls, and sums along rows of memory."""
    X, Y, P1, P2 = _turned(problem)
    A = np.ones((len(P2), X.shape[1]))

    def advance():
        A[:-1] = 1 / (1 + np.exp(-(P1.T @ X)))
        Z = P2.T @ A
        Z -= Z.max(axis=0)
        exp = np.exp(Z)
        sums = exp.sum(axis=0)
        loss = (np.log(sums).sum() - (Y * Z).sum()) / len(sums)
        D2 = exp / sums - Y
        D1 = (P2[:-1] @ D2) * (A[:-1] * (1 - A[:-1]))
        P2[:] -= RATE / len(sums) * (A @ D2.T)
        P1[:] -= RATE / len(sums) * (X @ D1.T)
        return float(loss)

    return advance, lambda: [P1[:-1], P1[-1:], P2[:-1], P2[-1:]]


@contestant("NumPy, buffers", "numpy", group="road")
def numpy_buffers(problem):
    """The same, and every call writes into memory that was allocated before."""
    X, Y, P1, P2 = _turned(problem)
    rows, units = X.shape[1], len(P2) - 1
    A, D1, slope = np.ones((units + 1, rows)), np.empty((units, rows)), np.empty((units, rows))
    A1 = A[:-1]
    Z, exp, G1, G2 = np.empty_like(Y), np.empty_like(Y), np.empty_like(P1), np.empty_like(P2)
    sums, logs = np.empty(rows), np.empty(rows)

    def advance():
        np.dot(P1.T, X, out=A1)
        np.negative(A1, out=A1)
        np.exp(A1, out=A1)
        np.add(A1, 1, out=A1)
        np.divide(1, A1, out=A1)
        np.dot(P2.T, A, out=Z)
        np.max(Z, axis=0, out=sums)
        np.subtract(Z, sums, out=Z)
        np.exp(Z, out=exp)
        np.sum(exp, axis=0, out=sums)
        np.log(sums, out=logs)
        loss = (logs.sum() - np.vdot(Y, Z)) / rows
        np.divide(exp, sums, out=exp)
        np.subtract(exp, Y, out=exp)
        np.dot(A, exp.T, out=G2)
        np.dot(P2[:-1], exp, out=D1)
        np.multiply(A1, A1, out=slope)
        np.subtract(A1, slope, out=slope)
        np.multiply(D1, slope, out=D1)
        np.dot(X, D1.T, out=G1)
        for weight, gradient in ((P1, G1), (P2, G2)):
            np.multiply(gradient, RATE / rows, out=gradient)
            np.subtract(weight, gradient, out=weight)
        return float(loss)

    return advance, lambda: [P1[:-1], P1[-1:], P2[:-1], P2[-1:]]


# Compiled: C through ctypes, and numba


def _c_steps(problem):
    """Compile step.c for the problem's sizes, and return a function of the number of steps, and the weights."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise ImportError("no C compiler (cc)")
    source = Path(__file__).with_name("step.c")
    sizes = [f"-DF={FEATURES}", f"-DH={problem.hidden}", f"-DK={CLASSES}"]
    flags = ["-O3", "-march=native", "-ffast-math", "-fPIC"]
    with tempfile.TemporaryDirectory(prefix="hwlib-") as folder:  # a loaded library outlives its file
        unlinked, library = Path(folder) / "step.o", Path(folder) / "step.so"
        # Linked without -ffast-math, which would have the whole process flush small numbers to zero.
        for command in (
            [compiler, *flags, *sizes, "-c", str(source), "-o", str(unlinked)],
            [compiler, "-shared", str(unlinked), "-o", str(library), "-lm"],
        ):
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                raise ImportError(f"the C compiler failed: {(result.stderr.splitlines() or ['no message'])[-1]}")
        steps = ctypes.CDLL(str(library)).steps
    pointer = ctypes.c_void_p
    steps.argtypes = [pointer, pointer, pointer, ctypes.c_long, ctypes.c_double, ctypes.c_long]
    steps.restype = ctypes.c_double
    X, Y = (np.ascontiguousarray(array.T) for array in problem.data())
    network = problem.network(FastMLP)  # its parameters lie in one vector: W1, b1, W2, b2
    weights = list(network.parameters.values())

    def advance(count, arrays=(X, Y, weights[0])):  # holds the arrays: C sees their addresses only
        return steps(*addresses, problem.batch, RATE, count)

    addresses = [array.ctypes.data for array in (X, Y, weights[0])]
    return advance, lambda: weights


@contestant("C, one call a step", "numpy")
def c_step(problem):
    steps, weights = _c_steps(problem)
    return lambda: steps(1), weights


@contestant("C, loop inside", "numpy", steps=LOOP)
def c_loop(problem):
    steps, weights = _c_steps(problem)
    return lambda: steps(LOOP), weights


@contestant("numba, one call a step", "numpy")
def numba_step(problem):
    """Loops over examples, as one writes them for numba; sigmoid only."""
    import numba

    @numba.njit(fastmath=True)
    def step(X, Y, W1, b1, W2, b2, A, E, G1, g1, G2, g2, rate):
        (m, d), (h, k), loss = X.shape, W2.shape, 0.0
        G1[:], g1[:], G2[:], g2[:] = 0, 0, 0, 0
        for i in range(m):
            for j in range(h):
                z = b1[0, j]
                for p in range(d):
                    z += X[i, p] * W1[p, j]
                A[i, j] = z
        for i in range(m):
            for j in range(h):
                A[i, j] = 1 / (1 + np.exp(-A[i, j]))
        for i in range(m):
            top, total = -np.inf, 0.0
            for q in range(k):
                z = b2[0, q]
                for j in range(h):
                    z += A[i, j] * W2[j, q]
                E[q] = z
                top = max(top, z)
            for q in range(k):
                loss -= Y[i, q] * (E[q] - top)
                E[q] = np.exp(E[q] - top)
                total += E[q]
            loss += np.log(total)
            for q in range(k):
                E[q] = E[q] / total - Y[i, q]
                g2[0, q] += E[q]
            for j in range(h):
                delta = 0.0
                for q in range(k):
                    G2[j, q] += A[i, j] * E[q]
                    delta += W2[j, q] * E[q]
                delta *= A[i, j] * (1 - A[i, j])
                g1[0, j] += delta
                for p in range(d):
                    G1[p, j] += X[i, p] * delta
        W1 -= rate / m * G1
        b1 -= rate / m * g1
        W2 -= rate / m * G2
        b2 -= rate / m * g2
        return loss / m

    X, Y = problem.data()
    weights = problem.weights()
    scratch = np.empty((problem.batch, problem.hidden)), np.empty(CLASSES), *map(np.empty_like, weights)
    return lambda: step(X, Y, *weights, *scratch, RATE), lambda: weights


# TensorFlow


def _import_tensorflow():
    from hwlib.models import keras  # noqa: F401  sets TensorFlow's environment
    import tensorflow as tf  # isort: skip

    tf.get_logger().setLevel("ERROR")  # many contestants in one process look to it like careless retracing
    return tf


def _tensorflow(problem):
    """Return tf, the variables, and a function that takes a step and returns the loss as a tensor."""
    tf = _import_tensorflow()
    X, Y = map(tf.constant, problem.data())
    variables = [tf.Variable(weight) for weight in problem.weights()]
    W1, b1, W2, b2 = variables
    activation = getattr(tf.nn, problem.activation)

    def step():
        with tf.GradientTape() as tape:
            logits = activation(X @ W1 + b1) @ W2 + b2
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(Y, logits))
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(RATE * gradient)
        return loss

    return tf, variables, step


def _numpys(arrays):
    return lambda: [np.asarray(array) for array in arrays]


@contestant("TensorFlow, eager", "tensorflow")
def tensorflow_eager(problem):
    _, variables, step = _tensorflow(problem)
    return lambda: float(step()), _numpys(variables)


@contestant("TensorFlow, tf.function", "tensorflow")
def tensorflow_function(problem):
    tf, variables, step = _tensorflow(problem)
    step = tf.function(step)
    return lambda: float(step()), _numpys(variables)


@contestant("TensorFlow, jitted", "tensorflow")
def tensorflow_jitted(problem):
    tf, variables, step = _tensorflow(problem)
    step = tf.function(step, jit_compile=True)
    return lambda: float(step()), _numpys(variables)


def _tensorflow_loop(problem, jit, count=LOOP):
    tf, variables, step = _tensorflow(problem)

    @tf.function(jit_compile=jit)
    def loop():
        loss = tf.zeros((), tf.float64)
        for _ in tf.range(count):
            loss = step()
        return loss

    return lambda: float(loop()), _numpys(variables)


@contestant("TensorFlow, loop inside", "tensorflow", steps=LOOP)
def tensorflow_loop(problem):
    return _tensorflow_loop(problem, jit=False)


@contestant("TensorFlow, jitted loop inside", "tensorflow", steps=LOOP)
def tensorflow_jitted_loop(problem):
    return _tensorflow_loop(problem, jit=True)


def _keras(problem):
    from hwlib.models import iris_mlp, keras

    keras.config.set_floatx("float64")  # or `fit` turns the data into float32
    model = iris_mlp(problem.hidden, problem.activation, dtype="float64")
    model.set_weights([w.reshape(v.shape) for w, v in zip(problem.weights(), model.weights, strict=True)])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(RATE), loss)
    return model, lambda: [w.reshape(-1, w.shape[-1]) for w in model.get_weights()]


@contestant("Keras, train_on_batch", "tensorflow")
def keras_train_on_batch(problem):
    model, weights = _keras(problem)
    X, Y = problem.data()
    return lambda: float(model.train_on_batch(X, Y)), weights


@contestant("Keras, fit", "tensorflow", steps=100)
def keras_fit(problem):
    """One epoch of 100 equal batches, so that what an epoch costs besides its steps hardly counts."""
    model, weights = _keras(problem)
    X, Y = (np.tile(array, (100, 1)) for array in problem.data())

    def advance():
        history = model.fit(X, Y, batch_size=problem.batch, shuffle=False, verbose=0)
        return history.history["loss"][-1]

    return advance, weights


# JAX


def _jax(problem):
    """Return jax, the data, and a function (weights) → (new weights, loss)."""
    import jax

    jax.config.update("jax_enable_x64", True)
    X, Y = map(jax.numpy.asarray, problem.data())
    activation = {"tanh": jax.numpy.tanh}.get(problem.activation) or getattr(jax.nn, problem.activation)

    def loss(weights):
        W1, b1, W2, b2 = weights
        logits = activation(X @ W1 + b1) @ W2 + b2
        return -(Y * jax.nn.log_softmax(logits)).sum() / len(X)

    def step(weights):
        value, gradients = jax.value_and_grad(loss)(weights)
        return [w - RATE * g for w, g in zip(weights, gradients, strict=True)], value

    return jax, step


def _jax_contestant(problem, advance):
    import jax

    state = [jax.numpy.asarray(weight) for weight in problem.weights()]

    def call():
        state[:], loss = advance(state)
        return float(loss)

    return call, _numpys(state)


@contestant("JAX, jitted", "jax")
def jax_jitted(problem):
    jax, step = _jax(problem)
    advance, state = _jax_contestant(problem, jax.jit(step))
    return advance, state


@contestant("JAX, scan inside", "jax", steps=LOOP)
def jax_scan(problem):
    jax, step = _jax(problem)

    @jax.jit
    def scan(weights):
        weights, losses = jax.lax.scan(lambda weights, _: step(weights), weights, length=LOOP)
        return weights, losses[-1]

    return _jax_contestant(problem, scan)


# PyTorch


def _torch(problem):
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
    X, Y = map(torch.from_numpy, problem.data())
    return torch, X, Y, getattr(torch.nn.functional, problem.activation)


@contestant("PyTorch, tensors", "torch")
def torch_tensors(problem):
    torch, X, Y, activation = _torch(problem)
    weights = [torch.from_numpy(weight).requires_grad_() for weight in problem.weights()]
    W1, b1, W2, b2 = weights

    def advance():
        loss = torch.nn.functional.cross_entropy(activation(X @ W1 + b1) @ W2 + b2, Y)
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.sub_(gradient, alpha=RATE)
        return loss.item()

    return advance, lambda: [weight.detach().numpy() for weight in weights]


@contestant("PyTorch, nn and SGD", "torch")
def torch_nn(problem):
    torch, X, Y, activation = _torch(problem)
    first = torch.nn.Linear(FEATURES, problem.hidden, dtype=torch.float64)
    second = torch.nn.Linear(problem.hidden, CLASSES, dtype=torch.float64)
    W1, b1, W2, b2 = map(torch.from_numpy, problem.weights())
    with torch.no_grad():
        for layer, weight, bias in ((first, W1, b1), (second, W2, b2)):
            layer.weight.copy_(weight.T)
            layer.bias.copy_(bias[0])
    optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=RATE)
    measure = torch.nn.CrossEntropyLoss()

    def advance():
        optimizer.zero_grad()
        loss = measure(second(activation(first(X))), Y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def weights():
        arrays = (first.weight.T, first.bias[None], second.weight.T, second.bias[None])
        return [array.detach().numpy() for array in arrays]

    return advance, weights


# Probes: not a step, but what a step is made of. Each returns a function to time.

PROBES = {}


def probe(make):
    """Put a function into the registry of probes, under its own name."""
    PROBES[make.__name__] = make
    return make


def _operation(name, shape):
    """Return one NumPy call into a buffer, on arrays of the given shape."""
    rng = np.random.default_rng(0)
    a, b, out = rng.uniform(0.5, 1.5, shape), rng.uniform(0.5, 1.5, shape), np.empty(shape)
    if name == "dot":
        return lambda: a.dot(b, out)
    if name == "copy":
        return lambda: np.copyto(out, a)
    if name == "relu":
        return lambda: np.maximum(a, 0, out=out)
    function = getattr(np, name)
    return (lambda: function(a, out)) if function.nin == 1 else (lambda: function(a, b, out))


@probe
def numpy_operation(name, shape):
    """Calls of one NumPy function in float64, 10 at a time."""
    call = _operation(name, tuple(shape))

    def advance():
        for _ in range(10):
            call()

    return advance, 10


@probe
def numpy_product(size, dtype):
    """One product of two large square matrices."""
    a, out = np.random.default_rng(0).random((size, size)).astype(dtype), np.empty((size, size), dtype)
    return lambda: a.dot(a, out), 1


@probe
def tensorflow_chain(name, count, shape):
    """One call of a `tf.function` with `count` links, value → other − value, or other − name(value) if name is given.

    A chain of one function alone says nothing: TensorFlow's optimizer turns 1024 tanh into a single node. It leaves
    these links as they are, and the probe looks at the optimized graph to be sure.

    Raises ArithmeticError if it finds fewer nodes than links.
    """
    tf = _import_tensorflow()
    function = getattr(tf.nn, name) if name else tf.identity
    start, other = (tf.constant(np.full(tuple(shape), value)) for value in (0.5, 0.9))

    @tf.function
    def chain(value, other):
        for _ in range(count):
            value = other - function(value)
        return value

    links = optimized_nodes(chain, start, other).get("Sub", 0)
    if links < count:
        raise ArithmeticError(f"{links} of the {count} links are left in the optimized graph: they were fused")
    return lambda: chain(start, other), 1


def optimized_nodes(function, *arguments):
    """Return how many nodes of each kind a `tf.function` runs, after TensorFlow's optimizer: {kind: number}."""
    from tensorflow.python.eager import context

    with context.collect_graphs(optimized=True) as graphs:
        function(*arguments)
    return dict(Counter(node.op for graph in graphs for node in graph.node))


@probe
def tensorflow_empty():
    """One call of a `tf.function` that takes nothing, does nothing and returns nothing."""
    tf = _import_tensorflow()
    return tf.function(lambda: None), 1


@probe
def tensorflow_passing(into, out):
    """One call that does nothing but take a tensor (`into`), return one (`out`), or both."""
    tf = _import_tensorflow()
    value = tf.constant(0.5)
    function = tf.function((lambda x: x if out else None) if into else (lambda: tf.constant(0.5)))
    return (lambda: function(value)) if into else function, 1


@probe
def tensorflow_variables(result):
    """One call that reads the four variables of the report's network and changes each, and returns a number or not."""
    tf = _import_tensorflow()
    variables = [tf.Variable(weight) for weight in Problem().weights()]
    steps = [tf.zeros_like(variable) for variable in variables]

    @tf.function
    def change():
        for variable, step in zip(variables, steps, strict=True):
            variable.assign_sub(step)
        return variables[-1][0, 0] if result else None

    return (lambda: float(change())) if result else change, 1


@probe
def tensorflow_loop_of(count, jit):
    """One call that takes `count` steps of the report's network."""
    return _tensorflow_loop(Problem(), jit, count)[0], 1


@probe
def tensorflow_operations(problem):
    """No time but a number: the operations in the graph of one step, without constants and placeholders."""
    tf, _, step = _tensorflow(problem)
    graph = tf.function(step).get_concrete_function().graph
    passive = {"Const", "Placeholder", "NoOp", "Identity"}
    number = sum(operation.type not in passive for operation in graph.get_operations())
    return (lambda: None), number
