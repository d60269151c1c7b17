import assert from "node:assert/strict";
import { checkChanges, type CheckedChanges } from "./change_check.ts";
import { type Overlay, SettingSources } from "./setting_sources.ts";
import type { SettingChange } from "./settings_service.ts";

const sources = new SettingSources({
  text: "[timers]\nt1 = 400\n",
  file: "/etc/parley.toml",
  data: "/srv/parley",
  environment: { PARLEY_LOG: "debug" },
});

function check(changes: SettingChange[], saved: Overlay = {}): CheckedChanges {
  return checkChanges(sources, saved, sources.with(saved), changes);
}

const REFUSALS: [name: string, changes: SettingChange[], errors: [key: string, message: string][]][] = [
  ["in the words of the file's mistakes", [{ key: "pager.answer_within", value: 60 }], [
    ["pager.answer_within", "pager.answer_within is 60; allowed: a whole number from 1 to 25 (seconds)"],
  ]],
  ["an entry of a list is named", [{ key: "listen.web", value: ["http://127.0.0.1:80", "ftp://a"] }], [
    [
      "listen.web",
      'listen.web[1] is "ftp://a"; allowed: http or https with an address and a port, such as "https://127.0.0.1:8443"',
    ],
  ]],
  ["a table of tables", [{ key: "peer", value: [{ domain: "b.test" }] }], [
    [
      "peer",
      'peer[0].next_hop is missing; allowed: a SIP URI of a server, such as "sip:192.0.2.7:5060;transport=tcp"',
    ],
  ]],
  ["an unknown key", [{ key: "pager.max_bdy", value: 1 }], [
    [
      "pager.max_bdy",
      "unknown key pager.max_bdy; did you mean max_body? (allowed here: max_body, max_body_of, types, answer_within, require_login)",
    ],
  ]],
  ["an area", [{ key: "trace", value: {} }], [["trace", "trace is a table; allowed: one of its keys, messages"]]],
  ["all mistakes, one for each key", [
    { key: "pager.max_body", value: "big" },
    { key: "pager.require_login", value: 1 },
    { key: "deferred.max_days", value: 40 },
  ], [
    ["pager.max_body", 'pager.max_body is "big"; allowed: a whole number from 1 to 1048576 (octets)'],
    ["pager.require_login", "pager.require_login is 1; allowed: true or false"],
  ]],
  ["a rule that joins two, beside the one that was changed", [{ key: "deferred.default_days", value: 31 }], [
    ["deferred.default_days", "deferred.max_days is 30; allowed: at least deferred.default_days, 31"],
  ]],
  ["a rule that joins two that were changed, beside the one it names", [
    { key: "deferred.default_days", value: 9 },
    { key: "deferred.max_days", value: 8 },
  ], [["deferred.max_days", "deferred.max_days is 8; allowed: at least deferred.default_days, 9"]]],
  ["a peer that is ourselves", [{ key: "peer", value: [{ domain: "localhost", next_hop: "sip:10.0.0.1" }] }], [
    ["peer", 'peer[0].domain is "localhost"; allowed: a domain that is not served here'],
  ]],
  ["a domain that is a peer", [
    { key: "peer", value: [{ domain: "b.test", next_hop: "sip:10.0.0.1" }] },
    { key: "domains", value: ["b.test"] },
  ], [["peer", 'peer[0].domain is "b.test"; allowed: a domain that is not served here']]],
  ["what the file sets", [{ key: "timers.t1", value: 500 }], [
    ["timers.t1", "timers.t1 is set by /etc/parley.toml; allowed: to change it there"],
  ]],
  ["what the environment sets, back to the default too", [{ key: "log.level", value: null }], [
    ["log.level", "log.level is set by PARLEY_LOG; allowed: to change it there"],
  ]],
  ["what the console may not set, back to the default too", [{ key: "storage.kv", value: null }], [
    [
      "storage.kv",
      "storage.kv is set in the settings file only: it is needed before the store is open, in which the console's settings lie",
    ],
  ]],
  ["the same key twice", [{ key: "pager.max_body", value: 5 }, { key: "pager.max_body", value: 6 }], [
    ["pager.max_body", "pager.max_body is given twice; allowed: once"],
  ]],
  ["media types that are none", [{ key: "pager.max_body_of", value: { text: 5 } }], [
    [
      "pager.max_body_of",
      'pager.max_body_of is {"text":5}; allowed: a table of at most 200 media types, each with a whole number of octets from 0 to 1048576',
    ],
  ]],
];
for (const [name, changes, errors] of REFUSALS) {
  Deno.test(`refused: ${name}`, () => {
    const found = check(changes);
    assert.deepEqual(found.errors.map(({ key, message }) => [key, message]), errors);
    assert.deepEqual(found.changes, []);
  });
}

Deno.test("what is in force already is no change", () => {
  const saved = { "pager.max_body": 900 };
  assert.deepEqual(
    check([
      { key: "pager.max_body", value: 900 },
      { key: "pager.answer_within", value: 8 },
      { key: "pager.types", value: null },
      { key: "pager.max_body_of", value: {} },
    ], saved),
    { errors: [], changes: [] },
  );
});

Deno.test("a change knows what the console had before; null takes that away", () => {
  const saved = { "pager.max_body": 900, "pager.answer_within": 8 };
  const { changes } = check([
    { key: "pager.max_body", value: 1000 },
    { key: "pager.require_login", value: false },
    // As the default, yet said by the console.
    { key: "pager.answer_within", value: null },
  ], saved);
  assert.deepEqual(changes, [
    { key: "pager.max_body", from: 900, to: 1000 },
    { key: "pager.require_login", to: false },
    { key: "pager.answer_within", from: 8 },
  ]);
});

Deno.test("a value that is left out keeps nobody from changing it, nor the others", () => {
  const saved = { "pager.answer_within": 60, "deferred.default_days": 99 };
  assert.deepEqual(check([{ key: "pager.max_body", value: 7 }], saved).errors, []);
  assert.deepEqual(check([{ key: "pager.answer_within", value: 8 }], saved).changes, [
    { key: "pager.answer_within", from: 60, to: 8 },
  ]);
});

Deno.test("what is too long for the console is refused, with the way out", () => {
  const value = Array.from({ length: 200 }, (_, i) => `${"x".repeat(60)}.${"y".repeat(60)}${i}.test`);
  const { errors: [{ key, message }] } = check([{ key: "pager.max_body", value: 5 }, { key: "domains", value }]);
  assert.equal(key, "domains");
  assert.match(message, /^domains makes the console's settings \d{5} octets; allowed: 16000, and any length in the/);
});
