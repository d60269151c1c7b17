/** The `reg` event package (RFC 3680 over RFC 6665) and GRUUs (RFC 5627) from outside. */
import { equal, match, ok } from "node:assert/strict";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Subscription } from "../support/subscription.ts";

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

const REG = { event: "reg", accept: "application/reginfo+xml" };

Deno.test(
  "a user subscribes to its registrations: all at once, then what changes, until it unsubscribes [USE-3]",
  options,
  async () => {
    const phone = await client("alice");
    equal(statusOf(await phone.register()), 200);
    const subscribed = new Subscription(phone, REG);
    const answer = await subscribed.subscribe();
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

    const end = await subscribed.subscribe({ expires: 0 });
    equal(statusOf(end), 200, end.raw);
    await subscribed.notified((notify) => header(notify, "subscription-state").startsWith("terminated"));
    // Over is over.
    equal(statusOf(await subscribed.subscribe()), 481);
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
    const before = new Subscription(dave, REG);
    equal(statusOf(await before.subscribe()), 200);
    await before.notified((notify) => notify.body.includes('state="full"'));
    await parley.kill();
    await parley.run();
    const refresh = await before.subscribe();
    equal(statusOf(refresh), 481, refresh.raw);
    const after = new Subscription(dave, REG);
    equal(statusOf(await after.subscribe()), 200);
    // What was registered before the restart is told.
    const full = await after.notified((notify) => notify.body.includes('state="full"'));
    ok(full.body.includes(dave.contact.slice(1, -1)), full.body);
    await leave([dave]);
  },
);
