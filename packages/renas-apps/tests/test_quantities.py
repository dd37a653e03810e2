import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_apps.quantities import format_duration, parse_count, parse_duration
from renas_space import InputError


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("500000", 500_000),
        ("500K", 500_000),
        ("5.3M", 5_300_000),
        ("600m", 600_000_000),
        ("1.2G", 1_200_000_000),
        (" 2 b ", 2_000_000_000),
    ],
)
def test_counts_are_read_with_decimal_units(text, count):
    assert parse_count(text, "--max-params") == count


@pytest.mark.parametrize("text", ["", "M", "-5", "0", "0.5", "5T", "1e6", "5 000", "nan", "²"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(InputError) as caught:
        parse_count(text, "--max-params")
    assert str(caught.value) == (
        f"--max-params is {text!r}: give a count such as 500000, 500K, 5.3M or 1.2G"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5H", 5400), ("1d", 86400)],
)
def test_durations_are_read_in_seconds(text, seconds):
    assert parse_duration(text, "--max-time") == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "0", "0.0s", "5w", "1h30m", "9" * 400])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(InputError) as caught:
        parse_duration(text, "--max-time")
    assert str(caught.value) == (
        f"--max-time is {text!r}: give a duration such as 90s, 30m, 2h or 1d"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0s"),
        (42, "42s"),
        (59.7, "1m00s"),
        (185, "3m05s"),
        (3599.9, "1h00m"),
        (7800, "2h10m"),
        (100 * 3600, "100h00m"),
    ],
)
def test_durations_are_written_for_people(seconds, text):
    assert format_duration(seconds) == text


@given(st.integers(1, 10**12))
def test_every_whole_number_is_a_count(number):
    assert parse_count(str(number), "--max-madds") == number
