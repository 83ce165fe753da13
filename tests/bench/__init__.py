"""`make bench`: what the main job costs, beside a lower bound and beside other programs, on the same data.

Every measurement is a process of its own. Nothing here is a test: figures are written to `docs/benchmarks.md`, and
the targets beside them.
"""
