//! What may happen in a step.

use super::{LICENSES_ENOUGH, LICENSES_MAX, Simulation};
use crate::calendar::{DAY, HOUR, MINUTE, SECOND, plus_months, whole_second};
use crate::exchange::Ending;
use crate::report::Wrong;
use crate::request::{Call, Request};

impl Simulation {
    /// Lets one thing happen; returns the licenses that it touched.
    pub(super) async fn happen(&mut self) -> Result<Vec<usize>, Wrong> {
        match self.random.below(128) {
            0..=45 => return self.consume().await,
            46..=52 => {
                let all = self.model.licenses.len();
                let live = self.model.licenses.iter().filter(|it| it.deleted_at_ms.is_none());
                let is_wanted = live.count() < LICENSES_ENOUGH || self.random.percent(10);
                if all < LICENSES_MAX && is_wanted {
                    let request = self.generator().create_license();
                    return self.administer(request).await;
                }
            }
            53..=63 => {
                if let Some(request) = self.generator().create_license_version() {
                    return self.administer(request).await;
                }
            }
            64..=66 => {
                if let Some(request) = self.generator().delete_license() {
                    return self.administer(request).await;
                }
            }
            67..=75 => {
                if let Some(request) = self.generator().read_license() {
                    return self.read(request).await;
                }
            }
            76..=77 => self.list().await?,
            78..=79 => {
                if let Some(request) = self.generator().change_tags() {
                    return self.administer(request).await;
                }
            }
            80..=82 => {
                let again = self.random.pick(self.recent.make_contiguous()).cloned();
                if let Some(request) = again.filter(|it| !it.is_consumption() && !it.is_borrow())
                    && self.may_repeat(&request)
                {
                    return self.administer(request).await;
                }
            }
            83..=92 => self.move_clock(),
            93..=94 => self.restart().await?,
            95..=96 => self.sweep().await?,
            97..=109 => return self.lend().await,
            _ => {
                if let Some(request) = self.generator().change_grants() {
                    return self.administer(request).await;
                }
            }
        }
        Ok(Vec::new())
    }

    /// The same where everything is about one chain of grants.
    pub(super) async fn happen_to_chain(&mut self) -> Result<Vec<usize>, Wrong> {
        match self.random.below(100) {
            0..=64 => return self.consume().await,
            65..=70 => {
                if let Some(request) = self.generator().break_chain() {
                    return self.administer(request).await;
                }
            }
            71..=86 => {
                if let Some(request) = self.generator().complete_chain() {
                    return self.administer(request).await;
                }
            }
            87..=95 => self.move_clock(),
            96..=97 => self.restart().await?,
            _ => self.sweep().await?,
        }
        Ok(vec![0])
    }

    /// A borrow, new or once more; most clients whose answer is lost send it again.
    async fn lend(&mut self) -> Result<Vec<usize>, Wrong> {
        let again = self.random.pick(self.recent.make_contiguous()).cloned();
        let again = again.filter(|it| it.is_borrow() && self.may_repeat(it));
        let again = again.map(|it| self.perhaps_altered(it));
        let Some(request) = again.or_else(|| self.generator().borrow()) else {
            return Ok(Vec::new());
        };
        let touched = self.model.looked_at(&request);
        loop {
            let server = self.server();
            let is_second = self.random.percent(50) && !self.time.is_behind();
            let fault = self.draw_fault(true);
            let ending = self.send_borrow(server, &request, fault, is_second).await?;
            if ending == Ending::Answered || self.random.percent(20) {
                break;
            }
            if self.random.percent(30) {
                self.time.move_to(self.time.now_ms() + self.random.between(1, 900) * SECOND);
            }
        }
        self.keep(&request);
        Ok(touched)
    }

    pub(super) async fn read(&mut self, request: Request) -> Result<Vec<usize>, Wrong> {
        let server = self.server();
        self.send_batch(server, std::slice::from_ref(&request), None).await?;
        Ok(self.model.looked_at(&request))
    }

    /// All pages of a list.
    async fn list(&mut self) -> Result<(), Wrong> {
        let mut request = self.generator().list_licenses();
        loop {
            let server = self.server();
            let now_ms = self.time.now_ms();
            let answers = self.world.send(server, std::slice::from_ref(&request), now_ms).await?;
            let answer = answers.and_then(|answers| answers.into_iter().next());
            let answer = answer.ok_or_else(|| "the server crashed by itself".to_owned())?;
            self.counts.operations += 1;
            self.judge(&request, &answer)?;
            let Call::ListLicenses { size, seen, next, .. } = &mut request.call else { break };
            let token = answer.body.get("NextToken").and_then(serde_json::Value::as_str);
            let Some(token) = token else { break };
            *next = Some(token.to_owned());
            *seen += *size;
        }
        Ok(())
    }

    fn move_clock(&mut self) {
        let now_ms = self.time.now_ms();
        let at_ms = match self.random.below(100) {
            0..=34 => now_ms + self.random.between(1, 40) * SECOND,
            35..=54 => now_ms + self.random.between(1, 30) * MINUTE,
            55..=62 => now_ms + self.random.between(1, 30) * HOUR,
            63..=86 => self.generator().turning_point().unwrap_or(now_ms),
            87 => plus_months(now_ms, self.random.between(1, 4)),
            88..=90 => now_ms + self.random.between(2, 12) * DAY,
            91..=96 => now_ms - self.random.between(1, 300) * SECOND,
            _ => now_ms - self.random.between(1, 30) * HOUR,
        };
        // Forward into another second, with milliseconds of its own.
        let milliseconds = self.random.one_of([0, 0, 1, 500, 999]);
        let is_exact = self.random.percent(60);
        let second_ms = whole_second(at_ms);
        self.time.move_to(if is_exact { at_ms } else { second_ms + milliseconds });
        self.counts.steps_back += u64::from(self.time.now_ms() < now_ms);
        self.transcript.add(self.step, format!("clock {now_ms} -> {}", self.time.now_ms()));
    }

    async fn restart(&mut self) -> Result<(), Wrong> {
        let server = self.server();
        self.counts.restarts += 1;
        self.transcript.add(self.step, format!("restart {server}"));
        Ok(self.world.restart(server).await?)
    }

    async fn sweep(&mut self) -> Result<(), Wrong> {
        let server = self.server();
        let now_ms = self.time.now_ms();
        self.time.swept(self.model.licenses.iter().any(|license| license.is_gone(now_ms)));
        self.transcript.add(self.step, format!("{now_ms} sweep {server}"));
        Ok(self.world.sweep(server, now_ms).await?)
    }
}
