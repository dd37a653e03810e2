"""One retraining of a search's checkpoints: what is missing is trained, and all of it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from lightning_fabric import Fabric

from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings
from renas_apps.exit_status import resumable
from renas_apps.final import retrain_one, scratch_recipe
from renas_apps.html_report import html_report
from renas_apps.journal_rows import Evaluation, Final
from renas_apps.lock import locked
from renas_apps.plain import one_line
from renas_apps.provenance import check_same, provenance
from renas_apps.quantities import format_duration
from renas_apps.retraining.asked import Asked
from renas_apps.retraining.checkpoint import Checkpoint, checkpoints_of, originals_of
from renas_apps.retraining.figure import write_figure
from renas_apps.retraining.results import FILE, ResultsFile, Scoring
from renas_apps.retraining.scores import Score, scores_of
from renas_apps.retraining.tables import as_csv, as_text
from renas_apps.run import Run
from renas_apps.run_directory import RunDirectory, write_whole
from renas_apps.session import images_of
from renas_space import InputError
from renas_trainer.compute import make_fabric
from renas_trainer.data import ImageData
from renas_trainer.scratch import ScratchRecipe


def retrain_checkpoints(asked: Asked) -> None:
    """Retrain the checkpoints of a run as far as that was not done; write and print the scores.

    Raises:
        InputError: there is no such run, nobody in it has a fitness yet, its images are missing or
            others, or another process retrains it.
        RunError: the disk cannot be written.
        KeyboardInterrupt: somebody stops it; the message says how to go on.
    """
    run = Run.open(asked.run)
    checkpoints = checkpoints_of(
        run.evaluations, population=run.settings["population"], every=asked.every
    )
    if not checkpoints:
        raise InputError(
            f"{asked.run} has no individual with a fitness yet: let the search go on first"
        )
    config = _config(run, asked)
    fabric = make_fabric(config.device, config.precision, threads=config.threads)
    data = images_of(config)
    made_with = provenance(threads=config.threads, data_digest=data.digest)
    warnings = check_same(run.facts, made_with)
    directory = run.directory.retrained
    directory.mkdir(exist_ok=True)
    with locked(directory), resumable(asked.command):
        seed = config.seed if asked.seed is None else asked.seed
        retraining = Retraining(
            checkpoints=checkpoints,
            originals=originals_of(run.evaluations),
            scoring=Scoring(every=asked.every, epochs=asked.epochs, seed=seed),
            networks=NetworkSettings.of(config, data),
            data=data,
            recipe=scratch_recipe(config, asked.epochs),
            fabric=fabric,
            file=ResultsFile.open(directory / FILE),
            directory=directory,
        )
        for warning in warnings:
            _say(f"note: {warning}")
        retraining.run(made_with)
        _report(run.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """A retraining that is set up: its directory is locked and its file open."""

    checkpoints: Sequence[Checkpoint]
    """Whom to score."""
    originals: Mapping[str, Evaluation]
    """The individual that is trained for each genotype, by digest."""
    scoring: Scoring
    """How to score them."""
    networks: NetworkSettings
    """Which networks genotypes become: those of the search."""
    data: ImageData
    """The images of the search, its held-out ones among them."""
    recipe: ScratchRecipe
    """That of the search's own last retraining."""
    fabric: Fabric
    """Device and precision."""
    file: ResultsFile
    """Where each result is written as soon as it is there."""
    directory: Path
    """Where table and figures are written."""

    def run(self, made_with: Mapping[str, object]) -> None:
        """Train what is missing, write the table and the figures, and print the table.

        Args:
            made_with: versions, machine and the like, to be kept with the results.

        Raises:
            OSError: the disk is full; what is written already is not trained again.
        """
        self.file.ask(self.scoring, made_with)
        self._train()
        scores = self._scores()
        self._write(scores)
        print(f"\n{as_text(scores)}\n")
        for kind in ("csv", "png", "svg"):
            _say(str(self._path(kind)))

    def _train(self) -> None:
        """Train each genotype that has not been, checkpoint by checkpoint."""
        # In the order of the search: the first checkpoints are complete first.
        every = dict.fromkeys(m.digest for one in self.checkpoints for m in one.members)
        done = [digest for digest in every if digest in self._finals]
        _say(
            f"{len(self.checkpoints)} checkpoints, {len(every)} cells, {len(done)} of them trained "
            f"already; epochs: {self.scoring.epochs}, seed {self.scoring.seed}"
        )
        count, seconds = len(done), list[float]()
        for checkpoint in self.checkpoints:
            missing = dict.fromkeys(
                m.digest for m in checkpoint.members if m.digest not in self._finals
            )
            for digest in missing:
                final = self._train_one(digest)
                count += 1
                seconds.append(final.seconds)
                rest = fmean(seconds) * (len(every) - count)
                left = f", {format_duration(rest)} left" if rest else ""
                _say(f"retrained {count}/{len(every)} {_describe(final)}{left}")
            if missing and count < len(every):  # after the last one, `run` does
                self._write(self._scores())

    def _train_one(self, digest: str) -> Final:
        """Train a genotype from scratch and write down what came of it."""
        final = retrain_one(
            self.originals[digest],
            self.networks,
            self.data,
            self.recipe,
            run_seed=self.scoring.seed,
            fabric=self.fabric,
        )
        self.file.add(digest, self.scoring.seed, final)
        return final

    @property
    def _finals(self) -> Mapping[str, Final]:
        """What came of each genotype so far, by digest."""
        return self.file.results.of(self.scoring)

    def _scores(self) -> list[Score]:
        """Return the scores of the checkpoints that are complete."""
        return scores_of(self.checkpoints, self._finals)

    def _write(self, scores: Sequence[Score]) -> None:
        """Write table and figures."""
        write_whole(self._path("csv"), as_csv(self.scoring, scores))
        write_figure(scores, self._path("png"), self._path("svg"))

    def _path(self, kind: str) -> Path:
        """Return a file of this scoring; another one has files of other names."""
        return self.directory / f"{self.scoring.name}.{kind}"


def _config(run: Run, asked: Asked) -> SearchConfig:
    """Return the settings of the run, with what may be another now.

    Not the seed: it also decides which images are held out.

    Raises:
        InputError: the images come with a library, and a directory is given.
    """
    if asked.data_dir is not None and run.config.data == "digits":
        raise InputError(f"--data-dir is {asked.data_dir}, but the run is of digits: leave it out")
    given = {"data_dir": asked.data_dir, "threads": asked.threads}
    return replace(run.config, **{name: value for name, value in given.items() if value})


def _report(directory: RunDirectory) -> None:
    """Write the report of the run anew, if it has one."""
    if not directory.report.exists():
        return
    try:
        with locked(directory.path):  # a search that goes on writes it too
            write_whole(directory.report, html_report(Run.open(directory.path)))
    except InputError as error:
        _say(f"note: {directory.report} was not written anew ({error})")
        return
    _say(str(directory.report))


def _describe(final: Final) -> str:
    """Say what came of a training."""
    score = f"failed: {final.reason}" if final.accuracy is None else f"{final.accuracy:.4f}"
    return f"#{final.id} accuracy {score}; {final.seconds:.1f}s"


def _say(line: str) -> None:
    """Print a line at once."""
    print(one_line(line), flush=True)
