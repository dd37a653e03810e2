"""Shards of a batch, and seeds that need no memory. Several processes: see renas-apps."""

import pytest
import torch

from renas_space import InputError
from renas_trainer.compute import make_fabric
from renas_trainer.distributed import Shards, derived_seed, on_first, summed


def test_processes_share_a_batch_without_overlap():
    batch = torch.arange(24)
    taken = [
        shards.cut(batch, shard)
        for rank in range(3)
        for shards in [Shards(batch_size=24, rank=rank, processes=3, accumulate=2)]
        for shard in shards.mine
    ]
    assert torch.equal(torch.cat(taken), batch)
    assert {len(part) for part in taken} == {4}


def test_two_processes_take_the_shards_that_one_takes_in_turn():
    one = Shards(batch_size=8, accumulate=2)
    two = [Shards(batch_size=8, rank=rank, processes=2) for rank in range(2)]
    assert list(one.mine) == [shard for shards in two for shard in shards.mine]
    assert one.size == two[0].size == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"batch_size": 10, "processes": 4},
            "a batch of 10 images cannot be divided into 4 equal parts of two or more "
            "(4 processes, 1 parts each): give a multiple of 4, at least 8",
        ),
        (
            {"batch_size": 4, "accumulate": 4},
            "a batch of 4 images cannot be divided into 4 equal parts of two or more "
            "(1 processes, 4 parts each): give a multiple of 4, at least 8",
        ),
        ({"batch_size": 4, "accumulate": 0}, "accumulate is 0: give at least 1"),
    ],
)
def test_a_batch_that_cannot_be_divided_is_refused(settings, message):
    with pytest.raises(InputError) as error:
        Shards(**settings)
    assert str(error.value) == message


def test_seeds_differ_by_every_part_and_are_the_same_everywhere():
    assert derived_seed(0, "order", 3) == 8483304753239185838
    seeds = {derived_seed(a, name, b) for a in range(9) for name in ("x", "y") for b in range(9)}
    assert len(seeds) == 162
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_one_process_sums_and_waits_for_nobody():
    fabric = make_fabric()
    assert summed(torch.tensor(3), fabric).item() == 3
    assert on_first(fabric, lambda: "done") == "done"
    with pytest.raises(InputError, match="no such thing"):
        on_first(fabric, lambda: (_ for _ in ()).throw(InputError("no such thing")))
    with pytest.raises(OSError, match="full"):
        on_first(fabric, lambda: (_ for _ in ()).throw(OSError("the disk is full")))
