"""Requests made by hand, for everything that the official clients refuse to send."""

import datetime
import http.client
import json
import ssl
import urllib.parse
import xml.etree.ElementTree as xml
from dataclasses import dataclass

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TARGETS = {
    "kms": "TrentService",
    "license-manager": "AWSLicenseManager",
    "organizations": "AWSOrganizationsV20161128",
}
# The services that speak the Query protocol, with their versions.
QUERIES = {"iam": "2010-05-08", "sts": "2011-06-15"}
JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"
TIMEOUT_S = 30


@dataclass
class Reply:
    """An answer, with what a client would read from it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def xml(self):
        """The text of each element of an answer in XML that has no others, by its name."""
        name = lambda each: each.tag.rpartition("}")[2]
        return {name(each): each.text for each in xml.fromstring(self.body).iter() if not len(each)}

    @property
    def is_xml(self):
        return self.headers["Content-Type"] == "text/xml"

    @property
    def code(self):
        """The exception name, as botocore finds it."""
        return self.xml["Code"] if self.is_xml else self.json["__type"]

    @property
    def message(self):
        return self.xml["Message"] if self.is_xml else self.json["Message"]


@dataclass
class Request:
    """A request that can be bent before and after it is signed."""

    url: str
    body: bytes
    headers: dict
    service: str = "license-manager"
    region: str = "us-east-1"

    def sign(self, key, skew_s=0):
        """Signs with the official signer, as if its clock were `skew_s` off."""
        signed = AWSRequest("POST", self.url, headers=self.headers, data=self.body)
        Signer(key, self.service, self.region, skew_s).add_auth(signed)
        self.headers = dict(signed.headers.items())
        return self

    def send(self, verify=None):
        """Sends the request as it is and reads the whole answer."""
        connection = connect(self.url, verify)
        try:
            connection.request("POST", "/", self.body, self.headers)
            return read(connection)
        finally:
            connection.close()

    def to_bytes(self):
        """The request as it goes over the wire, for clients that race."""
        length = {"Content-Length": str(len(self.body)), "Host": host(self.url)}
        head = "".join(f"{name}: {value}\r\n" for name, value in (self.headers | length).items())
        return b"POST / HTTP/1.1\r\n" + head.encode() + b"\r\n" + self.body


class Signer(SigV4Auth):
    """The official signer with a clock that is off."""

    def __init__(self, key, service, region, skew_s):
        super().__init__(key, service, region)
        self.skew = datetime.timedelta(seconds=skew_s)

    def _modify_request_before_signing(self, request):
        when = datetime.datetime.now(datetime.timezone.utc) + self.skew
        request.context["timestamp"] = when.strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)


def request(url, operation, members, **settings):
    """A request in the protocol of its service."""
    service, _, name = operation.rpartition(":")
    if service not in QUERIES:
        return json_request(url, operation, members, **settings)
    form = {"Action": name, "Version": QUERIES[service]} | dict(flat(members))
    body = urllib.parse.urlencode(form).encode()
    return form_request(url, body, **({"service": service} | settings))


def flat(value, name=""):
    """Members as a form has them: `Tags.member.1.Key`."""
    if isinstance(value, dict):
        for member, part in value.items():
            yield from flat(part, f"{name}.{member}".lstrip("."))
    elif isinstance(value, list) and value:
        for place, part in enumerate(value, 1):
            yield from flat(part, f"{name}.member.{place}")
    else:
        words = {True: "true", False: "false"} if isinstance(value, bool) else {}
        yield name, words.get(value, value) if value != [] else ""


def json_request(url, operation, members, **settings):
    """A request of the JSON protocol; `members` may be bytes that are no JSON at all.

    The service may stand before the operation, as in "organizations:ListRoots".
    """
    service, _, operation = operation.rpartition(":")
    service = service or "license-manager"
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    headers = {"Content-Type": JSON, "X-Amz-Target": f"{TARGETS[service]}.{operation}"}
    return Request(url, body, headers, **({"service": service} | settings))


def form_request(url, body=WHO, **settings):
    """A request of the Query protocol."""
    return Request(url, body, {"Content-Type": FORM}, **({"service": "sts"} | settings))


def call(url, key, operation, members, **settings):
    """Signs, sends and reads in one step."""
    return request(url, operation, members, **settings).sign(key).send()


def get(url, path, verify=None):
    """A plain GET, for the endpoints beside AWS's."""
    connection = connect(url, verify)
    try:
        connection.request("GET", path)
        return read(connection)
    finally:
        connection.close()


def connect(url, verify=None):
    """A connection; `verify` is the certificate file that an https server must show."""
    if url.startswith("https"):
        context = ssl.create_default_context(cafile=verify)
        return http.client.HTTPSConnection(host(url), timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host(url), timeout=TIMEOUT_S)


def read(connection):
    answer = connection.getresponse()
    return Reply(answer.status, answer.headers, answer.read())


def host(url):
    return urllib.parse.urlsplit(url).netloc


def key(access_key_id, secret, session_token=None):
    return Credentials(access_key_id, secret, session_token)
