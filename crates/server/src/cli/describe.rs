//! `leasehold describe`: what this program implements, for the comparison with the official model.

use serde::Serialize;

use crate::license;
use crate::license::error::OF_EVERY_OPERATION;
use crate::shape::Description;

#[derive(Serialize)]
struct OperationDescription {
    name: &'static str,
    errors: Vec<&'static str>,
    input: Description,
    output: Description,
}

#[derive(Serialize)]
struct Descriptions {
    operations: Vec<OperationDescription>,
}

/// Prints the operations of License Manager.
pub fn run() -> Result<(), String> {
    let operations = license::operations().into_iter().map(|operation| OperationDescription {
        name: operation.name,
        errors: [operation.errors, OF_EVERY_OPERATION].concat(),
        input: (operation.input)(),
        output: (operation.output)(),
    });
    let descriptions = Descriptions { operations: operations.collect() };
    let text = serde_json::to_string_pretty(&descriptions).map_err(|error| error.to_string())?;
    println!("{text}");
    Ok(())
}
