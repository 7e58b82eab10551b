// The network that a reader has trained, as a program: the same data, initial weights, steps and losses.

/** How Python writes a text, a list of texts, or a number. */
const python = (value) => JSON.stringify(value);

// The activation A of Z and its slope, in NumPy; Keras has each under the same name.
export const IN_NUMPY = {
  relu: ["np.maximum(Z, 0)", "(Z > 0).astype(float)"],
  sigmoid: ["1 / (1 + np.exp(-Z))", "A * (1 - A)"],
  tanh: ["np.tanh(Z)", "1 - A**2"],
  gelu: ["Z * below(Z)", "below(Z) + Z * np.exp(-(Z**2) / 2) / np.sqrt(2 * np.pi)"],
};
const BELOW = `
below = np.vectorize(lambda z: math.erfc(-z / math.sqrt(2)) / 2)  # how much of a normal distribution lies below z
`;

function data({ table, features, target, classes, hidden, seed, rate, steps }) {
  const names = table.header ? "" : `, fieldnames=${python(table.columns)}`;
  return `FEATURES = ${python(features)}
TARGET, CLASSES = ${python(target)}, ${python(classes)}
HIDDEN, SEED, RATE, STEPS = ${hidden}, ${seed}, ${rate}, ${steps}

with open(sys.argv[1], newline="", encoding="utf-8-sig") as file:
    rows = list(csv.DictReader(file${names}, delimiter=${python(table.delimiter)}, skipinitialspace=True))
X = np.array([[float(row[name]) for name in FEATURES] for row in rows])
X = (X - X.mean(axis=0)) / X.std(axis=0)
Y = np.eye(len(CLASSES))[[CLASSES.index(row[TARGET].strip()) for row in rows]]

rng = np.random.default_rng(SEED)


def glorot(n, k):
    limit = np.sqrt(6 / (n + k))
    return rng.uniform(-limit, limit, (n, k))


W1, b1 = glorot(len(FEATURES), HIDDEN), np.zeros((1, HIDDEN))
W2, b2 = glorot(HIDDEN, len(CLASSES)), np.zeros((1, len(CLASSES)))
`;
}

const UPDATE = {
  sgd: `    for parameter, gradient in zip(parameters, gradients):
        parameter -= RATE * gradient
`,
  adam: `    for parameter, gradient, m, v in zip(parameters, gradients, means, squares):
        m += 0.1 * (gradient - m)
        v += 0.001 * (gradient**2 - v)
        rate = RATE * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        parameter -= rate * m / (np.sqrt(v) + 1e-7)
`,
};

export function numpyCode(run) {
  const [activation, slope] = IN_NUMPY[run.activation];
  const gelu = run.activation === "gelu";
  const moments = "means, squares = ([np.zeros_like(p) for p in parameters] for _ in range(2))\n";
  return `"""A network with one hidden layer, trained: \`python network.py data.csv\` prints the loss before each step."""

import csv
${gelu ? "import math\n" : ""}import sys

import numpy as np

${data(run)}${gelu ? BELOW : ""}parameters = [W1, b1, W2, b2]
${run.optimizer === "adam" ? moments : ""}
for step in range(STEPS + 1):
    Z = X @ W1 + b1
    A = ${activation}
    logits = A @ W2 + b2
    logits = logits - logits.max(axis=1, keepdims=True)
    sums = np.exp(logits).sum(axis=1, keepdims=True)
    print(-np.sum(Y * (logits - np.log(sums))) / len(X))
    if step == STEPS:
        break

    dlogits = (np.exp(logits) / sums - Y) / len(X)
    dZ = dlogits @ W2.T * (${slope})
    gradients = [X.T @ dZ, dZ.sum(axis=0, keepdims=True), A.T @ dlogits, dlogits.sum(axis=0, keepdims=True)]
${UPDATE[run.optimizer]}`;
}

// TensorFlow's own has the root of 2 in single precision.
const EXACT_GELU = `

def gelu(z):
    return z * (1 + keras.ops.erf(z / np.sqrt(2))) / 2

`;

export function kerasCode(run) {
  // Keras takes what it reads as Python's own numbers in single precision.
  const optimizer = {
    sgd: "SGD(RATE)",
    adam: "Adam(RATE, *np.float64([0.9, 0.999, 1e-7]))",
  }[run.optimizer];
  return `"""A network with one hidden layer, trained: \`python network.py data.csv\` prints the loss before each step."""

import csv
import sys

import keras
import numpy as np

keras.config.set_floatx("float64")

${data(run)}${run.activation === "gelu" ? EXACT_GELU : ""}
model = keras.Sequential([
    keras.Input((len(FEATURES),)),
    keras.layers.Dense(HIDDEN, ${run.activation === "gelu" ? "gelu" : python(run.activation)}),
    keras.layers.Dense(len(CLASSES)),  # the logits
])
model.set_weights([W1, b1[0], W2, b2[0]])
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.${optimizer}, loss)

for step in range(STEPS + 1):
    print(float(loss(Y, model(X))))
    if step < STEPS:
        model.train_on_batch(X, Y)
`;
}
