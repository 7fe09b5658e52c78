//! Histories that concurrent clients recorded, against the sequential specification of a pool: is
//! there an order of all that was asked, true to time, in which one after the other would have got
//! the same answers? Such a history is linearizable.

use std::fmt;

use serde::Deserialize;
use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester, SequentialSpec};

/// What a client asks of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// So many units.
    CheckOut(u64),
    /// To give so many back, which it holds.
    CheckIn(u64),
    /// How many are out.
    Usage,
}

/// What it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done,
    /// There is not enough.
    Refused,
    /// So many are out.
    Out(u64),
}

/// A pool as one client alone would find it (C11, C66, U2).
#[derive(Debug, Clone)]
struct Pool {
    limit: u64,
    out: u64,
}

impl SequentialSpec for Pool {
    type Op = Ask;
    type Ret = Answer;

    fn invoke(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::CheckOut(units) if self.out.saturating_add(*units) > self.limit => {
                return Answer::Refused;
            }
            Ask::CheckOut(units) => self.out += units,
            Ask::CheckIn(units) => self.out = self.out.saturating_sub(*units),
            Ask::Usage => return Answer::Out(self.out),
        }
        Answer::Done
    }
}

/// What happened at one moment.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Event {
    client: u64,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Asks(Ask),
    Gets(Answer),
}

/// A history of one pool, which was full at its beginning; events are in the order of time.
#[derive(Debug, Clone, Deserialize)]
pub struct History {
    name: String,
    limit: u64,
    events: Vec<Event>,
}

/// What a history holds when it is linearizable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Questions.
    pub asked: usize,
    /// The most that were waiting for their answers at the same time.
    pub at_once_max: usize,
}

/// A stretch of a history that no order explains, or that is no history.
#[derive(Debug, Clone)]
pub struct NotLinearizable {
    name: String,
    why: String,
    stretch: Vec<Event>,
}

impl fmt::Display for NotLinearizable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} is NOT linearizable: {}", self.name, self.why)?;
        self.stretch.iter().try_for_each(|Event { client, what }| {
            writeln!(formatter, "  client {client} {what:?}")
        })
    }
}

impl History {
    /// Its name, for reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks for an order that explains all answers.
    ///
    /// Whenever nobody waits for an answer, what is out follows from the answers so far, whatever
    /// their order. So each stretch between such moments is judged alone, and the search, which
    /// tries all orders in the worst case, stays short.
    ///
    /// # Errors
    /// The first stretch without such an order.
    pub fn check(&self) -> Result<Shown, Box<NotLinearizable>> {
        let mut shown = Shown::default();
        let mut pool = Pool { limit: self.limit, out: 0 };
        let mut tester = LinearizabilityTester::new(pool.clone());
        let (mut stretch, mut waiting) = (Vec::new(), Vec::new());
        for event in &self.events {
            stretch.push(*event);
            let noted = match event.what {
                What::Asks(ask) => {
                    waiting.push((event.client, ask));
                    shown.asked += 1;
                    shown.at_once_max = shown.at_once_max.max(waiting.len());
                    tester.on_invoke(event.client, ask).map(|_| ())
                }
                What::Gets(answer) => {
                    let place = waiting.iter().position(|(client, _)| *client == event.client);
                    if let Some((_, ask)) = place.map(|place| waiting.swap_remove(place)) {
                        pool.out = out_after(pool.out, ask, answer);
                    }
                    tester.on_return(event.client, answer).map(|_| ())
                }
            };
            noted.map_err(|why| self.fault(why, &stretch))?;
            if waiting.is_empty() {
                self.judge(&tester, &stretch)?;
                tester = LinearizabilityTester::new(pool.clone());
                stretch.clear();
            }
        }
        self.judge(&tester, &stretch)?;
        Ok(shown)
    }

    fn judge(
        &self,
        tester: &LinearizabilityTester<u64, Pool>,
        stretch: &[Event],
    ) -> Result<(), Box<NotLinearizable>> {
        if tester.is_consistent() {
            return Ok(());
        }
        Err(self.fault("no order explains these answers".to_owned(), stretch))
    }

    fn fault(&self, why: String, stretch: &[Event]) -> Box<NotLinearizable> {
        let (name, stretch) = (self.name.clone(), stretch.to_owned());
        Box::new(NotLinearizable { name, why, stretch })
    }
}

/// What is out when such a question got such an answer.
fn out_after(out: u64, ask: Ask, answer: Answer) -> u64 {
    match (ask, answer) {
        (Ask::CheckOut(units), Answer::Done) => out.saturating_add(units),
        (Ask::CheckIn(units), Answer::Done) => out.saturating_sub(units),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{Done, Out, Refused};
    use super::Ask::{CheckIn, CheckOut, Usage};
    use super::What::{Asks, Gets};
    use super::*;

    fn check(events: &[(u64, What)], expect: bool) {
        let events = events.iter().map(|(client, what)| Event { client: *client, what: *what });
        let history = History { name: "this".to_owned(), limit: 10, events: events.collect() };
        let found = history.check();
        assert_eq!(found.is_ok(), expect, "{found:?}");
    }

    #[test]
    fn one_after_the_other_as_specified() {
        let plain = [
            (CheckOut(6), Done),
            (CheckOut(5), Refused),
            (CheckOut(4), Done),
            (Usage, Out(10)),
            (CheckIn(6), Done),
            (Usage, Out(4)),
        ];
        let events = plain.map(|(ask, answer)| [(1, Asks(ask)), (1, Gets(answer))]).concat();
        check(&events, true);
        check(&[&events[..], &[(1, Asks(Usage)), (1, Gets(Out(5)))]].concat(), false);
        check(&[&events[..], &[(1, Asks(CheckOut(6))), (1, Gets(Refused))]].concat(), false);
        check(&[&events[..], &[(1, Asks(CheckOut(7))), (1, Gets(Done))]].concat(), false);
    }

    #[test]
    fn of_two_at_once_either_may_be_first_but_not_both() {
        let both = |one, two| {
            [(1, Asks(CheckOut(6))), (2, Asks(CheckOut(6))), (2, Gets(two)), (1, Gets(one))]
        };
        check(&both(Done, Refused), true);
        check(&both(Refused, Done), true);
        check(&both(Done, Done), false);
        check(&both(Refused, Refused), false);
    }

    #[test]
    fn time_is_kept() {
        let old = [(1, Asks(CheckOut(6))), (1, Gets(Done)), (2, Asks(Usage)), (2, Gets(Out(0)))];
        check(&old, false);
        let [ask, get, ask_usage, get_usage] = old;
        check(&[ask, ask_usage, get_usage, get], true);
        // Somebody else, who waits all the time, changes nothing about it.
        check(&[&[(3, Asks(CheckIn(0)))], &old[..]].concat(), false);
    }

    #[test]
    fn what_was_never_answered_may_have_happened_or_not() {
        for out in [0, 6] {
            check(&[(1, Asks(CheckOut(6))), (2, Asks(Usage)), (2, Gets(Out(out)))], true);
        }
        check(&[(1, Asks(CheckOut(6))), (2, Asks(Usage)), (2, Gets(Out(3)))], false);
    }

    #[test]
    fn what_is_no_history_is_refused() {
        check(&[(1, Gets(Done))], false);
        check(&[(1, Asks(Usage)), (1, Asks(Usage))], false);
    }
}
