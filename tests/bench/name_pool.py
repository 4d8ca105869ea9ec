"""The names that the labelled set is made from: two thousand families and nine hundred readings of given names."""

import json
import subprocess
from functools import cache

from tsunagu.retailer.name_pool import NamePool, pool_of

from .side import BENCH_PYTHON, ROOT


@cache
def large_pool() -> NamePool:
    """The names, read once. Raises CalledProcessError where the contenders' environment does not have them."""
    command = [str(BENCH_PYTHON), "-m", "tests.bench.contenders.name_pool"]
    written = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return pool_of(json.loads(written.stdout))
