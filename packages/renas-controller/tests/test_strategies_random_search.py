import random

from renas_controller import make_strategy
from renas_space import SearchSpace

SPACE = SearchSpace(blocks=2)


def test_every_proposal_is_a_uniform_cell_without_a_parent():
    strategy = make_strategy("random", SPACE, population_size=3, seed=4)
    rng = random.Random(4)
    for _ in range(20):
        proposal = strategy.ask()
        assert proposal.genotype == SPACE.sample(rng)
        assert (proposal.parent_id, proposal.mutations, proposal.log_prob) == (None, (), None)
        strategy.tell(proposal, 0.5)
