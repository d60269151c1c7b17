/**
 * Settings that can lock the admin out: in force at once, gone unless confirmed; over real doors that open and close. Where a box
 * that nobody confirms has to wait for its 30 s, the other tests run meanwhile.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { presetSettings } from "../support/console_settings.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { eventually, originOf, Rest } from "../support/rest.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const HOST = "127.0.0.1";

/** Doors as the settings have them. */
interface Doors {
  readonly sip: number;
  readonly msrp: number;
  readonly web: number;
}

interface Version {
  readonly version: number;
  readonly state: string;
  readonly why: string;
  readonly by: string;
}

const freeDoors = (): Doors => ({ sip: freePort(), msrp: freePort(), web: freePort() });
const entriesOf = ({ sip, msrp, web }: Doors) => ({
  "listen.sip": [`udp://${HOST}:${sip}`, `tcp://${HOST}:${sip}`],
  "listen.msrp": [`tcp://${HOST}:${msrp}`],
  "listen.web": [`http://${HOST}:${web}`],
});

/** A box whose doors the console has set; the settings file leaves them alone. */
class MovingBox {
  readonly parley: ParleyProcess;
  /** Its owner, at the door that was there first. */
  ada: Rest;

  private constructor(parley: ParleyProcess, ada: Rest) {
    this.parley = parley;
    this.ada = ada;
  }

  static async start(doors: Doors): Promise<MovingBox> {
    const parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: "# [listen] is left to the console\n[console]\nconfirm_seconds = 30\n",
      prepare: (data) => presetSettings(data, entriesOf(doors)),
    });
    equal(originOf(parley), `http://${HOST}:${doors.web}`);
    return new MovingBox(parley, await Rest.setUp(parley));
  }

  /** The owner, with the same session, at these doors. */
  at({ web }: Doors): Rest {
    return new Rest(`http://${HOST}:${web}`, this.ada.token);
  }

  /** Asks for other doors, and waits until the candidate is in force there. Gives its version. */
  async move(from: Doors, to: Doors): Promise<number> {
    const outcome = await this.at(from).settings(entriesOf(to));
    equal(outcome.next, "confirm");
    await eventually(async () => {
      const { candidate } = await this.at(to).get<{ candidate: { version: number } | null }>("/settings/candidate");
      return candidate?.version === outcome.version;
    }, "the candidate in force");
    await closed(from.web);
    await closed(from.sip);
    await closed(from.msrp);
    return outcome.version;
  }

  async newest(doors: Doors): Promise<Version> {
    const { versions } = await this.at(doors).get<{ versions: Version[] }>("/settings/history");
    return versions[0];
  }

  /** Texts of what the health list says under a code. */
  async health(doors: Doors, code: string): Promise<string[]> {
    const { items } = await this.at(doors).post<{ items: { code: string; text: string }[] }>("/health/run");
    return items.filter((item) => item.code === code).map(({ text }) => text);
  }
}

/** Nobody listens there any more. */
async function closed(port: number): Promise<void> {
  await eventually(async () => {
    try {
      (await Deno.connect({ hostname: HOST, port })).close();
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return true;
      throw error;
    }
  }, `port ${port} closed`);
}

async function registered(user: string, { sip }: Doors, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: "example.test", port: sip, transport });
  const answer = await client.register();
  equal(statusOf(answer), 200, answer.raw);
  return client;
}

const [first, second] = [freeDoors(), freeDoors()];
const [old, tried] = [freeDoors(), freeDoors()];
let forgotten: MovingBox;
let moving: MovingBox;
let triedAt = 0;

Deno.test.beforeAll(async () => {
  [forgotten, moving] = await Promise.all([MovingBox.start(old), MovingBox.start(first)]);
});
Deno.test.afterAll(async () => {
  await Promise.all([forgotten, moving].map((box) => box?.parley[Symbol.asyncDispose]()));
});

Deno.test(
  "doors that nobody confirms: the new ones are open, the old ones closed, the session goes on",
  options,
  async () => {
    triedAt = performance.now();
    await forgotten.move(old, tried);
    const ada = forgotten.at(tried);
    const { candidate } = await ada.get<{ candidate: { confirm_before: number } }>("/settings/candidate");
    const left = candidate.confirm_before - Date.now();
    ok(left > 20_000 && left <= 30_000, `${left} ms to confirm`);
    await leave([await registered("alice", tried)]);
    // No other change while one waits.
    const other = await ada.ask("PATCH", "/settings", { body: { changes: [{ key: "pager.max_body", value: 2000 }] } });
    other.refused(409, "conflict");
  },
);

Deno.test("what the file sets is shown with its origin, and refused", options, async () => {
  const { ada } = moving;
  const { settings } = await ada.get<{ settings: { key: string; origin: string; set_by: string; value: unknown }[] }>(
    "/settings",
  );
  const row = (wanted: string) => settings.find(({ key }) => key === wanted)!;
  const { origin, set_by, value } = row("console.confirm_seconds");
  deepEqual([origin, value], ["file", 30]);
  match(set_by, /parley\.toml/);
  equal(row("listen.web").origin, "console");
  equal(row("pager.max_body").origin, "default");
  const changes = [{ key: "console.confirm_seconds", value: 60 }, { key: "pager.max_body", value: 2000 }];
  const { errors } = (await ada.ask("PATCH", "/settings", { body: { changes } })).refused(422, "invalid");
  deepEqual(errors.map(({ field }) => field), ["console.confirm_seconds"]);
  match(errors[0].message, /is set by .*parley\.toml/);
  equal(
    (await ada.get<{ settings: { key: string; value: unknown }[] }>("/settings")).settings
      .find(({ key }) => key === "pager.max_body")!.value,
    1300,
    "all or none",
  );
});

Deno.test(
  "a restart in place: sessions stay, a UDP phone needs nothing, a TCP client comes back to what was sent meanwhile",
  options,
  async () => {
    const { ada, parley } = moving;
    const { pid } = parley;
    const [phone, laptop] = [await registered("alice", first), await registered("bob", first, "tcp")];
    const before = await ada.get<{ started_at: number }>("/status");
    await ada.post("/restart");
    await eventually(
      async () => (await ada.get<{ started_at: number }>("/status")).started_at > before.started_at,
      "the new life",
    );
    equal(parley.pid, pid);
    equal(statusOf(await phone.message(phone.aor, "still here")), 200);
    await phone.requestArrived(({ body }) => body === "still here");
    equal(statusOf(await phone.message(laptop.aor, "while you were away")), 202);
    const back = await registered("bob", first, "tcp");
    await back.requestArrived(({ body }) => body === "while you were away");
    equal(statusOf(await back.message(phone.aor, "back again")), 200);
    laptop.close();
    await leave([phone, back]);
  },
);

Deno.test("doors that are confirmed stay, also over a restart of the process", options, async () => {
  const version = await moving.move(first, second);
  const ada = moving.at(second);
  const confirmed = await ada.post<Version>("/settings/confirm");
  deepEqual([confirmed.version, confirmed.state], [version, "confirmed"]);
  (await ada.ask("POST", "/settings/confirm")).refused(409, "conflict");
  await moving.parley.stop();
  await moving.parley.run();
  deepEqual(moving.parley.ready!.web, [`http://${HOST}:${second.web}`]);
  equal((await moving.newest(second)).state, "confirmed");
  await leave([await registered("alice", second, "tcp")]);
});

Deno.test("killed while a change waits to be confirmed: the box starts with what was confirmed", options, async () => {
  const version = await moving.move(second, first);
  await moving.parley.kill();
  await moving.parley.run();
  deepEqual(moving.parley.ready!.web, [`http://${HOST}:${second.web}`]);
  const newest = await moving.newest(second);
  deepEqual([newest.version, newest.state], [version, "reverted"]);
  match(newest.why, /ended before it was confirmed/);
  match((await moving.health(second, "settings.reverted")).join(), /ended before it was confirmed/);
});

Deno.test("doors that cannot be opened: back at once, and history and health say why", options, async () => {
  const taken = Deno.listen({ hostname: HOST, port: 0 });
  try {
    const { port } = taken.addr as Deno.NetAddr;
    const begun = performance.now();
    const outcome = await moving.at(second).settings({ "listen.sip": [`tcp://${HOST}:${port}`] });
    equal(outcome.next, "confirm");
    const newest = await eventually(async () => {
      const newest = await moving.newest(second);
      return newest.state === "reverted" && newest.version === outcome.version ? newest : null;
    }, "the candidate given up");
    ok(performance.now() - begun < 10_000);
    match(newest.why, /could not start/);
    ok(newest.why.includes(String(port)), newest.why);
    const [text] = await moving.health(second, "settings.reverted");
    ok(text.includes(String(port)), text);
    await leave([await registered("alice", second)]);
  } finally {
    taken.close();
  }
});

Deno.test("30 s later the old doors are open again by themselves, and the new ones closed", options, async () => {
  const newest = await eventually(
    async () => {
      const newest = await forgotten.newest(old);
      return newest.state === "reverted" ? newest : null;
    },
    "the old doors",
    45_000,
  );
  ok(performance.now() - triedAt >= 29_000, "taken back too early");
  match(newest.why, /nobody confirmed it within 30 seconds/);
  await closed(tried.web);
  await closed(tried.sip);
  match((await forgotten.health(old, "settings.reverted")).join(), /nobody confirmed/);
  await leave([await registered("alice", old, "tcp")]);
});
