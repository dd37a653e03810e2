import pytest

from renas_apps.quantities import format_duration, parse_duration
from renas_space import InputError


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
