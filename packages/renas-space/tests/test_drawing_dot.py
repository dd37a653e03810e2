"""A genotype as a Graphviz document."""

import shutil
import subprocess

import pytest

from renas_space import NASNET_A, PUBLISHED, RENASNET, draw_dot


def test_every_block_has_its_operations_and_edges() -> None:
    drawing = draw_dot(RENASNET)
    assert drawing.startswith("// 0110.1150.0003.1010.2250\ndigraph genotype {\n")
    assert drawing.endswith("}\n")
    assert 'cell0_operation2_0 [label="sep5", tooltip="sep_conv_5x5"' in drawing
    assert "cell0_state0 -> cell0_operation2_0 -> cell0_state2;" in drawing
    assert "cell0_state1 -> cell0_operation2_1 -> cell0_state2;" in drawing
    assert "cell0_state2 -> cell0_operation6_0 -> cell0_state6;" in drawing
    assert drawing.count(" -> cell0_output") == 5


def test_what_the_reduction_cell_leaves_out_is_dashed() -> None:
    dashed = [line.strip() for line in draw_dot(RENASNET).splitlines() if "dashed" in line]
    assert dashed == ["cell0_state0 -> cell0_output [style=dashed];"]


def test_two_cells_are_two_clusters() -> None:
    drawing = draw_dot(NASNET_A)
    assert 'label="normal cell"' in drawing
    assert 'label="reduction cell"' in drawing
    assert "dashed" not in drawing
    assert drawing.count(" -> cell1_output") == 3


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", PUBLISHED)
def test_graphviz_reads_it(name: str) -> None:
    drawing = draw_dot(PUBLISHED[name].genotype)
    done = subprocess.run(
        ["dot", "-Tsvg"], input=drawing, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
