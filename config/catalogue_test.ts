import assert from "node:assert/strict";
import { SETTINGS } from "./catalogue.ts";
import { clashes } from "./clashes.ts";
import { valueAt } from "./explain.ts";
import { schema } from "./schema.ts";
import { SettingSources } from "./setting_sources.ts";

const sources = new SettingSources({ text: "", file: "", data: "/srv/parley" });

Deno.test("every setting says what it is, can be searched for, and its default is one that is allowed", () => {
  const plain = sources.with({});
  const standard = schema.parse({});
  for (const [key, { notes, path, locked }] of SETTINGS) {
    assert.ok(notes.help.length > 5 && notes.help.endsWith("."), key);
    assert.ok((notes.life?.words ?? "").length > 3, `${key} has no words`);
    assert.deepEqual(JSON.parse(notes.default!), notes.standard, key);
    const given = sources.with({ [key]: notes.standard });
    if (locked === "") assert.deepEqual(valueAt(given.config, path), valueAt(plain.config, path), key);
    assert.notEqual(valueAt(standard, path), undefined, key);
  }
  assert.ok(SETTINGS.size > 50);
});

Deno.test("what needs a confirmation is not live, and can keep the admin out: doors and certificates", () => {
  const risky = [...SETTINGS.values()].filter(({ risky }) => risky);
  for (const { key, live } of risky) assert.equal(live, false, key);
  assert.deepEqual(risky.map(({ key }) => key), [
    "listen.sip",
    "listen.msrp",
    "listen.media_port",
    "listen.web",
    "tls.certificate",
    "tls.key",
    "tls.ca",
    "tls.client_certificates",
  ]);
});

Deno.test("what is needed to open the store is not for the console", () => {
  const locked = [...SETTINGS.values()].filter(({ locked }) => locked !== "").map(({ key }) => key);
  assert.deepEqual(locked, ["storage.kv", "storage.key_file", "log.format"]);
});

// Else one half of a rule could come into force before the other.
Deno.test("rules join settings that take effect together", () => {
  const broken = schema.parse({
    peer: [{ domain: "localhost", next_hop: "sip:10.0.0.1" }],
    tls: { certificate: "a.pem" },
    deferred: { default_days: 300, total_bytes: 2048 },
    registrar: { min_expires: 5000, default_expires: 80_000 },
    timers: { t1: 4000, t2: 1000 },
    profile: { quota_messages: 5 },
    session: { large_messages: "convert", max_content: 1000 },
    relay: { default_expires: 3601 },
    listen: { msrp: ["tls://[::]:5061"], web: ["http://0.0.0.0:8080", "https://127.0.0.1:8080"] },
  });
  const other = schema.parse({ tls: { key: "a.pem" }, registrar: { min_expires: 5000 } });
  const found = [...clashes(broken), ...clashes(other)];
  assert.equal(new Set(found.map(({ path }) => path.join("."))).size, 13);
  for (const { path, others } of found) {
    const own = SETTINGS.has(String(path[0])) ? String(path[0]) : path.slice(0, 2).join(".");
    const keys = [own, ...others];
    const applied = keys.map((key) => SETTINGS.get(key)!.live);
    assert.equal(new Set(applied).size, 1, keys.join(", "));
  }
});

Deno.test("two doors on one port are a mistake, whichever lists they stand in", () => {
  const clashing = (listen: Record<string, string[]>) => {
    const doors = { sip: [], msrp: [], web: [], ...listen };
    return clashes(schema.parse({ listen: doors })).map(({ path, allowed, others }) =>
      [path.join("."), allowed, ...others].join("; ")
    );
  };
  assert.deepEqual(clashing({ sip: ["tls://[::]:5061"], msrp: ["tls://127.0.0.1:5061"] }), [
    "listen.msrp.0; a port that listen.sip[0] does not have; listen.sip",
  ]);
  assert.deepEqual(clashing({ msrp: ["tcp://localhost:2855", "tls://127.0.0.1:2855"] }), [
    "listen.msrp.1; a port that listen.msrp[0] does not have",
  ]);
  assert.equal(clashing({ msrp: ["tcp://0.0.0.0:443"], web: ["https://192.0.2.1:443"] }).length, 1);
  assert.deepEqual(clashing({ sip: ["udp://[::]:5060", "tcp://[::]:5060"], msrp: ["tcp://127.0.0.1:0"] }), []);
  assert.deepEqual(clashing({ msrp: ["tcp://0.0.0.0:443", "tls://127.0.0.1:0"], web: ["https://[::1]:443"] }), []);
  assert.deepEqual(clashing({ msrp: ["tcp://127.0.0.1:443"], web: ["https://127.0.0.2:443"] }), []);
});

Deno.test("the ports of media threads are in a row, below 65536, and nobody else's", () => {
  const clashing = (threads: number, port: number, web = "http://127.0.0.1:8080") => {
    const listen = { msrp: ["tcp://127.0.0.1:2855", "tls://127.0.0.1:2856"], media_port: port, web: [web] };
    return clashes(schema.parse({ listen, session: { media_threads: threads } })).map(({ path, allowed, others }) =>
      [path.join("."), allowed, ...others].join("; ")
    );
  };
  assert.deepEqual(clashing(4, 2860), []);
  assert.deepEqual(clashing(0, 2855), [], "nobody needs them");
  assert.deepEqual(clashing(8, 0), [], "free ones");
  assert.deepEqual(clashing(2, 65_533), [
    "listen.media_port; at most 65532, as session.media_threads needs 4 ports; session.media_threads",
  ]);
  assert.deepEqual(clashing(1, 2855), [
    "listen.media_port; the first of 2 ports in a row, none of them that of listen.msrp[0]; session.media_threads; listen.msrp",
  ]);
  assert.deepEqual(clashing(3, 8075, "http://0.0.0.0:8080"), [
    "listen.media_port; the first of 6 ports in a row, none of them that of listen.web[0]; session.media_threads; listen.web",
  ]);
});
