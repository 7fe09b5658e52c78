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

use crate::operation::Operation;

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
    .collect()
}
