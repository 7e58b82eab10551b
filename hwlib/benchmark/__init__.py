"""One training step, taken in many ways, timed in turn: `python -m hwlib.benchmark`.

`contestants` is the registry, `timing` lets them run in turn, `parts` asks the questions, `machine` says where.
"""
