/** A public room through the eyes of one member: every octet that comes to her is searched for who the others are. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, passwordOf } from "../support/parley.ts";
import { refusalOf, RoomCaller } from "../support/room_caller.ts";
import { type RoomDialog, said } from "../support/room_dialog.ts";
import { Rest } from "../support/rest.ts";
import { found } from "../support/search_client.ts";
import { statusOf, type TextMessage } from "../support/sip_client.ts";
import { Subscription } from "../support/subscription.ts";
import { Wiretap } from "../support/wiretap.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const PLAZA = "sip:plaza@example.test";
const ALIAS = /sip:anonymous-\d+@anonymous\.invalid/;

/** Everybody has names, a number, and a place of their own that nobody else's resemble. */
const OTHERS = [
  {
    name: "zebulon",
    displayName: "Zeb Kowalski",
    e164: "+15552071",
    host: "127.0.7.71",
    hostName: "laptop.kowalski.test",
  },
  {
    name: "quentin",
    displayName: "Q. Vanterpool",
    e164: "+15553082",
    host: "127.0.8.82",
    hostName: "phone.vanterpool.test",
  },
  {
    name: "xanthippe",
    displayName: "Xan Oyelaran",
    e164: "+15554093",
    host: "127.0.9.93",
    hostName: "tablet.oyelaran.test",
  },
] as const;
const WANDA = { name: "wanda", displayName: "Wanda Prewitt", e164: "+15551060" };

/** What would tell who somebody is, and what only their devices have. */
function tracesOf(caller: RoomCaller, { name, displayName, e164, host, hostName }: typeof OTHERS[number]): string[] {
  const { client, dialogs, peers } = caller;
  return [
    name,
    ...displayName.split(" ").filter((word) => word.length > 2),
    e164.slice(1),
    host,
    hostName,
    client.sentBy,
    client.instance.slice(1, -1),
    ...dialogs.flatMap(({ facts }) => [facts.callId, facts.localTag, facts.remoteTag]),
    ...peers.map(({ sessionId }) => sessionId),
  ].map((trace) => trace.toLowerCase());
}

/** Headers by which a device says more of its user than it must. */
function talkative({ name, displayName, e164, hostName }: typeof OTHERS[number]): string[] {
  return [
    `P-Preferred-Identity: "${displayName}" <sip:${name}@example.test>`,
    `Reply-To: "${displayName}" <tel:${e164}>`,
    `User-Agent: Phone of ${displayName}`,
    `Organization: ${hostName}`,
    `Call-Info: <http://${hostName}/${name}.jpg>;purpose=icon`,
    `Referred-By: <sip:${name}@example.test>`,
    `History-Info: <sip:${name}@${hostName}>;index=1`,
    `X-Owner: ${name}`,
  ];
}

/** A message whose CPIM says who it is from in each way there is. */
function signed({ name, displayName, e164, hostName }: typeof OTHERS[number], to: string, text: string): string {
  return [
    `From: ${displayName} <sip:${name}@example.test>`,
    `To: <${to}>`,
    `cc: ${displayName} <tel:${e164}>`,
    "DateTime: 2026-05-06T12:13:14+05:45",
    "NS: imdn <urn:ietf:params:imdn>",
    `NS: My <http://${hostName}/>`,
    `My.Owner: ${name}`,
    `imdn.Message-ID: ${name}@${hostName}`,
    "imdn.Disposition-Notification: positive-delivery, display",
    `imdn.Original-To: <sip:${name}@example.test>`,
    "",
    "Content-Type: text/plain;charset=UTF-8",
    `Content-ID: <1@${hostName}>`,
    `Content-Location: http://${hostName}/`,
    `Content-Description: by ${displayName}`,
    "",
    text,
  ].join("\r\n");
}

const COMPOSING = '<?xml version="1.0" encoding="UTF-8"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing">' +
  "<state>active</state></isComposing>";

function imdnOf(messageId: string, by: string): string {
  return '<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">' +
    `<message-id>${messageId}</message-id><datetime>2026-05-06T12:13:14Z</datetime><recipient-uri>${by}</recipient-uri>` +
    `<original-recipient-uri>${by}</original-recipient-uri><display-notification><status><displayed/></status>` +
    "</display-notification></imdn>";
}

const aliasOf = (frame: Parameters<typeof said>[0]) => ALIAS.exec(/^From: .*/m.exec(said(frame))![0])![0];

Deno.test(
  "nothing that one member of a public room gets, in SIP, MSRP, NOTIFYs, documents, REST and her own recording, tells who the others are [PRI-2] [PRI-3] [PRI-4] [PRI-14]",
  options,
  async () => {
    const users = [...OTHERS, WANDA].map(({ name, displayName, e164 }) => ({
      name,
      password: passwordOf(name),
      displayName,
      e164,
    }));
    await using parley = await ParleyProcess.start({ users });
    const owner = new XcapClient({ user: "zebulon", domain: parley.domain, port: parley.webPort });
    const rights = [
      "join-handling",
      "allow-conference-state",
      "allow-private-message",
      "allow-invite-users-dynamically",
      "allow-anonymity",
    ] as const;
    const group = groupText(PLAZA, {
      name: "The plaza",
      othersMay: rights,
      more: "<oxe:searchable>true</oxe:searchable>",
    });
    equal((await owner.put(owner.own(GROUPS, "plaza"), group)).status, 201);

    const taps = [new Wiretap(parley.port), new Wiretap(parley.msrpPort), new Wiretap(parley.webPort)];
    const [sip, msrp, web] = taps;
    const seen = () => taps.map(({ text }) => text).join("\n");
    // All that the service remembers for her.
    const nobody = new Rest(`http://127.0.0.1:${web.port}`);
    const rest = await nobody.logIn({ uri: "sip:wanda@example.test", password: passwordOf("wanda") });
    await rest.put("/me/history/settings", { record: "everything" });
    const wanda = await RoomCaller.open(parley, "wanda", { port: sip.port, msrpPort: msrp.port });
    const callers: RoomCaller[] = [];
    for (const { name, displayName, host, hostName } of OTHERS) {
      const place = { transport: "udp", host, server: "127.0.0.1", hostName, displayName } as const;
      callers.push(await RoomCaller.open(parley, name, place));
    }
    const [zebulon, quentin, xanthippe] = callers;
    const [zebFacts, queFacts, xanFacts] = OTHERS;
    const enters = (caller: RoomCaller, facts: typeof OTHERS[number]) =>
      caller.enters(PLAZA, { headers: talkative(facts) });
    const told = (watch: Subscription, wanted: (body: string) => boolean) =>
      watch.notified(({ body }: TextMessage) => wanted(body));

    // They come, she watches and comes; one hides besides.
    const zeb = await enters(zebulon, zebFacts);
    const watch = new Subscription(wanda.client, {
      event: "conference",
      accept: "application/conference-info+xml",
      target: PLAZA,
      to: PLAZA,
    });
    equal(statusOf(await watch.subscribe()), 200);
    const que = await enters(quentin, queFacts);
    let her: RoomDialog = await wanda.enters(PLAZA);
    const xan = await xanthippe.enters(PLAZA, { headers: [...talkative(xanFacts), "Privacy: id"] });

    // Names, messages, signs of writing, notifications, whispers.
    equal(await que.nickname('"Rook"'), 200);
    await told(watch, (body) => body.includes("Rook"));
    equal(await her.nickname('"Rook"'), 425);
    equal(await her.nickname('"Queen"'), 200);
    for (const [dialog, facts] of [[zeb, zebFacts], [que, queFacts], [xan, xanFacts]] as const) {
      equal((await dialog.send(signed(facts, PLAZA, `from ${dialog.texts.length}`))).status, 200);
      equal((await dialog.say(COMPOSING, { type: "application/im-iscomposing+xml", to: PLAZA })).status, 200);
    }
    equal(
      (await her.say("who are you?", { lines: ["NS: imdn <urn:ietf:params:imdn>", "imdn.Message-ID: m1"] })).status,
      200,
    );
    const question = await que.heard("who are you?");
    const herAlias = aliasOf(question);
    const type = "message/imdn+xml";
    for (const to of [herAlias, PLAZA]) {
      equal(
        (await que.say(imdnOf("m1", quentin.aor), { to, type, lines: ["NS: imdn <urn:ietf:params:imdn>"] })).status,
        200,
      );
    }
    equal((await xan.send(signed(xanFacts, herAlias, "psst"))).status, 200);
    const whispered = await her.heard("psst");
    match(said(whispered), new RegExp(`^To: <${herAlias}>\r$`, "m"));
    equal((await her.say("psst yourself", { to: aliasOf(whispered) })).status, 200);
    await xan.heard("psst yourself");
    ok(![...zeb.texts, ...que.texts].some((text) => text.includes("psst")));
    // Guessing: an address is nobody's, whoever has it is there or not.
    for (const { name } of OTHERS) equal((await her.say("is it you?", { to: `sip:${name}@example.test` })).status, 404);
    const forged = await her.say("as another", { from: aliasOf(whispered) });
    equal(forged.status, 403);

    // She goes, and somebody who knows her brings her in again.
    await her.bye();
    const referred = await que.refer(wanda.aor, [...talkative(queFacts).filter((line) => !/^Referred-By/.test(line))]);
    equal(statusOf(referred), 202, referred.raw);
    her = await wanda.takes();
    notEqual(
      aliasOf(await spoken(her, zeb, "back")),
      herAlias,
      "who brought her in would know whose the one that she had was",
    );
    // One breaks off and comes again, one leaves and comes again.
    const lost = aliasOf(await spoken(xan, her, "still here"));
    xan.peer.close();
    const again = await enters(xanthippe, xanFacts);
    equal(aliasOf(await spoken(again, her, "here again")), lost);
    await que.bye();
    const returned = await enters(quentin, queFacts);
    const queAlias = aliasOf(await spoken(returned, her, "me too"));

    // One is put out by the owner, and tries to come back; she may not do the same, by alias or by guessed address.
    for (const whom of [queAlias, zebulon.aor]) {
      equal(refusalOf(await her.refer(`${whom};method=BYE`, ["Refer-Sub: false"])).slice(0, 3), "403");
    }
    equal(statusOf(await zeb.refer(`${queAlias};method=BYE`, ["Refer-Sub: false"])), 202);
    await returned.ended();
    await told(watch, (body) => body.includes("booted"));
    equal(statusOf(await quentin.invite(PLAZA)), 403);

    // What documents say: she finds the room, and not what it is made of.
    const reader = new XcapClient({ user: "wanda", domain: parley.domain, port: web.port });
    const fetched = await reader.get(`/xcap/org.openmobilealliance.groups/global/plaza`);
    ok(fetched.status >= 400, String(fetched.status));
    const listed = await found(reader, GROUPS, '$x/display-name = "The plaza"');
    equal(listed.length, 1, listed.join());
    match(listed[0], /sip:plaza@example\.test/);
    equal(statusOf(await watch.subscribe()), 200, "a refresh tells all of it anew");
    await told(watch, (body) => body.includes('state="full"'));

    // The room is over.
    await spoken(zeb, her, "good night");
    equal((await owner.delete(owner.own(GROUPS, "plaza"))).status, 200);
    await her.ended();
    await watch.notified(({ raw }) => /^Subscription-State: terminated/im.test(raw));

    // What she may read over REST: whatever there is, with each of her recordings.
    const recorded = await recordings(rest);
    ok(recorded.length > 0);
    await readAll(rest, recorded);

    const text = seen().toLowerCase();
    for (const [i, caller] of callers.entries()) {
      const { name } = OTHERS[i];
      const traces = tracesOf(caller, OTHERS[i]).filter((trace) => text.includes(trace));
      deepEqual(traces.map((trace) => `${trace}: ${around(text, trace)}`), [], `of ${name}`);
    }
    ok(!text.includes("+05:45"), "their time zone");
    ok(
      text.includes("psst") && text.includes("rook") && text.includes("booted") && ALIAS.test(text),
      "she saw all of it",
    );

    // The same eyes see it in a private room: what is searched for would be found.
    const den = "sip:den@example.test";
    const members = { members: ["zebulon", "wanda"], membersMay: ["join-handling"] } as const;
    equal((await owner.put(owner.own(GROUPS, "den"), groupText(den, members))).status, 201);
    const [open, seeing] = [await zebulon.enters(den), await wanda.enters(den)];
    await spoken(open, seeing, "in private");
    ok(seen().toLowerCase().includes("zebulon"));

    reader.close();
    owner.close();
    for (const caller of [wanda, ...callers]) caller.close();
    for (const tap of taps) tap.close();
  },
);

async function recordings(rest: Rest): Promise<string[]> {
  const { conversations } = await rest.get<{ conversations: { reference: string }[] }>("/me/history");
  return conversations.map(({ reference }) => reference);
}

/** Asks for everything that the API has to be read; of her recordings every message, as it came and as it is shown. */
async function readAll(rest: Rest, references: readonly string[]): Promise<void> {
  const { paths } = await rest.get<{ paths: Record<string, Record<string, unknown>> }>("/openapi.json");
  for (const [path, methods] of Object.entries(paths)) {
    if (methods.get === undefined || path.includes("events") || path.includes("{reference}")) continue;
    const named = path.replace(/^\/api\/v1/, "").replace("{uri}", encodeURIComponent("sip:wanda@example.test"))
      .replace(/\{\w+\}/g, "1");
    await rest.ask("GET", path.endsWith("/search") ? `${named}?words=psst` : named);
  }
  for (const reference of references) {
    const recording = `/me/history/${reference}`;
    for (const format of ["html", "json"]) await rest.ask("GET", `${recording}/export?format=${format}`);
    const { messages } = await rest.get<{ messages: { seq: number }[] }>(`${recording}/messages`);
    ok(messages.length > 0);
    for (const { seq } of messages) {
      for (const form of ["original", "content"]) {
        await rest.ask("GET", `${recording}/messages/${seq}/content?form=${form}`);
      }
    }
  }
}

/** Somebody says it, and another one has it. */
async function spoken(from: RoomDialog, to: RoomDialog, text: string) {
  equal((await from.say(text)).status, 200);
  return await to.heard(text);
}

/** For whoever has to find out where it came from. */
function around(text: string, trace: string): string {
  const at = text.indexOf(trace);
  return text.slice(Math.max(0, at - 200), at + 100);
}
