//! An operation: its line in a service's table, with everything that is the same for all erased.

use std::future::Future;
use std::pin::Pin;

use http::StatusCode;
use leasehold_core::Refusal;
use leasehold_core::{key, organization};
use leasehold_store::{Error as StoreError, Tx};
use leasehold_wire::Fault;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::access::{Access, Resource, Tagging};
use crate::cx::Cx;
use crate::dispatch::fingerprint;
use crate::server::Server;
use crate::shape::{Description, Shape, Violations, decode};
use crate::throttle::TooOften;

/// A future that owns or borrows what it needs.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why an operation did not answer.
#[derive(Debug)]
pub enum Failure {
    /// The domain says no.
    Refused(Refusal),
    /// The database failed, or asks to run again.
    Store(StoreError),
    /// The queue is full.
    Busy,
    /// The caller asks too often.
    TooOften(TooOften),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<TooOften> for Failure {
    fn from(too_often: TooOften) -> Self {
        Self::TooOften(too_often)
    }
}

impl From<organization::Cause> for Failure {
    fn from(cause: organization::Cause) -> Self {
        Self::Refused(cause.into())
    }
}

impl From<key::Cause> for Failure {
    fn from(cause: key::Cause) -> Self {
        Self::Refused(cause.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What an operation gives.
pub type Outcome<T> = Result<T, Failure>;

/// A decoded request, ready to run, as often as its transaction must.
pub trait Call: Send + Sync {
    /// Runs in a transaction; for operations that are not [`Kind::Ledger`].
    fn run<'a>(&'a self, tx: &'a mut Tx, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>>;

    /// The client's name for the request, if the operation answers it again (W60).
    fn client_token(&self) -> Option<&str>;

    /// A hash of the request's parameters: what makes two requests the same (W62).
    fn fingerprint(&self) -> u64;
}

/// A decoded request of a ledger operation.
pub trait LedgerCall: Send + Sync {
    /// Runs beside the transactions; takes the ones it needs itself.
    fn run<'a>(&'a self, server: &'a Server, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>>;
}

/// A decoded request of an operation without any state.
pub trait BareCall: Send + Sync {
    /// Answers at once.
    fn run(&self, cx: &Cx) -> Outcome<String>;
}

type Decode<C> = Box<dyn Fn(Map<String, Value>) -> Result<Box<C>, Violations> + Send + Sync>;

/// How an operation is run.
pub enum Kind {
    /// In a transaction that reads.
    Read(Decode<dyn Call>),
    /// In a transaction that writes, run again on a conflict.
    Write(Decode<dyn Call>),
    /// Through the ledger.
    Ledger(Decode<dyn LedgerCall>),
    /// Without any state: the answer is in the context and the request.
    Bare(Decode<dyn BareCall>),
}

/// A decoded request, to be run as its [`Kind`] says.
pub enum Decoded {
    /// In a transaction that reads.
    Read(Box<dyn Call>),
    /// In a transaction that writes.
    Write(Box<dyn Call>),
    /// Through the ledger.
    Ledger(Box<dyn LedgerCall>),
    /// Without any state.
    Bare(Box<dyn BareCall>),
}

impl Kind {
    /// Decodes a request.
    ///
    /// # Errors
    /// Everything that is wrong with its members.
    pub fn decode(&self, object: Map<String, Value>) -> Result<Decoded, Violations> {
        Ok(match self {
            Self::Read(decode) => Decoded::Read(decode(object)?),
            Self::Write(decode) => Decoded::Write(decode(object)?),
            Self::Ledger(decode) => Decoded::Ledger(decode(object)?),
            Self::Bare(decode) => Decoded::Bare(decode(object)?),
        })
    }
}

/// One line of a service's table.
pub struct Operation {
    /// Name, as in the model; also the IAM action's.
    pub name: &'static str,
    /// The exceptions that the model lists for it, beyond those of every operation.
    pub errors: &'static [&'static str],
    /// What its caller must be allowed: unless it says otherwise, itself on `*`.
    pub access: Access,
    /// What its caller must be allowed as well to give `Tags` to what it makes.
    pub tagging: Option<Tagging>,
    /// How it is run.
    pub kind: Kind,
    /// Shape of its request.
    pub input: fn() -> Description,
    /// Shape of its answer.
    pub output: fn() -> Description,
}

impl Operation {
    /// Lets anybody call it: what counts is a token among its members. A signature is not looked
    /// at, for clients sign with whatever credentials they find, which may be for elsewhere.
    pub fn unsigned(self) -> Self {
        Self { access: Access::Anybody, ..self }
    }

    /// Whether the model lists an exception for it.
    pub fn models(&self, exception: &str) -> bool {
        self.errors.contains(&exception)
    }

    /// The same, on a resource that policies may name.
    pub fn on(self, resource: Resource) -> Self {
        Self { access: Access::On(resource), ..self }
    }

    /// The same, where tags of what it makes need this permission, too.
    pub fn tagging(self, name: &'static str) -> Self {
        Self { tagging: Some(Tagging { name, arn: None }), ..self }
    }

    /// The same, where what it makes has this ARN.
    pub fn tagging_new(self, name: &'static str, arn: &'static str) -> Self {
        Self { tagging: Some(Tagging { name, arn: Some(arn) }), ..self }
    }

    /// The same, for whoever has signed.
    pub fn open(self) -> Self {
        Self { access: Access::Open, ..self }
    }

    /// The same, for whom the role that it is about trusts. It asks for itself.
    pub fn trusted(self) -> Self {
        Self { access: Access::Trust, ..self }
    }

    fn new<I: Shape, O: Shape>(
        name: &'static str,
        errors: &'static [&'static str],
        kind: Kind,
    ) -> Self {
        let access = Access::On(Resource::Any);
        Self { name, errors, access, tagging: None, kind, input: I::describe, output: O::describe }
    }
}

struct TypedCall<I, O, F> {
    input: I,
    token: fn(&I) -> Option<&str>,
    function: F,
    _output: std::marker::PhantomData<fn() -> O>,
}

impl<I, O, F> Call for TypedCall<I, O, F>
where
    I: Serialize + Send + Sync,
    O: Serialize,
    F: for<'a> Fn(&'a mut Tx, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>> + Send + Sync,
{
    fn run<'a>(&'a self, tx: &'a mut Tx, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>> {
        let answer = (self.function)(tx, cx, &self.input);
        Box::pin(async move { encode(&answer.await?) })
    }

    fn client_token(&self) -> Option<&str> {
        (self.token)(&self.input)
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.input)
    }
}

struct TypedBareCall<I, O> {
    input: I,
    function: fn(&Cx, &I) -> Outcome<O>,
}

impl<I, O> BareCall for TypedBareCall<I, O>
where
    I: Send + Sync,
    O: Serialize,
{
    fn run(&self, cx: &Cx) -> Outcome<String> {
        (self.function)(cx, &self.input).and_then(|answer| encode(&answer))
    }
}

struct TypedLedgerCall<I, O, F> {
    input: I,
    function: F,
    _output: std::marker::PhantomData<fn() -> O>,
}

impl<I, O, F> LedgerCall for TypedLedgerCall<I, O, F>
where
    I: Send + Sync,
    O: Serialize,
    F: for<'a> Fn(&'a Server, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>> + Send + Sync,
{
    fn run<'a>(&'a self, server: &'a Server, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>> {
        let answer = (self.function)(server, cx, &self.input);
        Box::pin(async move { encode(&answer.await?) })
    }
}

fn encode(value: &impl Serialize) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| Failure::Store(error.into()))
}

fn transaction<I, O, F>(token: fn(&I) -> Option<&str>, function: F) -> Decode<dyn Call>
where
    I: Shape + Serialize + Send + Sync + 'static,
    O: Serialize + 'static,
    F: for<'a> Fn(&'a mut Tx, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>>
        + Send
        + Sync
        + Copy
        + 'static,
{
    Box::new(move |object| {
        let input = decode::<I>(object)?;
        Ok(Box::new(TypedCall { input, token, function, _output: std::marker::PhantomData }))
    })
}

/// A table line for an operation that only reads.
pub fn read<I, O, F>(name: &'static str, errors: &'static [&'static str], run: F) -> Operation
where
    I: Shape + Serialize + Send + Sync + 'static,
    O: Shape + Serialize + 'static,
    F: for<'a> Fn(&'a mut Tx, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>>
        + Send
        + Sync
        + Copy
        + 'static,
{
    let kind = Kind::Read(transaction(|_| None, run));
    Operation::new::<I, O>(name, errors, kind)
}

/// A table line for an operation that writes. `token` gives its client token, if it has one.
pub fn write<I, O, F>(
    name: &'static str,
    errors: &'static [&'static str],
    token: fn(&I) -> Option<&str>,
    run: F,
) -> Operation
where
    I: Shape + Serialize + Send + Sync + 'static,
    O: Shape + Serialize + 'static,
    F: for<'a> Fn(&'a mut Tx, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>>
        + Send
        + Sync
        + Copy
        + 'static,
{
    let kind = Kind::Write(transaction(token, run));
    Operation::new::<I, O>(name, errors, kind)
}

/// A table line for an operation of the ledger.
pub fn ledger<I, O, F>(name: &'static str, errors: &'static [&'static str], run: F) -> Operation
where
    I: Shape + Send + Sync + 'static,
    O: Shape + Serialize + 'static,
    F: for<'a> Fn(&'a Server, &'a Cx, &'a I) -> BoxFuture<'a, Outcome<O>>
        + Send
        + Sync
        + Copy
        + 'static,
{
    let kind = Kind::Ledger(Box::new(move |object| {
        let input = decode::<I>(object)?;
        Ok(Box::new(TypedLedgerCall { input, function: run, _output: std::marker::PhantomData }))
    }));
    Operation::new::<I, O>(name, errors, kind)
}

/// A table line for an operation that needs neither database nor ledger.
pub fn bare<I, O>(
    name: &'static str,
    errors: &'static [&'static str],
    run: fn(&Cx, &I) -> Outcome<O>,
) -> Operation
where
    I: Shape + Send + Sync + 'static,
    O: Shape + Serialize + 'static,
{
    let kind = Kind::Bare(Box::new(move |object| {
        Ok(Box::new(TypedBareCall { input: decode::<I>(object)?, function: run }))
    }));
    Operation::new::<I, O>(name, errors, kind)
}

/// A fault of a service with status 400.
pub fn client_fault(code: &'static str, message: impl Into<String>) -> Fault {
    Fault::new(code, StatusCode::BAD_REQUEST, message)
}
