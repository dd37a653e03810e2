from collections.abc import Mapping

from renas_space.automorphism import Automorphisms, Sides


def of(reads: Mapping[int, Sides]) -> Automorphisms:
    """Automorphisms of blocks that read 0 and 1, which have labels, and each other."""
    labels = [0, 1] + [-1] * len(reads)
    return Automorphisms(reads, labels, list(reads), set(reads))


def test_ends_of_a_path_are_exchanged_and_not_its_middle() -> None:
    # 2 - 5 - 3 - 6 - 4: three equal blocks, and two that read neighbours.
    same: Sides = ((0, 0), (1, 0))
    found = of({2: same, 3: same, 4: same, 5: ((2, 0), (3, 0)), 6: ((3, 0), (4, 0))})
    assert found.exchange(2, 4)
    assert found.exchange(5, 6)
    assert not found.exchange(2, 3)


def test_parts_that_do_not_hang_together_are_exchanged_whole() -> None:
    same: Sides = ((0, 0), (1, 0))
    found = of({2: same, 3: same, 4: ((2, 5), (2, 5)), 5: ((3, 5), (3, 5))})
    assert found.exchange(2, 3)
    assert found.exchange(4, 5)
    assert not found.exchange(2, 4)


def test_operations_and_what_has_a_label_tell_blocks_apart() -> None:
    same: Sides = ((0, 0), (1, 0))
    assert not of({2: same, 3: ((0, 0), (1, 1))}).exchange(2, 3)
    assert not of({2: same, 3: ((1, 0), (1, 0))}).exchange(2, 3)
    assert not of({2: same, 3: same, 4: ((2, 1), (0, 0)), 5: ((3, 2), (0, 0))}).exchange(2, 3)


def test_equal_degrees_are_not_enough() -> None:
    # A ring of six and two rings of three: each block has two neighbours, as has each other.
    same: Sides = ((0, 0), (1, 0))
    rings = [(2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 2), (8, 9), (9, 10), (10, 8)]
    reads = dict.fromkeys(range(2, 11), same)
    reads |= {11 + n: ((one, 0), (other, 0)) for n, (one, other) in enumerate(rings)}
    found = of(reads)
    assert found.exchange(2, 5)
    assert found.exchange(8, 10)
    assert not found.exchange(2, 8)
