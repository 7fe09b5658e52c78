"""The commands of the guide to customers without an account (section 8), as they are printed."""

import os
import re
import subprocess
from pathlib import Path

import program
import tokens
from terminal import AWS

GUIDE = program.ROOT / "docs/guide/tokens.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Where the demo server is in the guide, and where it keeps its credentials.
ADDRESS, DATA = "http://127.0.0.1:8480", "$PWD/leasehold-data"


def test_T2_T3_the_guide_with_the_aws_cli(tmp_path):
    with program.serving(tmp_path) as server:
        commands = "\n".join(BLOCK.findall(GUIDE.read_text()))
        assert ADDRESS in commands and DATA in commands
        commands = commands.replace(ADDRESS, server.url).replace(DATA, str(server.data))
        path = os.pathsep.join([str(Path(AWS).parent), os.environ["PATH"]])
        end = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands + '\necho "$REFRESH"'],
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert end.returncode == 0, f"{end.stdout}\n{end.stderr}"
        sessions = f"arn:aws:sts::{program.SELLER}:assumed-role"
        for expected in (
            f'"Arn": "{sessions}/AWSLicenseManagerConsumptionRole/customer-7"',
            f'"{sessions}/ConsumptionBySubject/customer-7"',
            '"LicenseConsumptionToken"',
        ):
            assert expected in end.stdout
        software, token = tokens.anonymous(server), end.stdout.split()[-1]
        gone = ("InvalidParameterValueException", 400)
        assert tokens.refused(gone, software.get_access_token, Token=token) == "Invalid token."
