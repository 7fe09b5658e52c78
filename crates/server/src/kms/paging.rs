//! Pages: each list is in the order of its ids or names, and a marker is the last of the page
//! before, in hexadecimal because names may have letters that a marker may not.

use leasehold_core::key::Cause;

use super::shapes::Marker;
use crate::shape::LargePageSize;

/// Which page is asked for.
pub struct Paging {
    /// After this one.
    pub after: String,
    size: usize,
}

impl Paging {
    /// Reads what a request says; `size_default` is for one that does not say.
    ///
    /// # Errors
    /// For a marker that is none.
    pub fn read(
        marker: Option<&Marker>,
        size: Option<LargePageSize>,
        size_default: usize,
    ) -> Result<Self, Cause> {
        let text = |marker: &Marker| String::from_utf8(hex::decode(&**marker).ok()?).ok();
        let after = match marker {
            None => String::new(),
            Some(marker) => text(marker).ok_or(Cause::WrongMarker)?,
        };
        let size = size.and_then(|size| usize::try_from(size.0).ok()).unwrap_or(size_default);
        Ok(Self { after, size })
    }

    /// What to ask the store for: one more than the page has, to see whether more remain.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Cuts what the store gave to the page; the marker of the next one, if there is one.
    pub fn cut<T>(&self, rows: &mut Vec<T>, name: fn(&T) -> &str) -> Option<Marker> {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        rows.last().filter(|_| has_more).map(|last| hex::encode(name(last)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let size = Some(LargePageSize(2));
        let first = Paging::read(None, size, 100).unwrap();
        let mut rows = vec!["a".to_owned(), "é".to_owned(), "z".to_owned()];
        assert_eq!((first.after.as_str(), first.limit()), ("", 3));
        let marker = first.cut(&mut rows, |row| row).unwrap();
        assert_eq!(rows, ["a", "é"]);
        let second = Paging::read(Some(&marker), size, 100).unwrap();
        assert_eq!(second.after, "é");
        assert_eq!(second.cut(&mut vec!["z".to_owned()], |row| row), None);
        for bad in ["x", "1", "ff"] {
            assert!(Paging::read(Some(&bad.into()), None, 100).is_err(), "{bad}");
        }
    }
}
