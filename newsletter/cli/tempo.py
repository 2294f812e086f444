"""How fast something goes, and how long it will take, in a few words."""


def tempo(done: int, total: int | None, seconds: float) -> str:
    """Return `120/s, 40 s left`; empty before there is anything to judge by."""
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    left = (total - done) / rate if total else 0.0
    return f"{_rate(rate)}, {span(left)} left" if left >= 1 else _rate(rate)


def _rate(a_second: float) -> str:
    if a_second >= 1:
        return f"{a_second:,.0f}/s" if a_second >= 10 else f"{a_second:.1f}/s"
    return f"{a_second * 60:.0f}/min" if a_second * 60 >= 1 else f"{a_second * 3600:.0f}/h"


def span(seconds: float) -> str:
    """Return a length of time: `40 s`, `3 min`, `2 h 5 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    hours, days = minutes // 60, minutes // 1440
    if not hours:
        return f"{minutes} min"
    if not days:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"
