import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { LogRing, Metrics } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { AuditEntry } from "../../../storage/mod.ts";
import type { BackupSchedule, BoxStatus, HealthItem, SettingRow } from "../services/mod.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { SupportBundle } from "./support_bundle.ts";

function row(key: string, value: unknown): SettingRow {
  return {
    key,
    area: key.split(".")[0],
    kind: "text",
    help: "",
    allowed: "",
    unit: "",
    choices: [],
    default: "",
    value,
    origin: "file",
    set_by: "/etc/parley.toml",
    locked: "set by /etc/parley.toml",
    apply: "live",
    risky: false,
    changed_at: 0,
    changed_by: "",
    words: "",
  };
}

const STATUS: BoxStatus = {
  version: "0.3.0",
  domains: ["example.test"],
  started_at: 1,
  now: 2,
  doors: ["udp://127.0.0.1:5060"],
  users: 2,
  registered: 1,
  deferred_messages: 0,
  deferred_octets: 0,
  trouble: null,
  restart_needed: false,
};
const SCHEDULE: BackupSchedule = {
  enabled: true,
  at: "02:30",
  every: "day",
  keep: 7,
  test: true,
  target: { kind: "s3", url: "https://user:hunter2@s3.test/b", region: "x", access_key: "AKIDEXAMPLE" },
};

function world() {
  const time = new FakeTime();
  const logs = new LogRing();
  const audit: AuditEntry[] = [];
  const items: HealthItem[] = [];
  const bundle = new SupportBundle({
    box: { status: () => STATUS },
    settings: {
      rows: () => [
        row("tls.key", "/secret/place.pem"),
        row("auth.secret", "hunter2"),
        row("peer", [{ domain: "a.test", password: "hunter2", next_hop: "sip:a.test" }]),
        row("storage.kv", "https://u:hunter2@kv.test/"),
        row("auth.password", ""),
      ],
      history: () => [{
        version: 3,
        at: 0,
        by: "admin:ann",
        changes: [{ key: "auth.secret", from: "hunter2", to: "hunter2" }],
        state: "confirmed",
        why: "",
      }],
    },
    health: { list: () => items },
    certificates: { list: () => [] },
    backups: { list: () => Promise.resolve([]), schedule: () => SCHEDULE },
    metrics: new Metrics(),
    logs,
    build: () => ({ version: "0.3.0", arch: "aarch64" }),
    audit: { append: (entry) => audit.push(entry) },
    clock: time,
  });
  return { bundle, logs, audit, time };
}

Deno.test("no secrets, and no names of users, are in the bundle; what is odd can still be followed", async () => {
  const { bundle, logs } = world();
  logs.add(1, "info", "registrar", "login", { user: "sip:Alice@example.test", from: "192.0.2.9:5060" });
  logs.add(2, "warn", "sip", "request failed", {
    to: "<sip:alice@example.test;transport=tcp>",
    by: "sip:bob@example.test",
    tel: "+1 no, +15551234567",
  });
  const entries = await bundle.preview();
  const all = entries.map(({ text }) => text).join("\n");
  for (const word of ["hunter2", "place.pem", "AKIDEXAMPLE", "alice", "Alice", "bob", "ann", "15551234567"]) {
    assert.ok(!all.includes(word), `${word} is in it`);
  }
  const log = entries.find(({ name }) => name === "log.jsonl")!.text.trim().split("\n").map((line) => JSON.parse(line));
  const [, alice] = /sip:(user-\d+)@example\.test/.exec(log[0].user)!;
  assert.equal(log[1].to, `<sip:${alice}@example.test;transport=tcp>`);
  assert.notEqual(log[1].by, `sip:${alice}@example.test`);
  assert.match(log[1].by, /^sip:user-\d+@example\.test$/);
  assert.equal(log[0].from, "192.0.2.9:5060");
  const settings = JSON.parse(entries.find(({ name }) => name === "settings.json")!.text);
  assert.deepEqual(settings.map(({ value }: { value: unknown }) => value), [
    "(set)",
    "(set)",
    [{ domain: "a.test", password: "(set)", next_hop: "sip:a.test" }],
    "https://(set)@kv.test/",
    "",
  ]);
});

Deno.test("what was looked at is what leaves, octet for octet, once", async () => {
  const { bundle, logs, audit, time } = world();
  const entries = await bundle.preview();
  logs.add(3, "info", "web", "later", {});
  time.advance(60_000);
  const files = unzipSync(await bundle.bundle("admin:ann"));
  assert.deepEqual(Object.keys(files).sort(), entries.map(({ name }) => name).sort());
  for (const { name, text, octets } of entries) {
    assert.equal(new TextDecoder().decode(files[name]), text);
    assert.equal(files[name].length, octets);
  }
  assert.deepEqual(audit.map(({ event, actor }) => [event, actor]), [["support.bundle", "admin:ann"]]);
  const again = unzipSync(await bundle.bundle("admin:ann"));
  assert.match(new TextDecoder().decode(again["log.jsonl"]), /later/);
});

Deno.test("a preview of long ago is made anew; a large log is packed whole", async () => {
  const { bundle, logs, time } = world();
  await bundle.preview();
  time.advance(3_600_000);
  for (let i = 0; i < 2000; i++) logs.add(i, "info", "web", "line", { i, text: "x".repeat(200) });
  const files = unzipSync(await bundle.bundle("admin:ann"));
  assert.equal(new TextDecoder().decode(files["log.jsonl"]).trim().split("\n").length, 2000);
});

Deno.test("pseudonyms: URIs, passwords in them, numbers, names by field; words that are no names stay", () => {
  const hide = new Pseudonyms();
  assert.equal(hide.text("sip:alice:pw@a.test and sips:alice@b.test"), "sip:user-1@a.test and sips:user-1@b.test");
  assert.equal(hide.text("mailto:zoë@[2001:db8::1]"), "mailto:user-2@[2001:db8::1]");
  assert.equal(hide.text("tel:+1(555)123-4567, +15551234567"), "tel:number-1, number-1");
  assert.equal(
    hide.text("2026-01-01T00:00:00+02:00 from 192.0.2.1:5060"),
    "2026-01-01T00:00:00+02:00 from 192.0.2.1:5060",
  );
  assert.deepEqual(
    hide.data({ actor: "admin:ann", who: "cli", count: 3, list: [{ user: "Alice" }], ok: true, none: null }),
    {
      actor: "user-3",
      who: "cli",
      count: 3,
      list: [{ user: "user-1" }],
      ok: true,
      none: null,
    },
  );
});
