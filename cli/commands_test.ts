import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLog, systemClock, TimerQueues } from "../foundation/mod.ts";
import { parseConfig } from "../config.ts";
import { openConfiguredStorage, openForCommand } from "../store.ts";
import { newRecoveryKey, recoveryKeyText } from "../storage/mod.ts";
import { credentialsFor } from "../roles/sip_core/mod.ts";
import { connectControl } from "./control_client.ts";
import { openControlDoor } from "./control_server.ts";
import { lockData } from "./data_lock.ts";
import { recoveryKeyOf, setRecoveryKey, StoredOperations } from "../operations/stored/mod.ts";
import { run, withFolder } from "./testing.ts";

const ENVIRONMENT = { PARLEY_DOMAIN: "example.test" };

/** A box as far as the command line can tell: storage, operations, control door, and what it was told. */
async function withBox(data: string, work: (changes: string[], operations: StoredOperations) => Promise<void>) {
  const config = parseConfig("", { file: "", data, environment: ENVIRONMENT });
  const timers = new TimerQueues(systemClock, (error) => assert.fail(error as Error));
  timers.run();
  const lock = await lockData(data);
  const storage = await openConfiguredStorage(config, { clock: systemClock, timers, log: silentLog });
  const changes: string[] = [];
  const operations = new StoredOperations({
    storage,
    clock: systemClock,
    data,
    domains: config.domains,
    version: "1.2.3",
    actor: "cli",
    changed: (aor, change) => changes.push(`${change} ${aor}`),
    live: () => ({ pid: 7, uptime_seconds: 90_061, registered: 2, doors: ["udp://127.0.0.1:5060"] }),
  });
  const door = await openControlDoor(data, operations, silentLog);
  try {
    await work(changes, operations);
  } finally {
    await door.close();
    await storage.close();
    timers.stop();
    lock.release();
  }
}

/** One life of a user, told by the command line; the same with a box and without. */
async function lifeOfAUser(data: string): Promise<void> {
  const at = ["--data", data];
  const environment = ENVIRONMENT;
  const line = (...args: string[]) => run([...args, ...at], { environment });
  const add = [
    "user",
    "add",
    "sip:Alice@Example.test",
    "--password",
    "pw",
    "--display-name",
    "Ålice 🌼",
    "--e164",
    "+1 555-123-4567",
  ];
  assert.deepEqual(await line(...add), { code: 0, out: ["added sip:Alice@Example.test"], err: [] });
  assert.deepEqual(await line(...add), { code: 1, out: [], err: ["parley: sip:Alice@example.test exists already"] });
  const stolen = await line("user", "add", "bob@example.test", "--password", "pw", "--e164", "+15551234567");
  assert.deepEqual(stolen.err, ["parley: +15551234567 is the number of sip:Alice@example.test already"]);
  const made = JSON.parse((await line("user", "add", "bob@example.test", "--json")).out[0]);
  assert.equal(made.password.length, 16);
  const users = JSON.parse((await line("user", "list", "--json")).out[0]);
  assert.deepEqual(users.map((user: { uri: string }) => user.uri), ["sip:Alice@example.test", "sip:bob@example.test"]);
  assert.deepEqual([users[0].display_name, users[0].e164, users[0].state], ["Ålice 🌼", "+15551234567", "active"]);
  assert.ok(!JSON.stringify(users).includes("md5"));
  assert.deepEqual((await line("user", "suspend", "sip:bob@example.test")).out, ["sip:bob@example.test is suspended"]);
  assert.deepEqual((await line("user", "resume", "sip:bob@example.test")).out, ["sip:bob@example.test is active"]);
  assert.equal((await line("user", "passwd", "bob@example.test", "--password", "other")).code, 0);
  assert.deepEqual((await line("user", "remove", "sip:bob@example.test")).out, ["removed sip:bob@example.test"]);
  const gone = await line("user", "remove", "sip:bob@example.test");
  assert.deepEqual(gone, { code: 1, out: [], err: ["parley: there is no user sip:bob@example.test"] });
}

Deno.test("users live and go without a box, and a removed one is gone", () => withFolder((data) => lifeOfAUser(data)));

Deno.test("users live and go through a running box, which is told of every change", () =>
  withFolder((data) =>
    withBox(data, async (changes, operations) => {
      await lifeOfAUser(data);
      assert.deepEqual(changes, [
        "added sip:Alice@example.test",
        "added sip:bob@example.test",
        "suspended sip:bob@example.test",
        "resumed sip:bob@example.test",
        "password sip:bob@example.test",
        "removed sip:bob@example.test",
      ]);
      assert.equal((await operations.listUsers({ after: "", limit: 10 })).length, 1);
    })
  ));

Deno.test("the credentials kept are those of the password, for the number too, and the password is not kept", () =>
  withFolder(async (data) => {
    const config = parseConfig("", { file: "", data });
    await run(["user", "add", "alice@example.test", "--password", "-", "--e164", "+15551234567", "--data", data], {
      stdin: "geheim ü\n",
    });
    const timers = new TimerQueues(systemClock, (error) => assert.fail(error as Error));
    const storage = await openConfiguredStorage(config, { clock: systemClock, timers, log: silentLog });
    const alice = storage.subscribers.get("sip:alice@example.test");
    assert.deepEqual(alice?.credentials, credentialsFor("alice", "example.test", "geheim ü", "+15551234567"));
    await storage.close();
  }));

Deno.test("a user of a domain that is not served is added, with a warning", () =>
  withFolder(async (data) => {
    const { code, err } = await run(["user", "add", "a@other.test", "--data", data], { environment: ENVIRONMENT });
    assert.equal(code, 0);
    assert.match(err[0], /^parley: warning: the domain other.test is not served here \(served: example.test\)/);
  }));

Deno.test("values that cannot be are refused with what is allowed", () =>
  withFolder(async (data) => {
    const refusal = async (...args: string[]) => (await run(["user", "add", ...args, "--data", data])).err[0];
    assert.match(await refusal("alice"), /^parley: "alice" is not a user's address; allowed: sip:user@domain/);
    assert.match(await refusal("tel:+15551234567"), /is not a user's address/);
    assert.match(await refusal("a:b@x.test"), /is not a user's address/);
    assert.match(await refusal("älice@x.test"), /other characters escaped/);
    assert.match(
      await refusal("a@x.test", "--e164", "555"),
      /^parley: "555" is not a number; allowed: \+ and 5 to 15 digits/,
    );
    assert.match(await refusal("a@x.test", "--password", ""), /^parley: the password must have 1 to 256 characters/);
    assert.match(await refusal("a@x.test", "--display-name", "a\nb"), /^parley: the display name/);
    assert.deepEqual((await run(["user", "list", "--data", data])).out, []);
  }));

Deno.test("an import is all or nothing, and every mistake is told with its line", () =>
  withFolder(async (data) => {
    const file = join(data, "users.csv");
    const bring = async (text: string, ...flags: string[]) => {
      await Deno.writeTextFile(file, text);
      return await run(["user", "import", file, "--data", data, ...flags], { environment: ENVIRONMENT });
    };
    const bad = await bring(
      'uri,password,display_name,e164\nsip:a@example.test,x,"A, first",+15550000001\nb@example.test,,B,\n' +
        "c@example.test,x,C,+15550000001\nA@example.test,x\na@example.test,x,again,\n",
    );
    assert.equal(bad.code, 1);
    assert.deepEqual(bad.err, [
      `${file}: line 5: 2 fields; the first line has 4`,
      `${file}: line 3: the password must have 1 to 256 characters and no control characters`,
      `${file}: line 4: +15550000001 is here twice (first as number 1)`,
      `${file}: line 6: sip:a@example.test is here twice (first as number 1)`,
      "parley: nothing was added: 4 mistakes",
    ]);
    assert.deepEqual((await run(["user", "list", "--data", data])).out, []);

    const good = "password,uri,display_name\nx,a@example.test,A\ny,b@example.test,B\n";
    assert.deepEqual((await bring(good, "--dry-run")).out, ["would add 2, would replace 0"]);
    assert.deepEqual((await run(["user", "list", "--data", data])).out, []);
    assert.deepEqual((await bring(good)).out, ["added 2, replaced 0"]);
    assert.equal((await bring(good)).code, 1);
    assert.deepEqual((await bring(`${good}z,c@example.test,C\n`, "--replace")).out, ["added 1, replaced 2"]);
    assert.match(
      (await bring("uri,name\n")).err[0],
      /line 1: the first line is "uri,name"; allowed: uri,password,display_name,e164/,
    );
    assert.match((await bring("")).err[0], /the file is empty/);
    assert.match((await bring('uri,password\n"a')).err[0], /line 2: a quote is opened/);
  }));

Deno.test("ten thousand users are imported through a running box in seconds", () =>
  withFolder((data) =>
    withBox(data, async () => {
      const rows = Array.from({ length: 10_000 }, (_, i) =>
        `sip:u${i}@example.test,pw${i},"User, ${i}",+1555${1_000_000 + i}`);
      const file = join(data, "users.csv");
      await Deno.writeTextFile(file, `uri,password,display_name,e164\n${rows.join("\n")}\n`);
      const began = performance.now();
      const { code, out } = await run(["user", "import", file, "--data", data], { environment: ENVIRONMENT });
      const took = performance.now() - began;
      assert.deepEqual([code, out], [0, ["added 10000, replaced 0"]]);
      assert.ok(took < 20_000, `${took} ms`);
      assert.equal((await run(["user", "list", "--data", data])).out.length, 10_000);
    })
  ));

Deno.test("a token is shown once, works by its scope, and is worthless when revoked", () =>
  withFolder((data) =>
    withBox(data, async (_changes, operations) => {
      const line = (...args: string[]) => run([...args, "--data", data]);
      const [token] = (await line("token", "create", "--name", "ci")).out;
      assert.match(token, /^parley_[\w-]{43}$/);
      assert.ok(operations.tokenAllows(token, "admin"));
      assert.ok(operations.tokenAllows(token, "metrics"));
      assert.ok(!operations.tokenAllows(`${token}x`, "metrics"));
      const meter = JSON.parse((await line("token", "create", "--scope", "metrics", "--days", "0", "--json")).out[0]);
      assert.ok(operations.tokenAllows(meter.token, "metrics"));
      assert.ok(!operations.tokenAllows(meter.token, "admin"));
      const listed = JSON.parse((await line("token", "list", "--json")).out[0]);
      assert.equal(listed.length, 2);
      assert.ok(!JSON.stringify(listed).includes(token));
      assert.equal((await line("token", "revoke", meter.id)).code, 0);
      assert.ok(!operations.tokenAllows(meter.token, "metrics"));
      assert.deepEqual((await line("token", "revoke", meter.id)).err, [`parley: there is no token "${meter.id}"`]);
      assert.equal((await line("token", "create", "--scope", "all")).code, 2);
    })
  ));

Deno.test("status tells whether a box runs", () =>
  withFolder(async (data) => {
    const idle = JSON.parse((await run(["status", "--json", "--data", data])).out[0]);
    assert.deepEqual([idle.running, idle.users, idle.live], [false, 0, undefined]);
    await withBox(data, async () => {
      const { out, code } = await run(["status", "--data", data]);
      assert.equal(code, 0);
      assert.equal(out[0], "parley runs (pid 7, up 1 d 01:01:01)");
      assert.ok(out.includes("users       0, 2 registered"), out.join("\n"));
    });
  }));

Deno.test("the audit log tells what was done, newest first, by event and with a limit", () =>
  withFolder((data) =>
    withBox(data, async () => {
      const line = (...args: string[]) => run([...args, "--data", data], { environment: ENVIRONMENT });
      await line("user", "add", "a@example.test", "--password", "geheim");
      await line("user", "suspend", "a@example.test");
      await line("token", "create");
      const all = JSON.parse((await line("audit", "--json")).out[0]);
      assert.deepEqual(all.map(({ event }: { event: string }) => event), [
        "token.create",
        "user.suspended",
        "user.added",
      ]);
      assert.ok(!JSON.stringify(all).includes("geheim"));
      const { out } = await line("audit", "--event", "user.added");
      assert.equal(out.length, 1);
      assert.match(out[0], /^\d+ 20\d\d-.*Z user.added +cli user="sip:a@example.test"$/);
      assert.equal((await line("audit", "--limit", "2")).out.length, 2);
      assert.equal((await line("audit", "--limit", "0")).code, 2);
    })
  ));

Deno.test("a large import is one line of the audit log, with its numbers", () =>
  withFolder(async (data) => {
    const rows = Array.from({ length: 1001 }, (_, i) => `sip:u${i}@example.test,pw-${i},,`);
    await Deno.writeTextFile(join(data, "users.csv"), `uri,password,display_name,e164\n${rows.join("\n")}\n`);
    const line = (...args: string[]) => run([...args, "--data", data], { environment: ENVIRONMENT });
    assert.equal((await line("user", "import", join(data, "users.csv"))).code, 0);
    const entries = JSON.parse((await line("audit", "--json")).out[0]);
    assert.deepEqual(entries.map(({ event, facts }: { event: string; facts: unknown }) => [event, facts]), [
      ["user.import", { added: 1001, replaced: 0 }],
    ]);
  }));

Deno.test("a backup, taken live, is one file that is restored elsewhere", () =>
  withFolder(async (data) => {
    const copy = join(data, "copy");
    const other = join(data, "other");
    await withBox(data, async () => {
      await run(["user", "add", "a@example.test", "--data", data], { environment: ENVIRONMENT });
      const { code, out } = await run(["backup", copy, "--data", data]);
      assert.equal(code, 0, out.join());
      assert.match(out[0], /\/copy \(\d+ octets, NOT SEALED: who has it can read everything\)$/);
      assert.equal(Deno.statSync(copy).mode! & 0o777, 0o600);
      assert.match((await run(["backup", copy, "--data", data])).err[0], /copy: exists already/);
      assert.match((await run(["restore", copy, "--data", data])).err[0], /^parley: a box runs on /);
      for (let n = 0; n < 2; n++) {
        const [line] = (await run(["backup", "--data", data])).out;
        assert.match(line, /\/backups\/parley-\d{8}T\d{9}Z-[0-9a-f]{4}-open\.parley \(\d+ octets, NOT SEALED/);
      }
    });
    const { out } = await run(["restore", copy, "--data", other]);
    assert.match(out[0], /parley\.kv and .*parley\.key are those of 20\d\d-.*Z, with 1 users$/);
    assert.match((await run(["user", "list", "--data", other])).out[0], /^sip:a@example.test /);
    assert.equal((await run(["restore", copy, "--data", other])).code, 1);
    assert.equal((await run(["restore", copy, "--data", other, "--force"])).code, 0);
    assert.ok(Deno.statSync(join(other, "parley.kv.before-restore")).isFile);
  }));

Deno.test("a backup is sealed with the box's recovery key, and restored with it only", () =>
  withFolder(async (data) => {
    const other = join(data, "other");
    const recovery = newRecoveryKey();
    let path = "";
    await run(["user", "add", "a@example.test", "--data", data], { environment: ENVIRONMENT });
    const config = parseConfig("", { file: "", data, environment: ENVIRONMENT });
    const storage = await openForCommand(config, silentLog, "");
    assert.equal(await recoveryKeyOf(storage), null);
    await setRecoveryKey(storage, recovery, { createdAt: 1, confirmedAt: 2 });
    assert.deepEqual(await recoveryKeyOf(storage), recovery);
    await storage.close();
    await withBox(data, async () => {
      const made = JSON.parse((await run(["backup", "--data", data, "--json"])).out[0]);
      assert.match(made.path, new RegExp(`/backups/parley-\\d{8}T\\d{9}Z-[0-9a-f]{4}-${recovery.id}\\.parley$`));
      assert.deepEqual([made.recovery_key, made.octets], [recovery.id, Deno.statSync(made.path).size]);
      path = made.path;
    });
    const restore = (...more: string[]) =>
      run(["restore", path, "--data", other, ...more], { stdin: recoveryKeyText(recovery) });
    const none = await restore();
    assert.deepEqual([none.code, none.out], [1, []]);
    assert.match(none.err[0], new RegExp(`needs the recovery key with the id ${recovery.id}$`));
    const wrong = newRecoveryKey();
    assert.match(
      (await restore("--recovery-key", recoveryKeyText(wrong))).err[0],
      new RegExp(`the one given has the id ${wrong.id}$`),
    );
    const typo = await restore("--recovery-key", "abc");
    assert.equal(typo.code, 2);
    assert.match(typo.err[0], /--recovery-key: This is no recovery key: it has 3 characters; allowed/);
    assert.equal((await restore("--recovery-key", recoveryKeyText(recovery).toLowerCase())).code, 0);
    assert.equal((await restore("--force", "--recovery-key", "-")).code, 0);
    assert.match((await run(["user", "list", "--data", other])).out[0], /^sip:a@example.test /);
  }));

Deno.test("the audit log is verified and exported, with a box and without", () =>
  withFolder(async (data) => {
    const line = (...args: string[]) => run([...args, "--data", data], { environment: ENVIRONMENT });
    assert.match((await line("audit", "--verify")).out[0], /^the audit log is whole: it has no entries/);
    const file = join(data, "audit.jsonl");
    let text = "";
    await withBox(data, async () => {
      await line("user", "add", "a@example.test", "--password", "geheim");
      await line("user", "suspend", "a@example.test");
      const { code, out } = await line("audit", "--verify");
      assert.equal(code, 0);
      assert.equal(out[0], "the audit log is whole: 2 entries, 1 to 2");
      assert.deepEqual((await line("audit", "--export", file)).out, [`${file} (2 entries)`]);
      text = Deno.readTextFileSync(file);
      const records = text.trimEnd().split("\n").map((one) => JSON.parse(one));
      assert.deepEqual(records.map(({ id, event }) => [id, event]), [[1, "user.added"], [2, "user.suspended"]]);
      assert.ok(out[1].endsWith(records[1].chain), out[1]);
      const again = await line("audit", "--export", file);
      assert.match(again.err[0], /audit.jsonl: exists already/);
      assert.equal(Deno.readTextFileSync(file), text);
    });
    assert.equal((await line("audit", "--export", "-")).out.map((one) => `${one}\n`).join(""), text);
    assert.equal(JSON.parse((await line("audit", "--verify", "--json")).out[0]).entries, 2);
    const missing = await line("audit", "--export", join(data, "no/such"));
    assert.equal(missing.code, 1);
    await withBox(data, async (_changes, operations) => {
      operations.verifyAudit = () => Promise.resolve({ ok: false, at: 2, reason: "its content does not match" });
      const { code, out } = await line("audit", "--verify");
      assert.deepEqual([code, out], [1, ["the audit log was changed: entry 2: its content does not match"]]);
    });
  }));

Deno.test("the sealing key is rotated live, and everything is still there", () =>
  withFolder(async (data) => {
    await run(["user", "add", "a@example.test", "--data", data], { environment: ENVIRONMENT });
    await withBox(data, async () => {
      assert.match(
        (await run(["key", "rotate", "--data", data])).out[0],
        /^key 2 is in use; \d+ values were sealed anew$/,
      );
    });
    assert.match((await run(["user", "list", "--data", data])).out[0], /^sip:a@example.test /);
  }));

Deno.test("the control door is for its owner only, and refuses what it does not know", () =>
  withFolder((data) =>
    withBox(data, async () => {
      const path = join(data, "control.sock");
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
      const ask = async (operation: string, body: string) => {
        const response = await fetch(`http://parley/v1/${operation}`, { client, method: "POST", body });
        return [response.status, (await response.json()).kind];
      };
      assert.deepEqual(await ask("constructor", "{}"), [404, "invalid"]);
      assert.deepEqual(await ask("listUsers", "{"), [400, "invalid"]);
      assert.deepEqual(await ask("listUsers", '{"after":1,"limit":1}'), [400, "invalid"]);
      assert.deepEqual(await ask("setState", '{"uri":"sip:x@y.test","state":"barred"}'), [400, "invalid"]);
      assert.deepEqual(await ask("removeUser", '{"uri":"sip:x@y.test"}'), [404, "not-found"]);
      client.close();
    })
  ));

Deno.test("a socket that a killed box left behind stops nobody", () =>
  withFolder(async (data) => {
    const dead = Deno.listen({ transport: "unix", path: join(data, "control.sock") });
    await Deno.rename(join(data, "control.sock"), join(data, "kept"));
    dead.close();
    await Deno.rename(join(data, "kept"), join(data, "control.sock"));
    assert.equal(await connectControl(data), null);
    await withBox(data, async () => assert.equal((await run(["status", "--data", data])).code, 0));
  }));

Deno.test("a data folder that another process has is waited for, not for ever, and not shared", () =>
  withFolder(async (data) => {
    const lock = await lockData(data);
    await assert.rejects(lockData(data, 60), /is in use by another Parley; stop it first/);
    lock.release();
    (await lockData(data)).release();
  }));

Deno.test("a path too long for a socket is refused with the reason", () =>
  withFolder(async (data) => {
    const deep = join(data, "x".repeat(100));
    await assert.rejects(
      openControlDoor(deep, {} as never, silentLog),
      /a socket's path may have 107: choose a shorter/,
    );
    assert.equal(await connectControl(deep), null);
  }));
