"""Many small networks at once: everything has a leading axis of networks, so that seeds and rates cost one loop.

The formulas are those of `hwlib.mlp.MLP`; a study of hundreds of networks takes seconds instead of minutes.
"""

import numpy as np

ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}  # Keras's defaults


def stack(networks):
    """Return the parameters of n networks of one shape as {name: array (n, …)}."""
    networks = list(networks)
    return {name: np.stack([network.parameters[name] for network in networks]) for name in networks[0].parameters}


def gradients(activation, parameters, X, Y):
    """Return the losses (n,) and the gradients, {name: array (n, …)}, of n networks.

    Parameters
    ----------
    activation : hwlib.activations.Activation
    parameters : as `stack` gives them
    X, Y : arrays (n, m, d) and (n, m, k), or (m, d) and (m, k) for all networks
    """
    depth = len(parameters) // 2
    Z, A = [], [X]
    for layer in range(1, depth + 1):
        Z.append(A[-1] @ parameters[f"W{layer}"] + parameters[f"b{layer}"])
        if layer < depth:
            A.append(activation(Z[-1]))
    shifted = Z[-1] - Z[-1].max(axis=-1, keepdims=True)
    P = np.exp(shifted)
    sums = P.sum(axis=-1, keepdims=True)
    losses = (np.log(sums[..., 0]) - (Y * shifted).sum(axis=-1)).mean(axis=-1)
    delta, result = (P / sums - Y) / Y.shape[-2], {}
    for layer in range(depth, 0, -1):
        result[f"W{layer}"] = np.swapaxes(A[layer - 1], -1, -2) @ delta
        result[f"b{layer}"] = delta.sum(axis=-2, keepdims=True)
        if layer > 1:
            back = delta @ np.swapaxes(parameters[f"W{layer}"], -1, -2)
            delta = back * activation.derivative(Z[layer - 2])
    return losses, {name: result[name] for name in parameters}


class Descent:
    """The state of an optimizer for n networks: `step` changes the parameters in place.

    `rates` is an array (n,), or a dict of such arrays, one a parameter.
    """

    def __init__(self, parameters, rates, optimizer="sgd"):
        if optimizer not in ("sgd", "adam"):
            raise ValueError(f"optimizer is {optimizer!r}; known are 'sgd', 'adam'")
        self.parameters, self.optimizer, self.count = parameters, optimizer, 0
        by_name = rates if isinstance(rates, dict) else dict.fromkeys(parameters, rates)
        self.rates = {name: np.asarray(rate, float)[:, None, None] for name, rate in by_name.items()}
        self.moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in parameters.items()}

    def step(self, slopes):
        """Take one step against the gradients, {name: array (n, …)}; the parameters change in place."""
        self.count += 1
        for name, slope in slopes.items():
            if self.optimizer == "adam":
                slope = self._scaled(name, slope)
            self.parameters[name] -= self.rates[name] * slope

    def _scaled(self, name, slope):
        beta1, beta2 = ADAM["beta1"], ADAM["beta2"]
        m, v = self.moments[name]
        m += (1 - beta1) * (slope - m)
        v += (1 - beta2) * (slope**2 - v)
        unbiased = np.sqrt(1 - beta2**self.count) / (1 - beta1**self.count)
        return unbiased * m / (np.sqrt(v) + ADAM["epsilon"])

    def keep(self, chosen):
        """Go on with the chosen networks (n,) bool alone."""
        for name in self.parameters:
            self.parameters[name] = self.parameters[name][chosen]
            self.rates[name] = self.rates[name][chosen]
            self.moments[name] = tuple(moment[chosen] for moment in self.moments[name])


def steps_to(level, activation, parameters, X, Y, rates, *, optimizer="sgd", most=2000, order=None, look_every=1):
    """Return how many steps each network takes until its loss on all of X is below `level`: (n,), infinity if `most`
    steps do not suffice.

    Parameters
    ----------
    X, Y : arrays (n, m, d) and (n, m, k)
    rates : array (n,), or a dict of them, one a parameter
    order : None for steps on the whole batch, or an int array (n, most) of the one example that each step takes
    look_every : the loss is looked at every so many steps
    """
    descent = Descent({name: w.copy() for name, w in parameters.items()}, rates, optimizer)
    needed, going = np.full(len(X), np.inf), np.arange(len(X))
    with np.errstate(over="ignore", invalid="ignore"):  # rates that diverge are among those tried
        for step in range(most):
            if order is None or step % look_every == 0:
                losses, slopes = gradients(activation, descent.parameters, X, Y)
                arrived = losses < level
                needed[going[arrived]] = step
                on = ~arrived & np.isfinite(losses)
                if not on.all():
                    going, X, Y = going[on], X[on], Y[on]
                    order = None if order is None else order[on]
                    slopes = {name: slope[on] for name, slope in slopes.items()}
                    descent.keep(on)
                    if not len(going):
                        break
            if order is not None:
                one = np.arange(len(X)), order[:, step]
                slopes = gradients(activation, descent.parameters, X[one][:, None], Y[one][:, None])[1]
            descent.step(slopes)
    return needed
