//! Pages: each list is in the order of its names, and a marker is the last name of the page before.

use leasehold_store::organization::Page;

use super::shapes::Marker;
use crate::shape::MarkerPageSize;

/// Elements of a page where the request does not say.
const SIZE_DEFAULT: usize = 100;

/// Which page is asked for.
pub struct Paging<'a> {
    after: &'a str,
    size: usize,
}

/// The end of a page: whether more remain, and the marker of the next page.
pub type End = (Option<bool>, Option<String>);

impl<'a> Paging<'a> {
    /// Reads what a request says.
    pub fn read(marker: Option<&'a Marker>, size: Option<MarkerPageSize>) -> Self {
        let after = marker.map_or("", |marker| marker);
        let size = size.and_then(|size| usize::try_from(size.0).ok()).unwrap_or(SIZE_DEFAULT);
        Self { after, size }
    }

    /// What to ask the store for: one more than the page has, to see whether more remain.
    pub fn page(&self) -> Page<'a> {
        let limit = i64::try_from(self.size).unwrap_or(i64::MAX).saturating_add(1);
        Page { after: self.after, limit }
    }

    /// The page out of what the store gave.
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, End) {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        let marker = rows.last().filter(|_| has_more).map(key);
        (rows, (Some(has_more), marker))
    }

    /// The page out of a whole list, which is short: the marker counts.
    pub fn cut_counted<T>(&self, mut all: Vec<T>) -> (Vec<T>, End) {
        let skipped = self.after.parse().unwrap_or(0).min(all.len());
        let mut page = all.split_off(skipped);
        let has_more = page.len() > self.size;
        page.truncate(self.size);
        let marker = has_more.then(|| (skipped + self.size).to_string());
        (page, (Some(has_more), marker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let paging = Paging::read(None, Some(MarkerPageSize(2)));
        assert_eq!(paging.page().limit, 3);
        let (first, (more, marker)) = paging.cut(all(), String::clone);
        assert_eq!((first.len(), more, marker.as_deref()), (2, Some(true), Some("b")));
        let (first, (more, marker)) = paging.cut_counted(all());
        assert_eq!((first.len(), more, marker.as_deref()), (2, Some(true), Some("2")));
        for bad in ["x", "9", "-1"] {
            let marker = bad.into();
            let (page, _) = Paging::read(Some(&marker), None).cut_counted(all());
            assert!(page.len() == 3 || page.is_empty(), "{bad}");
        }
        let marker = marker.unwrap().into();
        let (second, end) = Paging::read(Some(&marker), None).cut_counted(all());
        assert_eq!((second, end), (vec!["c".to_owned()], (Some(false), None)));
    }
}
