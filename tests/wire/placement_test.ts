/**
 * Which of two domains stores what (OMA AD §5.3.2.1.3, every row): two boxes, alice at one and bob at the other, each with or without
 * the Deferred Messaging function. Bob is away when alice writes, and alice is away when bob reads it.
 */
import assert from "node:assert/strict";
import { freePort } from "../support/process.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
/** As soon as the settings let another domain be tried again. */
const RETRY_S = 5;

type Mode = "pager" | "large" | "session";
type Place = "alice's" | "bob's" | "nowhere";

interface Row {
  readonly mode: Mode;
  /** Where the message waits for bob. */
  readonly message: Place;
  /** Where the notifications wait for alice. */
  readonly notifications: Place;
}

/** Who has the function. */
interface Capability {
  readonly who: string;
  /** Both are of one domain. */
  readonly together?: boolean;
  readonly alice: boolean;
  readonly bob: boolean;
  readonly rows: readonly Row[];
}

const TABLE: readonly Capability[] = [
  {
    who: "the one server of both",
    together: true,
    alice: true,
    bob: true,
    rows: [
      { mode: "pager", message: "alice's", notifications: "alice's" },
      { mode: "large", message: "alice's", notifications: "alice's" },
      { mode: "session", message: "alice's", notifications: "alice's" },
    ],
  },
  {
    who: "both servers",
    alice: true,
    bob: true,
    rows: [
      { mode: "pager", message: "bob's", notifications: "alice's" },
      { mode: "large", message: "bob's", notifications: "alice's" },
      { mode: "session", message: "bob's", notifications: "alice's" },
    ],
  },
  {
    who: "only the recipient's server",
    alice: false,
    bob: true,
    rows: [
      { mode: "pager", message: "bob's", notifications: "bob's" },
      { mode: "large", message: "bob's", notifications: "bob's" },
      { mode: "session", message: "bob's", notifications: "bob's" },
    ],
  },
  {
    who: "only the sender's server",
    alice: true,
    bob: false,
    rows: [
      // Always the recipient's: alice is told at once.
      { mode: "pager", message: "nowhere", notifications: "nowhere" },
      { mode: "large", message: "nowhere", notifications: "nowhere" },
      { mode: "session", message: "alice's", notifications: "alice's" },
    ],
  },
];

/** What was seen, for the table at the end. */
const seen: string[][] = [["function at", "mode", "message stored", "notifications stored", "in the end"]];

class Domains {
  readonly alices: ParleyProcess;
  readonly bobs: ParleyProcess;

  constructor(alices: ParleyProcess, bobs: ParleyProcess) {
    this.alices = alices;
    this.bobs = bobs;
  }

  static async start({ alice, bob, together = false }: Capability): Promise<Domains> {
    if (together) {
      const one = await ParleyProcess.start({ domain: "a.test", users: users("alice", "bob") });
      return new Domains(one, one);
    }
    const [here, there] = [freePort(), freePort()];
    const config = (enabled: boolean, other: string, port: number) =>
      `[pager]\nmax_body = 1300\n[session]\nmax_message = 65536\n` +
      `[deferred]\nenabled = ${enabled}\nother_domains_retry = ${RETRY_S}\n` +
      `[[peer]]\ndomain = "${other}"\nnext_hop = "sip:127.0.0.1:${port};transport=tcp"\n`;
    const [alices, bobs] = await Promise.all([
      ParleyProcess.start({
        domain: "a.test",
        port: here,
        users: users("alice"),
        config: config(alice, "b.test", there),
      }),
      ParleyProcess.start({ domain: "b.test", port: there, users: users("bob"), config: config(bob, "a.test", here) }),
    ]);
    return new Domains(alices, bobs);
  }

  /** What waits now, in both. */
  async waiting(): Promise<Record<Exclude<Place, "nowhere">, number>> {
    const bobs = this.bobs === this.alices ? 0 : await waitingAt(this.bobs);
    const alices = await waitingAt(this.alices);
    return { "alice's": alices, "bob's": bobs };
  }

  /** Waits until so much waits there, and nothing in the other place. */
  async waits(place: Place, count: number, what: string): Promise<void> {
    const wanted = { "alice's": 0, "bob's": 0, ...(place === "nowhere" ? {} : { [place]: count }) };
    const deadline = performance.now() + 30_000;
    for (let now = await this.waiting(); now["alice's"] !== wanted["alice's"] || now["bob's"] !== wanted["bob's"];) {
      assert.ok(performance.now() < deadline, `${what}: ${JSON.stringify(now)}, not ${JSON.stringify(wanted)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      now = await this.waiting();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const both = new Set([this.alices, this.bobs]);
    await Promise.all([...both].map((parley) => parley[Symbol.asyncDispose]()));
  }
}

async function waitingAt(parley: ParleyProcess): Promise<number> {
  const found = /^parley_deferred_waiting ([0-9]+)$/m.exec(await parley.metrics());
  assert.ok(found !== null, "no parley_deferred_waiting among the metrics");
  return Number(found[1]);
}

/** Alice writes to bob; gives the Message-ID and what she was told. */
async function write(alice: ImDevice, bob: string, { mode }: Row, text: string): Promise<{ id: string; told: string }> {
  const { client, notes } = alice;
  const chat = mode === "session" ? client.openChat(bob) : null;
  const message = chat?.send(text) ??
    (mode === "pager" ? client.sendPager(bob, text) : mode === "large" ? client.sendLargeText(bob, text) : null);
  assert.ok(message !== null);
  await alice.until(() => notes.statesOf(message) !== "", `hear of the ${mode} message`, 40_000);
  chat?.end();
  return { id: message.id, told: notes.statesOf(message) };
}

/** `delivered`, `displayed`: of the notifications among the requests, those about one message. */
function told(requests: readonly TextMessage[], id: string): string[] {
  return requests
    .filter((request) => request.start.startsWith("MESSAGE ") && header(request, "content-type") === "message/cpim")
    .filter(({ body }) => body.includes(`<message-id>${id}</message-id>`))
    .map(({ body }) => /<(delivered|displayed|failed|stored|processed) *\/>/.exec(body)?.[1] ?? "?");
}

async function proveRow(domains: Domains, who: string, row: Row): Promise<void> {
  const { mode, message: place, notifications } = row;
  const bobs = `sip:bob@${domains.bobs.domain}`;
  const text = `${mode} ${"word ".repeat(mode === "large" ? 2000 : 5)}`;
  const line = [who, mode, place, notifications];
  // Signs off also where something went wrong: the next row begins with nobody there.
  await using devices = new AsyncDisposableStack();
  const open = async (
    parley: ParleyProcess,
    name: string,
  ): Promise<{ device: ImDevice; close: () => Promise<void> }> => {
    const device = await ImDevice.open(parley, name);
    let open = true;
    const close = async () => {
      if (open) await device.close();
      open = false;
    };
    devices.defer(close);
    return { device, close };
  };

  const alice = await open(domains.alices, "alice");
  const { id, told: states } = await write(alice.device, bobs, row, text);
  if (place === "nowhere") {
    assert.match(states, /^failed/, "the sender is told at once");
    assert.deepEqual(await domains.waiting(), { "alice's": 0, "bob's": 0 });
    seen.push([...line, "alice was told that it failed"]);
    return;
  }
  assert.match(states, /^sent/, states);
  await domains.waits(place, 1, "the message");
  await alice.close();

  const bob = await open(domains.bobs, "bob");
  await bob.device.until(() => bob.device.texts.includes(text), `get the ${mode} message`, 60_000);
  assert.deepEqual(bob.device.texts, [text], "once");
  assert.equal(bob.device.notes.messages[0].from, "sip:alice@a.test");
  await domains.waits(notifications, 2, "the notifications");
  await bob.close();

  const back = await SipClient.open({ user: "alice", domain: "a.test", port: domains.alices.port, transport: "tcp" });
  devices.defer(() => leave([back]));
  assert.equal(statusOf(await back.register()), 200);
  await back.requestArrived(() => told(back.requests, id).length >= 2, 60_000);
  assert.deepEqual(told(back.requests, id).sort(), ["delivered", "displayed"]);
  await domains.waits("nowhere", 0, "the end");
  seen.push([...line, "bob has it, alice has both"]);
}

for (const capability of TABLE) {
  Deno.test(
    `[S-5.3.2.1.3] placement, Deferred Messaging at ${capability.who} [SND-3] [RCV-3] [NOT-4]`,
    options,
    async (t) => {
      await using domains = await Domains.start(capability);
      for (const row of capability.rows) {
        const { mode, message, notifications } = row;
        const what = message === "nowhere"
          ? "nothing is stored"
          : `${message} stores it, ${notifications} its notifications`;
        await t.step(`[S-5.3.2.1.3] ${mode}: ${what}`, () => proveRow(domains, capability.who, row));
      }
    },
  );
}

Deno.test("[S-5.3.2.1.3] every row of the placement rule was seen", () => {
  const widths = seen[0].map((_, column) => Math.max(...seen.map((line) => line[column].length)));
  console.log(seen.map((line) => line.map((cell, i) => cell.padEnd(widths[i])).join("  ")).join("\n"));
  assert.equal(seen.length - 1, TABLE.reduce((sum, { rows }) => sum + rows.length, 0));
});
