"""What an account has, one of each: for whoever must not get at it."""

import re

import directory
import documents
import keys
import operations
import people
import program
import tokens
import trade
from shop import Shop

NAME, OWNER = "theirs", people.ACCOUNT
# What only says which page is wanted.
PAGES = {"NextToken", "MaxResults", "Marker", "MaxItems", "Limit"}
ALIAS = "alias/theirs"
# What shows it: as long as it answers the same, nobody has changed anything.
SHOWN = {"GetLicense", "GetLicenseUsage", "GetGrant", "ListTagsForResource", "ListTokens"}
SHOWN |= {"iam:GetAccountAuthorizationDetails", "iam:ListAccountAliases"}
SHOWN |= {"iam:ListOpenIDConnectProviders", "iam:ListOpenIDConnectProviderTags"}
SHOWN |= {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListResourceTags", "kms:ListAliases"}
SHOWN |= {"organizations:DescribeOrganization", "organizations:ListAccounts"}
SHOWN |= {"organizations:ListHandshakesForOrganization", "organizations:ListRoots"}


class Estate:
    """A license, grant, token, check-out, key, user, organization and so on of the seller."""

    def __init__(self, server):
        self.server = server
        self.real = {}
        self.own_keys()
        self.own_licenses()
        self.own_people()
        self.own_organization()
        self.before = self.shown()

    def own_keys(self):
        kms = self.server.client(service="kms")
        self.key = keys.create(kms, Tags=keys.TAGS)["Arn"]
        kms.create_alias(AliasName=ALIAS, TargetKeyId=self.key)
        self.real |= {keys.KEY: self.key}

    def own_licenses(self):
        party = trade.Party(self.server, "seller")
        offered = {"SignKey": self.key, "Name": "Example issuer"}
        terms = documents.provisional() | documents.borrow()
        sold = Shop(party.client).create(
            Issuer=offered, ConsumptionConfiguration=terms, Tags=operations.TAGS
        )
        checkout = sold.check_out(documents.ask())
        grant = party.grant(sold, trade.Party(self.server, "reseller"))
        self.license, self.grant = sold, grant
        self.token = tokens.create(party.client, sold.arn)[1]
        self.real |= {
            operations.ARN: sold.arn,
            operations.GRANT_ARN: grant.arn,
            operations.TOKEN: checkout["LicenseConsumptionToken"],
            "sku": sold.sku,
            "fingerprint": sold.fingerprint,
        }

    def own_people(self):
        iam = self.server.client(service="iam")
        tags = people.TAGS
        iam.create_user(UserName=NAME, **tags)
        key = iam.create_access_key(UserName=NAME)["AccessKey"]["AccessKeyId"]
        iam.create_group(GroupName=NAME)
        iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=people.ROOT, **tags)
        policy = iam.create_policy(PolicyName=NAME, PolicyDocument=people.allow(), **tags)
        provider = iam.create_open_id_connect_provider(
            Url=f"https://example.com/{NAME}", ClientIDList=["client"], **tags
        )
        iam.create_account_alias(AccountAlias="an-alias")
        owned = {f"{kind}Name": NAME for kind in ("User", "Group", "Role")}
        for kind, name in owned.items():
            kind, name = kind.removesuffix("Name").lower(), {kind: name}
            getattr(iam, f"put_{kind}_policy")(**name, **people.INLINE, **people.DOCUMENT)
        self.real |= {
            "none": NAME,
            people.KEY: key,
            people.POLICY: policy["Policy"]["Arn"],
            people.PROVIDER: provider["OpenIDConnectProviderArn"],
            f"{OWNER}:user/none": f"{OWNER}:user/{NAME}",
            tokens.ROLE: f"{OWNER}:role/{NAME}",
        }

    def own_organization(self):
        client = self.server.client(service="organizations")
        client.create_organization(FeatureSet="ALL")
        root = client.list_roots()["Roots"][0]["Id"]
        made = client.create_account(Email="someone@example.com", AccountName="Some One")
        made = made["CreateAccountStatus"]
        self.real |= {
            directory.ROOT: root,
            directory.UNIT: directory.unit(client, root, "theirs"),
            directory.HANDSHAKE: directory.invite(client, program.RESELLER),
            directory.CREATION: made["Id"],
            directory.ACCOUNT["AccountId"]: made["AccountId"],
        }

    def members(self, operation):
        """The operation's input, on what is here."""
        of_token = "Token" in operation
        real = self.real | ({"none": self.token} if of_token else {})
        members = replaced(operations.INPUTS[operation], real)
        if "Issuer" in members:
            members["Issuer"] = {"Name": "Example issuer", "SignKey": self.key}
        return members

    def shown(self):
        """What its owner sees of it."""
        members = {operation: self.members(operation) for operation in sorted(SHOWN)}
        members["iam:GetAccountAuthorizationDetails"] = {}
        replies = {each: self.server.call(each, it) for each, it in members.items()}
        assert {reply.status for reply in replies.values()} == {200}, replies
        text = lambda reply: re.sub(rb"<RequestId>.*</RequestId>", b"", reply.body)
        return {operation: text(reply) for operation, reply in replies.items()}


def replaced(value, real):
    """An input with what does not exist replaced by what does, and not in pages."""
    if isinstance(value, dict):
        return {name: replaced(part, real) for name, part in value.items() if name not in PAGES}
    if isinstance(value, list):
        return [replaced(part, real) for part in value]
    return real.get(value, value) if isinstance(value, str) else value
