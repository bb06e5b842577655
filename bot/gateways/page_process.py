"""A process that reads pages and does nothing else: it knows no secret, and what it may take is bounded.

It is asked on its standard input and answers on its standard output, one page after the other:
`sizes(about, body) about body` → `size answer`, both JSON but for the body. `bot.gateways.parsing` is at the other end.
"""

import json
import resource
import signal
import struct
import sys
from contextlib import suppress

from bot.gateways.page_parser import facts_of

ASKED = struct.Struct("!II")
ANSWERED = struct.Struct("!I")
_MOST_BYTES = 1024**3
_LONGEST_SECONDS = 60  # for a process that lost whoever would end it


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    with suppress(ValueError, OSError):  # not every system can
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    while len(head := asked.read(ASKED.size)) == ASKED.size:
        about_bytes, body_bytes = ASKED.unpack(head)
        url, content_type = json.loads(asked.read(about_bytes))
        body = asked.read(body_bytes)
        signal.alarm(_LONGEST_SECONDS)
        answer = json.dumps(facts_of(url, content_type, body)).encode()
        signal.alarm(0)
        told.write(ANSWERED.pack(len(answer)) + answer)
        told.flush()


if __name__ == "__main__":
    main()
