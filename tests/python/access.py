"""Who may call what, as the program's own tables say: a new operation is there at once."""

import operations
import people
import program

DESCRIBED = {
    f"{each['service']}:{each['name']}".removeprefix("license-manager:"): each["access"]
    for each in program.describe()
}
# What tags of something that is made need beside.
TAGGING = {
    f"{each['service']}:{each['name']}".removeprefix("license-manager:"): each["tagging"]
    for each in program.describe()
    if "tagging" in each
}
# Nobody has a second factor here, and to say so is refused before anything else is asked.
INPUTS = operations.INPUTS | {
    "sts:GetSessionToken": {"DurationSeconds": 900},
    "sts:AssumeRole": {"RoleArn": f"{people.ACCOUNT}:role/matrix", "RoleSessionName": "session"},
}
ANYBODY = [operation for operation, access in DESCRIBED.items() if access == "anybody"]
OPEN = [operation for operation, access in DESCRIBED.items() if access == "open"]
# Those that a role's trust policy decides, too.
TRUST = [operation for operation, access in DESCRIBED.items() if access == "RoleArn"]
SIGNED = [operation for operation in DESCRIBED if operation not in ANYBODY]
ASKED = [operation for operation in SIGNED if operation not in OPEN + TRUST]
# The key of INPUTS is nobody's, and so on no user.
NAMED = [each for each in ASKED if DESCRIBED[each] not in ("*", "AccessKeyId")]
# The members that name what IAM has, and the word for it in ARNs.
KINDS = {"UserName": "user", "GroupName": "group", "RoleName": "role", "PolicyName": "policy"}


def action(operation):
    return operation if ":" in operation else f"license-manager:{operation}"
