//! Reading just enough of an HTTP answer: status, length, body.

use anyhow::{Context as _, Result, bail};

/// A complete answer at the start of the bytes received.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: &'a [u8],
    /// How many of the received bytes the answer takes, head included.
    pub length: usize,
}

/// An answer's head is refused beyond this length, so that garbage is not waited on for ever.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// The first answer in `bytes`; none while it is incomplete.
pub fn parse(bytes: &[u8]) -> Result<Option<Answer<'_>>> {
    let Some(head_length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        if bytes.len() > HEAD_BYTES_MAX {
            bail!("the answer's head does not end");
        }
        return Ok(None);
    };
    let head = bytes.get(..head_length).unwrap_or_default();
    let status = status(head)?;
    let body_length = content_length(head).context("the answer has no Content-Length")?;
    let body_at = head_length.saturating_add(4);
    let length = body_at.saturating_add(body_length);
    Ok(bytes.get(body_at..length).map(|body| Answer { status, body, length }))
}

fn status(head: &[u8]) -> Result<u16> {
    let digits = head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    text.and_then(|text| text.parse().ok()).context("the answer is not HTTP/1.1")
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        let value = std::str::from_utf8(value).ok()?;
        name.eq_ignore_ascii_case(NAME).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let whole = b"HTTP/1.1 200 OK\r\nDate: x\r\ncontent-LENGTH: 5\r\n\r\nhello";
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]).unwrap(), None, "{end} bytes are incomplete");
        }
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!(answer, Answer { status: 200, body: b"hello", length: whole.len() });
    }

    #[test]
    fn a_second_answer_does_not_count_to_the_first() {
        let two = b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n";
        let answer = parse(two).unwrap().unwrap();
        assert_eq!((answer.status, answer.body), (400, &b""[..]));
        assert_eq!(&two[answer.length..], b"HTTP/1.1 200 OK\r\n");
    }

    #[test]
    fn what_is_not_an_answer_is_refused() {
        assert!(parse(b"SSH-2.0-x\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(parse(&[b'x'; HEAD_BYTES_MAX + 1]).is_err());
    }
}
