/** Files that are offered to a room by an INVITE of their own (RFC 5547), and what becomes of them for each who is in it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Chat, FileOffered } from "../../client/mod.ts";
import { hashText } from "../../transport/payload/mod.ts";
import { GROUPS, type GroupText, groupText } from "../support/group_documents.ts";
import { HashSink } from "../support/hash_sink.ts";
import { ImDevice } from "../support/im_device.ts";
import { LargeCaller } from "../support/large_caller.ts";
import { MemoryFile } from "../support/memory_file.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { FACTORY, refusalOf, RoomCaller } from "../support/room_caller.ts";
import { statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (user: string) => `sip:${user}@example.test`;
const CHESS = address("chess"), PLAZA = address("plaza");
const CONFIG = '[contacts]\nauthorisation = "never"\n';
const MEGABYTE = 1_000_000;

/** A file somebody was offered, and took: what came is compared with the hash in the offer by the client. */
interface Taken {
  readonly offer: FileOffered;
  readonly sink: HashSink;
}

/** One who takes every file. */
class Taker {
  readonly files: Taken[] = [];
  readonly name: string;
  device!: ImDevice;
  chat!: Chat;

  constructor(name: string) {
    this.name = name;
  }

  async open(parley: ParleyProcess): Promise<this> {
    this.device = await ImDevice.open(parley, this.name, { register: false });
    this.device.notes.offered = (offer) => {
      const sink = new HashSink();
      this.files.push({ offer, sink });
      offer.accept(sink);
    };
    this.device.client.start();
    await this.device.until(() => this.device.notes.events.includes("registered"), "the registration");
    return this;
  }

  async join(uri: string): Promise<this> {
    this.chat = this.device.client.openChat(uri)!;
    await this.device.until(() => this.chat.state !== "inviting", "an answer");
    equal(this.chat.state, "open", this.device.notes.events.join(" | "));
    return this;
  }

  /** Gives why not; "" where the box has it. */
  async sends(uri: string, file: MemoryFile): Promise<string> {
    const { device } = this;
    const transfer = device.client.sendFile(uri, file)!;
    await device.until(() => device.notes.ended.some((end) => end.transfer === transfer), `the end of ${file.name}`);
    return device.notes.ended.find((end) => end.transfer === transfer)!.reason?.text ?? "";
  }

  /** Has it as it was sent. */
  async has(file: MemoryFile): Promise<FileOffered> {
    const found = () =>
      this.files.find(({ offer, sink }) =>
        offer.file.selector.name === file.name && sink.kept && sink.received === file.size
      );
    await this.device.until(() => found() !== undefined, file.name);
    const { offer } = found()!;
    equal(offer.file.selector.size, file.size);
    equal(offer.file.selector.type, file.type);
    equal(offer.file.selector.hashes[0].value, hashText(file.sha1));
    return offer;
  }

  get names(): (string | undefined)[] {
    return this.files.map(({ offer }) => offer.file.selector.name);
  }
}

async function makeGroup(parley: ParleyProcess, owner: string, uri: string, group: GroupText): Promise<void> {
  const xcap = new XcapClient({ user: owner, domain: parley.domain, port: parley.webPort });
  const name = uri.slice(4, uri.indexOf("@"));
  equal((await xcap.put(xcap.own(GROUPS, name), groupText(uri, group))).status, 201);
  xcap.close();
}

async function blocks(parley: ParleyProcess, user: string, whom: string): Promise<void> {
  const xcap = new XcapClient({ user, domain: parley.domain, port: parley.webPort });
  const lists =
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="oma_blockedcontacts"><entry uri="${
      address(whom)
    }"/></list></resource-lists>`;
  equal((await xcap.put(xcap.own("resource-lists", "index"), lists)).status, 201);
  xcap.close();
}

Deno.test(
  "1 MB for a room of three, by the group's URI and by that of its session: who is there has it at once, who was cut off when coming again, once each, from its sender in the room [MMD-2]",
  options,
  async () => {
    const people = ["alice", "bob", "carol"];
    await using parley = await ParleyProcess.start({ users: users(...people), config: CONFIG });
    await makeGroup(parley, "alice", CHESS, {
      members: people,
      membersMay: ["join-handling", "allow-conference-state"],
    });
    const [alice, bob, carol] = people.map((name) => new Taker(name));
    for (const one of [alice, bob, carol]) await (await one.open(parley)).join(CHESS);
    await carol.device.vanish();

    const [board, moves] = [new MemoryFile("Brett »e4«.png", MEGABYTE, "image/png"), new MemoryFile("moves.pgn", 900)];
    equal(await alice.sends(CHESS, board), "");
    const { from, room } = await bob.has(board);
    deepEqual([from.uri, room], [address("alice"), CHESS]);
    equal(await alice.sends(alice.chat.target, moves), "");
    await bob.has(moves);
    deepEqual(alice.files, []);

    const again = await new Taker("carol").open(parley);
    for (const file of [board, moves]) equal((await again.has(file)).room, CHESS);
    await again.device.until(() => again.device.client.sessions === 0, "the end of the sessions");
    await bob.device.until(() => bob.device.client.sessions === 1, "the end of the transfers");
    deepEqual([again.names.length, bob.names.length], [2, 2]);
    for (const one of [alice, bob, again]) await one.device.close();
  },
);

Deno.test(
  "in a room for everybody a file is from the alias of its sender, whom nothing of it names; who has blocked the sender is offered none; who only left the room neither [PRI-8]",
  options,
  async () => {
    const people = ["alice", "bob", "carol", "dave", "erin"];
    // Users write to their contacts alone; whom they hear in a room is another matter.
    const config = `${CONFIG}strangers = "refused"\n`;
    await using parley = await ParleyProcess.start({ users: users(...people), config });
    await makeGroup(parley, "alice", PLAZA, { othersMay: ["join-handling"], membersMay: ["join-handling"] });
    await blocks(parley, "dave", "bob");
    const [alice, bob, dave, erin] = ["alice", "bob", "dave", "erin"].map((name) => new Taker(name));
    for (const one of [alice, bob, dave, erin]) await (await one.open(parley)).join(PLAZA);
    const carol = await RoomCaller.open(parley, "carol");
    await carol.enters(PLAZA);
    erin.chat.end();
    await erin.device.until(() => erin.device.client.sessions === 0, "the end of the chat");

    const file = new MemoryFile("by nobody.bin", 200_000);
    equal(await bob.sends(PLAZA, file), "");
    const { from, room } = await alice.has(file);
    equal(room, PLAZA);
    match(from.uri, /^sip:conf-[^@]+@example\.test$/);
    match(from.name, /^Anonymous \d+$/);
    const invite = await carol.client.requestArrived(({ start, body }) =>
      start.startsWith("INVITE ") && body.includes("by%20nobody.bin") || body.includes("by nobody.bin")
    );
    ok(!/bob/i.test(invite.raw), invite.raw);
    match(invite.raw, /^X-IM-Group: <sip:plaza@example\.test>\r$/im);
    match(invite.raw, /^Contact: .*;isfocus/im);
    // What is said behind the file is here: nothing of it comes to who has blocked its sender, or has left.
    alice.chat.send("seen");
    await dave.device.until(() => dave.device.texts.includes("seen"), "what alice says");
    deepEqual([dave.names, erin.names, bob.names], [[], [], []]);
    carol.close();
    for (const one of [alice, bob, dave, erin]) await one.device.close();
  },
);

Deno.test(
  "what cannot be is refused before an octet moves, and says what is allowed: types, sizes, parts, what says too little, who is not in the room [ADM-6]",
  options,
  async () => {
    const people = ["alice", "bob", "carol"];
    await using parley = await ParleyProcess.start({
      users: users(...people),
      config: `${CONFIG}[session]\nmax_content = 100_000\ntypes = ["message/cpim", "text/plain", "image/png"]\n`,
    });
    await makeGroup(parley, "alice", CHESS, { members: people, membersMay: ["join-handling"] });
    const [alice, bob, carol] = await Promise.all(people.map((name) => RoomCaller.open(parley, name)));
    const { room } = await alice.enters(CHESS);
    const offer = (selector: string, more: readonly string[] = ["a=sendonly"]) =>
      alice.sdp("msrp://127.0.0.1:9/file1;tcp", [`a=file-selector:${selector}`, "a=file-transfer-id:t1", ...more])
        .replace("a=accept-types:message/cpim", "a=accept-types:image/png");
    const right = 'name:"a.png" type:image/png size:5';
    const asks = async (caller: RoomCaller, uri: string, sdp: string) => await caller.invite(uri, { sdp });
    equal(refusalOf(await asks(alice, CHESS, offer(right))), "403 131 No destinations");
    await bob.enters(CHESS);

    const large = await asks(alice, CHESS, offer('name:"a.png" type:image/png size:100001'));
    match(refusalOf(large), /^403 .*100001 bytes announced, 100000 allowed/);
    match(large.body, /^a=max-size:100000\r$/m);
    const type = await asks(alice, room, offer('name:"a.exe" type:application/x-msdownload size:5'));
    equal(statusOf(type), 415);
    match(type.raw, /^Accept: .*image\/png/im);
    match(refusalOf(await asks(alice, CHESS, offer('name:"a.png" type:image/png'))), /^488 .*its type and its size/);
    match(refusalOf(await asks(alice, CHESS, offer('name:"a.png" size:5'))), /^488 .*its type and its size/);
    match(refusalOf(await asks(alice, CHESS, offer(right, ["a=recvonly"]))), /^488 /);
    match(refusalOf(await asks(alice, CHESS, offer(right, ["a=sendonly", "a=file-range:3-5"]))), /^488 Only whole/);
    equal(refusalOf(await asks(carol, CHESS, offer(right))), "403 127 Service not authorised");
    equal(statusOf(await asks(alice, FACTORY, offer(right))), 404);
    equal(statusOf(await asks(alice, address("nochess"), offer(right))), 404);
    for (const caller of [alice, bob, carol]) caller.close();
  },
);

Deno.test(
  "killed before the sender has the 200, and sent again as the same transfer: everybody in the room has it once",
  options,
  async () => {
    const people = ["alice", "bob", "carol"];
    await using parley = await ParleyProcess.start({ users: users(...people), config: CONFIG });
    await makeGroup(parley, "alice", CHESS, { members: people, membersMay: ["join-handling"] });
    // They are away while the box is killed, and the room waits for all of them.
    for (const name of people) await (await (await new Taker(name).open(parley)).join(CHESS)).device.vanish();
    // As soon as all is written; when the copies are stored and the answer is lost; in between.
    const moments = ["at once", "2", "5", "10", "20", "40", "after"];
    const files = moments.map((name) => new MemoryFile(name, 300_000));
    for (const file of files) {
      const large = {
        uri: CHESS,
        type: file.type,
        body: file.octets,
        contactParams: ";+g.oma.sip-im",
        lines: [
          `a=file-selector:name:"${file.name}" type:${file.type} size:${file.size} hash:sha-1:${hashText(file.sha1)}`,
          `a=file-transfer-id:transfer${moments.indexOf(file.name)}`,
        ],
      };
      const alice = await LargeCaller.open(parley, "alice");
      const { promise, resolve } = Promise.withResolvers<void>();
      const sent = alice.send({
        ...large,
        written: () => /^[0-9]/.test(file.name) ? void setTimeout(resolve, Number(file.name)) : resolve(),
      }).catch(() => null);
      await promise;
      if (file.name === "after") equal((await sent)?.response?.status, 200);
      await parley.kill();
      await sent;
      alice.close();
      await parley.run();
      const again = await LargeCaller.open(parley, "alice");
      const { answer, response } = await again.send(large);
      equal(response?.status, 200, `${file.name}: ${answer.raw} ${response?.comment}`);
      again.close();
    }
    for (const name of ["bob", "carol"]) {
      const one = await new Taker(name).open(parley);
      for (const file of files) await one.has(file);
      await one.device.until(() => one.device.client.sessions === 0, "the end of the sessions");
      deepEqual(one.names.toSorted(), moments.toSorted());
      await one.device.close();
    }
  },
);

Deno.test("somebody at another Parley is offered the file there, and may send one [rp:IM-8]", options, async () => {
  const [here, there] = [freePort(), freePort()];
  const peer = (domain: string, port: number) =>
    `${CONFIG}[[peer]]\ndomain = "${domain}"\nnext_hop = "sip:127.0.0.1:${port};transport=tcp"\n`;
  await using ours = await ParleyProcess.start({
    port: here,
    users: users("alice", "carol"),
    config: peer("other.test", there),
  });
  await using theirs = await ParleyProcess.start({
    domain: "other.test",
    port: there,
    users: users("bob"),
    config: peer("example.test", here),
  });
  await makeGroup(ours, "alice", CHESS, { othersMay: [], membersMay: ["join-handling"], members: ["alice", "carol"] });
  const xcap = new XcapClient({ user: "alice", domain: ours.domain, port: ours.webPort });
  const text = groupText(CHESS, { members: ["alice", "carol"], membersMay: ["join-handling"] })
    .replace("</list>", '<entry uri="sip:bob@other.test"/></list>');
  equal((await xcap.put(xcap.own(GROUPS, "chess"), text)).status, 200);
  xcap.close();
  const [alice, carol, bob] = [new Taker("alice"), new Taker("carol"), new Taker("bob")];
  for (const one of [alice, carol]) await (await one.open(ours)).join(CHESS);
  await (await bob.open(theirs)).join(CHESS);
  const [out, back] = [new MemoryFile("out.bin", 300_000), new MemoryFile("back.bin", 300_000)];
  equal(await alice.sends(CHESS, out), "");
  await carol.has(out);
  const { from, room } = await bob.has(out);
  deepEqual([from.uri, room], [address("alice"), CHESS]);
  equal(await bob.sends(CHESS, back), "");
  for (const one of [alice, carol]) equal((await one.has(back)).from.uri, "sip:bob@other.test");
  for (const one of [alice, carol, bob]) await one.device.close();
});
