/** What the service tells its users unasked, over real sockets: to SIP clients that share no code with it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, NotNow, Rest } from "../support/rest.ts";
import { RoomCaller } from "../support/room_caller.ts";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "gina", "hugo", "ivy", "jack", "kim", "leo"] as const;
type Name = (typeof NAMES)[number];
const WELCOME = /^Welcome\./;
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  const people = users(...NAMES).map((user, n) => ({
    ...user,
    displayName: `Person ${n}`,
    e164: `+1555000${String(n).padStart(2, "0")}`,
  }));
  parley = await ParleyProcess.start({ users: people, config: "[notices]\nfirst_use = true\n" });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

const aorOf = (name: Name) => `sip:${name}@example.test`;
const open = (user: Name) => SipClient.open({ user, domain: parley.domain, port: parley.port });

/** A phone that has registered, with these header lines. */
async function registered(user: Name, ...headers: string[]): Promise<SipClient> {
  const phone = await open(user);
  const answer = await phone.register(600, "", headers);
  equal(statusOf(answer), 200, answer.raw);
  return phone;
}

/** What the service has said to a phone, once everything that was said before `last` must be there. */
async function saidTo(phone: SipClient): Promise<string[]> {
  const text = `That is all for ${phone.user} ${crypto.randomUUID().slice(0, 8)}.`;
  await ada.post("/system-messages", { to: phone.aor, text });
  await phone.requestArrived(({ body }) => body === text);
  const said = phone.requests.filter((request) => /<sip:system@example\.test>/.test(header(request, "from")));
  return said.map(({ body }) => body).filter((body) => !body.startsWith("That is all"));
}

/** What a user blocks. */
async function block(owner: Name, blocked: Name): Promise<void> {
  const rest = await ada.logIn({ uri: aorOf(owner), password: `pw-${owner}` });
  const path = rest.user(aorOf(owner), `/blocked/${encodeURIComponent(aorOf(blocked))}`);
  equal((await rest.ask("PUT", path)).status, 204);
}

Deno.test(
  "who was added by the operator hears at the first registration that there is a default profile, once, over restarts too [REG-4] [SMSG-14]",
  options,
  async () => {
    const phone = await registered("alice");
    const { body } = await phone.requestArrived(({ body }) => WELCOME.test(body));
    match(body, /A default profile has been made for you.*you can change it at any time/);
    const alice = await ada.logIn({ uri: aorOf("alice"), password: "pw-alice" });
    const { etag } = await alice.get<{ etag: string }>(alice.user(aorOf("alice"), "/profile"));
    ok(etag !== "", "there is one");
    const other = await registered("alice");
    equal(statusOf(await phone.register()), 200);
    deepEqual((await saidTo(phone)).filter((text) => WELCOME.test(text)).length, 1);
    deepEqual((await saidTo(other)).filter((text) => WELCOME.test(text)), []);
    await leave([phone, other]);
    await parley.kill();
    await parley.run();
    const third = await registered("alice");
    deepEqual(await saidTo(third), []);
    await leave([third]);
  },
);

Deno.test(
  "types and sizes in force are told at the first registration, and again when they have changed; they are what holds [SND-5] [ADM-8]",
  options,
  async () => {
    await ada.settings({
      "pager.max_body": 900,
      "pager.max_body_of": { "text/html": 200 },
      "pager.types": ["text/*"],
      "session.types": ["text/plain", "image/png"],
      "session.max_content": 2_000_000,
    });
    const phone = await registered("bob");
    const { body } = await phone.requestArrived(({ body }) => WELCOME.test(body));
    ok(body.includes("Single messages may have up to 900 octets, of text/* (text/html up to 200 octets)."), body);
    ok(body.includes("a picture, sound or file up to 2000000 octets (2 MB), of text/plain, image/png."), body);
    const send = async (text: string, type: string) =>
      statusOf(
        await phone.request({
          method: "MESSAGE",
          uri: aorOf("bob"),
          to: `<${aorOf("bob")}>`,
          body: text,
          headers: [`Content-Type: ${type}`],
        }),
      );
    equal(await send("x".repeat(900), "text/plain"), 200);
    equal(await send("x".repeat(901), "text/plain"), 413);
    equal(await send("x".repeat(201), "text/html"), 413);
    equal(await send("x", "image/png"), 415);
    equal(statusOf(await phone.register()), 200);
    deepEqual((await saidTo(phone)).length, 1, "nothing new, nothing said");
    await leave([phone]);
    await ada.settings({ "pager.max_body": 1000 });
    const again = await registered("bob");
    const { body: changed } = await again.requestArrived(({ body }) =>
      body.startsWith("What may be sent has changed.")
    );
    ok(changed.includes("up to 1000 octets, of text/*"), changed);
    ok(!WELCOME.test(changed));
    await leave([again]);
    await ada.settings({ "pager.max_body": 1300, "pager.max_body_of": {}, "pager.types": ["*/*"] });
    await ada.settings({ "session.types": ["*/*"], "session.max_content": 10_485_760 });
  },
);

Deno.test(
  "whose profile lacks mandatory fields hears at registration which, and what follows from filling them in, no more than once a week [UPROF-8] [SMSG-15]",
  options,
  async () => {
    await ada.settings({ "search.mandatory": ["display-name", "country", "hobby"], "search.minimum_age": 0 });
    const phone = await registered("carol");
    const { body } = await phone.requestArrived(({ body }) => WELCOME.test(body));
    match(
      body,
      /Your public profile lacks these fields: country, hobby\..*nobody finds you.*What you fill in is public/,
    );
    ok(!/Person|carol|555/.test(body), "names of fields, and nothing of what is in them");
    await leave([phone]);
    const again = await registered("carol");
    deepEqual(await saidTo(again), []);
    const carol = await ada.logIn({ uri: aorOf("carol"), password: "pw-carol" });
    const search = () =>
      carol.ask("POST", carol.user(aorOf("carol"), "/searches"), {
        body: { where: { field: "hobby", is: "go" } },
      });
    match((await search()).refused(403).detail, /country, hobby/);
    await carol.patch(carol.user(aorOf("carol"), "/profile"), { country: "NL", hobbies: ["chess"] });
    equal((await search()).status, 200);
    await leave([again]);
    // Somebody whose profile has everything hears of nothing that is missing.
    const dave = await ada.logIn({ uri: aorOf("dave"), password: "pw-dave" });
    await dave.patch(dave.user(aorOf("dave"), "/profile"), { country: "NL", hobbies: ["go"] });
    const whole = await registered("dave");
    const { body: welcome } = await whole.requestArrived(({ body }) => WELCOME.test(body));
    ok(!welcome.includes("lacks"), welcome);
    await leave([whole]);
    await ada.settings({ "search.mandatory": ["display-name"] });
  },
);

Deno.test(
  "whoever has blocked somebody hears that they are in the same room: found there, or coming in; not who, and once [CHAT-10]",
  options,
  async () => {
    await block("erin", "frank");
    await block("erin", "gina");
    const [erin, frank, gina] = [
      await RoomCaller.open(parley, "erin"),
      await RoomCaller.open(parley, "frank"),
      await RoomCaller.open(parley, "gina"),
    ];
    const uri = "sip:erin-chess@example.test";
    const xcap = new XcapClient({ user: "erin", domain: parley.domain, port: parley.webPort });
    const members = ["erin", "frank", "gina"];
    const put = await xcap.put(
      xcap.own(GROUPS, "erin-chess"),
      groupText(uri, { members, membersMay: ["join-handling", "allow-initiate-conference"] }),
    );
    equal(put.status, 201, put.body);
    xcap.close();
    const blocked = async () => (await saidTo(erin.client)).filter((text) => /blocked/.test(text));
    await frank.enters(uri);
    deepEqual(await blocked(), [], "she is not there");
    const seat = await erin.enters(uri);
    await erin.client.requestArrived(({ body }) => /^Somebody whom you have blocked is in the chat/.test(body));
    const [found, ...more] = await blocked();
    deepEqual(more, []);
    match(found, /in the chat sip:erin-chess@example\.test with you\. You get nothing of what they say there/);
    ok(!/frank|Person|555/.test(found), "who it is she sees in the room");
    const other = await gina.enters(uri);
    await eventually(async () => (await blocked()).length === 2, "gina has come, too");
    await other.bye();
    await gina.enters(uri);
    equal((await blocked()).length, 2, "told of each once");
    deepEqual(
      (await saidTo(frank.client)).filter((text) => /blocked/.test(text)),
      [],
      "who is blocked does not learn it",
    );
    await seat.bye();
    await leave([erin.client, frank.client, gina.client]);
  },
);

Deno.test("in a room that hides who is there nobody hears whom they have blocked [PRI-2]", options, async () => {
  const body = { uri: "sip:plaza@example.test", display_name: "Plaza" };
  const made = await ada.ask("PUT", "/public-rooms/plaza", { body });
  ok(made.status < 300, made.text);
  await block("hugo", "ivy");
  const [hugo, ivy] = [await RoomCaller.open(parley, "hugo"), await RoomCaller.open(parley, "ivy")];
  await hugo.enters("sip:plaza@example.test");
  const there = await ivy.enters("sip:plaza@example.test");
  await there.say("Anybody here?");
  deepEqual((await saidTo(hugo.client)).filter((text) => /blocked/.test(text)), []);
  await leave([hugo.client, ivy.client]);
});

Deno.test(
  "a release that is not supported is refused with the reason where the operator wants it, else its user is told; once for each [SMSG-2]",
  options,
  async () => {
    const tablet = await registered("jack", "User-Agent: Tablet/3.0");
    await ada.settings({
      "clients.unsupported": [
        { release: "Phone/1.*", then: "refuse", text: "Get 2.0 from your shop." },
        { release: "Desk/*", then: "tell", text: "It ends in May." },
      ],
    });
    const old = await open("jack");
    const refused = await old.register(600, "", ["User-Agent: Phone/1.4"]);
    equal(statusOf(refused), 403);
    match(refused.start, /^SIP\/2\.0 403 Client release not supported$/);
    match(header(refused, "warning"), /^399 example\.test "132 Version not supported: Get 2\.0 from your shop\."$/);
    const devices = async () => (await ada.get<{ devices: number }>(ada.user(aorOf("jack")))).devices;
    equal(await devices(), 1, "nothing is stored of it");
    const { body } = await tablet.requestArrived(({ body }) => /not support/.test(body));
    match(body, /\(Phone\/1\.\*\), so it cannot sign in\. Get 2\.0 from your shop\.$/);
    equal(statusOf(await old.register(600, "", ["User-Agent: Phone/1.4"])), 403);
    equal(statusOf(await old.register(0, "", ["User-Agent: Phone/1.4"])), 200, "it may leave");
    equal((await saidTo(tablet)).filter((text) => /not support/.test(text)).length, 1);
    // Somebody with a wrong password learns nothing of releases.
    const stranger = await SipClient.open({
      user: "jack",
      domain: parley.domain,
      port: parley.port,
      password: "wrong",
    });
    ok([401, 403].includes(statusOf(await stranger.register(600, "", ["User-Agent: Phone/1.4"]))));
    equal((await saidTo(tablet)).filter((text) => /not support/.test(text)).length, 1);
    stranger.close();
    // A new release of the same device comes in, without a restart of anything.
    equal(statusOf(await old.register(600, "", ["User-Agent: Phone/2.0"])), 200);
    equal(await devices(), 2);
    const desk = await registered("kim", "User-Agent: Desk/7");
    await desk.requestArrived(({ body }) => /not support \(Desk\/\*\)\. It ends in May\.$/.test(body));
    equal(statusOf(await desk.register(600, "", ["User-Agent: Desk/7"])), 200);
    equal((await saidTo(desk)).filter((text) => /not support/.test(text)).length, 1);
    await ada.settings({ "clients.unsupported": [] });
    equal(statusOf(await old.register(600, "", ["User-Agent: Phone/1.4"])), 200);
    await leave([tablet, old, desk]);
  },
);

Deno.test(
  "before a restart those who are registered hear of it, and those who are not never do [SMSG-10]",
  options,
  async () => {
    const phone = await registered("leo");
    await phone.requestArrived(({ body }) => WELCOME.test(body));
    const before = await ada.get<{ started_at: number }>("/status");
    (await ada.ask("POST", "/restart?tell_within=61")).refused(422);
    const answer = await ada.ask("POST", "/restart?tell_within=20");
    equal(answer.status, 202, answer.text);
    await phone.requestArrived(({ body }) => body.startsWith("The service restarts now"));
    await eventually(
      async () => {
        const { started_at } = await ada.get<{ started_at: number }>("/status");
        return started_at > before.started_at;
      },
      "the restart, without waiting for twenty seconds",
      15_000,
    );
    const late = await eventually(async () => {
      try {
        return await registered("dave");
      } catch (error) {
        throw new NotNow("the doors are not open yet", { cause: error });
      }
    }, "a phone that comes behind the restart");
    ok(!(await saidTo(late)).some((text) => text.includes("restarts")));
    await leave([phone, late]);
  },
);
