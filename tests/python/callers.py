"""IAM users made by hand, quickly, to call with."""

import json

import people
import program
import wire

DENIALS = ("AuthorizationException", "AccessDeniedException", "AccessDenied")
POLICY = "policy"


class User:
    """An IAM user of an account, with a key, and one inline policy that tests change."""

    def __init__(self, server, name, profile="seller", path="/"):
        self.server, self.name, self.profile = server, name, profile
        self.arn = f"arn:aws:iam::{program.ACCOUNTS[profile]}:user{path}{name}"
        self.manage("CreateUser", Path=path)
        made = self.manage("CreateAccessKey").xml
        self.key_id = made["AccessKeyId"]
        self.key = wire.key(self.key_id, made["SecretAccessKey"])

    def manage(self, operation, **members):
        """Has the account's root do something to this user."""
        members = {"UserName": self.name} | members
        reply = self.server.call(f"iam:{operation}", members, self.profile)
        assert reply.status == 200, reply.body
        return reply

    def attach(self, policy):
        self.manage("AttachUserPolicy", PolicyArn=policy)
        return self

    def say(self, *statements):
        """Replaces its policy."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.manage("PutUserPolicy", PolicyName=POLICY, PolicyDocument=document)
        return self

    def disable(self):
        self.manage("UpdateAccessKey", AccessKeyId=self.key_id, Status="Inactive")
        return self

    def call(self, operation, members, **settings):
        return wire.call(self.server.url, self.key, operation, members, **settings)

    def client(self, service="license-manager"):
        """A boto3 client that signs as this user."""
        return self.server.client_of(self.key, service)


def statement(effect, actions, resources="*", **more):
    return {"Effect": effect, "Action": actions, "Resource": resources} | more


def allow(actions, resources="*", **more):
    return statement("Allow", actions, resources, **more)


def deny(actions, resources="*", **more):
    return statement("Deny", actions, resources, **more)


def is_denied(reply):
    """Whether policies said no (W24), and not a rule of the service."""
    if reply.status not in (400, 403) or reply.code not in DENIALS:
        return False
    reasons = (" because no ", " with an explicit deny in ")
    return any(reason in reply.message for reason in reasons)


EVERYTHING = people.ADMINISTRATOR
