"""What a step ought to cost: calls, bytes and operations over what the machine was measured to do at best."""

import numpy as np

PARTS = ("calls", "memory", "functions", "products")
FUNCTIONS = {"exp": "exp", "tanh": "tanh", "divide": "divide", "log": "exp"}  # priced like


def cost(calls, ceilings):
    """Return the seconds of a list of NumPy calls, a part each for their fixed cost and three kinds of work.

    Parameters
    ----------
    calls : list of {name, bytes, flops, elements, calls} as `parts.anatomy` gives it
    ceilings : as `parts.ceilings` gives it

    Returns
    -------
    dict of seconds: "calls" (number × cost of an empty one), "memory" (bytes over the bandwidth of a copy of
    that size), "functions" (exp, tanh and division, elements over the machine's rate), "products"
    (operations over the rate of a large matrix product)
    """
    total = dict.fromkeys(PARTS, 0.0)
    for call in calls:
        number = call["calls"]
        product = call["name"] == "dot"
        total["calls"] += number * ceilings["product" if product else "call"]
        if call["name"] in FUNCTIONS:
            total["functions"] += number * call["elements"] / ceilings["elements"][FUNCTIONS[call["name"]]]
        elif product:
            total["products"] += number * call["flops"] / ceilings["dgemm"]
        if call["name"] not in FUNCTIONS:
            total["memory"] += number * call["bytes"] / bandwidth(call["bytes"], ceilings)
    return total


def bandwidth(size, ceilings):
    """Return the bytes a second of a copy that touches `size` bytes, between the measured sizes on a line."""
    sizes = [2 * row["bytes"] for row in ceilings["copy"]]  # read and written
    return float(np.interp(np.log(max(size, 1)), np.log(sizes), [row["per_second"] for row in ceilings["copy"]]))


def tensorflow_cost(calls, ceilings, one_row):
    """Return the same for a `tf.function` step: what a step with a batch of one row takes, and the work."""
    return {**cost(calls, ceilings), "calls": one_row}


def per_operation(reason):
    """Return the seconds that one more operation adds to a `tf.function`: the slope of a line through the chains."""
    operations, medians = zip(*((row["operations"], row["median"]) for row in reason["chain"]), strict=True)
    return float(np.polyfit(operations, medians, 1)[0])


def crossover(cells, ours, theirs):
    """Return log₁₀(time of `theirs` / time of `ours`) as an array (hidden sizes, batch sizes), and both sizes."""
    cells = [cell for cell in cells if cell["batch"] > 1]
    batches, hidden = (sorted({cell[key] for cell in cells}) for key in ("batch", "hidden"))
    ratios = np.empty((len(hidden), len(batches)))
    for cell in cells:
        median = {row["name"]: row["median"] for row in cell["contestants"]}
        ratios[hidden.index(cell["hidden"]), batches.index(cell["batch"])] = median[theirs] / median[ours]
    return np.log10(ratios), hidden, batches
