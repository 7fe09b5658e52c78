"""The AWS CLI, unmodified, with nothing set but where the keys and the endpoint are."""

import json
import os
import subprocess
import sys
from pathlib import Path

# The `aws` that the requirements installed, wherever else another one may be.
AWS = str(Path(sys.executable).parent / "aws")


class Cli:
    """A terminal: three exported variables and the command."""

    def __init__(self, server, profile="seller", service="license-manager"):
        self.server = server
        self.profile = profile
        self.service = service

    def run(self, operation, *flags, **parameters):
        """`operation` as its command; parameters become flags, documents become JSON."""
        words = [AWS, self.service, operation, *flags]
        for name, value in parameters.items():
            text = value if isinstance(value, str) else json.dumps(value)
            words += [f"--{name.replace('_', '-')}", text]
        return subprocess.run(words, capture_output=True, text=True, env=self.environment())

    def ok(self, operation, *flags, **parameters):
        """Runs what must succeed; answers its parsed output."""
        end = self.run(operation, *flags, **parameters)
        assert end.returncode == 0, end.stderr
        return json.loads(end.stdout or "{}")

    def refused(self, code, operation, *flags, **parameters):
        """Runs what must fail with this exception."""
        end = self.run(operation, *flags, **parameters)
        assert end.returncode not in (0, 252), end.stderr
        assert f"({code})" in end.stderr, end.stderr

    def environment(self):
        path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        # No terminal, no pager; the CLI would otherwise look for one.
        return path | {"AWS_PAGER": ""} | self.server.settings(self.profile)
