/** A box with what a box has after some weeks: users in all states, devices, messages that wait, backups, certificates … */
import { equal } from "node:assert/strict";
import * as OTPAuth from "otpauth";
import { Child } from "../../support/process.ts";
import { ADMIN_PASSWORD, eventually, type Rest } from "../../support/rest.ts";
import { ImDevice } from "../../support/im_device.ts";
import { SipClient, statusOf } from "../../support/sip_client.ts";
import { signUp } from "./sign_up.ts";
import type { Stage } from "./stage.ts";

/** What the visits of pages have to know of it. */
export interface Content {
  readonly callId: string;
  readonly invite: string;
  readonly backup: string;
  /** Id of a system message with answers. */
  readonly question: string;
  readonly sipClients: readonly SipClient[];
  /** Two people in a chat. */
  readonly chatting: readonly ImDevice[];
  /** Ids of rooms with people in them: a chat that somebody began, and one that hides who they are. */
  readonly room: string;
  readonly hiddenRoom: string;
  /** An admin with a second factor. */
  readonly guarded: string;
}

/** Users that the box begins with. */
export const PEOPLE = [
  { name: "alice", password: "pw-alice", displayName: "Alice Liddell", e164: "+15550001" },
  { name: "bob", password: "pw-bob", displayName: "Bob Ğ. “Builder” Öztürk" },
  { name: "carol", password: "pw-carol" },
  { name: "dora", password: "pw-dora", displayName: "دورا" },
  {
    name: "a.user.with.an.address.that.does.not.fit.anywhere.at.all",
    password: "pw-long",
    displayName: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter",
  },
  { name: "erin", password: "pw-erin", displayName: "Erin" },
];

export async function fill(stage: Stage): Promise<Content> {
  const { box, ada } = stage;
  const clients = await devices(stage);
  const [alice, bob] = clients;
  equal(statusOf(await alice.message(bob.aor, "to somebody who is there")), 200);
  for (const text of ["one", "two", "three"]) {
    equal(statusOf(await alice.message("sip:carol@example.test", `${text} that waits`)), 202);
  }
  await manyUsers(ada);
  const chatting = await chat(stage);
  const rooms = await roomsOf(stage, chatting);
  const uri = (name: string) => `sip:${name}@${box.domain}`;
  await ada.patch(ada.user(uri("dora")), { state: "suspended", note: "On leave until spring." });
  await ada.patch(ada.user(uri("erin")), { state: "barred", barred_until: Date.now() + 86_400_000 });
  await ada.patch(ada.user(uri("bob")), { quota: { messages: 10, octets: 5000 } });
  const { link } = await ada.post<{ link: string }>(ada.user(uri("carol"), "/invites"), { days: 7, max_uses: 5 });
  await ada.post(ada.user(uri("alice"), "/invites"), { days: 1, max_uses: 1 });

  for (const [name, role] of [["oz", "operator"], ["hilda", "help-desk"], ["austin", "auditor"], ["tina", "owner"]]) {
    await ada.post("/admins", { name, role, display_name: `${name} the ${role}`, password: ADMIN_PASSWORD });
  }
  await secondFactor(await ada.logIn({ name: "tina", password: ADMIN_PASSWORD }));
  await ada.post("/tokens", { name: "Prometheus", role: "metrics", days: 365 });
  await ada.post("/tokens", { name: "nightly job that has a rather long name", role: "operator", days: 1 });
  await ada.settings({ "signup.open": true, "signup.approval": true, "deferred.default_days": 5 });
  for (const name of ["fay", "gus"]) await signUp(stage.origin, { name, display_name: `${name} Newly` });
  await ada.post("/system-messages", { to: uri("alice"), text: "Maintenance tonight at ten." });
  const { id: question } = await ada.post<{ id: string }>("/system-messages", {
    to: uri("user5"),
    text: "The terms of {domain} are new. Do you agree?",
    options: [{ label: "I agree" }, { label: "Later", grants: "receive" }, { label: "No", grants: "none" }],
    blocking: true,
    answer_within: 3600,
    expires_at: Date.now() + 86_400_000,
  });
  await certificates(ada, box.dir);
  const backup = await backups(ada);
  const { calls } = await eventually(async () => {
    const found = await ada.get<{ calls: { call_id: string; start_line?: string }[] }>("/traces?search=bob&limit=50");
    return found.calls.length > 0 && found;
  }, "a traced call");
  return {
    callId: calls[0].call_id,
    invite: link,
    backup,
    question,
    sipClients: clients,
    chatting,
    ...rooms,
    guarded: "tina",
  };
}

async function devices({ box }: Stage): Promise<SipClient[]> {
  const opened: SipClient[] = [];
  for (
    const [user, transport, port] of [
      ["alice", "udp", box.port],
      ["bob", "tcp", box.port],
      ["alice", "ws", Number(new URL(box.ready!.web.find((door) => door.startsWith("http://"))!).port)],
    ] as const
  ) {
    const client = await SipClient.open({ user, domain: box.domain, transport, port });
    equal(statusOf(await client.register()), 200);
    opened.push(client);
  }
  return opened;
}

async function chat({ box }: Stage): Promise<ImDevice[]> {
  const both = [await ImDevice.open(box, "user0"), await ImDevice.open(box, "user1")];
  both[0].client.openChat(both[1].uri)!.send("What is said here stands on no page.");
  await both[1].until(() => both[1].notes.messages.length === 1, "the message");
  return both;
}

/** The two who chat are in two rooms besides; into the first somebody was invited who has no device. */
async function roomsOf({ box, ada }: Stage, [one, other]: readonly ImDevice[]) {
  const lobby = `sip:lobby@${box.domain}`;
  const body = { uri: lobby, display_name: "The Lobby", subject: "Anything at all", minimum_age: 0 };
  (await ada.ask("PUT", "/public-rooms/lobby", { body })).ok();
  one.client.openRoom([other.uri, `sip:user2@${box.domain}`], "Lunch on Friday");
  for (const device of [one, other]) device.client.joinRoom(lobby);
  const found = await eventually(async () => {
    const { rooms } = await ada.get<{ rooms: { id: string; kind: string; here: number; coming: number }[] }>("/rooms");
    return rooms.length === 2 && rooms.every(({ here, coming }) => here === 2 && coming === 0) && rooms;
  }, "two people in two rooms");
  const [room, hiddenRoom] = ["ad-hoc", "public"].map((wanted) => found.find(({ kind }) => kind === wanted)!.id);
  return { room, hiddenRoom };
}

/** More than a page of them. */
async function manyUsers(ada: Rest): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => `sip:user${i}@example.test,pw-user${i},User ${i},+1666${1000 + i}`);
  await ada.ask("POST", "/users/import", {
    headers: { "content-type": "text/csv" },
    octets: `uri,password,display_name,e164\n${rows.join("\n")}\n`,
  }).then((answer) => answer.ok());
  await ada.post("/users", { uri: "sip:newcomer@example.test", password: "pw-new", state: "unsubscribed" });
}

async function secondFactor(admin: Rest): Promise<void> {
  const { uri } = await admin.post<{ uri: string }>("/me/totp");
  await admin.put("/me/totp", { code: (OTPAuth.URI.parse(uri) as OTPAuth.TOTP).generate() });
}

/** One that ends in nine days, one of the box's own authority, and a request that waits. */
async function certificates(ada: Rest, dir: string): Promise<void> {
  const child = new Child("openssl", "openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"],
      ...["-subj", "/CN=old.example.test", "-addext", "subjectAltName=DNS:old.example.test"],
      ...["-keyout", `${dir}/old.key`, "-out", `${dir}/old.pem`],
    ],
  });
  equal((await child.finished(20_000)).code, 0, child.output);
  await ada.post("/certificates", {
    certificate: await Deno.readTextFile(`${dir}/old.pem`),
    key: await Deno.readTextFile(`${dir}/old.key`),
  });
  await ada.post("/certificates/authority", { name: "Example CA" });
  await ada.post("/certificates/issue", { names: ["im.example.test", "127.0.0.1"], days: 90 });
  await ada.post("/certificates/requests", { names: ["im.example.test"], organisation: "Example", country: "DE" });
}

/** One that was tested and one that was not. */
async function backups(ada: Rest): Promise<string> {
  const { name } = await ada.post<{ name: string }>("/backups");
  await ada.post(`/backups/${name}/test`);
  await ada.post("/backups");
  return name;
}
