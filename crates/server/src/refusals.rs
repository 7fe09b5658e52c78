//! The refusal record: why requests were refused lately, for whoever runs the server.
//!
//! The wire shows one opaque exception (C5); here stands the rule, what was asked, what was free
//! and when units next come back.

use std::collections::VecDeque;
use std::sync::Mutex;

use leasehold_core::{Refusal, time};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;

/// Refusals kept.
const ENTRIES_MAX: usize = 1_000;

/// One refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: String,
    /// Id of the request.
    pub request_id: String,
    /// Operation that was called.
    pub operation: String,
    /// Principal that called.
    pub principal: String,
    /// Why.
    pub refusal: Refusal,
}

/// The last refusals, a thousand of them.
#[derive(Debug, Default)]
pub struct RefusalRecord {
    entries: Mutex<VecDeque<Entry>>,
}

impl RefusalRecord {
    /// Writes a refusal to the record and to the log.
    pub fn add(&self, cx: &Cx, operation: &str, refusal: &Refusal) {
        let first = refusal.shortfalls.first();
        tracing::info!(
            request_id = cx.request_id,
            operation,
            principal = cx.caller.principal,
            rule = refusal.rule,
            entitlement = first.map(|short| short.entitlement.as_str()),
            asked = first.map(|short| short.asked),
            free = first.map(|short| short.free),
            next_return = first.and_then(|short| short.next_return_at_ms).map(time::format_zulu),
            "refused: {}",
            refusal.message
        );
        let entry = Entry {
            at: time::format_zulu(cx.now_ms),
            request_id: cx.request_id.clone(),
            operation: operation.to_owned(),
            principal: cx.caller.principal.clone(),
            refusal: refusal.clone(),
        };
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if entries.len() >= ENTRIES_MAX {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// The last `count`, newest first.
    pub fn last(&self, count: usize) -> Vec<Entry> {
        let entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entries.iter().rev().take(count).cloned().collect()
    }
}
