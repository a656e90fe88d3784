"""Times as people, LMSs and nbgrader write them."""
import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

TIME = re.compile(r"\s*(\d{4}-\d\d-\d\d)(?:[T _-](\d\d)[:-](\d\d)(?:[:-](\d\d)(?:\.\d+)?)?)?"
                  r"\s*(Z|[+-]\d\d:?\d\d|[A-Za-z][\w/+-]*)?\s*")


def read_time(text):
    """A time with its zone, of "2026-11-20T23:59", "2026-11-20 22:59:00.5 UTC", "2026-11-20-23-59-00" or a bare date.

    Without a zone it is this machine's; a bare date is the end of that day. Raises ValueError.
    """
    found = TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no time.")
    date, hour, minute, second, zone = found.groups()
    clock = time(int(hour), int(minute), int(second or 0)) if hour else time(23, 59, 59)
    moment = datetime.combine(datetime.strptime(date, "%Y-%m-%d"), clock)
    if zone is None:
        return moment.astimezone()
    if zone[0] in "+-":
        return datetime.fromisoformat(moment.isoformat() + zone)
    try:
        return moment.replace(tzinfo=ZoneInfo("UTC" if zone == "Z" else zone))
    except (OSError, KeyError, ValueError):
        raise ValueError(f"{zone!r} is no time zone.") from None


def shown(moment):
    """A time for people, in this machine's zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def how_long(seconds):
    """"2 h 5 min" of 7500; whole minutes, rounded up so that nothing is 0 min late."""
    minutes = -int(-seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} day{'s' * (days > 1)}"] if days else []
    parts += [f"{hours} h"] if hours else []
    return " ".join(parts + ([f"{minutes} min"] if minutes and not days else [])) or f"{minutes} min"


def now_shown():
    return shown(datetime.now().astimezone())
