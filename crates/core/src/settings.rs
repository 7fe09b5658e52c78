//! License Manager's settings of an account in a Region (section 12). They name places for
//! discovery and reports, which this server does not have: it keeps and shows them, for set-up
//! scripts. The link to the organization is not one of them: it is the organization's trust.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Longest name of a resource or Region, in characters.
pub const TEXT_LENGTH_MAX: usize = 2_048;
/// Regions that may be named.
pub const REGIONS_MAX: usize = 100;

/// The settings, or the changes to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// ARN of the bucket for reports.
    pub s3_bucket_arn: Option<String>,
    /// ARN of the topic for alerts.
    pub sns_topic_arn: Option<String>,
    /// Whether machines of other accounts are searched.
    pub enable_cross_accounts_discovery: Option<bool>,
    /// Regions that are searched.
    pub discovery_source_regions: Option<Vec<String>>,
}

impl Settings {
    /// These settings with the changes that are given.
    ///
    /// # Errors
    /// A value refusal that names the member.
    pub fn change(self, changes: Self) -> Result<Self, Refusal> {
        check_arn("S3BucketArn", changes.s3_bucket_arn.as_deref())?;
        check_arn("SnsTopicArn", changes.sns_topic_arn.as_deref())?;
        let regions = changes.discovery_source_regions.as_deref().unwrap_or_default();
        let is_long = |text: &str| text.chars().count() > TEXT_LENGTH_MAX;
        if regions.len() > REGIONS_MAX || regions.iter().any(|region| is_long(region)) {
            let text = "EnabledDiscoverySourceRegions: at most 100 names of Regions.";
            return Err(Refusal::value("12", text));
        }
        Ok(Self {
            s3_bucket_arn: changes.s3_bucket_arn.or(self.s3_bucket_arn),
            sns_topic_arn: changes.sns_topic_arn.or(self.sns_topic_arn),
            enable_cross_accounts_discovery: changes
                .enable_cross_accounts_discovery
                .or(self.enable_cross_accounts_discovery),
            discovery_source_regions: changes
                .discovery_source_regions
                .or(self.discovery_source_regions),
        })
    }
}

fn check_arn(member: &str, text: Option<&str>) -> Result<(), Refusal> {
    let is_arn =
        |text: &str| text.starts_with("arn:aws") && text.chars().count() <= TEXT_LENGTH_MAX;
    if text.is_none_or(is_arn) {
        return Ok(());
    }
    Err(Refusal::value("12", format!("{member} must be an ARN.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays() {
        let bucket = Some("arn:aws:s3:::aws-license-manager-service-reports".to_owned());
        let first = Settings { s3_bucket_arn: bucket.clone(), ..Settings::default() };
        let settings = Settings::default().change(first).unwrap();
        let second =
            Settings { enable_cross_accounts_discovery: Some(true), ..Settings::default() };
        let settings = settings.change(second).unwrap();
        assert_eq!(settings.s3_bucket_arn, bucket);
        assert_eq!(settings.enable_cross_accounts_discovery, Some(true));
    }

    #[test]
    fn values_out_of_their_domain_are_refused() {
        let arn =
            |text: &str| Settings { s3_bucket_arn: Some(text.to_owned()), ..Settings::default() };
        let regions = |count| Settings {
            discovery_source_regions: Some(vec!["us-east-1".to_owned(); count]),
            ..Settings::default()
        };
        let check = |changes: Settings, ok: bool| {
            assert_eq!(Settings::default().change(changes.clone()).is_ok(), ok, "{changes:?}");
        };
        check(arn("arn:aws:s3:::bucket"), true);
        check(arn("bucket"), false);
        check(arn(&format!("arn:aws:{}", "x".repeat(TEXT_LENGTH_MAX))), false);
        check(regions(REGIONS_MAX), true);
        check(regions(REGIONS_MAX + 1), false);
    }
}
