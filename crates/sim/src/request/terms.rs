//! What a license says.

use serde_json::{Value, json};

use crate::world::SIGN_KEY;

/// A moment as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The instant, milliseconds.
    pub at_ms: i64,
    /// Its text, echoed unchanged (W32).
    pub text: String,
}

/// One entitlement of a license.
#[derive(Clone, Debug, PartialEq)]
pub struct Entitlement {
    /// Name.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// For every unit but None.
    pub max_count: Option<i64>,
    /// For Unit None.
    pub value: Option<&'static str>,
    /// Absent: false (D4).
    pub overage: Option<bool>,
    /// Absent: false (D4).
    pub allow_check_in: Option<bool>,
}

impl Entitlement {
    /// Whether units are counted (D1).
    pub fn is_counted(&self) -> bool {
        self.unit != "None"
    }
}

/// How units are lent (section 6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lending {
    /// Life of a borrow in minutes.
    pub minutes: i64,
    /// Whether it may be returned early.
    pub early: bool,
    /// License metadata `leasehold:borrow-max`: units that may be out as borrows at once.
    pub units_max: Option<&'static str>,
    /// License metadata `leasehold:borrow-days-max`: days that a borrow may last.
    pub days_max: Option<&'static str>,
}

/// What a version may change (4.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Name of the license.
    pub license_name: String,
    /// Name of the issuer.
    pub issuer: String,
    /// First instant.
    pub begin: Moment,
    /// First instant after the term.
    pub end: Option<Moment>,
    /// What it allows.
    pub entitlements: Vec<Entitlement>,
    /// Absent: None.
    pub renew: Option<&'static str>,
    /// Life of a PROVISIONAL check-out in minutes.
    pub provisional_minutes: Option<i64>,
    /// Offline check-outs.
    pub lending: Option<Lending>,
    /// Whether a key signs for it.
    pub is_signed: bool,
    /// A note of the issuer.
    pub note: Option<String>,
    /// License metadata `leasehold:grant-depth`: how many grants a chain may have.
    pub depth: Option<&'static str>,
    /// License metadata `leasehold:same-node=reuse`: a node gets its own seat back.
    pub reuses_seats: bool,
}

impl Terms {
    /// The members that CreateLicense and CreateLicenseVersion share.
    pub(super) fn members(&self) -> Value {
        let provisional =
            self.provisional_minutes.map(|minutes| json!({"MaxTimeToLiveInMinutes": minutes}));
        json!({
            "LicenseName": self.license_name,
            "ProductName": "Product",
            "Issuer": {"Name": self.issuer, "SignKey": self.is_signed.then_some(SIGN_KEY)},
            "Validity": {
                "Begin": self.begin.text,
                "End": self.end.as_ref().map(|end| end.text.as_str()),
            },
            "Entitlements": self.entitlements.iter().map(Entitlement::members).collect::<Vec<_>>(),
            "ConsumptionConfiguration": {
                "RenewType": self.renew,
                "ProvisionalConfiguration": provisional,
                "BorrowConfiguration": self.lending.map(Lending::members),
            },
            "LicenseMetadata": self.metadata(),
        })
    }

    /// What is written beside the terms; `None` if nothing is.
    pub fn metadata(&self) -> Option<Value> {
        let reuse = self.reuses_seats.then_some("reuse");
        let all = [
            ("note", self.note.as_deref()),
            ("leasehold:grant-depth", self.depth),
            ("leasehold:same-node", reuse),
            ("leasehold:borrow-max", self.lending.and_then(|it| it.units_max)),
            ("leasehold:borrow-days-max", self.lending.and_then(|it| it.days_max)),
        ];
        let present = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let list: Vec<_> =
            present.map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        (!list.is_empty()).then(|| list.into())
    }
}

impl Lending {
    /// The configuration as the wire has it.
    pub fn members(self) -> Value {
        json!({"MaxTimeToLiveInMinutes": self.minutes, "AllowEarlyCheckIn": self.early})
    }
}

impl Entitlement {
    fn members(&self) -> Value {
        json!({
            "Name": self.name, "Unit": self.unit, "MaxCount": self.max_count, "Value": self.value,
            "Overage": self.overage, "AllowCheckIn": self.allow_check_in,
        })
    }
}
