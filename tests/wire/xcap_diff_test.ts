/** Devices that learn what becomes of documents, from outside: SUBSCRIBE (RFC 5875) and XCAP (RFC 4825) against a box. */
import { equal, match, ok } from "node:assert/strict";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Subscription } from "../support/subscription.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol", "dave", "erin", "frank"),
    // Who is added to a list is there at once: nobody is asked.
    config: `[contacts]\nauthorisation = "never"\n`,
  });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

async function device(user: string): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
  equal(statusOf(await client.register()), 200);
  return client;
}

function documents(user: string): XcapClient {
  return new XcapClient({ user, domain: parley.domain, port: parley.webPort });
}

const DIFF = { event: "xcap-diff", accept: "application/xcap-diff+xml" };

/** The documents and collections that a SUBSCRIBE asks for (RFC 5875 §4.3). */
function asking(...uris: string[]) {
  const list = uris.map((uri) => `<entry uri="${uri.replaceAll('"', "&quot;")}"/>`).join("");
  return {
    headers: ["Content-Type: application/resource-lists+xml"],
    body:
      `<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${list}</list></resource-lists>`,
  };
}

/** Entity tags and names of the documents that a NOTIFY tells of: `sel previous new`. */
function told({ body }: TextMessage): string[] {
  return [...body.matchAll(/<\w*:?document\b([^>]*)>/g)].map(([, attributes]) => {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "-";
    return `${value("sel")} ${value("previous-etag")} ${value("new-etag")}`;
  });
}

/** The entity tag after all of these. */
function tagOf(steps: readonly string[]): string {
  return steps.at(-1)?.split(" ")[2] ?? "";
}

const ANSWERS = { "content-type": "application/vnd.parley.quick-answers+xml" };
const quickAnswer = (id: string, text: string) =>
  `<quick-answer id="${id}"><text xml:lang="en">${text}</text></quick-answer>`;
const quickAnswers = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<quick-answers xmlns="urn:parley:xml:quick-answers">${content}</quick-answers>`;

Deno.test(
  "quick answers made on one device are sent to the other, and one that comes later is told what it lacks [USE-10] [USE-11] [USE-12] [rp:IM-5] [rp:IM-6]",
  options,
  async () => {
    const [phone, laptop] = [await device("alice"), documents("alice")];
    const path = `org.parley.quick-answers/users/${phone.aor}/index`;
    const onPhone = new Subscription(phone, DIFF);
    const answer = await onPhone.subscribe({ ...asking(path), event: "xcap-diff;diff-processing=aggregate" });
    equal(statusOf(answer), 200, answer.raw);
    const first = await onPhone.next();
    match(header(first, "content-type"), /^application\/xcap-diff\+xml/);
    match(first.body, /xcap-root="http:\/\/[^"]*\/xcap\/"/);
    equal(told(first).length, 0, "there are none yet");

    const made = await laptop.put(
      laptop.own("org.parley.quick-answers", "index"),
      quickAnswers(quickAnswer("a", "On my way")),
      ANSWERS,
    );
    equal(made.status, 201, made.body);
    equal(told(await onPhone.next()).join(), `${path} - ${made.etag}`);
    const fetched = await laptop.get(`/xcap/${path}`);
    ok(fetched.body.includes("On my way"));

    const target = laptop.own("org.parley.quick-answers", "index", "quick-answers/quick-answer%5b@id=%22b%22%5d");
    const added = await laptop.put(target, quickAnswer("b", "Call you later"));
    equal(added.status, 201, added.body);
    const patch = await onPhone.next();
    equal(told(patch).join(), `${path} ${made.etag} ${added.etag}`);
    match(patch.body, /<\w+:add [^>]*><quick-answer id="b"><text xml:lang="en">Call you later<\/text>/);
    ok(!patch.body.includes("On my way"), "only what the phone lacks");

    // A tablet that was off has an older version: it learns that it is not the newest, and gets the answer it names.
    const tablet = await device("alice");
    const onTablet = new Subscription(tablet, DIFF);
    const one = `${path}/~~/quick-answers/quick-answer%5b@id=%22b%22%5d`;
    equal(statusOf(await onTablet.subscribe(asking(path, one))), 200);
    const state = await onTablet.next();
    equal(told(state).join(), `${path} - ${added.etag}`);
    ok(state.body.includes(quickAnswer("b", "Call you later")), state.body);
    laptop.close();
    await leave([phone, tablet]);
  },
);

Deno.test(
  "the server's contact list holds: two devices learn of each change, without asking [GM-8] [rp:XDM-1] [rp:XDM-2]",
  options,
  async () => {
    const xcap = documents("bob");
    const index = xcap.own("resource-lists", "index");
    const list = (entries: string) =>
      `<?xml version="1.0"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="oma_buddylist">${entries}</list></resource-lists>`;
    const created = await xcap.put(index, list(""));
    equal(created.status, 201, created.body);
    const devices = [await device("bob"), await device("bob")];
    const name = `resource-lists/users/${xcap.aor}/index`;
    const [chained, plain] = devices.map((one) => new Subscription(one, DIFF));
    equal(
      statusOf(
        await chained.subscribe({ ...asking("resource-lists/"), event: "xcap-diff;diff-processing=xcap-patching" }),
      ),
      200,
    );
    equal(statusOf(await plain.subscribe(asking(name))), 200);
    for (const subscription of [chained, plain]) {
      equal(told(await subscription.next()).join(), `${name} - ${created.etag}`, "which version the server has");
    }
    const tags = [created.etag];
    for (const contact of ["alice", "carol"]) {
      const uri = `sip:${contact}@${parley.domain}`;
      const target = xcap.own("resource-lists", "index", `resource-lists/list/entry%5b@uri=%22${uri}%22%5d`);
      const put = await xcap.put(target, `<entry uri="${uri}"/>`);
      equal(put.status, 201, put.body);
      tags.push(put.etag);
    }
    const steps: string[] = [], references: string[] = [], patches: string[] = [];
    while (tagOf(steps) !== tags.at(-1)) {
      const notify = await chained.next();
      patches.push(notify.body);
      steps.push(...told(notify));
    }
    while (tagOf(references) !== tags.at(-1)) references.push(...told(await plain.next()));
    for (const chain of [steps, references]) {
      const ends = chain.map((step) => step.split(" "));
      equal(ends[0][1], created.etag);
      for (let i = 1; i < ends.length; i++) equal(ends[i][1], ends[i - 1][2], "one unbroken chain");
    }
    for (const tag of tags) ok(steps.some((step) => step.includes(tag)), "every version");
    match(patches.join(""), /<entry uri="sip:alice@[^]*<entry uri="sip:carol@/);
    const c = tagOf(steps);

    const removed = await xcap.delete(index);
    equal(removed.status, 200, removed.body);
    for (const subscription of [chained, plain]) equal(told(await subscription.next()).join(), `${name} ${c} -`);
    xcap.close();
    await leave(devices);
  },
);

Deno.test("a client of OMA XDM 1.x asks for ua-profile and gets the same [rp:XDM-1]", options, async () => {
  const [client, xcap] = [await device("frank"), documents("frank")];
  const subscription = new Subscription(client, DIFF);
  const event = `ua-profile;profile-type="application";auid="resource-lists";document="index"`;
  equal(statusOf(await subscription.subscribe({ event })), 200);
  equal(header(await subscription.next(), "event"), "ua-profile");
  const list = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>`;
  const { etag } = await xcap.put(xcap.own("resource-lists", "index"), list);
  equal(told(await subscription.next()).join(), `resource-lists/users/${xcap.aor}/index - ${etag}`);
  xcap.close();
  await leave([client]);
});

Deno.test(
  "a state that the device has already is not sent again (RFC 5839); the end brings it once more",
  options,
  async () => {
    const [client, xcap] = [await device("dave"), documents("dave")];
    const list = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>`;
    const { etag } = await xcap.put(xcap.own("resource-lists", "index"), list);
    const subscription = new Subscription(client, { ...DIFF, target: `sip:${parley.domain}` });
    equal(statusOf(await subscription.subscribe(asking("resource-lists/"))), 200);
    const first = await subscription.next();
    const tag = header(first, "sip-etag");
    ok(tag !== "");
    const again = asking("resource-lists/");
    const headers = [...again.headers, `Suppress-If-Match: ${tag}`];
    const refresh = await subscription.subscribe({ ...again, headers });
    equal(statusOf(refresh), 204, refresh.raw);
    equal(statusOf(await subscription.subscribe({ expires: 0 })), 200);
    const last = await subscription.next();
    match(header(last, "subscription-state"), /^terminated;reason=timeout/);
    equal(told(last).join(), `resource-lists/users/${xcap.aor}/index - ${etag}`);
    xcap.close();
    await leave([client]);
  },
);

Deno.test("nobody learns of the documents of others, or subscribes at their address", options, async () => {
  const [erin, daves] = [await device("erin"), documents("dave")];
  const at = await new Subscription(erin, { ...DIFF, target: daves.aor }).subscribe(
    asking(`resource-lists/users/${daves.aor}/`),
  );
  equal(statusOf(at), 403, at.raw);
  const subscription = new Subscription(erin, DIFF);
  const hidden = [`resource-lists/users/${daves.aor}/index`, `resource-lists/users/${daves.aor}/no-such`];
  equal(statusOf(await subscription.subscribe(asking(...hidden, "resource-lists/users/"))), 200);
  equal(told(await subscription.next()).length, 0);
  const bad = await new Subscription(erin, DIFF).subscribe(asking("resource-lists"));
  equal(statusOf(bad), 400, bad.raw);
  match(bad.start, /Entry 1/);

  equal((await parley.command("user", "suspend", erin.aor)).code, 0);
  match(header(await subscription.next(), "subscription-state"), /^terminated;reason=rejected/);
  daves.close();
  erin.close();
});
