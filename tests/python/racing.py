"""Many clients at once: each has a connection and a signed request before the race begins."""

import itertools
import socket
import threading
import urllib.parse
from http.client import HTTPException, HTTPResponse

import wire


def race(
    servers,
    requests,
    operation="CheckoutLicense",
    watch=lambda place, reply: None,
    all_answer=True,
):
    """Sends all requests of the seller at the same moment, each from its own thread, to the
    servers in turn; answers the replies. All are of one operation, or each of its own.

    `watch` is told when a request is about to be sent, and again with its reply. Where a server
    may die, not `all_answer`; the reply of one that does not is None.
    """
    lanes = list(zip(itertools.cycle(servers), requests))
    each = itertools.repeat(operation) if isinstance(operation, str) else operation
    keys = {server.url: server.key() for server in servers}
    signed = [
        wire.request(server.url, operation, members).sign(keys[server.url]).to_bytes()
        for (server, members), operation in zip(lanes, each)
    ]
    start, replies = threading.Barrier(len(lanes)), [None] * len(lanes)

    def run(place):
        address = urllib.parse.urlsplit(lanes[place][0].url)
        with socket.create_connection((address.hostname, address.port), wire.TIMEOUT_S) as client:
            start.wait(wire.TIMEOUT_S)
            watch(place, None)
            try:
                client.sendall(signed[place])
                answer = HTTPResponse(client, method="POST")
                answer.begin()
                reply = wire.Reply(answer.status, answer.headers, answer.read())
            except (OSError, HTTPException):
                if all_answer:
                    raise
                return
            watch(place, reply)
            replies[place] = reply

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(lanes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in replies or not all_answer, "a client got no answer"
    return replies
