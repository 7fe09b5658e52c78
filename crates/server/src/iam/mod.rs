//! AWS Identity and Access Management: who may act in an account, and what policies say (8.2). The
//! tables of operations stand with their nouns.

mod account;
mod aliases;
mod attachments;
mod documents;
mod entities;
pub mod error;
mod groups;
mod inline;
mod keys;
mod paging;
mod policies;
mod providers;
mod roles;
mod service_roles;
pub mod shapes;
mod simulation;
mod tags;
mod users;
mod versions;
mod views;

use leasehold_store::{Tx, account as account_store};

use crate::cx::Cx;
use crate::operation::{BoxFuture, Call, Kind, Operation, Outcome};

/// The operations of this service.
pub fn operations() -> Vec<Operation> {
    [
        users::operations(),
        keys::operations(),
        groups::operations(),
        roles::operations(),
        service_roles::operations(),
        policies::operations(),
        versions::operations(),
        inline::operations(),
        attachments::operations(),
        providers::operations(),
        aliases::operations(),
        account::operations(),
        simulation::operations(),
    ]
    .into_iter()
    .flatten()
    .map(counted)
    .collect()
}

/// The same; if it writes, what servers know of the account's policies is out of date from then on.
fn counted(operation: Operation) -> Operation {
    let kind = match operation.kind {
        Kind::Write(decode) => {
            Kind::Write(Box::new(move |object| Ok(Box::new(Counted(decode(object)?)))))
        }
        kind => kind,
    };
    Operation { kind, ..operation }
}

/// A call that counts on the revision of its account.
struct Counted(Box<dyn Call>);

impl Call for Counted {
    fn run<'a>(&'a self, tx: &'a mut Tx, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            let answer = self.0.run(tx, cx).await?;
            account_store::count_iam_revision(tx, &cx.caller.account).await?;
            Ok(answer)
        })
    }

    fn client_token(&self) -> Option<&str> {
        self.0.client_token()
    }

    fn fingerprint(&self) -> u64 {
        self.0.fingerprint()
    }
}
