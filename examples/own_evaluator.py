"""Search with a function of your own: no trainer, no images, ten seconds.

Example:
    python examples/own_evaluator.py
"""

from renas_controller import make_strategy
from renas_space import Genotype, SearchSpace


def fitness(genotype: Genotype) -> float:
    """Return how good a cell is, from 0 to 1: here the share of 5x5 separable convolutions."""
    names = [name for block in genotype.normal.blocks for name in block.operations]
    return names.count("sep_conv_5x5") / len(names)


strategy = make_strategy("renas-plus", SearchSpace(blocks=5), seed=0)
for _ in range(100):
    proposal = strategy.ask()
    strategy.tell(proposal, fitness(proposal.genotype))

best = strategy.best
if best is not None:
    print(f"fitness {best.fitness:.2f} after 100 evaluations: {best.genotype}")
