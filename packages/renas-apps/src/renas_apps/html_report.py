"""The report of a run: one HTML file that needs nothing else."""

from html import escape
from typing import TYPE_CHECKING

from renas_apps.curve import Curve, curve_of
from renas_apps.inline_svg import inline_svg
from renas_apps.quantities import format_duration
from renas_apps.retraining.scores import Scored, scored
from renas_apps.retraining.tables import HEAD, rows
from renas_apps.run import Run
from renas_apps.summary import cost_in_paper_size
from renas_apps.web_page import html_table, web_page
from renas_space import Genotype, draw_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # takes a second to import

_MOST_VECTORS = 2000
"""More individuals than this are drawn as pixels, which keeps the page small."""


def html_report(run: Run) -> str:
    """Return the report of a run as an HTML page."""
    title = f"Search {run.directory.path.name}"
    sections = [
        _overview(run),
        _curve(run),
        _best(run),
        _retraining(run),
        *(_checkpoints(one, inherits=run.inherits) for one in scored(run)),
        "<h2>Settings</h2>" + html_table(("setting", "value"), sorted(run.settings.items())),
        "<h2>Made with</h2>" + html_table(("what", "which"), _provenance(run)),
    ]
    return web_page(title, sections)


def _overview(run: Run) -> str:
    """Say how much was done."""
    told = sum(row.state == "told" for row in run.evaluations)
    others = len(run.evaluations) - told
    more = f" ({others} more replayed, failed or rejected)" if others else ""
    return f"<p>{told} evaluations{more} in {format_duration(run.elapsed)}.</p>"


def _curve(run: Run) -> str:
    """Draw fitness over evaluations."""
    from renas_apps.picture import svg_in_page  # late: matplotlib takes a second

    curve = curve_of(run.evaluations, population=run.settings["population"])
    if not curve.fitness:
        return ""
    picture = svg_in_page(lambda: _draw(curve))
    note = (
        '<p class="note">Inherited weights raise fitness by themselves: those of a child have seen '
        "all passes of its lineage. Only retraining from scratch compares cells.</p>"
    )
    drawn = f"<h2>Fitness</h2>\n<figure>{inline_svg(picture, 'fitness')}</figure>\n"
    return drawn + (note if run.inherits else "")


def _draw(curve: Curve) -> "Figure":
    """Draw a curve."""
    from matplotlib.figure import Figure  # the object, not pyplot: nothing global is touched

    figure = Figure(figsize=(9.6, 4), layout="constrained")
    axes = figure.subplots()
    x = curve.evaluations
    many = len(x) > _MOST_VECTORS
    axes.plot(x, curve.fitness, ".", color="#8b949e", label="individual", rasterized=many)
    axes.plot(x, curve.population, color="#2f81f7", label="mean of the population")
    axes.plot(x, curve.best, color="#2da44e", drawstyle="steps-post", label="best so far")
    axes.set_xlabel("evaluations")
    axes.set_ylabel("fitness")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _best(run: Run) -> str:
    """Draw the best cell and say what it costs."""
    best = run.best
    if best is None:
        return ""
    genotype = Genotype.from_string(best.genotype)
    paper = cost_in_paper_size(genotype)
    rows = [
        ("as searched", f"{best.parameters:,}", f"{best.multiply_adds:,}"),
        ("CIFAR-10, N=6, F=32", f"{paper.parameters:,}", f"{paper.multiply_adds:,}"),
        (
            "the same in the paper's units (weights, 2^20)",
            f"{paper.paper_parameters:.4f}",
            f"{paper.paper_multiply_adds:.2f}",
        ),
    ]
    return (
        f"<h2>Best cell, #{best.id}</h2>\n<p><code>{escape(best.genotype)}</code></p>\n"
        f"<figure>{inline_svg(draw_svg(genotype), 'cell')}</figure>\n"
        + html_table(("network", "parameters", "multiply-adds"), rows)
    )


def _retraining(run: Run) -> str:
    """List the retrainings, the best first."""
    if not run.retrained:
        return ""
    ranked = sorted(run.retrained, key=lambda final: -(final.accuracy or 0.0))
    rows = [
        (
            f"#{final.id}",
            final.reason if final.accuracy is None else f"{final.accuracy:.4f}",
            "" if final.test_accuracy is None else f"{final.test_accuracy:.4f}",
            final.genotype,
        )
        for final in ranked
    ]
    return f"<h2>Retrained from scratch (epochs: {ranked[0].epochs})</h2>" + html_table(
        ("individual", "validation", "test", "cell"), rows
    )


def _checkpoints(one: Scored, *, inherits: bool) -> str:
    """Show the populations on the way, retrained from scratch as in Fig. 4."""
    from renas_apps.picture import svg_in_page
    from renas_apps.retraining.figure import draw

    scoring, how = one.scoring, ", with inherited weights" if inherits else ""
    head = (
        f"<h2>Checkpoints retrained from scratch (epochs: {scoring.epochs})</h2>\n"
        f"<p>The population after every {scoring.every} evaluations and the last, seed "
        f"{scoring.seed}: {len(one.scores)} of {one.checkpoints} are done. Mean, deviation and "
        "best are of the accuracy on the held-out images; fitness is the mean that the search "
        f"saw{how}.</p>\n"
    )
    if not one.scores:
        return head
    picture = svg_in_page(lambda: draw(one.scores))
    return (
        head
        + f"<figure>{inline_svg(picture, 'retrained')}</figure>\n"
        + html_table(HEAD, rows(one.scores))
    )


def _provenance(run: Run) -> list[tuple[str, object]]:
    """Return what the numbers depend on beside the settings."""
    versions = run.facts.get("versions", {})
    return [
        *versions.items(),
        *((name, run.facts.get(name)) for name in ("cpu", "threads", "data_digest")),
    ]
