"""The summary of a run in plain text: what was found, what it costs, how to go on."""

import shlex
from collections.abc import Sequence
from statistics import fmean, pstdev

from renas_apps.journal_rows import Evaluation
from renas_apps.quantities import format_duration
from renas_apps.run import Run
from renas_apps.streaks import Streaks
from renas_space import Genotype, cost, draw_text, plan_network
from renas_space.counting import Cost


def summarise(run: Run) -> str:
    """Return the summary of a run, several lines."""
    best = run.best
    if best is None:
        return f"{run.directory.path}: no individual has been scored yet"
    genotype = Genotype.from_string(best.genotype)
    parts = [
        _counts(run),
        _fitness(run),
        _retraining(run),
        f"best cell, #{best.id}: {best.genotype}\n\n{draw_text(genotype)}",
        _costs(best),
        _commands(run),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part)


def cost_in_paper_size(genotype: Genotype) -> Cost:
    """Return what a cell costs at the paper's size for CIFAR-10, N = 6 and F = 32 (section 5.2)."""
    return cost(plan_network(genotype, skeleton="cifar", cells=6, filters=32))


def _counts(run: Run) -> str:
    """Say how much was done."""
    told = sum(row.state == "told" for row in run.evaluations)
    others = [
        f"{count} {state}"
        for state in ("replayed", "failed", "rejected")
        if (count := sum(row.state == state for row in run.evaluations))
    ]
    extra = f" ({', '.join(others)} besides)" if others else ""
    return f"{told} evaluations{extra} in {format_duration(run.elapsed)}: {run.directory.path}"


def _fitness(run: Run) -> str:
    """Compare the first population with the last, and say what the comparison is worth."""
    first, last = run.first_population, run.last_population
    if not first or not last:
        return ""
    many = f"{len(first)} cells" if len(first) > 1 else "cell"
    compared = (
        f"fitness of the first {many} {_spread(first)}, "
        f"of the {len(last)} in the last population {_spread(last)}"
    )
    if run.inherits:
        return f"{compared}\n{_inheritance(first, last)}"
    if not run.evolves and len(run.evaluations) > len(last):
        return (
            f"{compared}\nthe last are the best by that very fitness, so chance flatters them: "
            "only retraining compares the cells"
        )
    return compared


def _inheritance(first: Sequence[Evaluation], last: Sequence[Evaluation]) -> str:
    """Say what the last population owes to the weights of its forebears."""
    shares = [row.inherited_share for row in last if row.inherited_share is not None]
    inherited = (
        f"; its children inherited {fmean(shares):.0%} of their parameters" if shares else ""
    )
    return (
        f"the last ones' weights have seen {fmean(r.lineage_epochs for r in last):.1f} passes, the "
        f"first ones' {fmean(r.lineage_epochs for r in first):.1f}{inherited}\n"
        "inherited weights raise fitness by themselves: only retraining compares the cells"
    )


def _spread(rows: Sequence[Evaluation]) -> str:
    """Return mean and deviation of fitness."""
    values = [row.fitness or 0.0 for row in rows]
    if len(values) == 1:
        return f"{values[0]:.4f}"
    return f"{fmean(values):.4f} +- {pstdev(values):.4f}"


def _retraining(run: Run) -> str:
    """List the retrainings, the best first."""
    if not run.retrained:
        return ""
    ranked = sorted(run.retrained, key=lambda final: -(final.accuracy or 0.0))
    lines = [f"retrained from scratch, epochs: {ranked[0].epochs}; the best first:"]
    for final in ranked:
        accuracy = final.reason if final.accuracy is None else f"{final.accuracy:.4f}"
        test = "" if final.test_accuracy is None else f"   test {final.test_accuracy:.4f}"
        lines.append(f"  #{final.id:<5} accuracy {accuracy}{test}   {final.genotype}")
    return "\n".join(lines)


def _costs(best: Evaluation) -> str:
    """Say what the best cell costs, here and at the paper's size."""
    paper = cost_in_paper_size(Genotype.from_string(best.genotype))
    return (
        f"as searched: {best.parameters:,} parameters, {best.multiply_adds:,} multiply-adds\n"
        f"for CIFAR-10 at N=6, F=32: {paper.parameters:,} parameters, "
        f"{paper.multiply_adds:,} multiply-adds "
        f"({paper.paper_parameters:.2f} and {paper.paper_multiply_adds:.0f} in the paper's units)"
    )


def _commands(run: Run) -> str:
    """Say how to go on."""
    path, best, config = (
        shlex.quote(str(file))
        for file in (run.directory.path, run.directory.best, run.directory.config)
    )
    more, seed = 2 * run.settings["evaluations"], run.settings["seed"] + 1
    would_end_at_once = Streaks.of(run.evaluations).nothing_new
    commands = [
        f"renas-space show {best}",
        f"renas-space fit {best} --max-madds 600M",
        f"renas-report export {path} --out evaluations.csv",
        *([] if would_end_at_once else [f"renas-search --resume {path} --evaluations {more}"]),
        f"renas-search --config {config} --init-from {best} --seed {seed}",
    ]
    return "\n  ".join(["to go on:", *commands])
