import pytest
import torch

from renas_apps import executor as module
from renas_apps.executor import Failed, InProcessExecutor, Job, NetworkSettings, Trained, seed_of
from renas_space import RENASNET, InputError, Mutation, SearchSpace, apply_all, cost
from renas_trainer.child import ChildRecipe
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.loop import DivergedError
from renas_trainer.weights import load_weights

NETWORKS = NetworkSettings(cells=1, filters=4, image_size=8, classes=10, channels=1)


@pytest.fixture(scope="module")
def data():
    return load_data("digits", train_images=100, validation_images=50, seed=0)


@pytest.fixture
def make(data):
    return lambda **recipe: InProcessExecutor(
        NETWORKS, data, ChildRecipe(**recipe), make_fabric("cpu", "32-true", threads=1)
    )


def job(tmp_path, number, genotype=RENASNET, parent=None, **known):
    return Job(
        id=number,
        genotype=genotype,
        parent=None if parent is None else parent.genotype,
        parent_weights=None if parent is None else parent.weights,
        weights=tmp_path / f"{number}.safetensors",
        **{"epochs": 1, "seed": 3, **known},
    )


def evaluate(executor, job):
    executor.submit(job)
    return executor.wait()


def test_a_first_individual_is_trained_and_its_weights_are_there(make, tmp_path):
    outcome = evaluate(make(), job(tmp_path, 0))
    assert isinstance(outcome, Trained)
    assert 0 <= outcome.fitness <= 1
    assert outcome.fitness_before is outcome.ledger is None
    state, metadata = load_weights(tmp_path / "0.safetensors")
    assert "stem.conv.weight" in state
    assert metadata == {"genotype": RENASNET.to_json()}


def test_a_child_takes_over_its_parents_weights(make, tmp_path):
    parent = job(tmp_path, 0)
    evaluate(make(), parent)
    child = apply_all(RENASNET, [Mutation(block=2, slot=2, value=0)])
    outcome = evaluate(make(), job(tmp_path, 1, child, parent))
    assert isinstance(outcome, Trained)
    assert outcome.fitness_before is not None
    assert outcome.ledger is not None
    assert outcome.ledger.share > 0.5
    ledger = outcome.ledger
    assert (
        ledger.parameters_kept + ledger.parameters_sliced + ledger.parameters_new
        >= cost(NETWORKS.plan(child)).parameters
    )


def test_the_same_job_gives_the_same_outcome_to_the_bit(make, tmp_path):
    first = evaluate(make(), job(tmp_path, 0))
    content = (tmp_path / "0.safetensors").read_bytes()
    other = evaluate(make(), job(tmp_path, 0))
    assert (first.fitness, first.loss) == (other.fitness, other.loss)
    assert (tmp_path / "0.safetensors").read_bytes() == content
    third = evaluate(make(), job(tmp_path, 0, seed=4))
    assert third.loss != first.loss


def test_passes_are_those_of_the_job(make, tmp_path, monkeypatch):
    seen = []
    original = module.train_child

    def spy(plan, data, recipe, **known):
        seen.append(recipe.epochs)
        return original(plan, data, recipe, **known)

    monkeypatch.setattr(module, "train_child", spy)
    evaluate(make(), job(tmp_path, 0, epochs=2))
    assert seen == [2]


def test_it_has_room_for_one(make, tmp_path):
    executor = make()
    assert executor.free == 1
    executor.submit(job(tmp_path, 0))
    assert executor.free == 0
    executor.wait()
    assert executor.free == 1


def test_a_loss_that_is_no_number_is_a_failed_individual(make, tmp_path):
    outcome = evaluate(make(learning_rate_new=1e30), job(tmp_path, 0))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "DivergedError: the loss is nan: try a lower learning rate"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (
            RuntimeError("CUDA error: launch failed\nand more"),
            "RuntimeError: CUDA error: launch failed",
        ),
        (MemoryError(), "MemoryError: "),
        (torch.OutOfMemoryError("out of memory"), "OutOfMemoryError: out of memory"),
        (DivergedError("the loss is inf"), "DivergedError: the loss is inf"),
    ],
)
def test_a_cell_that_cannot_be_trained_is_a_failed_individual(
    make, tmp_path, monkeypatch, raised, reason
):
    clock = [100.0]

    def fail(*_, **__):
        clock[0] += 3
        raise raised

    monkeypatch.setattr(module, "train_child", fail)
    monkeypatch.setattr(module.time, "perf_counter", lambda: clock[0])
    assert evaluate(make(), job(tmp_path, 0)) == Failed(id=0, reason=reason, seconds=3.0)


def test_damaged_weights_of_a_parent_are_no_failure_of_the_child(make, tmp_path):
    parent = job(tmp_path, 0)
    parent.weights.write_bytes(b"damaged")
    with pytest.raises(InputError) as caught:
        evaluate(make(), job(tmp_path, 1, parent=parent))
    assert str(caught.value).startswith(
        f"the weights at {parent.weights} are damaged, or of another"
    )
    parent.weights.unlink()
    with pytest.raises(InputError) as caught:
        evaluate(make(), job(tmp_path, 1, parent=parent))
    assert str(caught.value) == f"there are no weights at {parent.weights}: check the path"


def test_seeds_differ_by_run_purpose_and_individual_and_nothing_else():
    seeds = {
        seed_of(run, purpose, individual)
        for run in (0, 1, 11)
        for purpose in ("child", "final")
        for individual in range(100)
    }
    assert len(seeds) == 600
    assert all(0 <= seed < 2**56 for seed in seeds)
    assert seed_of(1, "child", 2) == 0x1B772CC31D3144  # runs of old must resume


def test_a_network_is_planned_as_the_settings_say():
    plan = NETWORKS.plan(SearchSpace(blocks=2).at(0))
    assert (plan.cells_per_stage, plan.filters, plan.image_size) == (1, 4, 8)
    assert (plan.classes, plan.channels) == (10, 1)
