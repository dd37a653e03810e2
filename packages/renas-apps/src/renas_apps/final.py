"""After the search: every member of the final population is retrained from scratch (section 5.1).

Fitness during the search may be measured with inherited weights, which have seen more images than a
child's own pass. Retrained alike, cells compare; the best of them wins.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lightning_fabric import Fabric

from renas_apps.best import write_best
from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings, reason_of, seed_of
from renas_apps.exit_status import raise_interruption, uninterrupted
from renas_apps.journal import Journal
from renas_apps.journal_rows import Evaluation, Final, now
from renas_apps.observer import Observer
from renas_apps.run_directory import RunDirectory
from renas_space import Genotype
from renas_trainer.data import ImageData
from renas_trainer.loop import DivergedError
from renas_trainer.scratch import ScratchRecipe, train_from_scratch


def scratch_recipe(config: SearchConfig, epochs: int) -> ScratchRecipe:
    """Return how individuals of a search are trained from scratch.

    Raises:
        InputError: there are no epochs.
    """
    return ScratchRecipe(epochs=epochs, batch_size=config.batch_size)


def retrain(
    members: Sequence[Evaluation],
    networks: NetworkSettings,
    data: ImageData,
    recipe: ScratchRecipe,
    *,
    run_seed: int,
    fabric: Fabric,
    journal: Journal,
    directory: RunDirectory,
    observers: Sequence[Observer],
) -> None:
    """Retrain individuals that the journal has no result of; isomorphic ones share a training.

    Args:
        members: whom to retrain.
        networks: which networks their genotypes become.
        data: what they learn from and are scored on.
        recipe: how.
        run_seed: of the run; each member's seed follows from it.
        fabric: device and precision.
        journal: where each result is written as soon as it is there.
        directory: where ``best.json`` of the winner is written.
        observers: who hears of each.
    """
    finals = {final.id: final for final in journal.finals() if final.epochs == recipe.epochs}
    for member in members:
        if member.id in finals:
            continue
        final = _shared(member, members, finals) or retrain_one(
            member, networks, data, recipe, run_seed=run_seed, fabric=fabric
        )
        journal.record_final(final)
        finals[member.id] = final
        done = sum(each.id in finals for each in members)  # others may have left the population
        with uninterrupted():
            for observer in observers:
                observer.retrained(final, done, len(members))
    scored = [finals[member.id] for member in members if finals[member.id].accuracy is not None]
    if scored:
        winner = max(scored, key=lambda final: (final.accuracy or 0.0, -final.id))
        write_best(directory.best, next(m for m in members if m.id == winner.id), winner)


def _shared(
    member: Evaluation, members: Sequence[Evaluation], finals: Mapping[int, Final]
) -> Final | None:
    """Return the score of an isomorphic individual as that of this one; None if there is none.

    Trained again, a cell that fills half of a population would win by the best of many draws.
    """
    for other in members:
        final = finals.get(other.id)
        if other.digest == member.digest and final is not None and final.accuracy is not None:
            return replace(
                final, id=member.id, genotype=member.genotype, seconds=0.0, finished=now()
            )
    return None


def retrain_one(
    member: Evaluation,
    networks: NetworkSettings,
    data: ImageData,
    recipe: ScratchRecipe,
    *,
    run_seed: int,
    fabric: Fabric,
) -> Final:
    """Train the genotype of an individual from scratch; a training that fails is a result too.

    Args:
        member: the individual.
        networks: which network its genotype becomes.
        data: what it learns from and is scored on.
        recipe: how.
        run_seed: the seed of the training follows from it and the individual's number.
        fabric: device and precision.
    """
    start = time.perf_counter()
    common = {"id": member.id, "genotype": member.genotype, "epochs": recipe.epochs}
    try:
        result = train_from_scratch(
            networks.plan(Genotype.from_string(member.genotype)),
            data,
            recipe,
            seed=seed_of(run_seed, "final", member.id),
            fabric=fabric,
        )
    except (DivergedError, RuntimeError, MemoryError) as error:  # as in the search
        raise_interruption(error)
        return Final(
            **common,
            accuracy=None,
            test_accuracy=None,
            loss=None,
            curve="[]",
            reason=reason_of(error),
            seconds=time.perf_counter() - start,
            finished=now(),
        )
    return Final(
        **common,
        accuracy=result.accuracy,
        test_accuracy=result.test_accuracy,
        loss=result.loss,
        curve=json.dumps(result.curve),
        seconds=result.seconds,
        finished=now(),
    )
