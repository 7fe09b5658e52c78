//! From headers, query string and form to service, protocol and operation.
//!
//! One listener serves them all. JSON services are told apart by the prefix of `X-Amz-Target`,
//! query services by `Version`: each has one, and they differ. Nothing here knows which
//! operations a service has.

use http::{HeaderMap, Method};

use crate::{Fault, json, query};

/// A service of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// AWS Key Management Service.
    Kms,
    /// AWS License Manager.
    LicenseManager,
    /// AWS Organizations.
    Organizations,
    /// AWS Identity and Access Management.
    Iam,
    /// AWS Security Token Service.
    Sts,
}

/// How a request and its answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS JSON 1.1: the target in a header, JSON both ways.
    Json11,
    /// AWS query: a form in, XML out.
    Query,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Of whom.
    pub service: Service,
    /// In which words.
    pub protocol: Protocol,
    /// What, by the client's word for it: letters and digits, perhaps unknown to the service.
    pub operation: String,
}

/// How a service is recognised and how its answers are marked.
struct Row {
    signing_name: &'static str,
    speaks: Speaks,
}

/// The protocol of a service, with what it alone needs.
enum Speaks {
    Json11 { target_prefix: &'static str },
    Query { version: &'static str, namespace: &'static str },
}

/// The longest operation name; AWS's longest has about 60.
const OPERATION_LEN_MAX: usize = 100;

impl Service {
    /// All services.
    pub const ALL: [Self; 5] =
        [Self::Iam, Self::Kms, Self::LicenseManager, Self::Organizations, Self::Sts];

    /// The service's name in credential scopes (W20).
    pub fn signing_name(self) -> &'static str {
        self.row().signing_name
    }

    /// The XML namespace of its answers; empty for services that do not answer in XML.
    pub fn namespace(self) -> &'static str {
        match self.row().speaks {
            Speaks::Query { namespace, .. } => namespace,
            Speaks::Json11 { .. } => "",
        }
    }

    /// The table: a new service is a row here, and a name in [`Service::ALL`].
    const fn row(self) -> Row {
        match self {
            Self::Kms => Row {
                signing_name: "kms",
                speaks: Speaks::Json11 { target_prefix: "TrentService" },
            },
            Self::LicenseManager => Row {
                signing_name: "license-manager",
                speaks: Speaks::Json11 { target_prefix: "AWSLicenseManager" },
            },
            Self::Organizations => Row {
                signing_name: "organizations",
                speaks: Speaks::Json11 { target_prefix: "AWSOrganizationsV20161128" },
            },
            Self::Iam => Row {
                signing_name: "iam",
                speaks: Speaks::Query {
                    version: "2010-05-08",
                    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
                },
            },
            Self::Sts => Row {
                signing_name: "sts",
                speaks: Speaks::Query {
                    version: "2011-06-15",
                    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
                },
            },
        }
    }
}

/// Finds out what a request asks for (W1, W8; reference section 8.1 for the query protocol). The
/// body is read only if it is a form. A fault is to be rendered in [`protocol_of`].
pub fn route(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<Route, Fault> {
    let protocol = protocol_of(headers, query);
    let refuse = |text: &str| Err(Fault::unknown_operation(protocol, text));
    if path != "/" {
        return refuse("There is nothing at this path: every operation is at '/'.");
    }
    match protocol {
        Protocol::Json11 => {
            if method != Method::POST {
                return refuse("Operations of the JSON protocol are called with POST.");
            }
            json_route(headers).map_or_else(
                || refuse("The header X-Amz-Target names no operation of this server."),
                Ok,
            )
        }
        Protocol::Query => {
            if method != Method::POST && method != Method::GET {
                return refuse("Operations of the query protocol are called with POST or GET.");
            }
            query_route(headers, query, body)
                .map_or_else(|| refuse("Action and Version name no operation of this server."), Ok)
        }
    }
}

/// The protocol in which a client expects its answer, even if the request makes no sense: query
/// for a form or a query string with an `Action`, else JSON. A target speaks before both.
pub fn protocol_of(headers: &HeaderMap, query: &str) -> Protocol {
    let is_query = !headers.contains_key(TARGET)
        && (json::has_content_type(headers, query::FORM)
            || query::member(headers, query, b"", "Action").is_some());
    if is_query { Protocol::Query } else { Protocol::Json11 }
}

const TARGET: &str = "x-amz-target";

fn json_route(headers: &HeaderMap) -> Option<Route> {
    let mut targets = headers.get_all(TARGET).iter();
    // Two targets would be signed as one value joined by a comma, which is not what either says.
    let (Some(target), None) = (targets.next(), targets.next()) else { return None };
    let (prefix, operation) = target.to_str().ok()?.split_once('.')?;
    let service = Service::ALL.into_iter().find(|service| {
        matches!(service.row().speaks, Speaks::Json11 { target_prefix } if target_prefix == prefix)
    })?;
    Some(Route { service, protocol: Protocol::Json11, operation: operation_name(operation)? })
}

fn query_route(headers: &HeaderMap, query: &str, body: &[u8]) -> Option<Route> {
    let action = query::member(headers, query, body, "Action")?;
    let asked = query::member(headers, query, body, "Version")?;
    let service = Service::ALL.into_iter().find(
        |service| matches!(service.row().speaks, Speaks::Query { version, .. } if version == asked),
    )?;
    Some(Route { service, protocol: Protocol::Query, operation: operation_name(&action)? })
}

/// Operation names end up in log lines and metrics, so they must look like one.
fn operation_name(text: &str) -> Option<String> {
    let fits = (1..=OPERATION_LEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    fn routed(
        method: &Method,
        target: &str,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> Result<(Service, Protocol, String), (&'static str, u16)> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        route(method, path, &map, query, body.as_bytes())
            .map(|route| (route.service, route.protocol, route.operation))
            .map_err(|fault| (fault.code, fault.status.as_u16()))
    }

    #[test]
    fn targets_name_json_operations() {
        let check = |value: &'static str, expect: Result<&str, (&'static str, u16)>| {
            let found = routed(&Method::POST, "/", &[(TARGET, value)], "{}");
            let expect = expect
                .map(|operation| (Service::LicenseManager, Protocol::Json11, operation.to_owned()));
            assert_eq!(found, expect, "{value}");
        };
        let unknown = Err(("UnknownOperationException", 404));
        check("AWSLicenseManager.CheckoutLicense", Ok("CheckoutLicense"));
        check("AWSLicenseManager.NoSuchThing", Ok("NoSuchThing"));
        check("AWSLicenseManager.", unknown);
        check("AWSLicenseManager", unknown);
        check("AWSLicenseManager.a.b", unknown);
        check("AWSLicenseManager.Checkout License", unknown);
        check("awslicensemanager.CheckoutLicense", unknown);
        check("Other.CheckoutLicense", unknown);
        check("", unknown);
    }

    #[test]
    fn a_target_must_be_one_and_posted_to_the_root() {
        let unknown = Err(("UnknownOperationException", 404));
        let target = (TARGET, "AWSLicenseManager.GetLicense");
        assert_eq!(routed(&Method::POST, "/", &[target, target], ""), unknown);
        assert_eq!(routed(&Method::GET, "/", &[target], ""), unknown);
        assert_eq!(routed(&Method::POST, "/else", &[target], ""), unknown);
        assert_eq!(routed(&Method::POST, "/", &[], "{}"), unknown);
        let target = (TARGET, "AWSOrganizationsV20161128.ListRoots");
        let found = routed(&Method::POST, "/", &[target], "{}");
        let expect = (Service::Organizations, Protocol::Json11, "ListRoots".to_owned());
        assert_eq!(found, Ok(expect));
        let target = (TARGET, "AWSLicenseManager.GetLicense");
        // A target wins over a form and over a query string.
        let found = routed(&Method::POST, &format!("/?{WHO}"), &[FORM, target], WHO).unwrap();
        assert_eq!(found.0, Service::LicenseManager);
    }

    #[test]
    fn actions_name_query_operations() {
        let expect = Ok((Service::Sts, Protocol::Query, "GetCallerIdentity".to_owned()));
        let invalid = Err(("InvalidAction", 400));
        let other = "Action=ListUsers&Version=2010-05-08";
        let found = routed(&Method::POST, "/", &[FORM], other);
        assert_eq!(found, Ok((Service::Iam, Protocol::Query, "ListUsers".to_owned())));
        assert_eq!(routed(&Method::POST, "/", &[FORM], WHO), expect);
        assert_eq!(routed(&Method::GET, &format!("/?{WHO}"), &[], ""), expect);
        assert_eq!(routed(&Method::POST, &format!("/?{WHO}"), &[], ""), expect);
        assert_eq!(routed(&Method::POST, "/", &[FORM], "Action=GetCallerIdentity"), invalid);
        assert_eq!(routed(&Method::POST, "/", &[FORM], "Version=2011-06-15"), invalid);
        assert_eq!(routed(&Method::POST, "/", &[FORM], "Action=A&Version=2000-01-01"), invalid);
        assert_eq!(routed(&Method::POST, "/", &[FORM], "Action=&Version=2011-06-15"), invalid);
        assert_eq!(routed(&Method::PUT, "/", &[FORM], WHO), invalid);
        assert_eq!(routed(&Method::POST, "/x", &[FORM], WHO), invalid);
        // The body is not read as a form when it does not say that it is one.
        let unknown = Err(("UnknownOperationException", 404));
        assert_eq!(routed(&Method::POST, "/", &[], WHO), unknown);
    }

    #[test]
    fn operation_names_are_short() {
        assert_eq!(operation_name(&"a".repeat(OPERATION_LEN_MAX + 1)), None);
        assert!(operation_name(&"a".repeat(OPERATION_LEN_MAX)).is_some());
    }

    #[test]
    fn services_are_told_apart() {
        for service in Service::ALL {
            let same = |other: &Service| other.signing_name() == service.signing_name();
            assert_eq!(Service::ALL.iter().filter(|other| same(other)).count(), 1);
        }
        assert_eq!(Service::LicenseManager.namespace(), "");
        assert_eq!(Service::Sts.namespace(), "https://sts.amazonaws.com/doc/2011-06-15/");
    }
}
