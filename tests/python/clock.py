"""The test clock of a server: a year of a license in a second."""

import datetime
import json
import urllib.request

PATH = "/_leasehold/clock"


class Clock:
    """Reads and moves the time of one server."""

    def __init__(self, server):
        self.server = server

    def now(self):
        """The server's time."""
        return self._ask(None)

    def set(self, when):
        """Moves the time to `when`, which must not lie in the past."""
        return self._ask({"set": text(when)})

    def advance(self, **delta):
        """Moves the time on: `advance(days=7)`."""
        seconds = datetime.timedelta(**delta).total_seconds()
        return self._ask({"advance_seconds": int(seconds)})

    def next(self, month, day, hour=10):
        """Moves to the next such day that is surely ahead, and answers it."""
        utc = datetime.timezone.utc
        when = datetime.datetime(self.now().year + 1, month, day, hour, tzinfo=utc)
        self.set(when)
        return when

    def _ask(self, body):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.server.url + PATH, data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return parse(json.load(answer)["now"])


def text(when):
    """A time as RFC 3339 in whole seconds."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(value):
    """A time from the text of an answer; one without a zone is UTC."""
    when = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)
