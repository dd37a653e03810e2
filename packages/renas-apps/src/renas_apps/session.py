"""One running search: everything that it needs, made from its settings, and its two halves."""

import random
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lightning_fabric import Fabric

from renas_apps.config import CONTROLLED, EVOLVING, PREDICTING, SearchConfig, flag
from renas_apps.driver import Search, needed_weights
from renas_apps.executor import Executor, InProcessExecutor, NetworkSettings
from renas_apps.exit_status import resumable, uninterrupted
from renas_apps.final import retrain, scratch_recipe
from renas_apps.initial_cells import read_cells
from renas_apps.journal import Journal
from renas_apps.limits import Limits
from renas_apps.lock import locked
from renas_apps.observer import Observer, Started
from renas_apps.observers import observers_for
from renas_apps.provenance import check_same, provenance
from renas_apps.resumed import check_resumed
from renas_apps.run_directory import RunDirectory, free_directory
from renas_controller import ControllerSettings, Strategy, loads, make_strategy
from renas_space import Genotype, InputError, SearchSpace, cost
from renas_trainer.child import ChildRecipe
from renas_trainer.compute import make_fabric
from renas_trainer.data import ImageData, load_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A search that is set up: its run directory is locked and its journal open."""

    config: SearchConfig
    directory: RunDirectory
    journal: Journal
    data: ImageData
    networks: NetworkSettings
    strategy: Strategy[Genotype]
    fabric: Fabric
    observers: Sequence[Observer]

    @property
    def path(self) -> Path:
        """Of the run directory."""
        return self.directory.path

    @property
    def command(self) -> str:
        """What goes on with the run."""
        return f"renas-search --resume {shlex.quote(str(self.path))}"

    @classmethod
    @contextmanager
    def of(
        cls,
        config: SearchConfig,
        *,
        data: ImageData | None = None,
        observers: Sequence[Observer] | None = None,
    ) -> "Iterator[Session]":
        """Set a search up, or take one up where it was left.

        Args:
            config: its settings; those of `renas_apps.resumed.resumed` go on with a run.
            data: images of your own, in place of those that the settings name; the same ones when
                a run goes on.
            observers: who is told what happens, in place of the lines on the terminal, TensorBoard
                and the report.

        Raises:
            InputError: a setting or a file is of no use, or the run is somebody else's.
            RunError: the run cannot be written; the message says how to go on, as that of a
                KeyboardInterrupt.
        """
        check_resumed(config)
        fabric = make_fabric(config.device, config.precision, threads=config.threads)
        data = images_of(config) if data is None else data
        cells = _initial_cells(config)
        networks = NetworkSettings.of(config, data)
        # What cannot be is refused before anything is made.
        networks.plan(_space(config).sample(random.Random(0)))
        Limits.of(config).check_possible(_space(config), lambda cell: cost(networks.plan(cell)))
        strategy = strategy_of(config, networks, cells, validation_images=len(data.validation))
        facts = provenance(threads=config.threads, data_digest=data.digest)
        directory = _directory(config)
        with locked(directory.path), _journal(config, directory, cells, facts) as journal:
            observers = observers_for(directory) if observers is None else observers
            session = cls(
                config=config,
                directory=directory,
                journal=journal,
                data=data,
                networks=networks,
                strategy=strategy,
                fabric=fabric,
                observers=observers,
            )
            try:
                with resumable(session.command):
                    session._take_up(facts)
                    yield session
            finally:
                with uninterrupted():
                    for observer in observers:
                        observer.closed()

    def run(self, executor: Executor | None = None) -> None:
        """Search, then retrain the final population.

        Args:
            executor: who trains individuals, such as several at once on several GPUs; None means
                one at a time, here.

        Raises:
            InputError: no cell is within the limits, or weights are damaged.
            RunError: one training after another fails.
            OSError: the disk is full.
        """
        recipe = child_recipe(self.config)
        here = InProcessExecutor(self.networks, self.data, recipe, self.fabric)
        Search(
            self.config,
            self.strategy,
            executor or here,
            self.networks,
            self.journal,
            self.directory,
            self.observers,
        ).run()
        if self.config.final_epochs:
            retrain(
                [self.journal.evaluation(member.id) for member in self.strategy.population],
                self.networks,
                self.data,
                scratch_recipe(self.config, self.config.final_epochs),
                run_seed=self.config.seed,
                fabric=self.fabric,
                journal=self.journal,
                directory=self.directory,
                observers=self.observers,
            )
        for observer in self.observers:
            observer.finished(self.path)

    def _take_up(self, facts: dict[str, object]) -> None:
        """Bring the strategy to where the journal left it, and say so.

        Raises:
            InputError: the images are others, the state is damaged, or there are more evaluations
                than asked for.
        """
        rows = self.journal.evaluations()
        done = sum(row.state == "told" for row in rows)
        if done > self.config.evaluations:
            raise InputError(
                f"--evaluations is {self.config.evaluations}, and {self.path} has {done} already: "
                "give as many or more"
            )
        warnings = check_same(self.journal.facts(), facts)
        state = self.journal.strategy_state()
        if state is not None:
            self.strategy.load_state_dict(loads(state))
        # A killed process may have left weights that no row names, or that nobody needs any more.
        needed = needed_weights(self.strategy, inherits=self.config.inherits)
        self.directory.delete_weights_except(needed)
        started = Started(
            config=self.config,
            directory=self.path,
            evaluations=rows,
            elapsed=float(self.journal.facts().get("elapsed", 0.0)),
            data=_describe(self.data),
        )
        for observer in self.observers:
            observer.started(started)
            for warning in (*_without_effect(self.config), *warnings):
                observer.noted(warning)
        # What a resumed run was given anew counts from now on, whoever resumes it next.
        self.journal.state_facts({"settings": self.config.settings()})
        self.directory.write_settings(self.config.settings())


def _without_effect(config: SearchConfig) -> list[str]:
    """Say which flags change nothing."""
    return [
        f"{flag(name)} has no effect on {config.why_without_effect(name)}"
        for name in config.without_effect
    ]


def images_of(config: SearchConfig) -> ImageData:
    """Read the images that a search is on.

    Raises:
        InputError: they are not there, damaged, or fewer than asked for.
    """
    return load_data(
        config.data,
        directory=config.data_dir,
        image_size=config.image_size,
        train_images=config.train_images,
        validation_images=config.val_images,
        flip=config.flip,
        seed=config.seed,
    )


def child_recipe(config: SearchConfig) -> ChildRecipe:
    """Return how a search trains individuals."""
    return ChildRecipe(
        batch_size=config.batch_size,
        learning_rate_new=config.lr_new,
        learning_rate_inherited=config.lr_inherited,
    )


def _directory(config: SearchConfig) -> RunDirectory:
    """Make the directory of a new run, or find that of one to go on with."""
    if config.resume is not None:
        return RunDirectory.existing(config.resume)
    name = f"{config.data}-{config.strategy}-seed{config.seed}"
    return RunDirectory.create(config.run_dir or free_directory(name))


def _initial_cells(config: SearchConfig) -> list[Genotype]:
    """Return the cells to start from.

    A run keeps them in its journal, since their file may be gone, or another, when it is resumed.
    """
    if config.resume is not None:
        with Journal.read(RunDirectory.existing(config.resume).journal) as journal:
            texts: list[str] = journal.facts().get("initial_cells", [])
        return [Genotype.from_string(text) for text in texts]
    return [] if config.init_from is None else read_cells(config.init_from, _space(config))


def _journal(
    config: SearchConfig,
    directory: RunDirectory,
    cells: Sequence[Genotype],
    facts: dict[str, object],
) -> Journal:
    """Make the journal of a new run, or open that of one to go on with."""
    if config.resume is not None:
        return Journal.open(directory.journal)
    if directory.journal.exists():  # it was not when the directory was made
        raise InputError(
            f"{directory.path} was begun by another process just now: give another --run-dir"
        )
    directory.write_settings(config.settings())
    initial = [str(cell) for cell in cells]
    known = {"settings": config.settings(), "initial_cells": initial, **facts}
    return Journal.create(directory.journal, known)


def _space(config: SearchConfig) -> SearchSpace:
    """Return what is searched."""
    return SearchSpace(blocks=config.blocks, separate_reduction=config.separate_reduction)


def strategy_of(
    config: SearchConfig,
    networks: NetworkSettings,
    cells: Sequence[Genotype] = (),
    *,
    validation_images: int,
) -> Strategy[Genotype]:
    """Return the strategy of a search, before its first proposal.

    Args:
        config: of the search.
        networks: what genotypes become, whose size may be limited.
        cells: to start from.
        validation_images: that fitness is measured on.
    """
    name, idle, limits = config.strategy, config.without_effect, Limits.of(config)

    @lru_cache(maxsize=10_000)  # a predictor asks for the same cells again and again
    def feasible(genotype: Genotype) -> bool:
        return limits.beyond(cost(networks.plan(genotype))) is None

    controller = ControllerSettings(
        learning_rate=config.learning_rate,
        entropy_weight=config.entropy_weight,
        entropy_bonus=config.entropy_bonus,
        baseline="average" if "baseline" in idle else config.baseline,
        validation_images=validation_images,
    )
    return make_strategy(
        name,
        _space(config),
        population_size=config.population,
        sample_size=config.sample if name in EVOLVING else None,
        seed=config.seed,
        mutations=None if "mutations" in idle else config.mutations,
        allow_idle=None if config.allow_idle or "allow_idle" in idle else False,
        replay=config.replay,
        initial=cells,
        feasible=feasible if limits and name in PREDICTING else None,
        controller=controller if name in CONTROLLED else None,
    )


def _describe(data: ImageData) -> str:
    """Say in a line what is searched on."""
    test = "" if data.test is None else f", {len(data.test):,} to test"
    return (
        f"{data.name}: {len(data.train):,} images to train on, {len(data.validation):,} held out"
        f"{test}; {data.image_size}x{data.image_size}, {len(data.classes)} classes"
    )
