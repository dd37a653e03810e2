import pytest

from renas_apps.arguments import Parser, check_not_empty
from renas_space import InputError


@pytest.fixture
def parser():
    parser = Parser(prog="renas-x")
    parser.add_argument("model")
    parser.add_argument("--out")
    parser.add_argument("--images", type=int)
    return parser


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["m", "--images", "x"], "argument --images: invalid int value: 'x': see renas-x --help"),
        (["m", "--what"], "unrecognized arguments: --what: see renas-x --help"),
        (["m", "--out", ""], "--out is empty: give a value, or leave it out"),
        (["m", "--out="], "--out is empty: give a value, or leave it out"),
        (["", "--out", "x"], "an argument is empty: give a value, or leave it out"),
    ],
)
def test_what_is_not_understood_is_one_sentence(parser, arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"renas-x: {said}\n"


def test_what_is_understood_comes_back(parser):
    asked = parser.parse_args(["m", "--out", "a=", "--images=3"])
    assert (asked.model, asked.out, asked.images) == ("m", "a=", 3)


def test_an_empty_argument_among_several_is_refused():
    with pytest.raises(InputError, match="^an argument is empty"):
        check_not_empty(["--strategies", "renas", ""])
