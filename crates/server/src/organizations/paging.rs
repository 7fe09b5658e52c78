//! Pages: each list is in the order of its ids, and a token is the last id of the page before.

use leasehold_core::organization::Cause;
use leasehold_store::organization::Page;

use super::shapes::NextToken;
use crate::shape::SmallPageSize;

/// Elements of a page where the request does not say.
const SIZE_DEFAULT: usize = 20;

/// Which page is asked for.
pub struct Paging<'a> {
    after: &'a str,
    size: usize,
}

impl<'a> Paging<'a> {
    /// Reads what a request says.
    ///
    /// # Errors
    /// For a token that is none.
    pub fn read(token: Option<&'a NextToken>, size: Option<SmallPageSize>) -> Result<Self, Cause> {
        let after = token.map_or("", |token| token);
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if token.is_some() && (after.is_empty() || !after.bytes().all(is_id)) {
            return Err(Cause::WrongNextToken);
        }
        let size = size.and_then(|size| usize::try_from(size.0).ok()).unwrap_or(SIZE_DEFAULT);
        Ok(Self { after, size })
    }

    /// What to ask the store for: one more than the page has, to see whether more remain.
    pub fn page(&self) -> Page<'a> {
        let limit = i64::try_from(self.size).unwrap_or(i64::MAX).saturating_add(1);
        Page { after: self.after, limit }
    }

    /// The page out of what the store gave, and the token of the next one.
    pub fn cut<T>(&self, mut rows: Vec<T>, id: fn(&T) -> &str) -> (Vec<T>, Option<NextToken>) {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        let token = rows.last().filter(|_| has_more).map(|last| id(last).into());
        (rows, token)
    }

    /// The page out of a whole list.
    pub fn cut_whole<T>(&self, mut all: Vec<T>, id: fn(&T) -> &str) -> (Vec<T>, Option<NextToken>) {
        all.sort_by(|one, other| id(one).cmp(id(other)));
        all.retain(|each| id(each) > self.after);
        self.cut(all, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all = || ["b", "a", "c"].map(str::to_owned).to_vec();
        let mut token = None;
        let mut found = Vec::new();
        for _ in 0..2 {
            let paging = Paging::read(token.as_ref(), Some(SmallPageSize(2))).unwrap();
            let (page, next) = paging.cut_whole(all(), |each| each);
            found.extend(page);
            token = next;
        }
        assert_eq!((found, token), (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], None));
    }

    #[test]
    fn a_token_is_an_id() {
        for bad in ["", "a b", "é", "'"] {
            assert!(Paging::read(Some(&bad.into()), None).is_err(), "{bad}");
        }
        assert!(Paging::read(Some(&"ou-abcd-12345678".into()), None).is_ok());
    }
}
