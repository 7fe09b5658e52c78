// Verifies a signed license: verify.mjs LICENSE PUBLIC_KEY NODE ENTITLEMENT=VALUE...

import { readFile } from "node:fs/promises";
import { importSPKI, jwtVerify } from "jose";

const DRIFT_MS = 5 * 60 * 1000;

class Refused extends Error {}

// The claims of a license that is valid for this node and time and allows what is wanted.
async function verify(token, publicKey, node, wanted, nowMs) {
  // The list is fixed here. A token never says how it is to be verified.
  const { payload: claims } = await jwtVerify(token, publicKey, { algorithms: ["PS384"] }).catch(
    (error) => {
      throw new Refused(error.message);
    },
  );
  if (nowMs + DRIFT_MS < instant(claims.issuedAt)) {
    throw new Refused("the clock is earlier than the license");
  }
  // Written so that a time which is no time refuses.
  if (!(nowMs < instant(claims.expiration))) {
    throw new Refused(`the license expired at ${claims.expiration}`);
  }
  if (claims.nodeId !== node) throw new Refused(`the license is for node ${claims.nodeId}`);
  for (const [name, value] of wanted) {
    const allowed = claims.entitlementsAllowed.find((entitlement) => entitlement.name === name);
    if (!allowed || !isEnough(allowed, value)) {
      throw new Refused(`the license does not allow ${name} ${value}`);
    }
  }
  return claims;
}

// The times in a license are UTC and do not say so.
function instant(text) {
  return Date.parse(`${text}Z`);
}

// Of what is counted there must be as much; a feature must have that value.
function isEnough(entitlement, value) {
  if (entitlement.unit === "None") return value === "" || value === entitlement.value;
  return BigInt(entitlement.value) >= BigInt(value);
}

const [license, key, node, ...rest] = process.argv.slice(2);
const wanted = rest.map((text) => {
  const [name, value = ""] = text.split("=");
  return [name, value];
});
const token = (await readFile(license, "utf8")).trim();
const publicKey = await importSPKI(await readFile(key, "utf8"), "PS384");
try {
  const claims = await verify(token, publicKey, node, wanted, Date.now());
  console.log(`licensed: ${claims.licenseArn} until ${claims.expiration}`);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(`refused: ${error.message}`);
  process.exitCode = 1;
}
