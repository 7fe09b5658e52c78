//! One signed call at a time, for setting up and for looking at the counts afterwards.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::license::Operation;
use super::request::{Signer, Template};
use super::{clock, response};

const TIMEOUT: Duration = Duration::from_secs(60);

/// The template of an operation, with the signing key of this moment.
pub fn template(signer: &Signer, address: SocketAddr, operation: &Operation) -> Result<Template> {
    Template::new(signer, &address.to_string(), &operation.call(), &clock::amz_date())
}

/// Calls an operation once and gives the answer's body.
pub fn call(
    signer: &Signer,
    address: SocketAddr,
    operation: &Operation,
    token: u64,
) -> Result<serde_json::Value> {
    let template = template(signer, address, operation)?;
    let mut output = Vec::new();
    template.write(&template.sign(token, 0), &mut output);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(&output)?;
    let mut input = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part)?;
        input.extend_from_slice(part.get(..count).unwrap_or_default());
        if let Some(answer) = response::parse(&input)? {
            let text = String::from_utf8_lossy(answer.body);
            if answer.status != 200 || !text.contains(operation.expect) {
                bail!("the server answered {} {text}", answer.status);
            }
            return serde_json::from_slice(answer.body).context("the answer is not JSON");
        }
        if count == 0 {
            bail!("the server closed the connection without an answer");
        }
    }
}
