"""Automorphisms of a cell whose blocks have a part of their labels: who can stand in for whom."""

from collections.abc import Collection, Mapping, Sequence

Sides = tuple[tuple[int, int], tuple[int, int]]
"""What a block reads: (input, operation), twice."""

_PATIENCE = 500
"""Steps in search of an automorphism; one that is not found in time costs time, and no more."""


class Automorphisms:
    """Those that keep labels and operations, of a graph of inputs that are told by their index."""

    def __init__(
        self,
        reads: Mapping[int, Sides],
        labels: Sequence[int],
        remaining: Sequence[int],
        undecided: Collection[int],
    ) -> None:
        """Find out whom no automorphism exchanges.

        Args:
            reads: what each block reads.
            labels: the label of each input, equal for those that share a range, or -1.
            remaining: the blocks without a row.
            undecided: the inputs without a label of their own.
        """
        # (neighbour, operation and direction)
        self._links: dict[int, list[tuple[int, int]]] = {block: [] for block in undecided}
        decided: dict[int, list[tuple[int, int]]] = {block: [] for block in undecided}
        for block in remaining:
            for source, operation in reads[block]:
                if source in self._links:
                    self._links[block].append((source, 2 * operation))
                    self._links[source].append((block, 2 * operation + 1))
                else:
                    decided[block].append((labels[source], operation))
        self._colours = self._refined(
            {block: (labels[block], *sorted(decided[block])) for block in undecided}
        )
        self._image: dict[int, int] = {}
        self._taken: set[int] = set()
        self._steps = 0

    def exchange(self, one: int, other: int) -> bool:
        """Return whether an automorphism that takes one to the other is found, with some patience.

        It is the identity but on the parts of the graph that hang together with the two.
        """
        if self._colours[one] != self._colours[other]:
            return False
        order = [one]
        before: dict[int, int] = {}
        known: dict[int, int] = {}
        for block in order:  # which grows by what has most links to it, of equals the latest
            for near, _ in self._links[block]:
                if near not in order:
                    before[near] = block
                    known[near] = known.pop(near, 0) + 1
            if known:
                order.append(max(reversed(known), key=known.__getitem__))
                del known[order[-1]]
        self._image, self._taken, self._steps = {}, set(), 0
        return self._extend(order, before, [other])

    def _refined(self, signatures: dict[int, tuple[object, ...]]) -> dict[int, int]:
        """Return a colour for each input: different where these differ or their neighbours do."""
        known = 0
        while True:
            numbers: dict[tuple[object, ...], int] = {}
            colours = {
                block: numbers.setdefault(signature, len(numbers))
                for block, signature in signatures.items()
            }
            if len(numbers) == known:
                return colours
            known = len(numbers)
            signatures = {
                block: (colours[block], *sorted((colours[near], kind) for near, kind in links))
                for block, links in self._links.items()
            }

    def _extend(self, order: list[int], before: dict[int, int], candidates: list[int]) -> bool:
        """Return whether the next of ``order`` can have one of these images, and the rest one too.

        ``before`` gives for each but the first a neighbour that comes before it.
        """
        block = order[len(self._image)]
        for candidate in candidates:
            self._steps += 1
            if self._steps > _PATIENCE:
                return False
            if candidate in self._taken or self._colours[block] != self._colours[candidate]:
                continue
            self._image[block] = candidate
            self._taken.add(candidate)
            if self._keeps_links(block):
                if len(self._image) == len(order):
                    return True
                near = self._links[self._image[before[order[len(self._image)]]]]
                if self._extend(order, before, list(dict.fromkeys(one for one, _ in near))):
                    return True
            del self._image[block]
            self._taken.remove(candidate)
        return False

    def _keeps_links(self, block: int) -> bool:
        """Return whether a block has the links to blocks with an image that its image has."""
        image = self._image
        ours = [(image[near], kind) for near, kind in self._links[block] if near in image]
        theirs = [(near, kind) for near, kind in self._links[image[block]] if near in self._taken]
        return sorted(ours) == sorted(theirs)
