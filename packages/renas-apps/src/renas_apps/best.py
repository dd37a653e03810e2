"""``best.json``: the best cell as a genotype, with what is known of it in keys of its own."""

import json
from pathlib import Path

from renas_apps.journal_rows import Evaluation, Final
from renas_apps.run_directory import write_whole
from renas_space import Genotype


def write_best(path: Path, row: Evaluation, final: Final | None = None) -> None:
    """Write the best cell so far, whole or not at all.

    Args:
        path: of the file.
        row: the individual.
        final: its retraining from scratch, once there is one.
    """
    genotype = json.loads(Genotype.from_string(row.genotype).to_json())
    known = {
        "id": row.id,
        "digest": row.digest,
        "fitness": row.fitness,
        "lineage_epochs": row.lineage_epochs,
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
    }
    if final is not None:
        known |= {
            "final_epochs": final.epochs,
            "final_accuracy": final.accuracy,
            "final_test_accuracy": final.test_accuracy,
        }
    write_whole(path, json.dumps({**genotype, **known}, indent=2) + "\n")
