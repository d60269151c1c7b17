/** Large messages to many from outside: to a list that the sender brings (RFC 5366), and to a group. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ImDevice } from "../support/im_device.ts";
import { LargeCaller } from "../support/large_caller.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { listText, refusalOf } from "../support/room_caller.ts";
import { header, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const EXPLODER = "sip:exploder@example.test";
const address = (user: string) => `sip:${user}@example.test`;
const CONFIG = '[contacts]\nauthorisation = "never"\n';
/** 300 KB, each line another one. */
const STORY = Array.from(
  { length: 300_000 },
  (_, i) => i % 64 === 63 ? "\n" : String.fromCharCode(97 + (i * 7 + (i >> 6)) % 26),
)
  .join("");
const octetsOf = (text: string) => new TextEncoder().encode(text);

async function blocks(parley: ParleyProcess, user: string, whom: string): Promise<void> {
  const xcap = new XcapClient({ user, domain: parley.domain, port: parley.webPort });
  const lists =
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="oma_blockedcontacts"><entry uri="${
      address(whom)
    }"/></list></resource-lists>`;
  equal((await xcap.put(xcap.own("resource-lists", "index"), lists)).status, 201);
  xcap.close();
}

async function has(device: ImDevice, text: string): Promise<void> {
  await device.until(() => device.texts.includes(text), `${text.length} characters`);
}

Deno.test(
  "300 KB to 20 people of whom 5 are away and 2 have blocked the sender: 13 have it at once as it was sent, 5 when they come, and the sender is told who has not [MMD-2] [SND-2]",
  options,
  async () => {
    const names = Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, "0")}`);
    const [away, blocking, there] = [names.slice(0, 5), names.slice(5, 7), names.slice(7)];
    await using parley = await ParleyProcess.start({ users: users("alice", ...names), config: CONFIG });
    for (const user of blocking) await blocks(parley, user, "alice");
    const devices = await Promise.all([...blocking, ...there].map((user) => ImDevice.open(parley, user)));
    const alice = await LargeCaller.open(parley, "alice");

    const { answer, response } = await alice.send({
      uri: EXPLODER,
      list: listText(names.map(address)),
      body: octetsOf(STORY),
    });
    equal(statusOf(answer), 200, answer.raw);
    match(header(answer, "contact"), /\+g\.oma\.sip-im\.large-message/);
    equal(response?.status, 200);
    for (const device of devices.slice(2)) {
      await has(device, STORY);
      deepEqual(
        device.notes.messages.map(({ from }) => from),
        [address("alice")],
        "an answer goes to the sender alone",
      );
    }
    const report = await alice.client.requestArrived(({ body }) => body.startsWith("Your message of"), 40_000);
    match(report.body, /to 20 recipients: 13 delivered, 5 kept until they are back, 2 refused\./);
    match(report.body, /Refused, or not there: p05@example\.test p06@example\.test\r\n/);
    match(
      report.body,
      /Kept: p00@example\.test p01@example\.test p02@example\.test p03@example\.test p04@example\.test$/,
    );
    match(header(report, "from"), /sip:exploder@example\.test/);
    for (const user of away) {
      const device = await ImDevice.open(parley, user);
      await has(device, STORY);
      equal(device.notes.messages[0].from, address("alice"));
      await device.close();
    }
    for (const device of devices.slice(0, 2)) deepEqual(device.texts, []);
    alice.close();
    await Promise.all(devices.map((device) => device.close()));
  },
);

Deno.test(
  "a large message to a group goes to its members, but for the sender, and is no coming into its room; who is no member may not [MMD-2] [GR-5] [GM-10]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave"), config: CONFIG });
    const xcap = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
    const team = groupText(address("team"), {
      members: ["alice", "bob", "carol"],
      invites: true,
      membersMay: ["allow-initiate-conference"],
    });
    equal((await xcap.put(xcap.own(GROUPS, "team"), team)).status, 201);
    xcap.close();
    const [alice, bob, dave] = await Promise.all(["alice", "bob", "dave"].map((user) => ImDevice.open(parley, user)));
    const message = alice.client.sendLargeText(address("team"), STORY)!;
    await alice.until(() => message.state !== "waiting", "the answer");
    match(message.state, /^(?:sent|delivered|displayed)$/, alice.notes.states.get(message.id)?.join());
    await has(bob, STORY);
    deepEqual(bob.notes.messages.map(({ from }) => from), [address("alice")]);
    deepEqual([bob.notes.invitations.length, bob.notes.chats.length], [0, 0], "nobody is invited to a chat");
    const carol = await ImDevice.open(parley, "carol");
    await has(carol, STORY);
    const refused = dave.client.sendLargeText(address("team"), STORY)!;
    await dave.until(() => refused.state === "failed", "the refusal");
    match(dave.notes.states.get(refused.id)!.join(), /403/);
    await Promise.all([alice, bob, carol, dave].map((device) => device.close()));
  },
);

Deno.test(
  "killed before the sender has the 200, and sent again by the same names: everybody gets it once",
  options,
  async () => {
    const people = ["bob", "carol", "dave", "erin"];
    await using parley = await ParleyProcess.start({ users: users("alice", ...people), config: CONFIG });
    const list = listText(people.map(address));
    // As soon as all is written; when the copies are stored and the answer is lost; in between.
    const moments = ["at once", "2", "5", "10", "20", "40", "after"];
    for (const moment of moments) {
      const names = { callId: `call-${moment.replace(" ", "-")}`, messageId: `m-${moment.replace(" ", "-")}` };
      const text = `${moment} ${STORY}`;
      const large = { uri: EXPLODER, list, body: octetsOf(text), ...names };
      const alice = await LargeCaller.open(parley, "alice");
      const { promise, resolve } = Promise.withResolvers<void>();
      const sent = alice.send({
        ...large,
        written: () => /^[0-9]/.test(moment) ? void setTimeout(resolve, Number(moment)) : resolve(),
      }).catch(() => null);
      await promise;
      if (moment === "after") await sent;
      await parley.kill();
      await sent;
      alice.close();
      await parley.run();
      const again = await LargeCaller.open(parley, "alice");
      const { response } = await again.send(large);
      equal(response?.status, 200, `${moment}: ${response?.comment}`);
      again.close();
    }
    for (const user of people) {
      const device = await ImDevice.open(parley, user);
      await device.until(() => device.notes.messages.length >= moments.length, "all of them");
      await device.until(() => device.client.sessions === 0, "the end of the sessions");
      deepEqual(
        device.texts.map((text) => text.slice(0, text.indexOf(STORY.slice(0, 20)))),
        moments.map((each) => `${each} `),
      );
      await device.close();
    }
  },
);

Deno.test(
  "what is wrong with a list of a large message is said, and nothing is sent: no list, too many, nobody, another list's copy, a file, unknown extensions, too much",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: `${CONFIG}[rooms]\nlist_size = 3\n[session]\nmax_content = 100_000\n`,
    });
    const alice = await LargeCaller.open(parley, "alice");
    const body = octetsOf(STORY.slice(0, 50_000));
    const bob = listText([address("bob")]);
    const refusal = async (facts: Partial<Parameters<LargeCaller["send"]>[0]>) =>
      refusalOf((await alice.send({ uri: EXPLODER, body, ...facts })).answer);
    equal(await refusal({}), "400");
    equal(
      await refusal({ list: listText([1, 2, 3, 4].map((i) => address(`x${i}`))) }),
      "413 122 too many participants",
    );
    equal(await refusal({ list: listText([]) }), "403 131 No destinations");
    equal(await refusal({ list: "<resource-lists" }), "400");
    equal(
      await refusal({ list: bob, headers: ["X-IM-Exploded-By: <sip:group@example.test>"] }),
      "403 104 isfocus already assigned",
    );
    match(await refusal({ list: bob, lines: ['a=file-selector:name:"x" type:text/plain size:5'] }), /^488 Files/);
    const unknown = await alice.send({ uri: EXPLODER, body, list: bob, headers: ["Require: teleport"] });
    equal(statusOf(unknown.answer), 420);
    equal(header(unknown.answer, "unsupported"), "teleport");
    const large = await alice.send({ uri: EXPLODER, list: bob, body: octetsOf(STORY) });
    equal(large.response?.status, 413);
    const device = await ImDevice.open(parley, "bob");
    const right = await alice.send({ uri: EXPLODER, list: bob, body });
    equal(right.response?.status, 200);
    await has(device, STORY.slice(0, 50_000));
    equal(device.texts.length, 1, "nothing else came");
    alice.close();
    await device.close();
  },
);

Deno.test(
  "who may know who else has a large message is for the sender to say, and its wrapper stays around it",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave"), config: CONFIG });
    const bob = await ImDevice.open(parley, "bob");
    const alice = await LargeCaller.open(parley, "alice");
    const list =
      `<?xml version="1.0" encoding="UTF-8"?>\r\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" ` +
      `xmlns:cp="urn:ietf:params:xml:ns:copycontrol"><list><entry uri="${address("bob")}" cp:copyControl="to"/>` +
      `<entry uri="${address("carol")}" cp:copyControl="bcc"/><entry uri="${
        address("dave")
      }" cp:copyControl="cc" cp:anonymize="true"/></list></resource-lists>`;
    for (
      const [story, wrapper] of [[STORY, true], ["a short one", true], [STORY, false], ["a plain one", false]] as const
    ) {
      const before = bob.notes.messages.length;
      const head = `From: <${address("alice")}>\r\nTo: <${EXPLODER}>\r\nDateTime: 2026-11-20T10:00:00Z\r\n\r\n` +
        "Content-Type: text/plain\r\n\r\n";
      const { response } = await alice.send({
        uri: EXPLODER,
        list,
        type: wrapper ? "message/cpim" : "text/plain",
        body: octetsOf(wrapper ? head + story : story),
      });
      equal(response?.status, 200, response?.comment);
      await bob.until(() => bob.notes.messages.length > before, "the message");
      const message = bob.notes.messages[before];
      match(message.contentType, /^multipart\/mixed/);
      const text = new TextDecoder().decode(message.body);
      match(text, /^--[\w-]+\r\nContent-Type: text\/plain\r\n\r\n/);
      ok(text.includes(`\r\n\r\n${story}\r\n--`), "octet for octet");
      match(text, /Content-Disposition: recipient-list-history/);
      match(text, /sip:bob@example\.test/);
      match(text, /anonymous@anonymous\.invalid/);
      ok(!/carol|dave/.test(text));
      equal(message.from, address("alice"));
      if (wrapper) equal(Date.parse(message.sentAt), Date.UTC(2026, 10, 20, 10));
    }
    alice.close();
    await bob.close();
  },
);

Deno.test(
  "people of another domain on a list get it by their own server: who is there, and later who is away; whom that domain does not know is refused",
  options,
  async () => {
    const [here, there] = [freePort(), freePort()];
    const peer = (domain: string, port: number) =>
      `${CONFIG}[deferred]\nother_domains_retry = 5\n[[peer]]\ndomain = "${domain}"\nnext_hop = "sip:127.0.0.1:${port};transport=tcp"\n`;
    await using ours = await ParleyProcess.start({
      port: here,
      users: users("alice", "carol"),
      config: peer("other.test", there),
    });
    await using theirs = await ParleyProcess.start({
      domain: "other.test",
      port: there,
      users: users("bob", "dave"),
      config: peer("example.test", here),
    });
    const bob = await ImDevice.open(theirs, "bob");
    const carol = await ImDevice.open(ours, "carol");
    const alice = await LargeCaller.open(ours, "alice");
    const people = ["sip:bob@other.test", "sip:dave@other.test", "sip:nobody@other.test", address("carol")];
    const { response } = await alice.send({ uri: EXPLODER, list: listText(people), body: octetsOf(STORY) });
    equal(response?.status, 200);
    for (const device of [bob, carol]) {
      await has(device, STORY);
      deepEqual(device.notes.messages.map(({ from }) => from), [address("alice")]);
    }
    const report = await alice.client.requestArrived(({ body }) => body.startsWith("Your message of"), 40_000);
    match(
      report.body,
      /to 4 recipients: 3 delivered, 0 kept .*, 1 refused\.\r\nRefused, or not there: nobody@other\.test$/,
    );
    const dave = await ImDevice.open(theirs, "dave");
    await has(dave, STORY);
    alice.close();
    await Promise.all([bob, carol, dave].map((device) => device.close()));
  },
);
