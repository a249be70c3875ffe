//! AWS's scenarios.

use rolesig::{Refresh, RefreshState, StaleCredentialsError, Timestamp};
use serde_json::{Map, Value};

use crate::refresh::start::{LIFETIME, START};

const VECTORS: &str = include_str!("../vectors/credential-refresh.json");

#[test]
fn passes_the_scenarios_of_aws() {
    let scenarios: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(scenarios.len(), 24);
    for scenario in &scenarios {
        Cache::given(&scenario["given"]).play(scenario);
    }
}

/// A cache of one credential: access key ids stand for credentials.
struct Cache {
    refresh: Refresh,
    access_key_id: Option<String>,
    now: Timestamp,
    random: u32,
}

impl Cache {
    /// With a random number that makes the rests of the scenario. Not spread: near the expiry, that
    /// rests for less.
    fn given(given: &Value) -> Self {
        only(
            given,
            &[
                "cachedCredentials",
                "accessKeyId",
                "refreshBackoffSeconds",
                "configuredAdvisoryWindowSeconds",
            ],
        );
        let window = given["configuredAdvisoryWindowSeconds"].as_u64();
        let refresh = window.map_or(Refresh::new(), |seconds| {
            Refresh::with_advisory_window(u32::try_from(seconds).unwrap())
        });
        let backoff = given["refreshBackoffSeconds"].as_u64().unwrap_or(300);
        let random = u32::try_from(backoff - 300).unwrap();
        let mut cache = Self { refresh, access_key_id: None, now: START.into(), random };
        let age = match given["cachedCredentials"].as_str().unwrap() {
            "none" => return cache,
            "valid" => 0,
            "advisory" => LIFETIME - 900,
            "mandatory" => LIFETIME - 60,
            "expired" => LIFETIME,
            other => panic!("{other}"),
        };
        cache.fetched(given["accessKeyId"].as_str().unwrap_or("AKID-1"), LIFETIME).unwrap();
        cache.now = cache.now.checked_add(age).unwrap();
        cache
    }

    fn play(&mut self, scenario: &Value) {
        let what = &scenario["documentation"];
        for step in scenario["steps"].as_array().unwrap() {
            match step["type"].as_str().unwrap() {
                "advanceTime" => {
                    self.now = self.now.checked_add(step["seconds"].as_u64().unwrap()).unwrap();
                }
                "invalidate" => {
                    let rejected = step["rejectedAccessKeyId"].as_str().unwrap();
                    let is_held = self.access_key_id.as_deref() == Some(rejected);
                    assert_eq!(self.refresh.invalidate(rejected), is_held, "{what}");
                }
                "getCredentials" => self.get_credentials(step, what),
                other => panic!("{other}"),
            }
        }
    }

    fn get_credentials(&mut self, step: &Value, what: &Value) {
        only(step, &["type", "documentation", "response", "lifetimeSeconds", "expected"]);
        let expected = &step["expected"];
        only(expected, &["result", "sourceContacted", "rateLimited", "advisoryWindowSeconds"]);

        let state = self.refresh.state(self.now);
        assert_eq!(state.is_due(), expected["sourceContacted"], "{what}");
        assert_eq!(state == RefreshState::BackingOff, expected["rateLimited"], "{what}");
        let lifetime = step["lifetimeSeconds"].as_u64().unwrap_or(LIFETIME);
        let result = match (state, step["response"].as_str()) {
            (RefreshState::Refused, None) => "nonRecoverableError",
            (RefreshState::Valid | RefreshState::BackingOff, None) => self.held(),
            (_, Some(response)) if state.is_due() => self.ask(response, lifetime),
            other => panic!("{other:?}: {what}"),
        };
        assert_eq!(result, expected["result"], "{what}");
        if let Some(window) = expected["advisoryWindowSeconds"].as_u64() {
            let at = |left| self.refresh.state(self.now.checked_add(lifetime - left).unwrap());
            assert_eq!(at(window + 1), RefreshState::Valid, "{what}");
            assert_eq!(at(window), RefreshState::Advisory, "{what}");
            assert_eq!(at(61), RefreshState::Advisory, "{what}");
            assert_eq!(at(60), RefreshState::Mandatory, "{what}");
        }
    }

    fn ask(&mut self, response: &str, lifetime: u64) -> &'static str {
        match response {
            "freshCredentials" => {
                self.fetched("AKID-NEW", lifetime).unwrap();
                return "newCredentials";
            }
            "staleCredentials" => {
                assert_eq!(self.fetched("AKID-OLD", 0), Err(StaleCredentialsError::Expired));
            }
            "error" => self.refresh.failed(self.now, self.random),
            "nonRecoverableError" => {
                self.refresh.refused(self.now, self.random);
                return "nonRecoverableError";
            }
            other => panic!("{other}"),
        }
        self.held()
    }

    fn fetched(&mut self, access_key_id: &str, lifetime: u64) -> Result<(), StaleCredentialsError> {
        let expires_at = self.now.checked_add(lifetime);
        self.refresh.fetched(access_key_id, expires_at, self.now, self.random)?;
        self.access_key_id = Some(access_key_id.to_owned());
        Ok(())
    }

    fn held(&self) -> &'static str {
        if self.access_key_id.is_some() { "cachedCredentials" } else { "noCredentialsError" }
    }
}

/// A scenario has nothing that is not played.
fn only(value: &Value, known: &[&str]) {
    let names = value.as_object().map(Map::keys).unwrap();
    names.for_each(|name| assert!(known.contains(&name.as_str()), "{name}"));
}
