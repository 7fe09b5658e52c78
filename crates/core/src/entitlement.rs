//! Entitlements: what a license allows, by name and unit (reference 2.2).

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Counted entitlements a license may have (D5).
pub const COUNTED_MAX: usize = 25;
/// Uncounted entitlements a license may have (D5).
pub const UNCOUNTED_MAX: usize = 25;
/// Counted entitlements one check-out may name (C20).
pub const COUNTED_PER_CHECKOUT_MAX: usize = 5;

/// Declares [`Unit`] with the wire names of the model.
macro_rules! units {
    ($($name:ident = $wire:literal),+ $(,)?) => {
        /// Unit of an entitlement: the 27 of the model (reference 2.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each unit is its own documentation")]
        pub enum Unit { $(#[serde(rename = $wire)] $name),+ }

        impl Unit {
            /// Every unit, in the model's order.
            pub const ALL: &'static [Unit] = &[$(Unit::$name),+];

            /// The wire name.
            pub fn as_str(self) -> &'static str {
                match self { $(Unit::$name => $wire),+ }
            }
        }
    };
}

units! {
    Count = "Count", None = "None", Seconds = "Seconds", Microseconds = "Microseconds",
    Milliseconds = "Milliseconds", Bytes = "Bytes", Kilobytes = "Kilobytes",
    Megabytes = "Megabytes", Gigabytes = "Gigabytes", Terabytes = "Terabytes", Bits = "Bits",
    Kilobits = "Kilobits", Megabits = "Megabits", Gigabits = "Gigabits", Terabits = "Terabits",
    Percent = "Percent", BytesPerSecond = "Bytes/Second", KilobytesPerSecond = "Kilobytes/Second",
    MegabytesPerSecond = "Megabytes/Second", GigabytesPerSecond = "Gigabytes/Second",
    TerabytesPerSecond = "Terabytes/Second", BitsPerSecond = "Bits/Second",
    KilobitsPerSecond = "Kilobits/Second", MegabitsPerSecond = "Megabits/Second",
    GigabitsPerSecond = "Gigabits/Second", TerabitsPerSecond = "Terabits/Second",
    CountPerSecond = "Count/Second",
}

/// One entitlement of a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Name, unique within the license (D3).
    pub name: String,
    /// Unit; `None` makes it uncounted (D1).
    pub unit: Unit,
    /// Units to be had; only, and always, on a counted entitlement (D2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_count: Option<u64>,
    /// Free text such as `Enabled`; only on an uncounted entitlement (D2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// Whether more than `max_count` may be taken (C21).
    pub overage: bool,
    /// Whether a check-out may be returned before it expires (C62).
    pub allow_check_in: bool,
}

impl Entitlement {
    /// Whether units are counted: every unit but `None` (D1).
    pub fn is_counted(&self) -> bool {
        self.unit != Unit::None
    }
}

/// Checks the entitlements of a license: D1–D5.
///
/// # Errors
/// A value refusal that names the member and the limit.
pub fn check(entitlements: &[Entitlement]) -> Result<(), Refusal> {
    let counted = entitlements.iter().filter(|entitlement| entitlement.is_counted()).count();
    if counted > COUNTED_MAX || entitlements.len() - counted > UNCOUNTED_MAX {
        let text = "Entitlements: a license may have at most 25 counted and 25 uncounted (Unit \
                    None) entitlements.";
        return Err(Refusal::value("D5", text));
    }
    for (index, entitlement) in entitlements.iter().enumerate() {
        let fault = match (entitlement.is_counted(), entitlement.max_count, &entitlement.value) {
            (true, None, _) => "MaxCount is required unless Unit is None",
            (true, _, Some(_)) => "Value is for Unit None; use MaxCount for a counted entitlement",
            (false, Some(_), _) => "MaxCount is not for Unit None; leave it out",
            _ => continue,
        };
        return Err(Refusal::value("D2", format!("Entitlements[{index}]: {fault}.")));
    }
    let mut names: Vec<&str> = entitlements.iter().map(|each| each.name.as_str()).collect();
    names.sort_unstable();
    if let Some(name) = names.windows(2).find(|pair| pair.first() == pair.last()) {
        let name = name.first().copied().unwrap_or_default();
        return Err(Refusal::value("D3", format!("Entitlements: the name '{name}' stands twice.")));
    }
    Ok(())
}

/// One entitlement as a check-out asks for it, checked (C19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Name, to be found in the license.
    pub name: String,
    /// Unit, which must be the license's.
    pub unit: Unit,
    /// Units asked for; 1 for Unit None, which counts holders (U3).
    pub units: u64,
}

/// Checks what a check-out asks for: C18, C19, C20, in the order of the request.
///
/// # Errors
/// A value refusal that names the member and the limit.
pub fn check_asked(
    entitlements: impl Iterator<Item = (String, Unit, Option<String>)>,
) -> Result<Vec<Asked>, Refusal> {
    let mut asked: Vec<Asked> = Vec::new();
    for (index, (name, unit, value)) in entitlements.enumerate() {
        if asked.iter().any(|other| other.name == name) {
            let text = format!("Entitlements[{index}]: the name '{name}' stands twice.");
            return Err(Refusal::value("C18", text));
        }
        let units = if unit == Unit::None { 1 } else { parse_units(index, value.as_deref())? };
        asked.push(Asked { name, unit, units });
    }
    if asked.iter().filter(|each| each.unit != Unit::None).count() > COUNTED_PER_CHECKOUT_MAX {
        let text = "Entitlements: a check-out may name at most 5 counted entitlements.";
        return Err(Refusal::value("C20", text));
    }
    Ok(asked)
}

/// The quantity of a counted entitlement: a decimal integer from 1 to 2^63 − 1 (C19).
fn parse_units(index: usize, value: Option<&str>) -> Result<u64, Refusal> {
    let digits = value.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|text| text.parse::<i64>().ok()) {
        Some(units) if units > 0 => Ok(units.unsigned_abs()),
        _ => Err(Refusal::value(
            "C19",
            format!(
                "Entitlements[{index}].Value must be a whole number from 1 to {} when Unit is not \
                 None.",
                i64::MAX
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &str, max_count: u64) -> Entitlement {
        Entitlement {
            name: name.to_owned(),
            unit: Unit::Count,
            max_count: Some(max_count),
            value: None,
            overage: false,
            allow_check_in: true,
        }
    }

    fn feature(name: &str) -> Entitlement {
        Entitlement { unit: Unit::None, max_count: None, ..counted(name, 0) }
    }

    #[test]
    fn license_entitlements_are_checked() {
        let check = |entitlements: &[Entitlement], expect: Option<&str>| {
            assert_eq!(check(entitlements).err().map(|no| no.rule).as_deref(), expect);
        };
        check(&[counted("Users", 0), feature("Tier")], None);
        check(&[Entitlement { max_count: None, ..counted("Users", 0) }], Some("D2"));
        check(&[Entitlement { value: Some("1".into()), ..counted("Users", 1) }], Some("D2"));
        check(&[Entitlement { max_count: Some(1), ..feature("Tier") }], Some("D2"));
        check(&[Entitlement { value: Some("Enabled".into()), ..feature("Tier") }], None);
        check(&[counted("Users", 1), feature("Users")], Some("D3"));
        let many: Vec<_> = (0..26).map(|index| counted(&index.to_string(), 1)).collect();
        check(&many, Some("D5"));
        check(many.get(..25).unwrap(), None);
        let many: Vec<_> = (0..26).map(|index| feature(&index.to_string())).collect();
        check(&many, Some("D5"));
    }

    #[test]
    fn asked_quantities_are_checked() {
        let check = |asked: &[(&str, Unit, Option<&str>)], expect: Option<&str>| {
            let asked = asked
                .iter()
                .map(|(name, unit, value)| ((*name).to_owned(), *unit, value.map(str::to_owned)));
            assert_eq!(check_asked(asked).err().map(|no| no.rule).as_deref(), expect);
        };
        check(&[("Users", Unit::Count, Some("1"))], None);
        check(&[("Users", Unit::Count, Some("9223372036854775807"))], None);
        for bad in ["0", "-1", "+1", "1.5", "", " 1", "ten", "9223372036854775808"] {
            check(&[("Users", Unit::Count, Some(bad))], Some("C19"));
        }
        check(&[("Users", Unit::Count, None)], Some("C19"));
        check(&[("Tier", Unit::None, None), ("Other", Unit::None, Some("x"))], None);
        check(&[("Tier", Unit::None, None), ("Tier", Unit::Count, Some("1"))], Some("C18"));
        let names = ["a", "b", "c", "d", "e", "f"];
        let many: Vec<_> = names.iter().map(|name| (*name, Unit::Bits, Some("1"))).collect();
        check(&many, Some("C20"));
        check(many.get(..5).unwrap(), None);
    }

    #[test]
    fn there_are_27_units() {
        assert_eq!(Unit::ALL.len(), 27);
    }
}
