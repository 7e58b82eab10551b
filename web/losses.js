// Softmax and the cross-entropy of its rows, as in hwlib.losses.

/** Log of softmax of one row, with the largest logit subtracted first. */
export function logSoftmax(row) {
  const largest = row.reduce((a, b) => Math.max(a, b));
  const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return row.map((logit) => logit - largest - logSum);
}

/** Probabilities from one row of logits. */
export const softmax = (row) => logSoftmax(row).map(Math.exp);

/** Loss of each row, the loss, probabilities A₂ and the gradient (A₂ − Z) · scale, for labels 0 … k − 1. */
export function crossEntropy(logits, labels, reduction = "sum") {
  const scale = reduction === "mean" ? 1 / logits.length : 1;
  const logs = logits.map(logSoftmax);
  const losses = logs.map((row, i) => -row[labels[i]]);
  const probabilities = logs.map((row) => row.map(Math.exp));
  const gradient = probabilities.map((row, i) => row.map((p, j) => scale * (p - (j === labels[i] ? 1 : 0))));
  return { losses, loss: scale * losses.reduce((a, b) => a + b, 0), probabilities, gradient };
}
