//! `leasehold describe`: what this program implements, for the comparison with the official model.

use leasehold_wire::Service;
use serde::Serialize;

use crate::cli::out::say;
use crate::server::operations;
use crate::shape::Description;
use crate::{license, organizations};

#[derive(Serialize)]
struct OperationDescription {
    service: &'static str,
    name: &'static str,
    /// The member that names its resource, `*`, or `open`.
    access: String,
    /// What tags of something that is made need: an action, and the resource if not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    tagging: Option<Tagging>,
    errors: Vec<&'static str>,
    input: Description,
    output: Description,
}

#[derive(Serialize)]
struct Tagging {
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'static str>,
}

#[derive(Serialize)]
struct Descriptions {
    operations: Vec<OperationDescription>,
}

/// Prints the operations of all services.
pub fn run() -> Result<(), String> {
    let described = Service::ALL.into_iter().flat_map(describe).collect();
    let descriptions = Descriptions { operations: described };
    let text = serde_json::to_string_pretty(&descriptions).map_err(|error| error.to_string())?;
    say!("{text}");
    Ok(())
}

fn describe(service: Service) -> impl Iterator<Item = OperationDescription> {
    let of_every_operation: &[&str] = match service {
        Service::LicenseManager => license::error::OF_EVERY_OPERATION,
        Service::Organizations => organizations::error::OF_EVERY_OPERATION,
        Service::Iam | Service::Kms | Service::Sts => &[],
    };
    operations(service).into_iter().map(move |operation| OperationDescription {
        service: service.signing_name(),
        name: operation.name,
        access: operation.access.describe(),
        tagging: operation.tagging.map(|tagging| Tagging {
            action: format!("{}:{}", service.signing_name(), tagging.name),
            resource: tagging.arn,
        }),
        errors: [operation.errors, of_every_operation].concat(),
        input: (operation.input)(),
        output: (operation.output)(),
    })
}
