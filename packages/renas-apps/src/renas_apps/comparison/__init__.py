"""The laboratory: strategies against each other on benchmarks that answer at once (Fig. 4).

A `Benchmark` gives a genotype its fitness, a `Contestant` is a strategy with its settings, a
`Trial` is what one of them did with one seed, and a `Campaign` makes many and writes what they say.
"""

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.campaign import Campaign
from renas_apps.comparison.contestants import CONTESTANTS, Contestant
from renas_apps.comparison.nasbench201 import NasBench201
from renas_apps.comparison.renas_cells import RenasCells
from renas_apps.comparison.trial import Trial, run_trial

__all__ = [
    "CONTESTANTS",
    "Benchmark",
    "Campaign",
    "Contestant",
    "NasBench201",
    "RenasCells",
    "Trial",
    "run_trial",
]
