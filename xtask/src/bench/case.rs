//! The cases that are measured in turn, round by round.

use std::fmt;

use super::site::Work;

/// The numbers of licenses in the cases with many.
pub const LICENSES_MANY: u32 = 10_000;
/// Grants in the case of a license with many.
pub const GRANTS_MANY: u32 = 2_000;
/// Managed policies of the account in the case of an IAM user, who has ten of them.
pub const POLICIES_MANY: u32 = 1_000;
/// Clients of the home-made seat table.
pub const NAIVE_CLIENTS: usize = 64;

/// What stands under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The server with its embedded database.
    Sqlite,
    /// The server with PostgreSQL.
    Postgres,
    /// The home-made seat table in PostgreSQL.
    Naive,
    /// No server: the library that signs, on every core.
    Signing,
}

/// What the load does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The signed no-op, on the server of the case with one license.
    NoOp,
    /// Check-outs of one hot license.
    One,
    /// Check-outs spread over many licenses.
    Many,
    /// Check-outs of one hot license through its only grant.
    Granted,
    /// The same, of a license with many grants, through some of them in turn.
    GrantedMany,
    /// Check-outs of one hot license by a user with policies, instead of the account's root.
    User,
    /// The same by a session of a role with these policies.
    Session,
    /// Borrows of one hot license, whose tokens an RSA-2048 key signs.
    Borrow,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// What stands under load.
    pub subject: Subject,
    /// What the load does.
    pub kind: Kind,
    /// How many connections, or clients, ask at once.
    pub connections: usize,
}

impl Case {
    /// The case with these values.
    pub const fn new(subject: Subject, kind: Kind, connections: usize) -> Self {
        Self { subject, kind, connections }
    }

    /// The no-op of the same server at the same number of connections; none for the no-op itself.
    pub fn no_op(self) -> Option<Self> {
        let is_ours = matches!(self.subject, Subject::Sqlite | Subject::Postgres);
        let is_checkout = is_ours && self.kind != Kind::NoOp;
        is_checkout.then_some(Self { kind: Kind::NoOp, ..self })
    }

    /// The seat table's case with as many licenses; none for what is no check-out of ours.
    pub fn naive(self) -> Option<Self> {
        let kind = if self.kind == Kind::Many { Kind::Many } else { Kind::One };
        let is_comparable = self.kind != Kind::Borrow;
        let naive = Self::new(Subject::Naive, kind, NAIVE_CLIENTS);
        self.no_op().filter(|_| is_comparable).map(|_| naive)
    }

    /// The bare signatures that borrows are compared with, on as many threads as there are cores.
    pub fn signing() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(Subject::Signing, Kind::Borrow, cores)
    }

    /// Grants of the license in the case.
    pub fn grants(self) -> u32 {
        match self.kind {
            Kind::NoOp | Kind::One | Kind::Many | Kind::User | Kind::Session | Kind::Borrow => 0,
            Kind::Granted => 1,
            Kind::GrantedMany => GRANTS_MANY,
        }
    }

    /// Managed policies of the account where one of its users or roles checks out; none where its
    /// root does.
    pub fn policies(self) -> Option<u32> {
        matches!(self.kind, Kind::User | Kind::Session).then_some(POLICIES_MANY)
    }

    /// Licenses, or pools, in the case.
    pub fn licenses(self) -> u32 {
        if self.kind == Kind::Many { LICENSES_MANY } else { 1 }
    }

    /// Whether it needs PostgreSQL.
    pub fn needs_database(self) -> bool {
        matches!(self.subject, Subject::Postgres | Subject::Naive)
    }

    /// What the server is asked.
    pub fn work(self) -> Work {
        match self.kind {
            Kind::NoOp => Work::NoOp,
            Kind::Borrow => Work::Borrow,
            _ => Work::CheckOut,
        }
    }
}

impl fmt::Display for Case {
    /// A name to select by, for example `sqlite-one-64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.subject {
            Subject::Sqlite => "sqlite",
            Subject::Postgres => "postgres",
            Subject::Naive => "naive",
            Subject::Signing => "signing",
        };
        let kind = match self.kind {
            Kind::NoOp => "noop",
            Kind::One => "one",
            Kind::Many => "many",
            Kind::Granted => "granted",
            Kind::GrantedMany => "granted2000",
            Kind::User => "user",
            Kind::Session => "session",
            Kind::Borrow => "borrow",
        };
        write!(f, "{subject}-{kind}-{}", self.connections)
    }
}

/// All cases, in the order of a round: what is divided stands beside what it is divided by.
pub fn all() -> Vec<Case> {
    use Kind::{Borrow, Granted, GrantedMany, Many, NoOp, One, Session, User};
    use Subject::{Naive, Postgres, Sqlite};
    let mut cases = Vec::new();
    for connections in [1, 16, 64, 256] {
        cases.push(Case::new(Sqlite, NoOp, connections));
        cases.push(Case::new(Sqlite, One, connections));
        if connections >= 64 {
            cases.push(Case::new(Sqlite, Many, connections));
        }
        if connections == 64 {
            cases.push(Case::new(Sqlite, User, connections));
            cases.push(Case::new(Sqlite, Session, connections));
            cases.push(Case::new(Sqlite, Granted, connections));
            cases.push(Case::new(Sqlite, GrantedMany, connections));
            cases.push(Case::signing());
            cases.push(Case::new(Sqlite, Borrow, connections));
        }
    }
    for connections in [64, 256] {
        cases.push(Case::new(Postgres, NoOp, connections));
        cases.push(Case::new(Postgres, One, connections));
        cases.push(Case::new(Postgres, Many, connections));
    }
    cases.push(Case::new(Postgres, Granted, 64));
    cases.push(Case::new(Postgres, GrantedMany, 64));
    cases.push(Case::new(Naive, One, NAIVE_CLIENTS));
    cases.push(Case::new(Naive, Many, NAIVE_CLIENTS));
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_is_itself_a_case() {
        let cases = all();
        for case in &cases {
            assert!(case.no_op().is_none_or(|no_op| cases.contains(&no_op)), "{case}");
            assert!(case.naive().is_none_or(|naive| cases.contains(&naive)), "{case}");
        }
    }

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<String> = all().iter().map(Case::to_string).collect();
        assert_eq!(names.len(), all().len());
    }
}
