"""The parts of the benchmark: each is a question, and returns what goes into the JSON under its name."""

from hwlib.activations import REPORTED
from hwlib.benchmark.contestants import CONTESTANTS, LOOP, Problem
from hwlib.benchmark.timing import ratio, summary

BASE = "NumPy, fast"
ROAD = ["NumPy, readable", "NumPy, bare formulas", "NumPy, turned and folded", "NumPy, buffers", BASE]
SCALING = [
    "NumPy, readable",
    "NumPy, bare formulas",
    BASE,
    "TensorFlow, tf.function",
    "TensorFlow, jitted",
    "JAX, jitted",
    "PyTorch, tensors",
    "C, one call a step",
]
GRID = [(batch, hidden) for batch in (150, 1500, 15000) for hidden in (10, 100, 1000)]
NUMPY_CALLS = {"relu": "relu", "sigmoid": "exp", "tanh": "tanh"}  # the dear one of each
LINKS = 64  # of a chain with an activation in each, against one without
CHAIN = (0, 1, 4, 16, 64, 256, 1024)
PASSING = ((True, False), (False, True), (True, True))  # a tensor into the call, out of it
LOOPS = (1, 3, 10, 30, 100, 300, LOOP)
SIZES = [2**power for power in range(10, 25, 2)]  # numbers in an array, from 8 KB to 128 MB
KINDS = [(150, 10), (1500, 100), (15000, 1000)]
KIND_FORMS = ["NumPy, bare formulas", BASE, "TensorFlow, tf.function"]
PARTS = {}


def part(function):
    """Put a function (track, rounds) → dict into the registry of parts, under its own name."""
    PARTS[function.__name__] = function
    return function


@part
def steps(track, rounds):
    """What does a step of the report's network cost, with each of the contestants?"""
    return _race(track, rounds, list(CONTESTANTS), Problem(), "steps")


@part
def grid(track, rounds):
    """Who is fastest at which batch and hidden size? And what does batch 1 cost, where there is no work?"""
    return [
        {"batch": batch, "hidden": hidden, "contestants": _race_of(track, rounds, SCALING, Problem(batch, hidden))}
        for batch, hidden in [(1, 10), *GRID]
    ]


@part
def dtypes(track, rounds):
    """Does float32 change who is faster? With `--threads` the same for more threads."""
    return [
        {
            "batch": batch,
            "hidden": hidden,
            "dtype": dtype,
            "contestants": _race_of(track, rounds, KIND_FORMS, Problem(batch, hidden, dtype=dtype)),
        }
        for batch, hidden in KINDS
        for dtype in ("float64", "float32")
    ]


@part
def activations(track, rounds):
    """How much of a step is the activation function's own call, in NumPy and in TensorFlow?"""
    forms = (BASE, "TensorFlow, tf.function")
    for name in REPORTED:
        for form in forms:
            track.enter((form, name), CONTESTANTS[form], Problem(activation=name))
        track.enter_probe(("NumPy call", name), "numpy_operation", NUMPY_CALLS[name], (10, 150))
        track.enter_probe(("chain", name), "tensorflow_chain", name, LINKS, (150, 10))
    track.enter_probe(("chain", ""), "tensorflow_chain", "", LINKS, (150, 10))
    times = track.race(rounds, "activations")
    result = {}
    for name in REPORTED:
        call = {
            BASE: times["NumPy call", name],
            "TensorFlow, tf.function": (times["chain", name] - times["chain", ""]) / LINKS,
        }
        result[name] = {
            form: {
                "step": summary(times[form, name]),
                "call": summary(call[form]),
                "share": summary(call[form] / times[form, name]),
                "to_sigmoid": ratio(times[form, name], times[form, "sigmoid"]),
            }
            for form in forms
        }
    return result


@part
def reason(track, rounds):
    """What is a call's fixed cost, what does it cost to pass tensors, and what does an operation add?"""
    track.enter_probe("empty", "tensorflow_empty")
    for into, out in PASSING:
        track.enter_probe(("passing", into, out), "tensorflow_passing", into, out)
    for result in (False, True):
        track.enter_probe(("variables", result), "tensorflow_variables", result)
    for count in CHAIN:
        track.enter_probe(("chain", count), "tensorflow_chain", "", count, (1, 1))
    number = track.enter_probe("operations", "tensorflow_operations", Problem())
    times = track.race(rounds, "reason")
    return {
        "empty": summary(times["empty"]),
        "passing": [{"into": into, "out": out, **summary(times["passing", into, out])} for into, out in PASSING],
        "variables": [{"result": result, **summary(times["variables", result])} for result in (False, True)],
        "chain": [{"operations": count, **summary(times["chain", count])} for count in CHAIN],
        "operations": number,
    }


@part
def loop(track, rounds):
    """What does a step take when one call takes many?"""
    for count in LOOPS:
        for jit in (False, True):
            track.enter_probe((count, jit), "tensorflow_loop_of", count, jit)
    track.enter("fast", CONTESTANTS[BASE], Problem())
    times = track.race(rounds, "loop")
    return {
        "calls": [
            {"steps": count, "jit": jit, **summary(times[count, jit])} for count in LOOPS for jit in (False, True)
        ],
        BASE: summary(times["fast"]),
    }


@part
def ceilings(track, rounds):
    """What can the machine do at best: calls, copies, products, exponentials a second?"""
    track.enter_probe("call", "numpy_operation", "add", (1,))
    track.enter_probe("product", "numpy_operation", "dot", (1, 1))
    for size in (1, *SIZES):
        track.enter_probe(("copy", size), "numpy_operation", "copy", (size,))
    for name in ("exp", "tanh", "divide"):
        track.enter_probe(name, "numpy_operation", name, (4096,))
    for name, dtype in (("dgemm", "float64"), ("sgemm", "float32")):
        track.enter_probe(name, "numpy_product", 1024, dtype)
    times = {key: summary(values) for key, values in track.race(max(10, rounds // 4), "ceilings").items()}
    call, empty_copy = times["call"]["median"], times["copy", 1]["median"]  # a rate is that of the work alone
    return {
        "call": call,
        "product": times["product"]["median"],
        **{name: 2 * 1024**3 / times[name]["median"] for name in ("dgemm", "sgemm")},
        "copy": [
            {"bytes": 8 * size, "per_second": 16 * size / (times["copy", size]["median"] - empty_copy)}
            for size in SIZES
        ],
        "elements": {name: 4096 / (times[name]["median"] - call) for name in ("exp", "tanh", "divide")},
    }


@part
def anatomy(track, rounds):
    """Which NumPy calls is a fast step made of, and what does each touch and compute?"""
    return [
        {
            "batch": batch,
            "hidden": hidden,
            "fast": fast_calls(Problem(batch, hidden)),
            "bare": bare_calls(batch, hidden),
        }
        for batch, hidden in GRID
    ]


def fast_calls(problem):
    """Return the calls of one step of FastMLP: [{name, bytes, flops, number of elements}, …]."""
    from hwlib.mlp import FastMLP

    network = problem.network(FastMLP)
    X, Y = problem.data()
    network.step(X, Y, 0.25)
    calls = []
    for block in (network._first, *network._others):
        for call, arrays in [*block.forward, *block.backward]:
            calls.append(_described(call, arrays))
        calls.append({"name": "log", "bytes": 16 * block.rows, "flops": 0, "elements": block.rows})
        size = block.flat_log.size
        calls.append({"name": "dot", "bytes": 16 * size, "flops": 2 * size, "elements": 0})
    size = network._flat.size
    calls += [{"name": "copy", "bytes": 16 * array.size, "flops": 0, "elements": 0} for array in (X, Y)]
    calls += [{"name": "dot", "bytes": 8 * size, "flops": 2 * size, "elements": 0}]
    calls += [{"name": name, "bytes": 24 * size, "flops": 0, "elements": 0} for name in ("multiply", "add")]
    return _grouped(calls)


def bare_calls(batch, hidden):
    """Return the calls of one step of the bare formulas, in the same form."""
    mh, mk, m = 8 * batch * hidden, 24 * batch, 8 * batch
    big, small, row = (
        lambda name, arrays, bytes_=size: {
            "name": name,
            "bytes": arrays * bytes_,
            "flops": 0,
            "elements": bytes_ // 8,
        }
        for size in (mh, mk, m)
    )
    products = [(4, hidden), (hidden, 3), (4, hidden), (3, hidden), (hidden, 3)]
    calls = [
        {"name": "dot", "bytes": 8 * (batch * (a + b) + a * b), "flops": 2 * batch * a * b, "elements": 0}
        for a, b in products
    ]
    calls += [big("add", 2), big("negative", 2), big("exp", 2), big("add", 2), big("divide", 2)]
    calls += [small("add", 2), small("max", 1), small("subtract", 2), small("exp", 2), small("sum", 1)]
    calls += [row("log", 2), small("subtract", 2), small("multiply", 3), small("sum", 1)]
    calls += [small("divide", 2), small("subtract", 3), small("multiply", 2)]
    calls += [big("multiply", 3), big("subtract", 2), big("multiply", 3), big("sum", 1), small("sum", 1)]
    weights = [8 * 4 * hidden, 8 * hidden, 8 * 3 * hidden, 24]
    calls += [
        {"name": name, "bytes": 3 * w, "flops": 0, "elements": 0} for w in weights for name in ("multiply", "add")
    ]
    return _grouped(calls)


def _described(call, arrays):
    call = getattr(call, "func", call)  # a partial's function
    name = call.__name__
    touched = [*arrays, call.__self__] if name == "dot" else arrays
    flops = 2 * arrays[0].shape[-1] * call.__self__.size if name == "dot" else 0
    return {
        "name": name,
        "bytes": int(sum(array.nbytes for array in touched)),
        "flops": int(flops),
        "elements": int(max(array.size for array in arrays)) if name != "dot" else 0,
    }


def _grouped(calls):
    """Join calls of one name and size, with their number: a large batch is many blocks."""
    groups = {}
    for call in calls:
        key = tuple(call.values())
        groups.setdefault(key, {**call, "calls": 0})["calls"] += 1
    return list(groups.values())


def _race_of(track, rounds, names, problem):
    """A race at one size: the more a step has to do, the fewer rounds."""
    size = problem.batch * problem.hidden
    fewer = rounds if size <= 150_000 else max(5, rounds // 4 if size <= 1_500_000 else rounds // 8)
    return _race(track, fewer, names, problem, f"{problem.batch} x {problem.hidden} {problem.dtype}")


def _race(track, rounds, names, problem, title):
    differences = {}
    for name in names:
        differences[name] = track.enter(name, CONTESTANTS[name], problem)
    times = track.race(rounds, title)
    return [
        {
            "name": name,
            "runtime": CONTESTANTS[name].runtime,
            "steps_per_call": CONTESTANTS[name].steps,
            "difference": differences[name],
            **summary(times[name]),
            **ratio(times[name], times[BASE]),
        }
        for name in names
        if differences[name] is not None
    ]
