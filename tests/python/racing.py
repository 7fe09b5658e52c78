"""Many clients at once: each has a connection and a signed request before the race begins."""

import socket
import threading
import urllib.parse
from http.client import HTTPResponse

import wire


def race(server, requests, operation="CheckoutLicense", profile="seller"):
    """Sends all requests at the same moment, each from its own thread; answers the replies."""
    key = server.key(profile)
    signed = [
        wire.json_request(server.url, operation, members).sign(key).to_bytes()
        for members in requests
    ]
    address = urllib.parse.urlsplit(server.url)
    start, replies = threading.Barrier(len(signed)), [None] * len(signed)

    def run(place):
        with socket.create_connection((address.hostname, address.port), wire.TIMEOUT_S) as client:
            start.wait(wire.TIMEOUT_S)
            client.sendall(signed[place])
            answer = HTTPResponse(client, method="POST")
            answer.begin()
            replies[place] = wire.Reply(answer.status, answer.headers, answer.read())

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(signed))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in replies, "a client got no answer"
    return replies
