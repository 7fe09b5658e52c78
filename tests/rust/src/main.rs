//! The managed entitlements sample with the official Rust SDK, step for step against the real
//! server (reference 11.6, steps 1 to 7), and what the SDK makes of refusals.

#![allow(clippy::print_stdout, reason = "a test program reports on standard output")]

mod server;

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_licensemanager::Client;
use aws_sdk_licensemanager::error::ProvideErrorMetadata as _;
use aws_sdk_licensemanager::operation::checkout_license::builders::CheckoutLicenseFluentBuilder;
use aws_sdk_licensemanager::operation::create_license::builders::CreateLicenseFluentBuilder;
use aws_sdk_licensemanager::primitives::{DateTime, DateTimeFormat};
use aws_sdk_licensemanager::types::{
    CheckoutType, ConsumptionConfiguration, DatetimeRange, Entitlement, EntitlementData,
    EntitlementDataUnit, EntitlementUnit, Issuer, LicenseDeletionStatus, LicenseStatus, Metadata,
    ProvisionalConfiguration,
};

use server::Server;

const SELLER: &str = "111122223333";
const FINGERPRINT: &str = "aws:111122223333:My Company:issuer-fingerprint";
const SKU: &str = "rust-sample";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut passed = 0;
    match run(&mut passed).await {
        Ok(()) => {
            println!("{passed} passed, 0 failed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("FAILED: {error:#}");
            println!("{passed} passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}

/// Each step needs the one before it, so the first failure ends the run.
async fn run(passed: &mut u32) -> Result<()> {
    let mut done = |step: &str| {
        println!("ok: {step}");
        *passed += 1;
    };
    let server = Server::start()?;
    let client = server.license_manager("seller", "us-east-1")?;

    let identity = server.sts("seller")?.get_caller_identity().send().await?;
    ensure!(identity.account() == Some(SELLER), "{identity:?}");
    done("1. sts GetCallerIdentity");

    let created = create(&client)?.send().await?;
    ensure!(created.status() == Some(&LicenseStatus::Available), "{created:?}");
    ensure!(created.version() == Some("1"), "{created:?}");
    let arn = created.license_arn().context("an ARN")?;
    done("2. CreateLicense");

    get(&client, arn).await?;
    done("3. GetLicense");

    let answer = check_out(&client, "1").client_token("rust-check-out").send().await?;
    let token = answer.license_consumption_token().context("a token")?;
    let allowed = answer.entitlements_allowed();
    ensure!(matches!(allowed, [only] if only.value() == Some("1")), "{allowed:?}");
    ensure!(consumed(&client, arn).await? == "1");
    done("4. CheckoutLicense");

    let extend = client.extend_license_consumption().license_consumption_token(token);
    let extended = extend.send().await?;
    ensure!(extended.license_consumption_token() == Some(token), "{extended:?}");
    ensure!(extended.expiration().is_some(), "{extended:?}");
    done("5. ExtendLicenseConsumption");

    client.check_in_license().license_consumption_token(token).send().await?;
    ensure!(consumed(&client, arn).await? == "0");
    done("6. CheckInLicense");

    refusals(&server, &client, arn, token).await?;
    done("refusals are the SDK's typed errors");

    let deleted = client.delete_license().license_arn(arn).source_version("1").send().await?;
    ensure!(deleted.status() == Some(&LicenseDeletionStatus::Deleted), "{deleted:?}");
    done("7. DeleteLicense");
    Ok(())
}

/// What the SDK's users match on: error types, their fields, request ids.
async fn refusals(server: &Server, client: &Client, arn: &str, token: &str) -> Result<()> {
    let too_many = check_out(client, "1001").client_token("rust-too-many").send().await;
    let error = too_many.err().context("more than there is")?.into_service_error();
    ensure!(error.is_no_entitlements_allowed_exception(), "{error:?}");
    ensure!(error.message() == Some("No Entitlements Allowed"), "{error:?}");

    let again = client.check_in_license().license_consumption_token(token).send().await;
    let error = again.err().context("returned twice")?.into_service_error();
    ensure!(error.is_resource_not_found_exception(), "{error:?}");

    let abroad = server.license_manager("seller", "eu-west-1")?;
    let delete = abroad.delete_license().license_arn(arn).source_version("1").send().await;
    let error = delete.err().context("not its home Region")?.into_service_error();
    ensure!(error.is_redirect_exception(), "{error:?}");
    let home = "https://license-manager.us-east-1.amazonaws.com";
    ensure!(format!("{error:?}").contains(home), "Location: {error:?}");

    let stale = client.delete_license().license_arn(arn).source_version("2").send().await;
    let error = stale.err().context("a stale version")?.into_service_error();
    ensure!(error.is_conflict_exception(), "{error:?}");
    Ok(())
}

async fn get(client: &Client, arn: &str) -> Result<()> {
    let answer = client.get_license().license_arn(arn).send().await?;
    let license = answer.license().context("a license")?;
    let issuer = license.issuer().context("an issuer")?;
    ensure!(issuer.key_fingerprint() == Some(FINGERPRINT), "{issuer:?}");
    ensure!(license.beneficiary() == Some("My Beneficiary"), "{license:?}");
    ensure!(license.entitlements().len() == 1, "{license:?}");
    Ok(())
}

fn create(client: &Client) -> Result<CreateLicenseFluentBuilder> {
    let users = Entitlement::builder()
        .name("Users")
        .max_count(1000)
        .unit(EntitlementUnit::Count)
        .allow_check_in(true);
    let hour = ProvisionalConfiguration::builder().max_time_to_live_in_minutes(60).build()?;
    let consumption = ConsumptionConfiguration::builder().provisional_configuration(hour).build();
    Ok(client
        .create_license()
        .license_name("My License")
        .product_name("My Product")
        .product_sku(SKU)
        .issuer(Issuer::builder().name("My Company").build()?)
        .home_region("us-east-1")
        .validity(DatetimeRange::builder().begin(now()?).build()?)
        .entitlements(users.build()?)
        .beneficiary("My Beneficiary")
        .consumption_configuration(consumption)
        .license_metadata(Metadata::builder().name("ProductName").value("My Product").build())
        .client_token("rust-create"))
}

fn check_out(client: &Client, value: &str) -> CheckoutLicenseFluentBuilder {
    let users = EntitlementData::builder().name("Users").value(value);
    let users = users.unit(EntitlementDataUnit::Count).build();
    client
        .checkout_license()
        .product_sku(SKU)
        .checkout_type(CheckoutType::Provisional)
        .key_fingerprint(FINGERPRINT)
        .set_entitlements(users.ok().map(|users| vec![users]))
        .beneficiary("My Beneficiary")
}

async fn consumed(client: &Client, arn: &str) -> Result<String> {
    let answer = client.get_license_usage().license_arn(arn).send().await?;
    let usage = answer.license_usage().context("the usage")?;
    let row = usage.entitlement_usages().first().context("a row")?;
    Ok(row.consumed_value().to_owned())
}

/// The current time in whole seconds, as the sample sends it.
fn now() -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a client's clock is the system's")]
    let now = std::time::SystemTime::now();
    let seconds = DateTime::from_secs(DateTime::from(now).secs());
    Ok(seconds.fmt(DateTimeFormat::DateTime)?)
}
