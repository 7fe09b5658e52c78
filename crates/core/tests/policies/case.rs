//! A case of the corpus: from JSON to a request with its policies, and its decision in words.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use leasehold_core::iam::{
    Action, Attached, Context, Decider, Decision, Kind, Managed, OfResource, Policies, Policy,
    Principal, Request, Source, Value as Found, Values, evaluate,
};
use leasehold_core::time;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const NOW: &str = "2024-05-15T12:00:00Z";

type Tags = Vec<(String, String)>;

/// The files of the corpus, by name.
pub fn documents() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().unwrap() == "json").collect();
    paths.sort();
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let document = serde_json::from_str(&text);
        let document = document.unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, document)
    };
    paths.iter().map(|path| read(path)).collect()
}

/// One case.
pub struct Case<'c> {
    json: &'c Value,
}

impl<'c> Case<'c> {
    pub fn new(json: &'c Value) -> Self {
        Self { json }
    }

    /// The decision, in the words of the corpus.
    pub fn decide(&self) -> String {
        let action = Action::parse(self.text("action", "license-manager:GetLicense")).unwrap();
        let tags = tags_of(&self.json["tags"]);
        let principal = self.principal(&tags);
        let keys = Keys::of(&self.json["context"]);
        let more = keys.more();
        let request_tags = tags_of(&self.json["request_tags"]);
        let resource_tags = tags_of(&self.json["resource_tags"]);
        let context = self.context(&more, &request_tags, &resource_tags);
        let request = Request {
            principal: &principal,
            action: &action,
            resource: self.text("resource", "*"),
            context: &context,
        };
        let identity = self.group("identity", Kind::Identity);
        let boundary = self.group("boundary", Kind::Identity);
        let session = self.group("session", Kind::Identity);
        let owned = ["trust", "key", "resource_policy"].map(|name| self.group(name, kind(name)));
        let of_resource = owned.iter().flatten().flatten().next();
        let policies = Policies {
            identity: identity.as_deref().unwrap_or_default(),
            boundary: boundary.as_ref().and_then(|group| group.first()),
            session: session.as_deref(),
            resource: of_resource.map(|attached| OfResource {
                account: self.text("resource_account", ACCOUNT),
                attached,
            }),
        };
        words(&evaluate(&request, &policies))
    }

    fn text(&self, name: &str, default: &'c str) -> &'c str {
        self.json[name].as_str().unwrap_or(default)
    }

    /// `anonymous`, `federated <provider>`, `service <name>`, or an ARN.
    fn principal<'t>(&self, tags: &'t Tags) -> Principal<'t>
    where
        'c: 't,
    {
        let name = self.text("principal", "arn:aws:iam::111122223333:user/alice");
        if name == "anonymous" {
            return Principal::Anonymous;
        }
        if let Some(provider) = name.strip_prefix("federated ") {
            return Principal::Federated { provider };
        }
        if let Some(name) = name.strip_prefix("service ") {
            return Principal::Service { name };
        }
        let account = name.split(':').nth(4).unwrap();
        let resource = name.split(':').nth(5).unwrap();
        if resource == "root" {
            Principal::Root { account, arn: name }
        } else if resource.starts_with("user/") {
            let id = self.text("id", "AIDAEXAMPLEUSER00001");
            let user = resource.rsplit('/').next().unwrap();
            Principal::User { account, arn: name, id, name: user, tags }
        } else {
            let id = self.text("id", "AROAEXAMPLEROLE00001:desk");
            let role_arn = self.text("role", "arn:aws:iam::111122223333:role/Clerk");
            Principal::Session { account, arn: name, id, role_arn, tags }
        }
    }

    fn context<'t>(
        &self,
        more: &'t [(&'t str, Values<'t>)],
        request_tags: &'t Tags,
        resource_tags: &'t Tags,
    ) -> Context<'t>
    where
        'c: 't,
    {
        let time = |name: &str| self.json[name].as_str().map(|text| time::parse(text).unwrap());
        Context {
            now_ms: time("now").unwrap_or_else(|| time::parse(NOW).unwrap()),
            source_ip: self.json["source_ip"].as_str().map(|ip| ip.parse().unwrap()),
            is_secure: self.json["is_secure"].as_bool().unwrap_or_default(),
            region: self.json["region"].as_str(),
            user_agent: self.json["user_agent"].as_str(),
            token_issued_at_ms: time("token_issued_at"),
            has_mfa: self.json["has_mfa"].as_bool(),
            organization_path: self.json["organization"].as_str(),
            request_tags,
            resource_tags,
            more,
        }
    }

    /// A group of policies: their names among the file's policies.
    fn group(&self, name: &str, kind: Kind) -> Option<Vec<Attached>> {
        let listed = match &self.json[name] {
            Value::Null => return None,
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let attach = |name: &Value| {
            let name = name.as_str().unwrap();
            let document = match Managed::find(name) {
                Some(managed) => serde_json::from_str(managed.document).unwrap(),
                None => document(&self.json["policies"][name]),
            };
            let policy = Policy::parse(kind, &document.to_string());
            let policy = policy.unwrap_or_else(|fault| panic!("{name}: {fault}: {document}"));
            Attached { name: name.into(), policy: Arc::new(policy) }
        };
        Some(listed.iter().map(attach).collect())
    }
}

/// A whole document, or the statements of one of the newer version.
fn document(json: &Value) -> Value {
    if json.get("Statement").is_some() {
        return json.clone();
    }
    json!({ "Version": "2012-10-17", "Statement": json })
}

pub fn kind(name: &str) -> Kind {
    match name {
        "identity" => Kind::Identity,
        "trust" => Kind::Trust,
        "key" => Kind::Key,
        "resource_policy" => Kind::Resource,
        other => panic!("no kind {other}"),
    }
}

fn tags_of(json: &Value) -> Tags {
    let tags = json.as_object().into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Keys of a context that are given by name, with one value or a list.
struct Keys<'c>(Vec<(&'c str, bool, Vec<Found<'c>>)>);

impl<'c> Keys<'c> {
    fn of(json: &'c Value) -> Self {
        let value = |value: &'c Value| match value {
            Value::Bool(value) => Found::Bool(*value),
            Value::Number(number) => Found::Number(number.as_i64().unwrap()),
            value => Found::Text(value.as_str().unwrap()),
        };
        let keys = json.as_object().into_iter().flatten();
        let keys = keys.map(|(key, json)| match json {
            Value::Array(list) => (key.as_str(), true, list.iter().map(value).collect()),
            one => (key.as_str(), false, vec![value(one)]),
        });
        Self(keys.collect())
    }

    fn more(&self) -> Vec<(&str, Values<'_>)> {
        let more = self.0.iter().map(|(key, is_list, values)| match values.as_slice() {
            [one] if !is_list => (*key, Values::One(*one)),
            many => (*key, Values::Many(many)),
        });
        more.collect()
    }
}

fn words(decision: &Decision<'_>) -> String {
    let by = |source: &Source, decider: &Decider<'_>| {
        let statement = match &decider.statement.sid {
            Some(sid) => sid.to_string(),
            None => decider.statement.index.to_string(),
        };
        format!("by {} {}#{statement}", source_word(source), decider.attached.name)
    };
    match decision {
        Decision::Root => "root".to_owned(),
        Decision::Allowed(source, decider) => format!("allowed {}", by(source, decider)),
        Decision::ExplicitDeny(source, decider) => format!("denied {}", by(source, decider)),
        Decision::ImplicitDeny(source) => format!("not allowed by {}", source_word(source)),
    }
}

fn source_word(source: &Source) -> &'static str {
    match source {
        Source::Identity => "identity",
        Source::Boundary => "boundary",
        Source::Session => "session",
        Source::Resource => "resource",
    }
}
