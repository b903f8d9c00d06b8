//! A session: the target was told one trust, is presented tokens under it, and its issuer is
//! watched.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::ProbeRun;
use super::question::Question;
use super::search::{Edge, Search};
use super::unmeasured::{Unmeasured, all_hold};
use jwtspec_driver::TIME_HEADER;
use jwtspec_engine::issuer::{Documents, LedgerEntry, Resource};
use jwtspec_engine::run::{RunError, request, since_1970};
use jwtspec_engine::target::{Configured, End, Fault, NotConfigured, Observation, Verdict};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey};
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Recipe, ValueTemplate};

/// The most tokens that are waited for in vain: no more are presented then.
const MOST_WAITS: usize = 8;
/// The most attempts to present a token whose answer must come in the second of its minting.
const ATTEMPTS: u32 = 5;
/// Later in a second than this nothing is begun that has to end in it.
const LATE_IN_A_SECOND: Duration = Duration::from_millis(400);

/// A token that was presented, and the response.
#[derive(Clone, Debug)]
pub(super) struct Presented {
    /// True if it was accepted, false if it was refused.
    pub(super) accepted: Result<bool, Unmeasured>,
    /// The answer, for people.
    answer: String,
    /// The length of the token.
    pub(super) bytes: usize,
}

impl Presented {
    /// `accepted`, the refusal, or why there is neither.
    pub(super) fn verdict(&self) -> String {
        match &self.accepted {
            Ok(true) => "accepted".to_owned(),
            Ok(false) => format!("refused ({})", self.answer),
            Err(why) => why.to_string(),
        }
    }

    /// True if it was refused.
    pub(super) fn refused(&self) -> Result<bool, Unmeasured> {
        self.accepted.clone().map(|accepted| !accepted)
    }
}

/// The target with one trust.
pub(super) struct Session<'a> {
    pub(super) run: &'a ProbeRun<'a>,
    question: Question,
    id: String,
    configured: Configured,
    /// The context of the tokens; its time is that of the next token.
    pub(super) mint_context: MintContext,
    /// The time that requests state, if they state one.
    pub(super) clock: Option<u64>,
    number: usize,
    /// The number of ledger entries of earlier sessions.
    before: usize,
}

impl<'a> Session<'a> {
    /// Tells the target the trust of a question.
    ///
    /// The inner error is the reason why it cannot be told.
    pub(super) async fn open(
        run: &'a ProbeRun<'a>,
        question: Question,
    ) -> Result<Result<Self, Unmeasured>, RunError> {
        let not_started = || Unmeasured::Impossible("the target does not start with it".to_owned());
        let Some(index) = run.questions.iter().position(|other| *other == question) else {
            return Ok(Err(not_started()));
        };
        let setup = run.test_bed.setup(index);
        let number = setup.issuers.get(MintContext::MAIN).map_or(0, |(number, _)| *number);
        for (number, documents) in setup.issuers.values() {
            run.test_bed.issuers().open(*number, documents.clone())?;
        }
        let before = run.test_bed.issuers().ledger(number).len();
        let configured = match run.test_bed.target().configure(index, &setup.trust).await {
            Ok(configured) => configured,
            Err(NotConfigured::Unsupported(why)) => {
                return Ok(Err(Unmeasured::Impossible(format!("the target says: {why}"))));
            }
            // A target that is started with more than it declares may end, for it says so.
            Err(NotConfigured::Failed(_))
                if !run.is_driver && !question.is_declared(&run.declared) =>
            {
                return Ok(Err(not_started()));
            }
            Err(NotConfigured::Failed(error)) => {
                let mut untold = run.untold.lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(Err(Unmeasured::Untold(untold.add(question.to_string(), &error))));
            }
        };
        Ok(Ok(Self {
            run,
            question,
            id: format!("probe {question:?}"),
            configured,
            mint_context: setup.mint_context.clone(),
            clock: run.clock,
            number,
            before,
        }))
    }

    /// Tells the target that the trust is no longer needed.
    pub(super) async fn close(self) {
        self.run.test_bed.target().release(self.configured).await;
    }

    /// The time that the target goes by, in seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.clock.unwrap_or_else(|| since_1970().as_secs())
    }

    /// Presents a token, minted now.
    pub(super) async fn present(&mut self, recipe: &Recipe) -> Result<Presented, RunError> {
        self.mint_context.now = self.now();
        self.present_as_of(recipe).await
    }

    /// Presents a token, minted at the time of the mint context.
    pub(super) async fn present_as_of(&mut self, recipe: &Recipe) -> Result<Presented, RunError> {
        self.mint_context.count += 1;
        // Always as long, so that it is the filler that makes a token longer.
        self.mint_context.serial = format!("{}#{:05}", self.id, self.mint_context.count);
        let failed = |error| RunError::Scenario { id: self.id.clone(), error };
        let minted = mint(recipe, &self.mint_context).map_err(failed)?;
        let target = self.run.test_bed.target();
        let table = target.presenting();
        let url = self.configured.url();
        let mut request = request::prepare(table, url, &minted.token, None, &self.mint_context)
            .map_err(failed)?;
        if let Some(now) = self.clock {
            request.headers.push((TIME_HEADER.to_owned(), now.to_string().into_bytes()));
        }
        let bytes = minted.token.len();
        if self.run.waits.load(Ordering::Relaxed) >= MOST_WAITS {
            let why = format!("not asked: {MOST_WAITS} others got no answer in time");
            let accepted = Err(Unmeasured::NoVerdict(why));
            return Ok(Presented { accepted, answer: String::new(), bytes });
        }
        let observation = target.send(&request).await;
        let answer = match &observation {
            Observation::Answer(answer) => answer.status.to_string(),
            Observation::Conversation(conversation) => conversation.end.to_string(),
            Observation::Fault(fault) => fault.to_string(),
        };
        let verdict = target.reading().verdict(&observation, self.question.may_lack_keys());
        let accepted = match verdict {
            Verdict::Accept => Ok(true),
            Verdict::Reject { .. } => Ok(false),
            Verdict::Fault(fault) => {
                if is_wait(&fault) {
                    self.run.waits.fetch_add(1, Ordering::Relaxed);
                }
                Err(Unmeasured::NoVerdict(described(fault)))
            }
        };
        Ok(Presented { accepted, answer, bytes })
    }

    /// Presents a token whose verdict depends on the second in which it is minted; if that second
    /// ends before the answer comes, tries again.
    async fn present_in_one_second(
        &mut self,
        recipe: impl Fn(u64) -> Recipe,
    ) -> Result<Presented, RunError> {
        let mut attempt = 1;
        loop {
            let fraction = Duration::from_nanos(since_1970().subsec_nanos().into());
            if self.clock.is_none() && fraction > LATE_IN_A_SECOND {
                sleep(Duration::from_millis(1001).saturating_sub(fraction)).await;
            }
            self.mint_context.now = self.now();
            let presented = self.present_as_of(&recipe(self.mint_context.now)).await?;
            let in_time = self.now() == self.mint_context.now;
            if in_time || presented.accepted.is_err() || attempt == ATTEMPTS {
                return Ok(presented);
            }
            attempt += 1;
        }
    }

    /// The last number of seconds at which tokens are accepted, and true if it was the same when
    /// asked again; the inner error is the reason why there is no telling.
    pub(super) async fn edge(
        &mut self,
        limit: i64,
        recipe: impl Fn(u64, i64) -> Recipe,
    ) -> Result<Result<(Edge, bool), Unmeasured>, RunError> {
        let mut search = Search::new(-1, limit);
        while let Some(number) = search.next() {
            match self.present_in_one_second(|now| recipe(now, number)).await?.accepted {
                Ok(accepted) => search.record(number, accepted),
                Err(why) => return Ok(Err(why)),
            }
        }
        let edge = search.edge();
        let Edge::Last(last) = edge else { return Ok(Ok((edge, true))) };
        let below = self.present_in_one_second(|now| recipe(now, last)).await?;
        let above = self.present_in_one_second(|now| recipe(now, last + 1)).await?;
        Ok(all_hold([below.accepted.clone(), above.refused()]).map(|steady| (edge, steady)))
    }

    /// Changes the keys that the issuer publishes; tokens go on being signed as before.
    pub(super) fn publish(&self, key: Key) -> Result<(), RunError> {
        self.serve(|facts| {
            facts.keys = vec![PublishedKey::plain(key)];
            Documents::honest(facts)
        })
    }

    /// Makes the issuer permit its key set to be kept for so many seconds.
    pub(super) fn permit_age(&self, seconds: u64) -> Result<(), RunError> {
        self.serve(|facts| {
            let mut documents = Documents::honest(facts);
            let permission = ("cache-control".to_owned(), format!("max-age={seconds}"));
            documents.jwks.headers.push(permission);
            documents
        })
    }

    fn serve(&self, of: impl FnOnce(&mut IssuerFacts) -> Documents) -> Result<(), RunError> {
        let Some(facts) = self.mint_context.issuers.get(MintContext::MAIN) else { return Ok(()) };
        Ok(self.run.test_bed.issuers().open(self.number, of(&mut facts.clone()))?)
    }

    /// Every request that the issuer got in this session.
    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        let ledger = self.run.test_bed.issuers().ledger(self.number);
        ledger.into_iter().skip(self.before).collect()
    }

    /// The times at which the issuer was asked for its keys in this session.
    pub(super) fn fetches(&self) -> Vec<Instant> {
        let ledger = self.ledger();
        let of_keys = ledger.iter().filter(|entry| entry.resource == Resource::Jwks);
        of_keys.map(|entry| Instant::from_std(entry.at)).collect()
    }
}

/// Returns true if time ran out.
fn is_wait(fault: &Fault) -> bool {
    match fault {
        Fault::Connection(fault) => fault.is_timeout(),
        Fault::Conversation(end) => matches!(end, End::Silent(_)),
        Fault::Status { .. } => false,
    }
}

/// The fault, without the message of an answer, which may be different each time.
fn described(fault: Fault) -> String {
    match fault {
        Fault::Status { status, .. } => {
            Fault::Status { status, message: String::new() }.to_string()
        }
        fault => fault.to_string(),
    }
}

/// Presents tokens under the trust of a question, one after the other.
///
/// The inner error is the reason why the target cannot be told that trust.
pub(super) async fn present_all(
    run: &ProbeRun<'_>,
    question: Question,
    recipes: &[Recipe],
) -> Result<Result<Vec<Presented>, Unmeasured>, RunError> {
    let mut session = match Session::open(run, question).await? {
        Ok(session) => session,
        Err(why) => return Ok(Err(why)),
    };
    let mut presented = Vec::new();
    for recipe in recipes {
        presented.push(session.present(recipe).await?);
    }
    session.close().await;
    Ok(Ok(presented))
}

/// The recipe that sets these claims.
pub(super) fn claims<const N: usize>(claims: [(&str, Value); N]) -> Recipe {
    let plain = |(name, value): (&str, Value)| (name.to_owned(), ValueTemplate::Plain(value));
    Recipe { claims: claims.into_iter().map(plain).collect(), ..Recipe::default() }
}

/// The recipe that sets this header member.
pub(super) fn header(name: &str, value: &str) -> Recipe {
    let member = (name.to_owned(), ValueTemplate::from(value));
    Recipe { header: [member].into_iter().collect(), ..Recipe::default() }
}
