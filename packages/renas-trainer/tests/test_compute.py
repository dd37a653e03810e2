"""Devices, precisions and threads; what is not there is one sentence."""

import subprocess
import sys

import lightning_fabric
import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from lightning_fabric.utilities.exceptions import MisconfigurationException

from renas_space import InputError
from renas_trainer.compute import is_fused, make_fabric, renew_scaler, scaler_of


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_one_thread_is_the_default():
    torch.set_num_threads(2)
    assert make_fabric().device == torch.device("cpu")
    assert torch.get_num_threads() == 1


def test_threads_are_set_or_left_alone():
    make_fabric(threads=2)
    assert torch.get_num_threads() == 2
    make_fabric(threads=None)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_weights_are_float32_in_mixed_precision_too(precision):
    network = make_fabric(precision=precision).setup(torch.nn.Linear(2, 2))
    assert network.weight.dtype == torch.float32
    assert network(torch.zeros(1, 2)).dtype == torch.float32


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accelerator": "gpu0"}, "unknown device 'gpu0': use one of cpu, cuda, mps, auto"),
        (
            {"precision": "8-bit"},
            "unknown precision '8-bit': use one of 32-true, bf16-mixed, 16-mixed",
        ),
        (
            {"precision": "16-mixed"},
            "the precision 16-mixed is for GPUs: use bf16-mixed or 32-true",
        ),
        ({"threads": 0}, "the number of threads is 0: give 1 to 1,024"),
        ({"threads": 10**12}, "the number of threads is 1000000000000: give 1 to 1,024"),
        ({"devices": 0}, "the number of devices is 0: give at least 1"),
        ({"machines": 0}, "the number of machines is 0: give at least 1"),
    ],
)
def test_a_wrong_setting_is_one_sentence(settings, message):
    with pytest.raises(InputError) as error:
        make_fabric(**settings)
    assert str(error.value) == message


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there_is_one_sentence():
    with pytest.raises(InputError) as error:
        make_fabric("cuda")
    assert str(error.value) == "this machine has no device 'cuda': use cpu or auto"


def test_too_few_devices_are_one_sentence(monkeypatch):
    def refuse(**_):
        raise MisconfigurationException("You requested gpu: [0, 1, 2, 3]\n But your machine ...")

    monkeypatch.setattr(lightning_fabric, "Fabric", refuse)
    with pytest.raises(InputError) as error:
        make_fabric("cuda", devices=4)
    assert str(error.value) == (
        "this machine has no 4 devices 'cuda': use cpu or auto, or fewer devices"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc is the one that is set")
@pytest.mark.parametrize(("accelerator", "keep"), [("auto", True), ("cpu", False)])
def test_freed_memory_is_kept_for_the_next_step(accelerator, keep):
    if accelerator == "auto" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    # In a process of its own: what ran before decides where malloc finds room.
    code = (
        "import resource, torch\n"
        "from renas_trainer.compute import make_fabric\n"
        f"make_fabric({accelerator!r}, keep_memory={keep})\n"
        "for _ in range(16):\n"  # until a small piece no longer comes to lie where a large one was
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    torch.empty(2**24).fill_(1.0)\n"  # 64 MB: 16,384 pages of 4 KB
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (int(done.stdout.split()[-1]) < 1000) is keep


def test_a_process_by_itself_may_be_one_of_many_in_a_job_of_slurm(monkeypatch):
    for name, value in (("NTASKS", "4"), ("JOB_NAME", "searches"), ("PROCID", "3")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    fabric = make_fabric()
    assert (fabric.world_size, fabric.global_rank) == (1, 0)


def test_a_new_training_begins_with_a_new_scale():
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    fabric = Fabric(accelerator="cpu", plugins=[MixedPrecision("16-mixed", "cpu", scaler=scaler)])
    assert is_fused(fabric) is None
    renew_scaler(fabric)
    assert scaler.state_dict() == torch.amp.GradScaler("cpu").state_dict()


def test_other_precisions_have_no_scale():
    fabric = make_fabric("cpu", "bf16-mixed")
    assert is_fused(fabric) is True
    assert scaler_of(fabric) is None
    renew_scaler(fabric)
