"""The search itself: ask -> limits -> evaluate -> tell -> journal, until there is enough.

Follow a genotype: the strategy proposes it (`Search.run`), the limits let it pass or not and an
executor trains it (`_launch`), its fitness is told and written (`_settle`), and whoever watches
hears of it (`_record`).
"""

import json
import time
from collections.abc import Sequence
from typing import NamedTuple

from renas_apps.best import write_best
from renas_apps.config import SearchConfig
from renas_apps.executor import Executor, Failed, Job, NetworkSettings, Trained, seed_of
from renas_apps.exit_status import uninterrupted
from renas_apps.journal import Journal
from renas_apps.journal_rows import Evaluation, State, now
from renas_apps.limits import Limits
from renas_apps.observer import Observer, Step
from renas_apps.run_directory import RunDirectory
from renas_apps.streaks import Streaks
from renas_controller import Proposal, Strategy, dumps
from renas_space import Cost, Genotype, cost


def needed_weights(strategy: Strategy[Genotype], *, inherits: bool) -> set[int]:
    """Return the ids of the weights that are kept.

    Args:
        strategy: that searches.
        inherits: whether children will take over weights; otherwise those of the population and of
            the best are kept, for whoever looks at the run.
    """
    if inherits:
        return set(strategy.needed_weights)
    kept = (strategy.best, *strategy.population)
    return {each.weights_id for each in kept if each is not None}


class _Running(NamedTuple):
    """A proposal that is being trained."""

    proposal: Proposal[Genotype]
    counted: Cost
    job: Job


class Search:
    """One search, from its first proposal or from where it was left."""

    def __init__(
        self,
        config: SearchConfig,
        strategy: Strategy[Genotype],
        executor: Executor,
        networks: NetworkSettings,
        journal: Journal,
        directory: RunDirectory,
        observers: Sequence[Observer],
    ) -> None:
        """Join what a search consists of; see `renas_apps.session.Session.run`."""
        self._config, self._strategy, self._executor = config, strategy, executor
        self._networks, self._journal, self._directory = networks, journal, directory
        self._observers, self._limits = observers, Limits.of(config)
        rows = journal.evaluations()
        self._rows = {row.id: row for row in rows}
        self._counted = sum(row.state == "told" for row in rows)
        self._elapsed_before = float(journal.facts().get("elapsed", 0.0))
        self._start = time.monotonic()
        self._running: dict[int, _Running] = {}
        self._streaks = Streaks.of(rows)
        epochs = config.final_epochs
        self._retrained = {final.id for final in journal.finals() if final.epochs == epochs}
        self._chosen = self._is_chosen()

    def run(self) -> None:
        """Search until as many individuals are scored as were asked for, or time is up.

        Raises:
            InputError: no cell is within the limits.
            RunError: one training after another fails.
            OSError: the disk is full; the run can be resumed.
        """
        # A kill may have come before it was written.
        if self._strategy.best is not None and not self._chosen:
            write_best(self._directory.best, self._rows[self._strategy.best.id])
        for proposal in self._strategy.pending:  # out when the run was left
            self._launch(proposal)
        while True:
            while self._executor.free and not self._enough():
                self._launch(self._strategy.ask())
            if not self._running:
                break
            self._settle(self._executor.wait())
        self._streaks.check_limits()
        if self._streaks.nothing_new:
            more = "; raise --max-params or --max-madds in another --run-dir for more"
            for observer in self._observers:
                observer.noted(
                    f"{self._streaks.untrained} cells in a row were known already or beyond the "
                    f"limits: the search ends after {self._counted} of {self._config.evaluations} "
                    f"evaluations{more if self._streaks.rejected else ''}"
                )

    @property
    def elapsed(self) -> float:
        """Seconds that the search has run for, over all its parts."""
        return self._elapsed_before + time.monotonic() - self._start

    def _enough(self) -> bool:
        """Return whether no further individual is to be trained."""
        limit = self._config.seconds_limit
        return (
            self._counted + len(self._running) >= self._config.evaluations
            or (limit is not None and self.elapsed >= limit)
            or self._streaks.nothing_new
        )

    def _launch(self, proposal: Proposal[Genotype]) -> None:
        """Hand a proposal to the executor, unless its cell is too large or its fitness known."""
        counted = cost(self._networks.plan(proposal.genotype))
        beyond = self._limits.beyond(counted)
        if beyond is not None:
            self._strategy.fail(proposal, beyond)
            self._record(self._row(proposal, "rejected", counted, reason=beyond))
        elif proposal.known_fitness is not None:
            self._tell_replay(proposal, counted)
        else:
            running = _Running(proposal, counted, self._job(proposal))
            self._running[proposal.id] = running
            self._executor.submit(running.job)

    def _job(self, proposal: Proposal[Genotype]) -> Job:
        """Say all that the training of a proposal depends on."""
        config = self._config
        donor = self._weight_donor(proposal)
        parent = None if donor is None else self._strategy.individual(donor)
        return Job(
            id=proposal.id,
            genotype=proposal.genotype,
            parent=None if parent is None else parent.genotype,
            parent_weights=(
                None if parent is None else self._directory.weights_of(parent.weights_id)
            ),
            weights=self._directory.weights_of(proposal.id),
            epochs=config.initial_epochs if parent is None else config.child_epochs,
            seed=seed_of(config.seed, "child", proposal.id),
        )

    def _weight_donor(self, proposal: Proposal[Genotype]) -> int | None:
        """Return whose weights a proposal takes over; None where it takes over nobody's."""
        return proposal.parent_id if self._config.inherits else None

    def _settle(self, outcome: Trained | Failed) -> None:
        """Tell the strategy what came of a proposal, and write it down."""
        proposal, counted, job = self._running.pop(outcome.id)
        if isinstance(outcome, Failed):
            self._strategy.fail(proposal, outcome.reason)
            self._record(
                self._row(
                    proposal, "failed", counted, reason=outcome.reason, seconds=outcome.seconds
                )
            )
            return
        self._counted += 1
        donor = self._weight_donor(proposal)
        parent = None if donor is None else self._rows[donor]
        leaver = self._tell(proposal, outcome.fitness)
        self._record(
            self._row(
                proposal,
                "told",
                counted,
                leaver_id=leaver,
                fitness=outcome.fitness,
                fitness_before=outcome.fitness_before,
                loss=outcome.loss,
                epochs=job.epochs,
                lineage_epochs=job.epochs + (0 if parent is None else parent.lineage_epochs),
                seconds=outcome.seconds,
                **({} if outcome.ledger is None else outcome.ledger.as_dict()),
            )
        )

    def _tell_replay(self, proposal: Proposal[Genotype], counted: Cost) -> None:
        """Tell the fitness of the isomorphic individual, whose weights serve for this one too."""
        fitness, original = proposal.known_fitness, self._rows[proposal.replays or 0]
        leaver = self._tell(proposal, fitness or 0.0)
        self._record(
            self._row(
                proposal,
                "replayed",
                counted,
                leaver_id=leaver,
                fitness=fitness,
                lineage_epochs=original.lineage_epochs,
            )
        )

    def _tell(self, proposal: Proposal[Genotype], fitness: float) -> int | None:
        """Tell a fitness; return who left the population for it."""
        before = {member.id for member in self._strategy.population}
        self._strategy.tell(proposal, fitness)
        gone = before - {member.id for member in self._strategy.population}
        return min(gone, default=None)

    def _record(self, row: Evaluation) -> None:
        """Write a row and all that follows from it; let the observers know."""
        elapsed = self.elapsed
        self._journal.record(
            row,
            population=[member.id for member in self._strategy.population],
            strategy=dumps(self._strategy.state_dict()),
            elapsed=elapsed,
        )
        self._rows[row.id] = row
        self._streaks.follow(row)
        best = None if self._strategy.best is None else self._rows[self._strategy.best.id]
        chosen = self._is_chosen()
        if best is not None and not chosen and (best is row or self._chosen):
            write_best(self._directory.best, best)
        self._chosen = chosen
        # Weights go after the commit: until then the journal says that somebody needs them.
        needed = needed_weights(self._strategy, inherits=self._config.inherits)
        self._directory.delete_weights_except({*needed, *self._running})
        step = Step(
            evaluation=row,
            counted=self._counted,
            population=[member.fitness for member in self._strategy.population],
            best=best,
            elapsed=elapsed,
        )
        with uninterrupted():
            for observer in self._observers:
                observer.stepped(step)
        self._streaks.check_failures(row)

    def _is_chosen(self) -> bool:
        """Return whether ``best.json`` holds the winner of a retraining of this very population."""
        alive = {member.id for member in self._strategy.population}
        return bool(alive) and alive <= self._retrained

    def _row(
        self, proposal: Proposal[Genotype], state: State, counted: Cost, **known: object
    ) -> Evaluation:
        """Return the journal's row of a proposal."""
        mutations = [[m.block, m.slot, m.value] for m in proposal.mutations]
        values = {
            "leaver_id": None,
            "log_prob": proposal.log_prob,
            "entropy": proposal.entropy,
            "replays": proposal.replays,
            "finished": now(),
            **known,
        }
        return Evaluation(
            id=proposal.id,
            state=state,
            kind="initial" if proposal.parent_id is None else "child",
            genotype=str(proposal.genotype),
            digest=proposal.genotype.digest(),
            parent_id=proposal.parent_id,
            mutations=json.dumps(mutations),
            parameters=counted.parameters,
            multiply_adds=counted.multiply_adds,
            **values,
        )
