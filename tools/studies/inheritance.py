"""Does inheritance pay? Children of a finished search against the same cells without inheritance.

For each child of the run: its fitness (inherited, then its own passes), against the same cell
trained from scratch for as many passes at the best of three learning rates, which is chosen for
each child by the very accuracy that is compared, in favour of the rival; and, for the record,
against training from scratch for as many passes as the child's whole lineage has had, under a
cosine. Results are appended to a file of JSON lines, one a child, so the study can be stopped and
taken up.

Example:
    renas-search --strategy renas --data cifar10 --data-dir D --image-size 16 --filters 8 \
        --cells 1 --train-images 5000 --population 6 --sample 3 --evaluations 30 \
        --initial-epochs 5 --mutations 1 --final-epochs 0 --seed 3 --run-dir runs/pairs
    python tools/studies/inheritance.py runs/pairs --out pairs.jsonl --pairs 20
"""

import argparse
import sys
from pathlib import Path

from intervals import paired
from record_lines import append_record, read_records

from renas_apps.command_line import parse_search
from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings, seed_of
from renas_apps.exit_status import run_command
from renas_apps.journal import Journal
from renas_apps.journal_rows import Evaluation
from renas_apps.session import images_of
from renas_space import Genotype
from renas_trainer.child import ChildRecipe, train_child
from renas_trainer.compute import make_fabric
from renas_trainer.data import ImageData
from renas_trainer.scratch import ScratchRecipe, train_from_scratch

LEARNING_RATES = (0.01, 0.03, 0.1)
"""Of the rival that is trained from scratch for as many passes as the child."""


def main() -> None:
    """Train what is missing, then print the differences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="directory of a finished search")
    parser.add_argument("--out", type=Path, required=True, help="file of results, appended to")
    parser.add_argument("--pairs", type=int, default=None, help="children to take; by default all")
    arguments = parser.parse_args()

    config = parse_search(["--resume", str(arguments.run)])
    with Journal.read(arguments.run / "search.db") as journal:
        rows = journal.evaluations()
    children = [row for row in rows if row.kind == "child" and row.state == "told"]
    children = children[: arguments.pairs]
    done = {result["id"]: result for result in read_records(arguments.out)}
    missing = [child for child in children if child.id not in done]
    if missing:
        data = images_of(config)
        for child in missing:
            done[child.id] = _rivals(child, config, data)
            append_record(arguments.out, done[child.id])
            print(done[child.id], flush=True)
    _report([done[child.id] for child in children])


def _rivals(child: Evaluation, config: SearchConfig, data: ImageData) -> dict[str, float]:
    """Train the rivals of a child; return all accuracies."""
    fabric = make_fabric(config.device, config.precision, threads=config.threads)
    plan = NetworkSettings.of(config, data).plan(Genotype.from_string(child.genotype))
    seed = seed_of(config.seed, "rival", child.id)
    result: dict[str, float] = {
        "id": child.id,
        "lineage_epochs": child.lineage_epochs,
        "inherited_share": round(child.inherited_share or 0.0, 4),
        "before": child.fitness_before or 0.0,
        "inherited": child.fitness or 0.0,
    }
    for rate in LEARNING_RATES:
        recipe = ChildRecipe(
            epochs=child.epochs, batch_size=config.batch_size, learning_rate_new=rate
        )
        rival = train_child(plan, data, recipe, parent=None, seed=seed, fabric=fabric)
        result[f"scratch_{rate}"] = rival.fitness
    long = ScratchRecipe(epochs=child.lineage_epochs, batch_size=config.batch_size)
    result["scratch_lineage"] = train_from_scratch(
        plan, data, long, seed=seed, fabric=fabric
    ).accuracy
    return result


def _report(results: list[dict[str, float]]) -> None:
    """Print the paired differences with their intervals."""
    inherited = [result["inherited"] for result in results]
    best = [max(result[f"scratch_{rate}"] for rate in LEARNING_RATES) for result in results]
    lineage = [result["scratch_lineage"] for result in results]
    n = len(results)
    print(f"{n} pairs; mean accuracy of the inherited children {sum(inherited) / n:.4f}")
    print(f"from scratch, as many passes, best of {LEARNING_RATES}: {sum(best) / n:.4f}")
    print(f"from scratch, the lineage's passes: {sum(lineage) / n:.4f}")
    for name, rival in (("as many passes", best), ("the lineage's passes", lineage)):
        mean, half = paired([a - b for a, b in zip(inherited, rival, strict=True)])
        print(f"inherited - scratch for {name}: {mean:+.4f} +- {half:.4f} (95 %, paired t)")


if __name__ == "__main__":
    sys.exit(run_command("inheritance.py", main))
