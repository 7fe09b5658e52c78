//! The closed-loop load generator: one thread, keep-alive connections, little work a request.
//!
//! It shares the machine with the server it measures, so it must be frugal: it asks the system
//! which connections have an answer, checks the answer, and sends that connection's next request.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::clock;
use super::request::{Signed, Template};
use super::response;

/// How long an answer may take before the phase is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const LATENCY_NS_MAX: u64 = 60_000_000_000;
const INPUT_BYTES_MAX: usize = 16 * 1024;

/// One phase of load.
pub struct Plan<'a> {
    /// Where the server listens.
    pub address: SocketAddr,
    /// How many connections ask at once.
    pub connections: usize,
    /// The requests' shapes, one for each signer.
    pub templates: &'a [Template],
    /// The requests, each sent at most once.
    pub requests: &'a [Signed],
    /// How long the load runs before it is measured.
    pub warm_up: Duration,
    /// How long it is measured; shorter when the requests run out.
    pub duration: Duration,
    /// What the body of a good answer contains.
    pub expect: &'a str,
}

/// What a phase showed.
pub struct Load {
    /// Good answers over the whole phase, warm-up and tail included.
    pub answered: u64,
    /// Good answers inside the measured time.
    pub measured: u64,
    /// The measured time.
    pub elapsed: Duration,
    /// Nanoseconds from sending to the whole answer, of the measured ones.
    pub latencies: Histogram<u64>,
    /// The first answer that was not a good one: it makes the phase invalid.
    pub refusal: Option<String>,
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    filled: usize,
    sent_at: Instant,
    waiting: bool,
}

struct Run<'a> {
    plan: &'a Plan<'a>,
    unsent: std::slice::Iter<'a, Signed>,
    output: Vec<u8>,
    measure_from: Instant,
    measure_until: Instant,
    waiting: usize,
    load: Load,
}

/// Runs a phase until its time is over or its requests are used up, and all answers are in.
pub fn run(plan: &Plan<'_>) -> Result<Load> {
    let mut poll = Poll::new()?;
    let mut connections = connect(plan, &poll)?;
    let start = clock::now();
    let measure_from = start + plan.warm_up;
    let mut run = Run {
        plan,
        unsent: plan.requests.iter(),
        output: Vec::new(),
        measure_from,
        measure_until: measure_from + plan.duration,
        waiting: 0,
        load: Load {
            answered: 0,
            measured: 0,
            elapsed: Duration::ZERO,
            latencies: Histogram::new_with_max(LATENCY_NS_MAX, 3)?,
            refusal: None,
        },
    };
    for connection in &mut connections {
        run.send_next(connection, clock::now())?;
    }
    let mut events = Events::with_capacity(plan.connections.max(1));
    while run.waiting > 0 {
        poll.poll(&mut events, Some(ANSWER_TIMEOUT))?;
        if events.is_empty() {
            bail!("{} requests got no answer for {ANSWER_TIMEOUT:?}", run.waiting);
        }
        for event in &events {
            if let Some(connection) = connections.get_mut(event.token().0) {
                run.receive(connection)?;
            }
        }
    }
    run.load.elapsed = run.measure_until.saturating_duration_since(run.measure_from);
    Ok(run.load)
}

fn connect(plan: &Plan<'_>, poll: &Poll) -> Result<Vec<Connection>> {
    let open = |number| {
        let stream = std::net::TcpStream::connect(plan.address)
            .with_context(|| format!("cannot connect to {}", plan.address))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
        let input = vec![0; INPUT_BYTES_MAX];
        Ok(Connection { stream, input, filled: 0, sent_at: clock::now(), waiting: false })
    };
    (0..plan.connections).map(open).collect()
}

impl Run<'_> {
    fn send_next(&mut self, connection: &mut Connection, now: Instant) -> Result<()> {
        if now >= self.measure_until || self.load.refusal.is_some() {
            return Ok(());
        }
        let Some(signed) = self.unsent.next() else {
            // From here on fewer connections ask than the phase promises.
            self.measure_until = now.max(self.measure_from);
            return Ok(());
        };
        let template = self.plan.templates.get(signed.signer()).context("a signer is missing")?;
        template.write(signed, &mut self.output);
        // A closed loop leaves the socket's buffer empty, so one request always fits.
        let written = connection.stream.write(&self.output).context("cannot send a request")?;
        if written != self.output.len() {
            bail!("the socket took {written} of a request's {} bytes", self.output.len());
        }
        connection.sent_at = now;
        connection.waiting = true;
        self.waiting = self.waiting.saturating_add(1);
        Ok(())
    }

    /// Reads what has come; after a whole answer, sends the next request.
    fn receive(&mut self, connection: &mut Connection) -> Result<()> {
        loop {
            let space = connection.input.get_mut(connection.filled..).unwrap_or_default();
            let room = space.len();
            let count = match connection.stream.read(space) {
                Ok(0) if connection.waiting => bail!(
                    "the server closed the connection (or sent \
                                                      an answer over {INPUT_BYTES_MAX} bytes)"
                ),
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("cannot read an answer"),
            };
            connection.filled = connection.filled.saturating_add(count);
            self.take_answer(connection)?;
            if count < room {
                // A short read has emptied the socket: the next event tells of more.
                return Ok(());
            }
        }
    }

    fn take_answer(&mut self, connection: &mut Connection) -> Result<()> {
        let received = connection.input.get(..connection.filled).unwrap_or_default();
        let Some(answer) = response::parse(received)? else { return Ok(()) };
        if !connection.waiting || answer.length != connection.filled {
            bail!("the server answered more than it was asked");
        }
        let now = clock::now();
        let body = std::str::from_utf8(answer.body).unwrap_or("(not text)");
        if answer.status == 200 && body.contains(self.plan.expect) {
            self.count(connection.sent_at, now);
        } else if self.load.refusal.is_none() {
            self.load.refusal = Some(format!("{} {}", answer.status, body.trim()));
        }
        connection.filled = 0;
        connection.waiting = false;
        self.waiting = self.waiting.saturating_sub(1);
        self.send_next(connection, now)
    }

    fn count(&mut self, sent_at: Instant, now: Instant) {
        self.load.answered = self.load.answered.saturating_add(1);
        if now < self.measure_from || now > self.measure_until {
            return;
        }
        self.load.measured = self.load.measured.saturating_add(1);
        let latency = now.saturating_duration_since(sent_at).as_nanos();
        self.load.latencies.saturating_record(u64::try_from(latency).unwrap_or(LATENCY_NS_MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::request::Signer;
    use super::super::{license, request};
    use super::*;

    const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngood!";

    /// A server that gives this answer to every request, in two parts, on ten connections.
    fn serve(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(10) {
                std::thread::spawn(move || converse(stream.unwrap(), answer));
            }
        });
        address
    }

    fn converse(mut stream: std::net::TcpStream, answer: &str) {
        stream.set_nodelay(true).unwrap();
        let mut input = Vec::new();
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut part) {
            input.extend_from_slice(&part[..count]);
            if input.windows(8).any(|eight| eight == b"Request=") {
                let (head, rest) = answer.split_at(answer.len() / 2);
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(rest.as_bytes()).unwrap();
                input.clear();
            }
        }
    }

    fn load(address: SocketAddr, connections: usize, requests: u64, seconds: f64) -> Result<Load> {
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "secret".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
        };
        let no_op = license::get_caller_identity();
        let templates = [Template::new(&signer, "localhost", &no_op.call(), "20261121T200000Z")?];
        run(&Plan {
            address,
            connections,
            templates: &templates,
            requests: &request::sign_many(&templates, 0, requests, 1),
            warm_up: Duration::ZERO,
            duration: Duration::from_secs_f64(seconds),
            expect: "good",
        })
    }

    #[test]
    fn every_request_is_sent_once_and_counted() {
        let load = load(serve(GOOD), 7, 1000, 60.0).unwrap();
        assert_eq!((load.answered, load.refusal), (1000, None));
        assert!(load.measured <= 1000 && load.measured == load.latencies.len());
        assert!(load.elapsed < Duration::from_secs(60), "{:?}", load.elapsed);
    }

    #[test]
    fn a_phase_ends_with_its_time() {
        let load = load(serve(GOOD), 2, 20_000, 0.05).unwrap();
        assert_eq!(load.elapsed, Duration::from_millis(50));
        assert!(load.answered >= load.measured && load.measured > 0);
    }

    #[test]
    fn an_answer_that_is_not_good_stops_the_phase() {
        let refused = load(serve("HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno"), 1, 9, 60.0);
        let refused = refused.unwrap();
        assert_eq!((refused.answered, refused.refusal.as_deref()), (0, Some("400 no")));
        let wrong = load(serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"), 1, 9, 60.0);
        assert_eq!(wrong.unwrap().refusal.as_deref(), Some("200 no"));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(load(serve("SSH-2.0-x\r\n\r\n"), 1, 9, 60.0).is_err());
        let twice = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ngHTTP/1.1 200 OK\r\n\r\n";
        assert!(load(serve(twice), 1, 9, 60.0).is_err());
    }
}
