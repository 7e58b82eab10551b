"""Timing in turn: each round runs every contestant once, so that a slow moment of the machine hits all."""

import gc
import math
import multiprocessing
import time

import numpy as np

# Largest difference of a weight from the reference, before anything is timed: some thousand roundings.
TOLERANCE = {"float64": 1e-12, "float32": 1e-4}
CHECKED_STEPS = 10


class Session:
    """What runs in a process: contestants and probes, made by name and timed on request."""

    def __init__(self):
        self.calls = {}
        self.references = {}

    def contestant(self, key, name, problem, round_seconds):
        """Make a contestant, compare its weights with the reference, warm it up. Return the difference.

        Raises ImportError if it cannot run here, ArithmeticError if it does not agree.
        """
        from hwlib.benchmark.contestants import CONTESTANTS

        entry = CONTESTANTS[name]
        advance, weights = entry.make(problem)
        least = CHECKED_STEPS if problem.batch * problem.hidden <= 150_000 else 2
        calls = math.ceil(least / entry.steps)
        for _ in range(calls):
            advance()
        expected = self._reference(problem, calls * entry.steps)
        pairs = zip(weights(), expected, strict=True)
        difference = max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)
        if not difference <= TOLERANCE[problem.dtype]:
            raise ArithmeticError(f"{name} differs from the reference by {difference:.1e} at {problem}")
        self._warm_up(key, advance, entry.steps, round_seconds)
        return difference

    def probe(self, key, name, arguments, round_seconds):
        """Make a probe and warm it up. Return how many operations one call of it stands for."""
        from hwlib.benchmark.contestants import PROBES

        advance, number = PROBES[name](*arguments)
        self._warm_up(key, advance, number, round_seconds)
        return number

    def time(self, key):
        """Return the seconds a step, from one round. A few calls before it fill the caches again."""
        advance, calls, steps = self.calls[key]
        for _ in range(min(calls, 20) if calls > 1 else 0):
            advance()
        start = time.perf_counter()
        for _ in range(calls):
            advance()
        return (time.perf_counter() - start) / (calls * steps)

    def settle(self):
        """Keep the garbage collector from looking through what all the contestants' making left behind."""
        gc.collect()
        gc.freeze()

    def forget(self, key):
        """Free a contestant's memory."""
        del self.calls[key]
        gc.unfreeze()

    def threads(self):
        """Return the number of threads of each library in this process that says so."""
        from threadpoolctl import threadpool_info

        return {pool["prefix"]: pool["num_threads"] for pool in threadpool_info()}

    def _reference(self, problem, steps):
        if (problem, steps) not in self.references:
            from hwlib.benchmark.contestants import RATE

            network = problem.network()
            X, Y = problem.data()
            for _ in range(steps):
                network.step(X, Y, RATE)
            self.references[problem, steps] = list(network.parameters.values())
        return self.references[problem, steps]

    def _warm_up(self, key, advance, steps, round_seconds):
        advance()  # traces and compiles, which the count below must not see
        start, count = time.perf_counter(), 0
        while count < 1 or time.perf_counter() - start < 5 * round_seconds:
            advance()
            count += 1
        calls = max(1, round(count * round_seconds / (time.perf_counter() - start)))
        self.calls[key] = advance, calls, steps


def serve(connection):
    """Answer requests (method of Session, arguments) until None comes."""
    session = Session()
    while (request := connection.recv()) is not None:
        method, arguments = request
        try:
            connection.send((True, getattr(session, method)(*arguments)))
        except Exception as error:
            connection.send((False, error if _travels(error) else RuntimeError(repr(error))))


def _travels(error):
    return type(error) in (ImportError, ModuleNotFoundError, ArithmeticError, ValueError)


class Process:
    """A process of its own for one runtime, so that no other's threads or settings are in it."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def ask(self, method, *arguments):
        """Have the session do it. Raises what it raised."""
        self.connection.send((method, arguments))
        good, answer = self.connection.recv()
        if not good:
            raise answer
        return answer

    def close(self):
        self.connection.send(None)
        self.process.join(10)
        self.process.kill()


class Track:
    """The processes, and what is to be timed in turn."""

    def __init__(self, say=print, round_seconds=0.004):
        self.processes, self.entries = {}, {}
        self.say, self.round_seconds = say, round_seconds

    def process(self, runtime):
        if runtime not in self.processes:
            self.processes[runtime] = Process()
        return self.processes[runtime]

    def enter(self, key, contestant, problem):
        """Let a contestant in; return its difference from the reference, or None if it cannot run here."""
        try:
            arguments = key, contestant.name, problem, self.round_seconds
            difference = self.process(contestant.runtime).ask("contestant", *arguments)
        except ImportError as error:
            self.say(f"  skipped: {contestant.name} ({error})")
            return None
        self.entries[key] = contestant.runtime
        return difference

    def enter_probe(self, key, name, *arguments):
        """Let a probe in; return the number that it gives."""
        runtime = name.split("_")[0]
        self.entries[key] = runtime
        return self.process(runtime).ask("probe", key, name, arguments, self.round_seconds)

    def race(self, rounds, title):
        """Time all that were let in, in turn, and let them go. Return {key: seconds a step, one a round}."""
        from tqdm import tqdm

        keys = list(self.entries)
        for runtime in set(self.entries.values()):
            self.processes[runtime].ask("settle")
        times = {key: [] for key in keys}
        rng = np.random.default_rng(0)
        for _ in tqdm(range(rounds), title, leave=False, mininterval=1):
            for place in rng.permutation(len(keys)):  # nobody always runs after the same neighbor
                key = keys[place]
                times[key].append(self.processes[self.entries[key]].ask("time", key))
        for key in keys:
            self.processes[self.entries[key]].ask("forget", key)
        self.entries.clear()
        return {key: np.array(values) for key, values in times.items()}

    def close(self):
        for process in self.processes.values():
            process.close()


def summary(times):
    """Return the median and quartiles of the rounds' times, in seconds, and their number."""
    low, median, high = np.quantile(times, (0.25, 0.5, 0.75))
    return {"median": float(median), "quartiles": [float(low), float(high)], "rounds": len(times)}


def ratio(times, base, resamples=2000):
    """Return how many times longer `times` is than `base`: median over the rounds, and its 95 % interval.

    Each round gives one ratio, and the interval is the bootstrap's over the rounds: a moment that slows both
    does not count.
    """
    ratios = np.asarray(times) / np.asarray(base)
    draws = np.random.default_rng(0).integers(0, len(ratios), (resamples, len(ratios)))
    low, high = np.quantile(np.median(ratios[draws], axis=1), (0.025, 0.975))
    return {"ratio": float(np.median(ratios)), "interval": [float(low), float(high)]}
