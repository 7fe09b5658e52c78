//! Keys in AWS KMS, or in what speaks as it does. Only their ids are here.

use std::error::Error;

use aws_credential_types::Credentials;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{BehaviorVersion, Region};
use aws_sdk_kms::error::{DisplayErrorContext, SdkError};
use aws_sdk_kms::operation::schedule_key_deletion::ScheduleKeyDeletionError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyUsageType, MessageType, Tag};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use bytes::Bytes;
use leasehold_core::key::{KeySpec, SigningAlgorithm, WINDOW_DAYS};

use super::store::{Fault, KeyStore, Made};
use crate::config::{AwsSettings, credentials};
use crate::operation::BoxFuture;
use crate::web;

/// A tag of each key there, with the id that it has here.
const TAG: &str = "leasehold:key";
/// How long one operation may take, tried again and all.
const OPERATION_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Keeps keys in AWS KMS.
pub struct Aws {
    client: Client,
}

impl Aws {
    /// A store with the credentials of the environment or of a profile.
    ///
    /// # Errors
    /// A text for whoever starts the server.
    pub fn open(settings: &AwsSettings) -> Result<Self, Fault> {
        let found = credentials::read(settings.profile.as_deref())?;
        let credentials = Credentials::new(
            found.access_key_id,
            found.secret_access_key,
            found.session_token,
            None,
            "leasehold",
        );
        let http = http_client_fn(|_, _| SharedHttpConnector::new(Connector));
        let timeouts = TimeoutConfig::builder().operation_timeout(OPERATION_TIMEOUT).build();
        let mut config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .http_client(http);
        config.set_endpoint_url(settings.endpoint.clone());
        Ok(Self { client: Client::from_conf(config.build()) })
    }

    async fn make(&self, id: &str, spec: KeySpec) -> Result<Made, Fault> {
        let tag = Tag::builder().tag_key(TAG).tag_value(id).build().map_err(text)?;
        let made = self
            .client
            .create_key()
            .description(format!("leasehold {id}"))
            .key_spec(spec.as_str().into())
            .key_usage(KeyUsageType::SignVerify)
            .tags(tag)
            .send()
            .await
            .map_err(text)?;
        let name = made.key_metadata.ok_or("AWS KMS did not say what it made")?.key_id;
        let found = self.client.get_public_key().key_id(&name).send().await.map_err(text)?;
        let public_key = found.public_key.ok_or("AWS KMS gave no public key")?.into_inner();
        Ok(Made { handle: name.into_bytes(), public_key })
    }

    async fn sign_with(
        &self,
        handle: &[u8],
        algorithm: SigningAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let signed = self
            .client
            .sign()
            .key_id(name_of(handle)?)
            .message(Blob::new(digest))
            .message_type(MessageType::Digest)
            .signing_algorithm(algorithm.as_str().into())
            .send()
            .await
            .map_err(text)?;
        Ok(signed.signature.ok_or("AWS KMS gave no signature")?.into_inner())
    }

    /// As soon as AWS lets it, which is in a week.
    async fn schedule_deletion(&self, handle: &[u8]) -> Result<(), Fault> {
        let days = *WINDOW_DAYS.start();
        let request = self.client.schedule_key_deletion().key_id(name_of(handle)?);
        match request.pending_window_in_days(days).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if matches!(
                    error.err(),
                    ScheduleKeyDeletionError::NotFoundException(_)
                        | ScheduleKeyDeletionError::KmsInvalidStateException(_)
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(text(error)),
        }
    }
}

impl KeyStore for Aws {
    fn create<'a>(&'a self, id: &'a str, spec: KeySpec) -> BoxFuture<'a, Result<Made, Fault>> {
        Box::pin(self.make(id, spec))
    }

    fn sign<'a>(
        &'a self,
        handle: &'a [u8],
        algorithm: SigningAlgorithm,
        digest: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        Box::pin(self.sign_with(handle, algorithm, digest))
    }

    fn delete<'a>(&'a self, handle: &'a [u8]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.schedule_deletion(handle))
    }
}

/// How the client of AWS KMS reaches it. The SDK's own connector takes longer to build than all the
/// rest of its client.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            let (parts, body) = request.try_into_http1x().map_err(unsent)?.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice);
            let body = body.ok_or_else(|| unsent("its body is a stream"))?;
            let request = http::Request::from_parts(parts, body);
            // What breaks off may be tried again, as whatever the SDK cannot reach.
            let answer = web::send(request, &web::SYSTEM_TLS, ANSWER_BYTES_MAX).await;
            let answer = answer.map_err(|fault| ConnectorError::io(fault.into()))?;
            HttpResponse::try_from(answer.map(Into::into)).map_err(unsent)
        })
    }
}

fn unsent(error: impl Into<Box<dyn Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::user(error.into())
}

fn name_of(handle: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(handle).map_err(|error| error.to_string())
}

fn text(error: impl Error) -> Fault {
    format!("AWS KMS: {}", DisplayErrorContext(&error))
}
