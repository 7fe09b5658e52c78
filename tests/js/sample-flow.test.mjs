// The managed entitlements sample with the official JavaScript SDK, step for step against the
// real server (reference 11.6, steps 1 to 7), and what the SDK makes of refusals.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  CheckInLicenseCommand,
  CheckoutLicenseCommand,
  ConflictException,
  CreateLicenseCommand,
  DeleteLicenseCommand,
  ExtendLicenseConsumptionCommand,
  GetLicenseCommand,
  GetLicenseUsageCommand,
  InvalidParameterValueException,
  LicenseManagerClient,
  NoEntitlementsAllowedException,
  RedirectException,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-license-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startServer } from "./server.mjs";

const SELLER = "111122223333";
const FINGERPRINT = `aws:${SELLER}:My Company:issuer-fingerprint`;
const SKU = "js-sample";

const createInput = (changes = {}) => ({
  LicenseName: "My License",
  ProductName: "My Product",
  ProductSKU: SKU,
  Issuer: { Name: "My Company" },
  HomeRegion: "us-east-1",
  Validity: { Begin: new Date().toISOString().replace(/\.\d+/, "") },
  Entitlements: [{ Name: "Users", Unit: "Count", MaxCount: 1000, AllowCheckIn: true }],
  Beneficiary: "My Beneficiary",
  ConsumptionConfiguration: { ProvisionalConfiguration: { MaxTimeToLiveInMinutes: 60 } },
  LicenseMetadata: [{ Name: "ProductName", Value: "My Product" }],
  ClientToken: randomUUID(),
  ...changes,
});

const checkoutInput = (changes = {}) => ({
  ProductSKU: SKU,
  CheckoutType: "PROVISIONAL",
  KeyFingerprint: FINGERPRINT,
  Entitlements: [{ Name: "Users", Value: "1", Unit: "Count" }],
  Beneficiary: "My Beneficiary",
  ClientToken: randomUUID(),
  ...changes,
});

describe("managed entitlements", () => {
  let end, client, abroad, arn, token;

  const consumed = async () => {
    const usage = await client.send(new GetLicenseUsageCommand({ LicenseArn: arn }));
    return usage.LicenseUsage.EntitlementUsages[0].ConsumedValue;
  };

  // The SDK's own error class, with what it read from the answer.
  const refused = async (command, ErrorClass, by = client) => {
    const error = await by.send(command).then(
      () => assert.fail(`${ErrorClass.name} expected`),
      (error) => error,
    );
    assert.ok(error instanceof ErrorClass, `${error.name}: ${error.message}`);
    assert.equal(error.name, ErrorClass.name);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    return error;
  };

  before(async () => {
    end = await startServer();
    client = new LicenseManagerClient({ profile: "seller", region: "us-east-1" });
    abroad = new LicenseManagerClient({ profile: "seller", region: "eu-west-1" });
  });
  after(() => end?.());

  it("1. sts GetCallerIdentity", async () => {
    const sts = new STSClient({ profile: "seller", region: "us-east-1" });
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    assert.equal(identity.Account, SELLER);
  });

  it("2. CreateLicense", async () => {
    const created = await client.send(new CreateLicenseCommand(createInput()));
    assert.equal(created.Status, "AVAILABLE");
    assert.equal(created.Version, "1");
    arn = created.LicenseArn;
  });

  it("3. GetLicense", async () => {
    const { License } = await client.send(new GetLicenseCommand({ LicenseArn: arn }));
    assert.equal(License.Issuer.KeyFingerprint, FINGERPRINT);
    assert.equal(License.Entitlements[0].MaxCount, 1000);
  });

  it("4. CheckoutLicense", async () => {
    const answer = await client.send(new CheckoutLicenseCommand(checkoutInput()));
    assert.deepEqual(answer.EntitlementsAllowed, checkoutInput().Entitlements);
    assert.equal(answer.LicenseArn, arn);
    token = { LicenseConsumptionToken: answer.LicenseConsumptionToken };
    assert.equal(await consumed(), "1");
  });

  it("5. ExtendLicenseConsumption", async () => {
    const answer = await client.send(new ExtendLicenseConsumptionCommand(token));
    assert.equal(answer.LicenseConsumptionToken, token.LicenseConsumptionToken);
    assert.ok(Date.parse(answer.Expiration) > Date.now());
  });

  it("6. CheckInLicense", async () => {
    await client.send(new CheckInLicenseCommand(token));
    assert.equal(await consumed(), "0");
  });

  it("refusals are the SDK's classes", async () => {
    const many = [{ Name: "Users", Value: "1001", Unit: "Count" }];
    const tooMany = new CheckoutLicenseCommand(checkoutInput({ Entitlements: many }));
    const error = await refused(tooMany, NoEntitlementsAllowedException);
    assert.match(error.message, /^No Entitlements Allowed\.?$/);
    await refused(new CheckInLicenseCommand(token), ResourceNotFoundException);
    const stale = new DeleteLicenseCommand({ LicenseArn: arn, SourceVersion: "2" });
    await refused(stale, ConflictException);
    const unknown = new GetLicenseCommand({ LicenseArn: `${arn}0` });
    await refused(unknown, InvalidParameterValueException);
    const spaces = new CreateLicenseCommand(createInput({ ClientToken: "a b" }));
    await refused(spaces, ValidationException);
  });

  it("a redirect says where to", async () => {
    const error = await refused(
      new DeleteLicenseCommand({ LicenseArn: arn, SourceVersion: "1" }),
      RedirectException,
      abroad,
    );
    assert.equal(error.Location, "https://license-manager.us-east-1.amazonaws.com");
    await refused(new CreateLicenseCommand(createInput()), RedirectException, abroad);
  });

  it("7. DeleteLicense", async () => {
    const remove = new DeleteLicenseCommand({ LicenseArn: arn, SourceVersion: "1" });
    const deleted = await client.send(remove);
    assert.equal(deleted.Status, "DELETED");
    assert.ok(!Number.isNaN(Date.parse(deleted.DeletionDate)));
  });
});
