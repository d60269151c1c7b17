/** What the box itself tells senders about stored messages (RFC 5438 §8): that one is stored, and that it was not delivered in time. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
/** The box looks once a minute for what has expired. */
const EXPIRED_WITHIN_MS = 75_000;

function cpim(from: string, to: string, id: string, asks: string): string {
  return `From: <${from}>\r\nTo: <${to}>\r\nDateTime: 2026-01-01T10:00:00Z\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
    `imdn.Message-ID: ${id}\r\nimdn.Disposition-Notification: ${asks}\r\n\r\nContent-Type: text/plain\r\n\r\nhello`;
}

async function ask(client: SipClient, to: string, id: string, asks: string, more: string[] = []): Promise<number> {
  return statusOf(
    await client.request({
      method: "MESSAGE",
      uri: to,
      to: `<${to}>`,
      body: cpim(client.aor, to, id, asks),
      headers: ["Content-Type: message/cpim", ...more],
    }),
  );
}

/** `stored`, `failed`: what came about a message, in order. */
function told(client: SipClient, id: string): string[] {
  return client.requests
    .filter(({ body }) => body.includes(`<message-id>${id}</message-id>`))
    .map(({ body }) => /<(stored|failed|delivered) *\/>/.exec(body)?.[1] ?? "?");
}

function isAbout(id: string, status: string): (request: TextMessage) => boolean {
  return ({ body }) => body.includes(`<message-id>${id}</message-id>`) && new RegExp(`<${status} */>`).test(body);
}

Deno.test(
  "a sender who asks hears that the message is stored and, when its time is over, that it failed; also one who was away meanwhile [NOT-2] [NOT-3]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
    const common = { domain: parley.domain, port: parley.port, transport: "tcp" } as const;
    const alice = await SipClient.open({ ...common, user: "alice" });
    const carol = await SipClient.open({ ...common, user: "carol" });
    for (const client of [alice, carol]) equal(statusOf(await client.register()), 200);
    const bob = "sip:bob@example.test";

    equal(await ask(alice, bob, "both", "processing, negative-delivery, positive-delivery", ["Expires: 2"]), 202);
    const stored = await alice.requestArrived(isAbout("both", "stored"));
    equal(header(stored, "content-type"), "message/cpim");
    match(header(stored, "from"), /<sip:bob@example\.test>/);
    match(header(stored, "p-asserted-identity"), /<sip:bob@example\.test>/);
    match(stored.body, /\r\nContent-Disposition: notification\r\n/);
    match(stored.body, /<recipient-uri>sip:bob@example\.test<\/recipient-uri>/);
    equal(await ask(alice, bob, "nothing", "positive-delivery", ["Expires: 2"]), 202);
    equal(await ask(alice, bob, "program", "processing", ["Expires: 2", "Auto-Submitted: auto-generated"]), 202);
    equal(await ask(carol, bob, "away", "negative-delivery", ["Expires: 2"]), 202);
    await leave([carol]);

    await alice.requestArrived(isAbout("both", "failed"), EXPIRED_WITHIN_MS);
    deepEqual(told(alice, "both"), ["stored", "failed"]);
    deepEqual([...told(alice, "nothing"), ...told(alice, "program")], []);
    const back = await SipClient.open({ ...common, user: "carol" });
    equal(statusOf(await back.register()), 200);
    await back.requestArrived(isAbout("away", "failed"));
    const late = await SipClient.open({ ...common, user: "bob" });
    equal(statusOf(await late.register()), 200);
    // Whatever waited for bob would come before this.
    equal(await ask(alice, bob, "live", "negative-delivery"), 200);
    deepEqual(late.requests.map(({ body }) => /Message-ID: (\S+)/.exec(body)?.[1]), ["live"]);
    ok(!alice.requests.some(isAbout("live", "failed")));
    await leave([alice, back, late]);
  },
);
