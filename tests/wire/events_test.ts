/** The `reg` event package (RFC 3680 over RFC 6665) and GRUUs (RFC 5627) from outside. */
import { equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave") });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

async function client(user: string): Promise<SipClient> {
  return await SipClient.open({ user, domain: parley.domain, port: parley.port });
}

/** A subscription as its subscriber holds it. */
class Subscribed {
  readonly client: SipClient;
  readonly callId: string = randomUUID();
  readonly fromTag = randomUUID().slice(0, 8);
  #cseq = 0;
  #toTag: string | undefined;
  #target: string;

  constructor(client: SipClient) {
    this.client = client;
    this.#target = client.aor;
  }

  /** SUBSCRIBE, the first time outside and then inside the dialog. */
  async subscribe(expires: number, event = "reg"): Promise<TextMessage> {
    const { client, callId, fromTag } = this;
    this.#cseq += 2; // one may be challenged
    const answer = await client.request({
      method: "SUBSCRIBE",
      uri: this.#target,
      to: `<${client.aor}>`,
      callId,
      fromTag,
      cseq: this.#cseq,
      ...(this.#toTag === undefined ? {} : { toTag: this.#toTag }),
      headers: [
        `Event: ${event}`,
        "Accept: application/reginfo+xml",
        `Contact: ${client.contact}`,
        `Expires: ${expires}`,
      ],
    });
    if (statusOf(answer) === 200) {
      this.#toTag = /;tag=([^;\s]+)/.exec(header(answer, "to"))![1];
      this.#target = /<([^>]+)>/.exec(header(answer, "contact"))![1];
    }
    return answer;
  }

  async notified(wanted: (notify: TextMessage) => boolean): Promise<TextMessage> {
    return await this.client.requestArrived((request) =>
      request.start.startsWith("NOTIFY ") && header(request, "call-id") === this.callId && wanted(request)
    );
  }
}

Deno.test(
  "a user subscribes to its registrations: all at once, then what changes, until it unsubscribes [USE-3]",
  options,
  async () => {
    const phone = await client("alice");
    equal(statusOf(await phone.register()), 200);
    const subscribed = new Subscribed(phone);
    const answer = await subscribed.subscribe(600);
    equal(statusOf(answer), 200, answer.raw);
    const full = await subscribed.notified((notify) => notify.body.includes('state="full"'));
    equal(header(full, "event"), "reg");
    match(header(full, "subscription-state"), /^active;expires=\d+/);
    equal(header(full, "content-type"), "application/reginfo+xml");
    ok(full.body.includes(phone.contact.slice(1, -1)), full.body);

    const laptop = await client("alice");
    equal(statusOf(await laptop.register()), 200);
    const partial = await subscribed.notified((notify) => notify.body.includes(laptop.contact.slice(1, -1)));
    match(partial.body, /state="partial"/);
    match(partial.body, /event="registered"/);
    ok(!partial.body.includes(phone.contact.slice(1, -1)), partial.body);
    equal(statusOf(await laptop.register(0)), 200);
    await subscribed.notified((notify) => notify.body.includes('event="unregistered"'));

    const end = await subscribed.subscribe(0);
    equal(statusOf(end), 200, end.raw);
    await subscribed.notified((notify) => header(notify, "subscription-state").startsWith("terminated"));
    // Over is over.
    equal(statusOf(await subscribed.subscribe(600)), 481);
    laptop.close();
    await leave([phone]);
  },
);

Deno.test("nobody sees the registrations of somebody else [PRI-11]", options, async () => {
  const bob = await client("bob");
  equal(statusOf(await bob.register()), 200);
  const answer = await bob.request({
    method: "SUBSCRIBE",
    uri: "sip:alice@example.test",
    headers: ["Event: reg", `Contact: ${bob.contact}`, "Expires: 600"],
  });
  equal(statusOf(answer), 403, answer.raw);
  await leave([bob]);
});

Deno.test("an event that the box does not know: 489 with what it knows", options, async () => {
  const bob = await client("bob");
  equal(statusOf(await bob.register()), 200);
  const answer = await bob.request({
    method: "SUBSCRIBE",
    uri: "sip:example.test",
    headers: ["Event: weather", `Contact: ${bob.contact}`, "Expires: 600"],
  });
  equal(statusOf(answer), 489, answer.raw);
  match(header(answer, "allow-events"), /\breg\b/);
  await leave([bob]);
});

Deno.test(
  "a public GRUU reaches the one device, the address-of-record every device [USE-3]",
  options,
  async () => {
    const sender = await client("bob");
    equal(statusOf(await sender.register()), 200);
    const [phone, laptop] = [await client("carol"), await client("carol")];
    const gruus = new Map<SipClient, string>();
    for (const device of [phone, laptop]) {
      const answer = await device.register(600, `;+sip.instance="${device.instance}"`, ["Supported: gruu"]);
      equal(statusOf(answer), 200, answer.raw);
      const contact = (answer.headers.get("contact") ?? []).join(",");
      const own = contact.slice(contact.indexOf(device.contact));
      const gruu = /pub-gruu="([^"]+)"/.exec(own)?.[1] ?? "";
      equal(gruu, `${device.aor};gr=${device.instance.slice(1, -1)}`, contact);
      gruus.set(device, gruu);
    }
    for (const [device, text] of [[phone, "to the phone"], [laptop, "to the laptop"]] as const) {
      const answer = await sender.message(gruus.get(device)!, text);
      equal(statusOf(answer), 200, answer.raw);
    }
    equal(statusOf(await sender.message(phone.aor, "to both")), 200);
    for (const [device, own] of [[phone, "to the phone"], [laptop, "to the laptop"]] as const) {
      await device.requestArrived((request) => request.body === "to both");
      equal((await device.messages(2)).join(), `${own},to both`);
    }
    await leave([sender, phone, laptop]);
  },
);

Deno.test(
  "after a restart, a refresh of a subscription that is gone gets 481 and a new one works",
  options,
  async () => {
    const dave = await client("dave");
    equal(statusOf(await dave.register()), 200);
    const before = new Subscribed(dave);
    equal(statusOf(await before.subscribe(600)), 200);
    await before.notified((notify) => notify.body.includes('state="full"'));
    await parley.kill();
    await parley.run();
    const refresh = await before.subscribe(600);
    equal(statusOf(refresh), 481, refresh.raw);
    const after = new Subscribed(dave);
    equal(statusOf(await after.subscribe(600)), 200);
    // What was registered before the restart is told.
    const full = await after.notified((notify) => notify.body.includes('state="full"'));
    ok(full.body.includes(dave.contact.slice(1, -1)), full.body);
    await leave([dave]);
  },
);
