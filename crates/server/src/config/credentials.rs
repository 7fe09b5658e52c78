//! AWS credentials of whoever runs a command: from the environment, or from the shared credentials
//! file, where the AWS CLI looks too.

use std::path::{Path, PathBuf};

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of temporary credentials.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    /// Prints nothing of the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Credentials({}, …)", self.access_key_id)
    }
}

/// Reads them: those of a profile that is named here or by `AWS_PROFILE`; without one those of the
/// environment, or else the profile `default`.
///
/// # Errors
/// A text that says where was looked.
pub fn read(profile: Option<&str>) -> Result<Credentials, String> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let profile = profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
    if profile.is_none()
        && let (Some(access_key_id), Some(secret_access_key)) =
            (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"))
    {
        let session_token = variable("AWS_SESSION_TOKEN");
        return Ok(Credentials { access_key_id, secret_access_key, session_token });
    }
    let profile = profile.unwrap_or_else(|| "default".to_owned());
    let path = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let home = || variable("HOME").map(|home| Path::new(&home).join(".aws/credentials"));
    let path = path.or_else(home).ok_or("no AWS credentials: set AWS_ACCESS_KEY_ID")?;
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("AWS credentials {}: {error}", path.display()))?;
    section(&text, &profile)
        .ok_or_else(|| format!("{} has no whole profile '{profile}'", path.display()))
}

/// The Region of whoever runs a command, if the environment names one.
pub fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn variable(name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "this is a part of config.rs")]
    std::env::var(name).ok()
}

fn section(text: &str, profile: &str) -> Option<Credentials> {
    let header = format!("[{profile}]");
    let lines = text.lines().map(str::trim).skip_while(|line| *line != header).skip(1);
    let mut found = [None, None, None];
    let names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let place = names.iter().position(|known| *known == name.trim());
        if let Some(place) = place.and_then(|place| found.get_mut(place)) {
            *place = Some(value.trim().to_owned());
        }
    }
    let [access_key_id, secret_access_key, session_token] = found;
    Some(Credentials {
        access_key_id: access_key_id?,
        secret_access_key: secret_access_key?,
        session_token,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_section() {
        let text = "[default]\naws_access_key_id = A\n\n[other]\naws_access_key_id=B\n\
                    aws_secret_access_key = s/=\nregion = x\n[last]\naws_session_token = t\n";
        assert_eq!(section(text, "default"), None, "half of one");
        let other = section(text, "other").unwrap();
        assert_eq!((other.access_key_id.as_str(), other.secret_access_key.as_str()), ("B", "s/="));
        assert_eq!(other.session_token, None);
        assert_eq!(section(text, "nobody"), None);
        assert!(!format!("{other:?}").contains("s/="));
    }
}
