// A customer without an account, with the official JavaScript SDK (reference 8): software that has
// nothing but a refresh token. The SDK's own provider reads the access token from a file.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { tmpdir } from "node:os";
import path from "node:path";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CheckoutLicenseCommand,
  CreateLicenseCommand,
  CreateTokenCommand,
  GetAccessTokenCommand,
  LicenseManagerClient,
} from "@aws-sdk/client-license-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startServer } from "./server.mjs";

const SELLER = "111122223333";
const ISSUER = "openid-license-manager.amazonaws.com";
const POLICY = "arn:aws:iam::aws:policy/service-role/AWSLicenseManagerConsumptionPolicy";
const region = "us-east-1";

let endServer;
let folder;

before(async () => {
  endServer = await startServer();
  folder = await mkdtemp(path.join(tmpdir(), "leasehold-token-"));
});

after(async () => {
  await endServer();
  await rm(folder, { recursive: true, force: true });
});

// What the seller does once: a license, a role that trusts the account's tokens, and a token.
async function sell() {
  process.env.AWS_PROFILE = "seller";
  const licenses = new LicenseManagerClient({ region });
  const iam = new IAMClient({ region });
  const { LicenseArn } = await licenses.send(
    new CreateLicenseCommand({
      LicenseName: "My License",
      ProductName: "My Product",
      ProductSKU: "js-token",
      Issuer: { Name: "My Company" },
      HomeRegion: region,
      Validity: { Begin: "2021-01-01T00:00:00Z" },
      Entitlements: [{ Name: "Users", Unit: "Count", MaxCount: 10, AllowCheckIn: true }],
      Beneficiary: "Customer 7",
      ConsumptionConfiguration: { ProvisionalConfiguration: { MaxTimeToLiveInMinutes: 60 } },
      ClientToken: randomUUID(),
    }),
  );
  const marker = `aws:license-manager:token-issuer-account-id:${SELLER}`;
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: ISSUER },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { "ForAnyValue:StringLike": { [`${ISSUER}:amr`]: marker } },
      },
    ],
  };
  const RoleName = "AWSLicenseManagerConsumptionRole";
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: POLICY }));
  const { Token } = await licenses.send(
    new CreateTokenCommand({ LicenseArn, RoleArns: [Role.Arn], ClientToken: randomUUID() }),
  );
  delete process.env.AWS_PROFILE;
  return { LicenseArn, roleArn: Role.Arn, token: Token };
}

it("checks out with the SDK's provider for web identities", async () => {
  const { LicenseArn, roleArn, token } = await sell();
  const anonymous = new LicenseManagerClient({
    region,
    // Signs with what it finds, which is nothing that the server knows.
    credentials: { accessKeyId: "AKIANONE000000000000", secretAccessKey: "none" },
  });
  const { AccessToken } = await anonymous.send(new GetAccessTokenCommand({ Token: token }));
  const file = path.join(folder, "token");
  await writeFile(file, AccessToken);

  // From here on there is nothing but the file and the name of the role.
  process.env.AWS_SHARED_CREDENTIALS_FILE = path.join(folder, "none");
  process.env.AWS_WEB_IDENTITY_TOKEN_FILE = file;
  process.env.AWS_ROLE_ARN = roleArn;
  process.env.AWS_ROLE_SESSION_NAME = "js";
  const caller = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  const role = "AWSLicenseManagerConsumptionRole";
  assert.equal(caller.Arn, `arn:aws:sts::${SELLER}:assumed-role/${role}/js`);
  const checkedOut = await new LicenseManagerClient({ region }).send(
    new CheckoutLicenseCommand({
      ProductSKU: "js-token",
      CheckoutType: "PROVISIONAL",
      KeyFingerprint: `aws:${SELLER}:My Company:issuer-fingerprint`,
      Entitlements: [{ Name: "Users", Value: "1", Unit: "Count" }],
      Beneficiary: "Customer 7",
      ClientToken: randomUUID(),
    }),
  );
  assert.equal(checkedOut.LicenseArn, LicenseArn);
});
