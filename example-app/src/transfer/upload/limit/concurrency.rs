//! The number of requests that are worth having in flight. Nothing is sent here.
//!
//! | what S3 says | what follows |
//! |---|---|
//! | there is too much | half as many, once for all requests that were in flight at the time |
//! | as many successes as can be in flight | one more |
//!
//! The number stays between one and the most that was asked for: additive increase, multiplicative
//! decrease.
//!
//! Source: RFC 5681 ("TCP Congestion Control"), congestion avoidance; "Best practices design
//! patterns: optimizing Amazon S3 performance", Amazon S3 User Guide ("reduce your request rate").

/// The number of requests that can be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transfer::upload) struct Concurrency {
    limit: usize,
    most: usize,
    /// The successes since the limit last changed.
    successes: usize,
    round: Round,
}

/// The time between two halvings. Each request carries the round that it begins in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transfer::upload) struct Round(u64);

impl Concurrency {
    /// Begins with the maximum, which is at least one.
    pub(in crate::transfer::upload) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { limit: most, most, successes: 0, round: Round::default() }
    }

    /// Returns the limit.
    pub(in crate::transfer::upload) const fn limit(self) -> usize {
        self.limit
    }

    /// Returns the round of a request that begins now.
    pub(in crate::transfer::upload) const fn round(self) -> Round {
        self.round
    }

    /// Records that a request of `round` succeeded. Those of earlier rounds do not count.
    pub(in crate::transfer::upload) fn succeeded(&mut self, round: Round) {
        if round != self.round {
            return;
        }
        self.successes += 1;
        if self.successes >= self.limit {
            self.successes = 0;
            self.limit = (self.limit + 1).min(self.most);
        }
    }

    /// Records that a request of `round` was throttled. Returns whether it is the first of that
    /// round.
    pub(in crate::transfer::upload) fn throttled(&mut self, round: Round) -> bool {
        if round != self.round {
            return false;
        }
        self.round = Round(self.round.0.wrapping_add(1));
        self.successes = 0;
        self.limit = (self.limit / 2).max(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_once_a_round_and_grows_by_one() {
        let mut concurrency = Concurrency::new(8);
        let first = concurrency.round();
        assert!(concurrency.throttled(first));
        for _ in 0..7 {
            assert!(!concurrency.throttled(first));
        }
        assert_eq!(concurrency.limit(), 4);
        concurrency.succeeded(first);
        let second = concurrency.round();
        for _ in 0..3 {
            concurrency.succeeded(second);
        }
        assert_eq!(concurrency.limit(), 4, "three of four");
        concurrency.succeeded(second);
        assert_eq!(concurrency.limit(), 5);
        assert!(concurrency.throttled(second));
        assert_eq!(concurrency.limit(), 2);
    }

    /// Simulates a service that serves a fixed number at once and throttles the others.
    fn served(most: usize, capacity: usize, rounds: usize) -> (Concurrency, usize, usize) {
        let mut concurrency = Concurrency::new(most);
        let (mut done, mut refused) = (0, 0);
        for _ in 0..rounds {
            let (round, sent) = (concurrency.round(), concurrency.limit());
            for index in 0..sent {
                if index < capacity {
                    concurrency.succeeded(round);
                    done += 1;
                } else {
                    concurrency.throttled(round);
                    refused += 1;
                }
            }
        }
        (concurrency, done, refused)
    }

    #[test]
    fn finds_the_capacity_of_a_service() {
        let (concurrency, done, refused) = served(64, 10, 1000);
        assert!((5..=11).contains(&concurrency.limit()), "{concurrency:?}");
        assert!(done > 1000 * 10 * 7 / 10 && refused * 20 < done, "{done} {refused}");
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Begin,
        Succeed(usize),
        Throttle(usize),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Begin),
            any::<usize>().prop_map(Event::Succeed),
            any::<usize>().prop_map(Event::Throttle),
        ]
    }

    proptest! {
        #[test]
        fn stays_between_one_and_the_most(
            most in 0..100_usize,
            events in prop::collection::vec(event(), 0..500),
        ) {
            let mut concurrency = Concurrency::new(most);
            let mut in_flight = Vec::new();
            for event in events {
                let before = concurrency;
                match event {
                    Event::Begin => in_flight.push(concurrency.round()),
                    Event::Succeed(_) | Event::Throttle(_) if in_flight.is_empty() => {}
                    Event::Succeed(index) => {
                        concurrency.succeeded(in_flight.swap_remove(index % in_flight.len()));
                        prop_assert!(concurrency.limit() - before.limit() <= 1);
                    }
                    Event::Throttle(index) => {
                        let round = in_flight.swap_remove(index % in_flight.len());
                        let is_news = concurrency.throttled(round);
                        prop_assert_eq!(is_news, round == before.round());
                        let half = (before.limit() / 2).max(1);
                        prop_assert_eq!(
                            concurrency.limit(),
                            if is_news { half } else { before.limit() }
                        );
                    }
                }
                prop_assert!((1..=most.max(1)).contains(&concurrency.limit()));
            }
        }

        #[test]
        fn grows_back_to_the_most(most in 1..100_usize, halvings in 0..10) {
            let mut concurrency = Concurrency::new(most);
            for _ in 0..halvings {
                concurrency.throttled(concurrency.round());
            }
            for _ in 0..most * most {
                concurrency.succeeded(concurrency.round());
            }
            prop_assert_eq!(concurrency.limit(), most);
        }
    }
}
