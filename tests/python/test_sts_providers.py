"""Tokens of identity providers outside (8.1), and how often one may ask."""

import http.server
import json
import threading
import time

import pytest
import rsa

import documents
import program
import tokens
import wire
from tokens import assume, refused

DENIED = ("AccessDenied", 403)
INVALID = ("InvalidIdentityToken", 400)
PROVIDER = "ci.example.com/pipelines"


@pytest.fixture(scope="session")
def key():
    return rsa.newkeys(2048)[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.answer
        self.send_response(status)
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def provider():
    """An identity provider that answers what a test sets."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answer = [], (200, {}, b"")
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def outside(key, **changes):
    now = int(time.time())
    body = {"iss": f"https://{PROVIDER}", "sub": "pipeline:main", "aud": "leasehold",
            "iat": now, "exp": now + 600} | changes
    return tokens.sign(key, {"alg": "RS256", "kid": "ci"}, body)


def connect(server):
    """An account that knows the provider, and a role that trusts it."""
    iam = server.client(service="iam")
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{PROVIDER}", ClientIDList=["leasehold"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    trusts = tokens.trust(PROVIDER, "StringEquals", "sub", "pipeline:main", federated=arn)
    return tokens.role(iam, "ci", trusts), tokens.anonymous(server, "sts")


def settings(tmp_path, source):
    path = tmp_path / "settings.toml"
    path.write_text(f'[identity_providers]\n"{PROVIDER}" = "{source}"\n')
    return str(path)


def test_8_1_tokens_of_a_provider_with_keys_in_a_file(tmp_path, database, key):
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [tokens.jwk(key, "ci")]}))
    config = settings(tmp_path, keys)
    with program.serving(tmp_path, "--config", config, database=database()) as server:
        role, anybody = connect(server)
        answer = assume(anybody, role, outside(key))
        assert answer["SubjectFromWebIdentityToken"] == "pipeline:main"
        assert answer["Audience"] == "leasehold"
        assume(anybody, role, outside(key, aud=["x", "leasehold"]))
        now = int(time.time())
        for changes in ({"aud": "x"}, {"azp": "x"}, {"iss": "https://x"}, {"nbf": now + 600},
                        {"iss": f"http://{PROVIDER}"}, {"iss": f"https://{PROVIDER}/"},
                        {"iss": f"https://{PROVIDER.upper()}"}):
            refused(INVALID, assume, client=anybody, role=role, token=outside(key, **changes))
        refused(DENIED, assume, client=anybody, role=role, token=outside(key, sub="pipeline:x"))
        expired = outside(key, exp=now - 1)
        refused(("ExpiredTokenException", 400), assume, client=anybody, role=role, token=expired)
        other = rsa.newkeys(2048)[1]
        refused(INVALID, assume, client=anybody, role=role, token=outside(other))


def test_8_1_tokens_of_a_provider_with_keys_at_an_address(tmp_path, key, provider):
    with program.serving(tmp_path, "--config", settings(tmp_path, provider.url + "/k")) as server:
        role, anybody = connect(server)
        provider.answer = (302, {"Location": "http://127.0.0.1:1/"}, b"")
        unreachable = ("IDPCommunicationError", 400)
        refused(unreachable, assume, client=anybody, role=role, token=outside(key))
        refused(unreachable, assume, client=anybody, role=role, token=outside(key))
        assert provider.asked == ["/k"], "it is not asked again at once, nor where it points"


def test_8_1_keys_of_a_provider_are_remembered(tmp_path, key, provider):
    provider.answer = (200, {}, json.dumps({"keys": [tokens.jwk(key, "ci")]}).encode())
    with program.serving(tmp_path, "--config", settings(tmp_path, provider.url + "/k")) as server:
        role, anybody = connect(server)
        for _ in range(3):
            assume(anybody, role, outside(key))
        assert provider.asked == ["/k"]


def test_8_1_too_often(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("[limits]\naccess_tokens_per_token_and_minute = 2\n"
                    "sessions_per_token_and_minute = 2\n"
                    "failed_signatures_per_address_and_minute = 3\n"
                    "[quotas]\naccess_tokens_per_license_and_hour_max = 3\n")
    with program.serving(tmp_path, "--config", str(path)) as server:
        seller, software = server.client(), tokens.anonymous(server)
        arn = seller.create_license(**documents.license())["LicenseArn"]
        (one, _), (two, _) = (tokens.create(seller, arn) for _ in range(2))
        for _ in range(2):
            token = software.get_access_token(Token=one)["AccessToken"]
        throttled = ("RateLimitExceededException", 400)
        refused(throttled, software.get_access_token, Token=one)
        reply = wire.request(server.url, "GetAccessToken", {"Token": one}).send()
        assert int(reply.headers["Retry-After"]) > 0
        software.get_access_token(Token=two)
        refused(throttled, software.get_access_token, Token=two)  # T13
        role = tokens.role(server.client(service="iam"), "r", tokens.trust())
        anybody = tokens.anonymous(server, "sts")
        for _ in range(2):
            assume(anybody, role, token)
        refused(("Throttling", 400), assume, client=anybody, role=role, token=token)
        members = {"RoleArn": role, "RoleSessionName": "session", "WebIdentityToken": token}
        reply = wire.request(server.url, "sts:AssumeRoleWithWebIdentity", members).send()
        assert (reply.code, int(reply.headers["Retry-After"]) > 0) == ("Throttling", True)
        wrong = wire.key(server.key().access_key, "x" * 40)
        replies = [wire.call(server.url, wrong, "ListLicenses", {}) for _ in range(5)]
        codes = [reply.code for reply in replies]
        assert codes == ["InvalidSignatureException"] * 3 + ["RateLimitExceededException"] * 2
        assert int(replies[-1].headers["Retry-After"]) > 0
        seller.list_licenses(), "the owner of the key is not locked out"
