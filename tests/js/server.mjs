// The program under test as a child process with demo accounts, and clients for it.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const DEVELOPMENT = fileURLToPath(new URL("../../target/debug/leasehold", import.meta.url));
const BINARY = process.env.LEASEHOLD_BIN ?? DEVELOPMENT;

// Starts a server and tells the SDK about it by its own environment variables, and by nothing
// else. The promise holds a function that ends it.
export async function startServer() {
  const folder = await mkdtemp(path.join(tmpdir(), "leasehold-js-"));
  const data = path.join(folder, "data");
  const child = spawn(BINARY, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  };
  const line = await firstLine(child);
  const endpoint = line.match(/^leasehold is serving on (http:\S+)$/)?.[1];
  if (!endpoint) {
    await end();
    throw new Error(`first line ${JSON.stringify(line)}`);
  }
  process.env.AWS_ENDPOINT_URL = endpoint;
  process.env.AWS_SHARED_CREDENTIALS_FILE = path.join(data, "credentials");
  return end;
}

async function firstLine(child) {
  await once(child, "spawn");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return line;
  return "";
}
