//! A grant comes and goes, and the policy around it is what it was: order, unknown fields and all.

#![expect(clippy::unwrap_used, reason = "tests")]

use daypass_core::state::State;
use daypass_engine::Settings;
use daypass_tests::examples::{Example, assert_same, bindings, content, policies};
use daypass_tests::targets::{ENTITLEMENTS, TARGETS, Target};
use daypass_tests::world::{BROKER, World};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The example as it can be on a resource: on the organization the broker needs its rights, and what has no
/// children takes no roles of other services, so that there each role is a custom one. A bucket's policy has no
/// audit configuration at all.
fn fitted(example: &Example, resource: &str, organization: &Value) -> Value {
    let mut policy = example.policy.clone();
    if resource.starts_with("buckets/") {
        policy.as_object_mut().unwrap().shift_remove("auditConfigs");
    }
    let Some(bindings) = policy.get_mut("bindings").and_then(Value::as_array_mut) else {
        return if resource == "organizations/1" {
            organization.clone()
        } else {
            policy
        };
    };
    if resource == "organizations/1" {
        let needed = organization["bindings"].as_array().unwrap().iter();
        let needed = needed.filter(|binding| {
            binding["members"]
                .as_array()
                .unwrap()
                .contains(&json!(BROKER))
        });
        bindings
            .extend(needed.map(|binding| json!({ "role": binding["role"], "members": [BROKER] })));
    } else if resource.starts_with("buckets/") || resource.matches('/').count() > 1 {
        for binding in bindings {
            let role = binding["role"].as_str().unwrap();
            if let Some(name) = role.strip_prefix("roles/") {
                binding["role"] = json!(format!("projects/acme-prod/roles/{name}"));
            }
        }
    }
    policy
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_is_what_it_was_on_each_kind() {
    let settings = Settings {
        max_open_requests: 100,
        requests_an_hour: 10_000,
        ..Settings::default()
    };
    let world = World::start_with(ENTITLEMENTS, settings).await;
    let cloud = world.sandbox.cloud();
    let organization = cloud.policy("organizations/1").unwrap();
    let examples = policies();
    assert!(examples.len() >= 12, "a dozen examples: {}", examples.len());
    for (index, example) in examples.iter().enumerate() {
        let mut befores = Vec::new();
        let mut grants = Vec::new();
        for Target {
            entitlement,
            resource,
            ..
        } in TARGETS
        {
            cloud
                .put_policy(resource, fitted(example, resource, &organization))
                .unwrap();
            befores.push(cloud.policy(resource).unwrap());
            grants.push(world.request("dave", entitlement).await.id);
        }
        for ((id, before), Target { resource, .. }) in grants.iter().zip(&befores).zip(TARGETS) {
            let grant = world.until("dave", *id, State::Active).await;
            let case = format!("{} on {resource}", example.name);
            let during = cloud.policy(resource).unwrap();
            let (all, old) = (bindings(&during), bindings(before));
            let ours: Vec<&Value> = all
                .iter()
                .filter(|binding| !old.contains(binding))
                .collect();
            assert_eq!(ours.len(), 1, "{case}: one binding is new");
            assert_eq!(all.len(), old.len() + 1, "{case}: none is gone");
            assert_eq!(
                ours[0]["members"],
                json!(["user:dave@example.com"]),
                "{case}"
            );
            let title = ours[0]["condition"]["title"].as_str().unwrap();
            assert!(
                title.starts_with(&format!("daypass/1 {} ", grant.id)),
                "{case}: {title}"
            );
            assert_eq!(during["version"], 3, "{case}");
            let mut rest = content(&during);
            rest["bindings"]
                .as_array_mut()
                .unwrap()
                .retain(|binding| binding != ours[0]);
            let rest = if old.is_empty() { json!({}) } else { rest };
            assert_eq!(
                rest,
                content(before),
                "{case}: the rest is untouched, in its order"
            );
        }
        // By the end of their time, or given back early.
        if index % 2 == 0 {
            world.advance(SignedDuration::from_mins(35)).await;
        } else {
            for id in &grants {
                world.revoke("dave", *id).await;
            }
        }
        let end = if index % 2 == 0 {
            State::Ended
        } else {
            State::Revoked
        };
        for ((id, before), Target { resource, .. }) in grants.iter().zip(&befores).zip(TARGETS) {
            world.until("dave", *id, end).await;
            let after = world
                .until_policy(resource, |policy| {
                    bindings(policy).len() <= bindings(before).len()
                })
                .await;
            assert_same(before, &after, &format!("{} on {resource}", example.name));
        }
    }
    world.stop().await;
}
