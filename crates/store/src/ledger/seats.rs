//! Who sits where, in the licenses that give a node its seat back.

use hashbrown::HashMap;

use leasehold_core::state::{Consumption, SeatKey};

/// Seats that may be there before those that are over are looked for.
const SEATS_BEFORE_PRUNING: usize = 10_000;

/// The last check-out on each seat, by license.
#[derive(Default)]
pub struct Seats {
    /// Row of the check-out, and when it ends.
    taken: HashMap<(i64, SeatKey), (i64, i64)>,
    /// How many there may be before the next pruning.
    pruned_at: usize,
}

impl Seats {
    /// Notes a check-out that was made or changed, if it sits on a seat.
    pub fn note(&mut self, consumption: &Consumption, now_ms: i64) {
        let Some(seat) = consumption.seat else { return };
        let key = (consumption.license, seat);
        let (seq, until_ms) = (consumption.token.seq, consumption.expiration_ms());
        if consumption.is_holding(now_ms) {
            self.insert(key, seq, until_ms, now_ms);
        } else if self.taken.get(&key).is_some_and(|(last, _)| *last == seq) {
            self.taken.remove(&key);
        }
    }

    /// Notes that a check-out sits on a seat until an instant.
    pub fn insert(&mut self, key: (i64, SeatKey), seq: i64, until_ms: i64, now_ms: i64) {
        self.taken.insert(key, (seq, until_ms));
        // Nodes come and go, and nobody checks in what has expired.
        if self.taken.len() > self.pruned_at.max(SEATS_BEFORE_PRUNING) {
            self.taken.retain(|_, (_, until_ms)| *until_ms > now_ms);
            self.pruned_at = self.taken.len() * 2;
        }
    }

    /// The row of the last check-out on a seat. The caller judges whether it is over.
    pub fn find(&self, license: i64, seat: SeatKey) -> Option<i64> {
        self.taken.get(&(license, seat)).map(|(seq, _)| *seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_is_forgotten_when_there_is_much() {
        let mut seats = Seats::default();
        for number in 0..SEATS_BEFORE_PRUNING {
            let seat = u128::try_from(number).unwrap().to_be_bytes();
            seats.insert((1, seat), 1, 10, 0);
        }
        assert_eq!(seats.find(1, [0; 16]), Some(1));
        seats.insert((2, [0; 16]), 2, 20, 10);
        assert_eq!((seats.find(1, [0; 16]), seats.find(2, [0; 16])), (None, Some(2)));
    }
}
