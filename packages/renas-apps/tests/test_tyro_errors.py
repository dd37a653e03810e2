import pytest

from renas_apps.tyro_errors import refusing, sentence_of

DRAWN = """╭─ Unrecognized options ──────────╮
│ Unrecognized options: --filers, │
│ 3                               │
│ ─────────────────────────────── │
│ Perhaps you meant:              │
│     --filters INT               │
│         F, the number of        │
│ ─────────────────────────────── │
│ For full helptext, run a --help │
╰─────────────────────────────────╯
"""

IN_ASCII = """ \x1b[31mUnrecognized options\x1b[0m
 ----------------------------------
  Unrecognized options: --filers,
  3
  ----------------------------------
  Perhaps you meant:
      --filters INT
          (default: 1)
  ----------------------------------
  For full helptext, run a --help

"""


@pytest.mark.parametrize("box", [DRAWN, IN_ASCII])
def test_a_box_is_one_sentence(box):
    said = "Unrecognized options: --filers, 3: did you mean --filters?"
    assert sentence_of(box, "a") == said


def test_help_is_let_be():
    with pytest.raises(SystemExit) as caught, refusing("a"):
        raise SystemExit(0)
    assert caught.value.code == 0
