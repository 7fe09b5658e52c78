//! Requests and their answers: sent, judged, and made part of what the model remembers.

use crate::fault::Fault;
use crate::history::Simulation;
use crate::model::{Effect, Expected, Prediction};
use crate::report::Wrong;
use crate::request::{Answer, Call, Request};
use crate::token;

/// Conflicts after which the ledger gives a batch up.
const BATCH_ATTEMPTS: u32 = 10;
/// Conflicts after which the dispatcher gives a transaction up.
const TRANSACTION_ATTEMPTS: u32 = 20;

/// Whether the requests of an exchange have to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every client has its answer.
    Answered,
    /// The server failed or crashed; what happened is not known to the clients.
    Unknown,
}

impl Simulation {
    /// Sends requests of the ledger at the same time; they are one batch, in this order.
    pub(crate) async fn send_batch(
        &mut self,
        server: usize,
        requests: &[Request],
        fault: Option<Fault>,
    ) -> Result<Ending, Wrong> {
        let control = self.world.control(server)?;
        control.set_batch(fault);
        let now_ms = self.time.now_ms();
        let answers = self.world.send(server, requests, now_ms).await?;
        control.set_batch(None);
        self.counts.operations += u64::try_from(requests.len()).unwrap_or(0);
        let is_queued =
            |request: &Request| self.model.refused_at_the_door(request, now_ms).is_none();
        let met = fault.filter(|_| requests.iter().any(is_queued));
        self.counts.faults += u64::from(met.is_some_and(|fault| !fault.is_crash()));
        let Some(answers) = answers else {
            let crash = met.filter(|fault| fault.is_crash());
            let crash = crash.ok_or_else(|| "the server crashed by itself".to_owned())?;
            self.forget(server, requests, crash).await?;
            return Ok(Ending::Unknown);
        };
        let fails = met.filter(|fault| match fault {
            Fault::Conflicts(count) => *count >= BATCH_ATTEMPTS,
            _ => true,
        });
        for (request, answer) in requests.iter().zip(&answers) {
            match fails {
                None => self.judge(request, answer)?,
                Some(fault) => self.judge_failed(request, answer, fault)?,
            }
        }
        Ok(if fails.is_some() { Ending::Unknown } else { Ending::Answered })
    }

    /// Sends a borrow, which is up to two batches: one that takes, and, when its token is signed,
    /// one that keeps. The fault is met by the first or by the second.
    pub(crate) async fn send_borrow(
        &mut self,
        server: usize,
        request: &Request,
        fault: Option<Fault>,
        is_second: bool,
    ) -> Result<Ending, Wrong> {
        let now_ms = self.time.now_ms();
        let predictions = self.model.predict(request, now_ms);
        if !is_second {
            return self.send_batch(server, std::slice::from_ref(request), fault).await;
        }
        if !predictions.iter().all(|it| it.keeps(&self.model)) {
            return self.send_batch(server, std::slice::from_ref(request), None).await;
        }
        let control = self.world.control(server)?;
        control.spare(1);
        let ending = self.send_batch(server, std::slice::from_ref(request), fault).await;
        let Call::CheckoutBorrowLicense { it, .. } = &request.call else { return ending };
        if ending == Ok(Ending::Unknown) {
            // The first batch was done in any case.
            if fault.is_some_and(Fault::is_durable) {
                self.model.keep_unseen(request.account, it);
            } else if let Some(reserved) = predictions.into_iter().next() {
                self.model.apply(request, now_ms, reserved, None);
            }
        }
        ending
    }

    /// Sends one request that is a transaction of its own.
    pub(crate) async fn send_transaction(
        &mut self,
        server: usize,
        request: &Request,
        fault: Option<Fault>,
    ) -> Result<Ending, Wrong> {
        let control = self.world.control(server)?;
        let now_ms = self.time.now_ms();
        let predictions = self.model.predict(request, now_ms);
        let commits = predictions.iter().any(Prediction::commits);
        let met = fault.filter(|_| commits);
        control.set_transaction(met);
        let answers = self.world.send(server, std::slice::from_ref(request), now_ms).await?;
        control.set_transaction(None);
        self.counts.operations += 1;
        self.counts.faults += u64::from(met.is_some_and(|fault| !fault.is_crash()));
        let fails = met.filter(|fault| match fault {
            Fault::Conflicts(count) => *count >= TRANSACTION_ATTEMPTS,
            _ => true,
        });
        let answer = answers.as_ref().and_then(|answers| answers.first());
        let answer = answer.ok_or_else(|| "the server crashed by itself".to_owned())?;
        match fails {
            None => self.judge(request, answer)?,
            Some(fault) if fault.is_crash() => {
                self.forget(server, std::slice::from_ref(request), fault).await?;
            }
            Some(fault) => self.judge_failed(request, answer, fault)?,
        }
        Ok(if fails.is_some() { Ending::Unknown } else { Ending::Answered })
    }

    /// Compares an answer with the predictions and makes the one that fits happen.
    pub(crate) fn judge(&mut self, request: &Request, answer: &Answer) -> Result<(), Wrong> {
        let now_ms = self.time.now_ms();
        let predictions = self.model.predict(request, now_ms);
        self.note(request, answer);
        let expected: Vec<_> = predictions.iter().map(|it| it.expected.clone()).collect();
        let fitting = predictions.into_iter().find(|it| it.expected.is(answer));
        let Some(prediction) = fitting else {
            return Err(self.wrong(request, &expected, answer));
        };
        token::check(answer).map_err(|got| Wrong {
            asked: show(request),
            predicted: "a token that says what the answer says".to_owned(),
            got,
        })?;
        let is_replay = matches!(
            prediction.effect,
            Effect::Repeated { .. } | Effect::Told { .. } | Effect::Kept { .. }
        );
        self.counts.replays += u64::from(is_replay);
        self.model.apply(request, now_ms, prediction, Some(answer));
        Ok(())
    }

    /// The same where the database failed: the client learns nothing, whatever happened.
    fn judge_failed(
        &mut self,
        request: &Request,
        answer: &Answer,
        fault: Fault,
    ) -> Result<(), Wrong> {
        let now_ms = self.time.now_ms();
        self.note(request, answer);
        let refused = self.model.refused_at_the_door(request, now_ms);
        let is_queued = refused.is_none();
        let expected = refused.unwrap_or_else(Expected::internal);
        if !expected.is(answer) {
            return Err(self.wrong(request, &[expected], answer));
        }
        if is_queued {
            self.happen_unseen(request, fault);
        }
        Ok(())
    }

    /// A server is gone, and with it the answers to these requests.
    async fn forget(
        &mut self,
        server: usize,
        requests: &[Request],
        crash: Fault,
    ) -> Result<(), Wrong> {
        let now_ms = self.time.now_ms();
        for request in requests {
            self.transcript.add(self.step, format!("{crash:?}, no answer: {}", show(request)));
            if self.model.refused_at_the_door(request, now_ms).is_none() {
                self.happen_unseen(request, crash);
            }
        }
        self.counts.unanswered += u64::try_from(requests.len()).unwrap_or(0);
        self.counts.crashes += 1;
        Ok(self.world.restart(server).await?)
    }

    fn happen_unseen(&mut self, request: &Request, fault: Fault) {
        let now_ms = self.time.now_ms();
        self.model.look(request, now_ms);
        if fault.is_durable()
            && let Some(prediction) = self.model.predict(request, now_ms).into_iter().next()
        {
            self.model.apply(request, now_ms, prediction, None);
        }
    }

    fn note(&mut self, request: &Request, answer: &Answer) {
        self.counts.answered(answer.code.as_deref());
        let line = format!("{} {} -> {}", self.time.now_ms(), show(request), tell(answer));
        self.transcript.add(self.step, line);
    }

    fn wrong(&self, request: &Request, expected: &[Expected], answer: &Answer) -> Wrong {
        let predicted: Vec<_> = expected.iter().map(|it| format!("{it:?}")).collect();
        Wrong {
            asked: format!("at {} {}", self.time.now_ms(), show(request)),
            predicted: predicted.join(" or "),
            got: tell(answer),
        }
    }
}

/// A request in one line.
pub fn show(request: &Request) -> String {
    format!("{} {} {} {}", request.operation(), request.account, request.region, request.body())
}

fn tell(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.body)
}
