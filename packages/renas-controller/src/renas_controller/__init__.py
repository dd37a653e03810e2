"""Reinforced evolution for architecture search: a learned mutation controller and its rivals.

`make_strategy` gives a strategy behind ask and tell; `Controller` is the policy of Algorithm 2 on
its own, with the exact log-probability and entropy of any mutations.
"""

from renas_controller.__about__ import __version__
from renas_controller.checkpoint import dumps, loads
from renas_controller.controller import Controller
from renas_controller.distribution import MutationDistribution, Policy
from renas_controller.population import Individual, Population, tournament
from renas_controller.proposal import Proposal
from renas_controller.reinforce import Reinforce
from renas_controller.settings import ControllerSettings
from renas_controller.strategies.imagining import IMAGINATION, ImaginationSettings
from renas_controller.strategies.making import STRATEGIES, make_strategy
from renas_controller.strategies.protocol import Strategy

__all__ = [
    "IMAGINATION",
    "STRATEGIES",
    "Controller",
    "ControllerSettings",
    "ImaginationSettings",
    "Individual",
    "MutationDistribution",
    "Policy",
    "Population",
    "Proposal",
    "Reinforce",
    "Strategy",
    "__version__",
    "dumps",
    "loads",
    "make_strategy",
    "tournament",
]
