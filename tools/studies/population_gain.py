"""Is the last population better than the first, when both are retrained from scratch alike?

The fitness of a search rises also because inherited weights have seen more images. Here every
member of the first and of the last population gets the run's own retraining (new weights, the same
number of passes), and the means are compared. What the run's journal has of the last population is
used; the rest is trained and appended to a file of JSON lines, so the study can be stopped and
taken up.

Example:
    python tools/studies/population_gain.py runs/small --epochs 3 --out runs/small-gain.jsonl
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean

from intervals import unpaired
from record_lines import append_record, read_records

from renas_apps.command_line import parse_search
from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings, seed_of
from renas_apps.exit_status import run_command
from renas_apps.journal import Journal
from renas_apps.journal_rows import Evaluation
from renas_apps.session import images_of
from renas_space import Genotype
from renas_trainer.compute import make_fabric
from renas_trainer.scratch import ScratchRecipe, train_from_scratch


def main() -> None:
    """Train what is missing, then print the difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="directory of a finished search")
    parser.add_argument("--epochs", type=int, default=3, help="passes of each retraining")
    parser.add_argument("--repeats", type=int, default=1, help="retrainings of each, by seed")
    parser.add_argument("--out", type=Path, required=True, help="file of results, appended to")
    arguments = parser.parse_args()

    config = parse_search(["--resume", str(arguments.run)])
    with Journal.read(arguments.run / "search.db") as journal:
        rows, last_ids = journal.evaluations(), set(journal.population())
    first = [row for row in rows if row.kind == "initial" and row.state == "told"]
    last = [row for row in rows if row.id in last_ids]
    members = list({row.id: row for row in (*first, *last)}.values())
    seeds = range(arguments.repeats)
    done = _retrain(members, config, arguments.epochs, seeds, arguments.out)
    _report("fitness in the search", _fitness(first), _fitness(last))
    scores = [
        [fmean(done[_key(row, arguments.epochs, repeat)] for repeat in seeds) for row in group]
        for group in (first, last)
    ]
    _report(f"retrained from scratch, {arguments.epochs} passes", *scores)


def _retrain(
    members: list[Evaluation], config: SearchConfig, epochs: int, repeats: range, out: Path
) -> dict[str, float]:
    """Retrain what the file of results has not yet; return the accuracy of all."""
    data = images_of(config)
    fabric = make_fabric(config.device, config.precision, threads=config.threads)
    networks = NetworkSettings.of(config, data)
    recipe = ScratchRecipe(epochs=epochs, batch_size=config.batch_size)
    done: dict[str, float] = {row["key"]: row["accuracy"] for row in read_records(out)}
    for repeat in repeats:
        # Repeat 0 has the seed of the run's own final retraining.
        purpose = "final" if repeat == 0 else f"final {repeat}"
        for row in members:
            key = _key(row, epochs, repeat)
            if key in done:
                continue
            result = train_from_scratch(
                networks.plan(Genotype.from_string(row.genotype)),
                data,
                recipe,
                seed=seed_of(config.seed, purpose, row.id),
                fabric=fabric,
            )
            done[key] = result.accuracy
            append_record(out, {"key": key, "accuracy": result.accuracy})
            print(key, result.accuracy, flush=True)
    return done


def _key(row: Evaluation, epochs: int, repeat: int) -> str:
    """Return the name of one retraining in the file of results."""
    return f"{row.id} {epochs} {repeat}"


def _fitness(rows: list[Evaluation]) -> list[float]:
    """Return the fitness of individuals."""
    return [row.fitness or 0.0 for row in rows]


def _report(what: str, first: list[float], last: list[float]) -> None:
    """Print two means and their difference with its interval."""
    difference, half = unpaired(last, first)
    print(
        f"{what}: first {sum(first) / len(first):.4f}, last {sum(last) / len(last):.4f}, "
        f"difference {difference:+.4f} +- {half:.4f} (95 %, Welch)"
    )


if __name__ == "__main__":
    sys.exit(run_command("population_gain.py", main))
