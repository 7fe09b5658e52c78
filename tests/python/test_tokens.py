"""Tokens for customers without an account (section 8, T1-T19)."""

import datetime
import hashlib
import hmac
import uuid
from concurrent import futures

import pytest
import rsa

import documents
import program
import tokens
import wire
from clock import Clock
from shop import refused

INVALID = "InvalidParameterValueException"


@pytest.fixture(scope="session")
def software(server):
    """Software that knows nothing but a token."""
    return tokens.anonymous(server)


@pytest.fixture(scope="session")
def key():
    """A key of somebody else's."""
    return rsa.newkeys(2048)[1]


@pytest.fixture
def sold(shop):
    return shop.create()


def access(software, token, **members):
    return software.get_access_token(Token=token, **members)["AccessToken"]


def bad(software, token, **members):
    """T11: one answer to every token that is not good."""
    error = refused(INVALID, software.get_access_token, Token=token, **members)
    assert error["Error"]["Message"] == "Invalid token."


def test_T1_T2_T4_T5_claims(server, seller, software, sold, clock):
    token, token_id = tokens.create(
        seller, sold.arn, TokenProperties=["a", "b"], RoleArns=[tokens.ROLE]
    )
    found = tokens.claims(token)
    assert found["aud"] == sold.arn and found["jti"] == token_id and found["roleArns"]
    assert found["amr"] == ["a", "b", tokens.MARKER + program.SELLER]
    assert found["iss"] == f"https://{tokens.ISSUER}", "T4"
    assert found["exp"] == found["iat"] + 365 * 86400
    answer = tokens.claims(access(software, token))
    assert answer["exp"] == answer["iat"] + 3600
    assert {name: answer[name] for name in ("iss", "sub", "aud", "amr")} == {
        name: found[name] for name in ("iss", "sub", "aud", "amr")
    }
    assert answer["jti"] != token_id and "roleArns" not in answer
    assert uuid.UUID(token_id)


def test_T3_the_subject_is_the_accounts(seller, sold, dealer):
    one, two = (tokens.claims(tokens.create(seller, sold.arn)[0]) for _ in range(2))
    assert one["sub"] == two["sub"] and uuid.UUID(one["sub"])
    theirs = tokens.create(dealer.client, dealer.sell().arn)[0]
    assert tokens.claims(theirs)["sub"] != one["sub"]


def test_T5_anybody_can_verify(server, seller, software, sold):
    token, _ = tokens.create(seller, sold.arn)
    configuration, keys = tokens.published(server)
    assert configuration["issuer"] == f"https://{tokens.ISSUER}"
    for each in (token, access(software, token)):
        head = tokens.header(each)
        assert head["alg"] == "RS256"
        assert tokens.verifies(each, keys[head["kid"]])


def test_W21_signed_or_not(server, seller, sold):
    token, _ = tokens.create(seller, sold.arn)
    members = {"Token": token}
    keys = [server.key(), server.key("buyer"), wire.key("AKIAUNKNOWN000000000", "x" * 40)]
    for request in [None, *keys]:
        sent = wire.request(server.url, "GetAccessToken", members)
        reply = sent.sign(request).send() if request else sent.send()
        assert reply.status == 200, "what counts is the token"


@pytest.mark.parametrize("days", [1, 3650])
def test_T7_days(seller, sold, days):
    found = tokens.claims(tokens.create(seller, sold.arn, ExpirationInDays=days)[0])
    assert found["exp"] - found["iat"] == days * 86400


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_T7_days_that_are_too_few_or_many(seller, sold, days):
    error = refuse(seller, sold, ExpirationInDays=days)
    assert "ExpirationInDays" in error["Error"]["Message"]


def refuse(seller, sold, **members):
    return refused("ValidationException", tokens.create, seller, sold.arn, **members)


def test_T8_a_token_that_is_too_long(seller, sold):
    error = refuse(seller, sold, TokenProperties=["x" * 4096])
    assert "characters" in error["Error"]["Message"]
    refuse(seller, sold, TokenProperties=["a", "b", "c", "d"])
    assert seller.list_tokens(Filters=filters(sold))["Tokens"] == []
    assert len(tokens.create(seller, sold.arn, TokenProperties=["x" * 1500])[0]) <= 4096


def test_T9_quota(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text("[quotas]\ntokens_per_license_max = 2\n")
    with program.serving(tmp_path, "--config", str(settings)) as server:
        seller = server.client()
        arn = seller.create_license(**documents.license())["LicenseArn"]
        (_, first), _ = (tokens.create(seller, arn) for _ in range(2))
        refused("ResourceLimitExceededException", tokens.create, seller, arn)
        seller.delete_token(TokenId=first)
        tokens.create(seller, arn)


def filters(sold):
    return [{"Name": "LicenseArns", "Values": [sold.arn]}]


def test_T10_the_license(server, seller, shop, sold):
    unknown = sold.arn[:-4] + "0000"
    refused("ResourceNotFoundException", tokens.create, seller, unknown)
    refused("ResourceNotFoundException", tokens.create, server.client("reseller"), sold.arn)
    sold.amend(Status="DEACTIVATED")
    refused("ValidationException", tokens.create, seller, sold.arn)


def test_W72_elsewhere(server, seller, sold):
    elsewhere = server.client(region="eu-west-1")
    error = refused("RedirectException", tokens.create, elsewhere, sold.arn)
    _, token_id = tokens.create(seller, sold.arn)
    refused("RedirectException", elsewhere.delete_token, TokenId=token_id)
    assert elsewhere.list_tokens(TokenIds=[token_id])["Tokens"], "W78"


@pytest.mark.parametrize("bend", ["cut", "longer", "body", "signature", "nothing"])
def test_T11_malformed(seller, software, sold, bend):
    token, _ = tokens.create(seller, sold.arn)
    head, body, signature = token.split(".")
    other = tokens.encode(tokens.claims(token) | {"exp": 2**40})
    bent = {
        "cut": token[:-1],
        "longer": token + "A",
        "body": f"{head}.{other}.{signature}",
        "signature": f"{head}.{body}.{signature[::-1]}",
        "nothing": "x",
    }
    bad(software, bent[bend])


def test_T6_T11_an_access_token(seller, software, sold):
    token, _ = tokens.create(seller, sold.arn)
    bad(software, access(software, token))


def test_T11_algorithms_and_keys_of_the_clients_choice(server, seller, software, sold, key):
    token, _ = tokens.create(seller, sold.arn)
    head, body = tokens.header(token), tokens.claims(token)
    _, published = tokens.published(server)
    secret = tokens.decode(published[head["kid"]]["n"])
    draft = lambda head: f"{tokens.encode(head)}.{token.split('.')[1]}"
    for none in ("none", "None", "NONE", ""):
        unsigned = draft(head | {"alg": none})
        for signature in ("", token.split(".")[2]):
            bad(software, f"{unsigned}.{signature}")
    shared = draft(head | {"alg": "HS256"})
    bad(software, f"{shared}.{tokens.encode(hmac.digest(secret, shared.encode(), hashlib.sha256))}")
    mine = tokens.jwk(key, "mine")
    for more in (
        {},
        {"jwk": mine},
        {"jwk": mine, "kid": "mine"},
        {"jku": "http://127.0.0.1:1/keys", "kid": "mine"},
        {"x5u": "http://127.0.0.1:1/keys"},
        {"x5c": ["AAAA"]},
        {"kid": "../../etc/passwd"},
        {"crit": ["exp"]},
    ):
        bad(software, tokens.sign(key, head | more, body))


def test_T11_a_token_that_the_database_does_not_know(seller, software, sold):
    """Another server's token, or one of a database that was put back."""
    token, token_id = tokens.create(seller, sold.arn)
    access(software, token)
    seller.delete_token(TokenId=token_id)
    bad(software, token)


def test_T12_properties(seller, software, sold):
    token, _ = tokens.create(seller, sold.arn, TokenProperties=["a", "b"])
    for asked in ([], ["a"], ["b", "a"]):
        access(software, token, TokenProperties=asked)
    for asked in (["c"], ["a", "c"], ["A"], [tokens.MARKER + program.SELLER]):
        bad(software, token, TokenProperties=asked)


def test_T14_T15_delete_and_list(server, seller, software, sold):
    token, token_id = tokens.create(seller, sold.arn, TokenProperties=["a"], RoleArns=[tokens.ROLE])
    _, second = tokens.create(seller, sold.arn)
    first = seller.list_tokens(Filters=filters(sold))["Tokens"][0]
    expiration = datetime.datetime.fromisoformat(first.pop("ExpirationTime"))
    assert expiration.timestamp() == tokens.claims(token)["exp"]
    assert first == {
        "TokenId": token_id,
        "TokenType": "REFRESH_TOKEN",
        "LicenseArn": sold.arn,
        "TokenProperties": ["a"],
        "RoleArns": [tokens.ROLE],
        "Status": "AVAILABLE",
    }
    seller.delete_token(TokenId=token_id)
    seller.delete_token(TokenId=token_id)
    listed = seller.list_tokens(Filters=filters(sold))["Tokens"]
    assert [(each["TokenId"], each["Status"]) for each in listed] == [
        (token_id, "DELETED"),
        (second, "AVAILABLE"),
    ]
    buyer = server.client("buyer")
    assert buyer.list_tokens(TokenIds=[token_id])["Tokens"] == []
    refused("ResourceNotFoundException", buyer.delete_token, TokenId=second)
    refused("ResourceNotFoundException", seller.delete_token, TokenId="none")
    page = seller.list_tokens(Filters=filters(sold), MaxResults=1)
    rest = seller.list_tokens(Filters=filters(sold), NextToken=page["NextToken"])
    assert [each["TokenId"] for each in page["Tokens"] + rest["Tokens"]] == [token_id, second]
    refused("ValidationException", seller.list_tokens, NextToken="x")
    refused("ValidationException", seller.list_tokens, Filters=[{"Name": "x", "Values": ["x"]}])


def test_T16_a_license_that_is_off(seller, software, sold):
    token, _ = tokens.create(seller, sold.arn)
    sold.amend(Status="DEACTIVATED")
    bad(software, token)
    sold.amend(Status="AVAILABLE")
    access(software, token)


@pytest.mark.parametrize("property", ["aws:x", "AWS:x", tokens.MARKER + program.BUYER])
def test_T19_reserved_properties(seller, sold, property):
    error = refused(
        "ValidationException", tokens.create, seller, sold.arn, TokenProperties=["a", property]
    )
    assert "TokenProperties[1]" in error["Error"]["Message"]


def test_W61_W62_W63_a_request_that_is_repeated(seller, software, sold):
    members = {"ClientToken": documents.token(), "TokenProperties": ["a"]}
    first, second = (tokens.create(seller, sold.arn, **members) for _ in range(2))
    assert first == second and len(seller.list_tokens(Filters=filters(sold))["Tokens"]) == 1
    access(software, first[0])
    refused(
        "ValidationException", tokens.create, seller, sold.arn, **members | {"TokenProperties": []}
    )


def test_the_refresh_token_is_kept_nowhere(tmp_path):
    """Neither as text nor as bytes, in the database or the log; also once it was used."""
    with program.serving(tmp_path) as server:
        seller = server.client()
        arn = seller.create_license(**documents.license())["LicenseArn"]
        client_token = documents.token()
        token, _ = tokens.create(seller, arn, ClientToken=client_token)
        assert access(tokens.anonymous(server), token)
        assert tokens.create(seller, arn, ClientToken=client_token)[0] == token, "signed again"
        bad(tokens.anonymous(server), token[:-2])
        parts = [part.encode() for part in token.split(".")[1:]]
        parts += [tokens.decode(part) for part in token.split(".")[1:]]
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert any(arn.encode() in path.read_bytes() for path in files)
        for path in files:
            assert not any(part in path.read_bytes() for part in parts), path


def test_T5_keys_rotate(tmp_path, database):
    with program.serving(tmp_path, database=database(), test_clock=True) as server:
        seller, software = server.client(), tokens.anonymous(server)
        arn = seller.create_license(**documents.license())["LicenseArn"]
        token, _ = tokens.create(seller, arn)
        old = tokens.header(token)["kid"]
        program.run("issuer", "rotate", *server.place())
        second, _ = tokens.create(seller, arn)
        new = tokens.header(second)["kid"]
        assert old != new
        assert {old, new} == set(tokens.published(server)[1]), "access tokens still live"
        access(software, token), access(software, second)
        program.run("issuer", "rotate", "--at-once", *server.place())
        third = access(software, token)
        assert set(tokens.published(server)[1]) == {tokens.header(third)["kid"]}
        access(software, second)


def test_T5_every_token_is_good_however_keys_rotate(own_server):
    """A token that is handed out can be used, though all keys were retired meanwhile."""
    seller, software = own_server.client(), tokens.anonymous(own_server)
    arns = [seller.create_license(**documents.license())["LicenseArn"] for _ in range(4)]

    def rotate():
        # Fewer times than a token is signed anew, so that none is refused for it.
        for _ in range(3):
            program.run("issuer", "rotate", "--at-once", *own_server.place())

    def create(arn):
        made = [tokens.create(seller, arn)[0]]
        while not rotating.done():
            made.append(tokens.create(seller, arn)[0])
        return made

    with futures.ThreadPoolExecutor(5) as pool:
        rotating = pool.submit(rotate)
        made = [token for each in pool.map(create, arns) for token in each]
    rotating.result()
    assert all(access(software, token) for token in made)


def test_T5_keys_rotate_by_themselves(tmp_path):
    """After 90 days; the old one stays published as long as access tokens of its live."""
    with program.serving(tmp_path, test_clock=True) as server:
        seller, software, clock = server.client(), tokens.anonymous(server), Clock(server)
        arn = seller.create_license(**documents.license())["LicenseArn"]
        token, _ = tokens.create(seller, arn)
        key_of = lambda token: tokens.header(token)["kid"]
        clock.advance(days=90, minutes=-1)
        last = access(software, token)
        assert key_of(last) == key_of(token)
        clock.advance(minutes=2)
        first = access(software, token)
        published = tokens.published(server)[1]
        assert key_of(first) != key_of(token)
        assert set(published) == {key_of(last), key_of(first)}
        assert all(tokens.verifies(each, published[key_of(each)]) for each in (last, first))
        role = tokens.role(server.client(service="iam"), "r", tokens.trust())
        for each in (last, first):
            tokens.assume(tokens.anonymous(server, "sts"), role, each)
        clock.advance(hours=2)
        assert set(tokens.published(server)[1]) == {key_of(first)}
        assert key_of(access(software, token)) == key_of(first)


def test_T5_an_issuer_of_ones_own(tmp_path):
    url = "https://licenses.example.com/issuer"
    with program.serving(tmp_path, "--issuer", url) as server:
        seller = server.client()
        arn = seller.create_license(**documents.license())["LicenseArn"]
        token, _ = tokens.create(seller, arn)
        configuration, keys = tokens.published(server, "/issuer")
        assert configuration["issuer"] == tokens.claims(token)["iss"] == url
        assert tokens.verifies(token, keys[tokens.header(token)["kid"]])
    for bad_url in ("http://example.com", "https://example.com/", "x"):
        server = program.Server(tmp_path, "--issuer", bad_url)
        assert "issuer" in server.refuses_to_start()
