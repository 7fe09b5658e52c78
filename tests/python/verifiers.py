"""Everybody who can verify a signed license: our command and crate, and the example programs.

LEASEHOLD_EXAMPLE names the Rust example (default: the development build).
"""

import os
import subprocess
import sys

import program

EXAMPLES = program.ROOT / "examples"
RUST = os.environ.get("LEASEHOLD_EXAMPLE", str(program.ROOT / "target/debug/examples/verify"))
# The words before the license, the key, the node and what is wanted.
PROGRAMS = {
    "rust": [RUST],
    "python": [sys.executable, str(EXAMPLES / "python/verify.py")],
    "javascript": ["node", str(EXAMPLES / "javascript/verify.mjs")],
}
NAMES = ["command", *PROGRAMS]


class Verifier:
    """One of them, with a folder for the files that it reads."""

    def __init__(self, name, folder):
        self.name = name
        self.license = folder / "license.jwt"
        self.key = folder / "public.pem"

    def verify(self, token, public_key, node, *wanted):
        """Whether it takes the token, and what it says."""
        self.license.write_text(token)
        self.key.write_bytes(public_key)
        end = self.run(node, wanted)
        licensed = end.returncode == 0
        refused = end.returncode == (3 if self.name == "command" else 1)
        assert licensed or refused, end.stdout + end.stderr
        said = end.stdout if licensed else end.stdout + end.stderr
        assert said.startswith("licens" if licensed else "refused"), said
        return licensed, said

    def run(self, node, wanted):
        if self.name == "command":
            wanted = [f"--entitlement={text}" for text in wanted]
            words = ["verify", self.license.read_text(), "--key", self.key, "--node", node]
            return program.run(*words, *wanted, check=False)
        words = [*PROGRAMS[self.name], self.license, self.key, node, *wanted]
        return subprocess.run(words, capture_output=True, text=True, timeout=60)
