/** A room of many while people come, go, crash and read slowly. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Chat } from "../../client/mod.ts";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ImDevice, type Transport } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { RoomCaller } from "../support/room_caller.ts";
import { SlowPipe } from "../support/slow_pipe.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const FULL = Deno.env.get("PARLEY_FULL") !== undefined;
// Nobody says more than a participant may at once.
const PEOPLE = FULL ? 50 : 24, ROUNDS = FULL ? 35 : 15, SPEAKERS = FULL ? 20 : 10;
const ROOM = "sip:crowd@example.test";
const TRANSPORTS: readonly Transport[] = ["tcp", "tls", "ws"];
const PADDING = " ".repeat(2000);
/** What one of them reads of its connection, octets a second. */
const SLOW = 1000;

/** One of them, with everything that its devices were told, in order. */
class Member {
  readonly name: string;
  readonly texts: string[] = [];
  device!: ImDevice;
  chat!: Chat;
  readonly #parley: ParleyProcess;
  readonly #transport: Transport;

  constructor(parley: ParleyProcess, name: string, transport: Transport) {
    this.#parley = parley;
    this.name = name;
    this.#transport = transport;
  }

  async open(): Promise<this> {
    this.device = await ImDevice.open(this.#parley, this.name, { transport: this.#transport });
    // What each of them has seen does not interest anybody here.
    this.device.notes.shows = false;
    this.device.notes.received = ({ text }) => void this.texts.push(text.trim());
    return this;
  }

  async join(): Promise<void> {
    this.chat = this.device.client.openChat(ROOM)!;
    await this.device.until(() => this.chat.state !== "inviting", "an answer");
    equal(this.chat.state, "open", this.device.notes.events.join(" | "));
  }

  say(text: string): void {
    ok(this.chat.send(text + PADDING) !== null);
  }

  /** Everything that this one has said is with the room. */
  async said(): Promise<void> {
    await this.device.until(() => this.chat.unfinished === 0, "everything was taken", 60_000);
  }
}

Deno.test(
  `a room of ${PEOPLE} over TCP, TLS and WebSocket: everybody sees every message once and in the same order while others come, leave, crash and read slowly [GR-4] [DLV-2] [CHAT-16] [CHAT-19]`,
  options,
  async () => {
    const names = Array.from({ length: PEOPLE }, (_, i) => `m${i}`);
    await using parley = await ParleyProcess.start({ users: users(...names) });
    const owner = new XcapClient({ user: "m0", domain: parley.domain, port: parley.webPort });
    const group = groupText(ROOM, { members: names, membersMay: ["join-handling", "allow-conference-state"] });
    equal((await owner.put(owner.own(GROUPS, "crowd"), group)).status, 201);
    owner.close();
    const members = names.map((name, i) => new Member(parley, name, TRANSPORTS[i % 3]));
    const [slowName] = names.slice(-1);
    for (const member of members.slice(0, -1)) await member.open();
    for (const member of members.slice(0, -1)) await member.join();
    const pipe = new SlowPipe(parley.msrpPort, SLOW);
    const slow = await RoomCaller.open(parley, slowName, { msrpPort: pipe.port });
    const slowly = await slow.enters(ROOM);
    const rest = parley.rss();

    const speakers = members.slice(0, SPEAKERS), quiet = members.slice(SPEAKERS, -1);
    const [leaver, crasher, ...steady] = quiet;
    for (let round = 0; round < ROUNDS; round++) {
      for (const speaker of speakers) speaker.say(`${speaker.name} ${round}`);
      if (round === Math.floor(ROUNDS / 3)) {
        leaver.chat.end();
        await crasher.device.vanish();
      }
      if (round === Math.floor(ROUNDS / 2)) {
        await crasher.open();
        await crasher.join();
        await leaver.join();
      }
      for (const speaker of speakers) await speaker.said();
    }
    const spoken = SPEAKERS * ROUNDS;
    for (const { device } of speakers) {
      const failed = [...device.notes.states.values()].flat().filter((state) => state.startsWith("failed"));
      equal(failed.join(" | "), "");
    }
    for (const member of [...steady, crasher]) {
      await member.device.until(
        () => member.texts.length >= spoken,
        `${spoken} messages, not ${member.texts.length}`,
        60_000,
      );
    }
    await steady[0].device.until(() => slowly.texts.length > 0, "the first that the slow one has read");
    const { taken, seconds } = pipe, had = slowly.texts.length;
    ok(taken < SLOW * seconds + 2048, `${taken} octets in ${seconds} s`);
    ok(had < spoken / 2, `it has ${had} of ${spoken}`);
    pipe.hurry();
    await steady[0].device.until(() => slowly.texts.length >= spoken, "what the slow one had not read yet", 60_000);

    const order = steady[0].texts;
    equal(new Set(order).size, spoken, "each once");
    for (const { name, texts } of [...steady, crasher]) deepEqual(texts, order, name);
    deepEqual(slowly.texts.map((text) => text.trim()), order, slowName);
    for (const { name, texts } of speakers) {
      deepEqual(
        texts,
        order.filter((text) => !text.startsWith(`${name} `)),
        name,
      );
    }
    // Who left has missed what was said meanwhile, and nothing else.
    const [first, last] = [order.indexOf(leaver.texts.at(-1)!), leaver.texts.length];
    ok(first === spoken - 1 && last < spoken && last > spoken / 3, `${last} of ${spoken}`);
    deepEqual(leaver.texts, order.filter((text) => leaver.texts.includes(text)));
    const grown = (parley.rss() - rest) / 1e6;
    ok(grown < 120, `${grown} MB more than at rest`);
    console.log(
      `room of ${PEOPLE}: ${spoken} messages, each once and in order; one read ${taken} octets in ${
        seconds.toFixed(0)
      } s ` +
        `and had ${had} of them when all others had all; memory ${grown.toFixed(0)} MB above rest`,
    );
    slow.close();
    pipe.close();
    for (const { device } of members.slice(0, -1)) await device.close();
  },
);
