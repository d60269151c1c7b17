/** tshark reads every SIP message and every MSRP frame that Parley sends in chats, files, relaying and errors. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { memoryFile, MemorySink } from "../../client/testing/memory_network.ts";
import { interopTest } from "../support/process.ts";
import { ImDevice } from "../support/im_device.ts";
import { MsrpCallers, TRUSTING } from "../support/msrp_callers.ts";
import { openPair } from "../support/msrp_pair.ts";
import { MsrpPeer } from "../support/msrp_peer.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Capture, type Dissected, msrpFrames, sipStartLines } from "./msrp_capture.ts";
import { MsrpEnd } from "./msrp_end.ts";

const MSRP = [
  "msrp.transaction.id",
  "msrp.method",
  "msrp.status.code",
  "msrp.to.path",
  "msrp.from.path",
  "msrp.cnt.flg",
  "msrp.content.type",
  "_ws.malformed",
  "_ws.expert.message",
];
const SIP = ["sip.Method", "sip.Status-Code", "sdp.version", "_ws.malformed", "_ws.expert.message"];

/** What is wrong with a frame as tshark read it; "" for nothing. */
function problem({ fields }: Dissected): string {
  const get = (name: string) => fields.get(`msrp.${name}`)!;
  // In the start line and in the end-line.
  const [first, last] = get("transaction.id").split(",");
  if (first === "" || first !== last) return "no end-line of the same transaction";
  if ((get("method") === "") === (get("status.code") === "")) return "neither request nor response";
  if (get("status.code") !== "" && !/^[0-9]{3}$/.test(get("status.code"))) return "a status that is none";
  if (!/^msrps?:\/\//.test(get("to.path")) || !/^msrps?:\/\//.test(get("from.path"))) return "no paths";
  if (!/^[$+#]$/.test(get("cnt.flg"))) return "no continuation flag";
  if (fields.get("_ws.malformed") !== "") return "malformed";
  const expert = fields.get("_ws.expert.message")!;
  // It says so of a body of a type that it knows nothing of.
  const unknown = expert === "Trailing stray characters" && /octet-stream|image/.test(get("content.type"));
  return unknown ? "" : expert;
}

/** Chats both ways with notifications, a file taken and one refused, somebody who is not there. */
async function chats(parley: ParleyProcess): Promise<void> {
  const alice = await ImDevice.open(parley, "alice");
  const bob = await ImDevice.open(parley, "bob");
  const chat = alice.client.openChat(bob.uri)!;
  for (let i = 0; i < 20; i++) chat.send(`${i} grüß dich 🙂`);
  await bob.until(() => bob.notes.messages.length === 20, "the messages");
  bob.notes.chats.at(-1)!.send("and back");
  await alice.until(() => alice.notes.messages.length === 1, "the answer");
  chat.sendContent("text/html;charset=UTF-8", new TextEncoder().encode("<p>bold</p>"));
  const displayed = () => [...alice.notes.states.values()].filter((states) => states.includes("displayed")).length;
  await alice.until(() => displayed() === 21, "21 notifications");
  chat.end();
  await alice.until(() => alice.client.sessions === 0 && bob.client.sessions === 0, "the end");
  const sink = new MemorySink();
  const content = new Uint8Array(150_000).map((_, i) => (i * 31) % 256);
  bob.notes.offered = (file) => file.accept(sink);
  const file = alice.client.sendFile(bob.uri, memoryFile("größe.bin", content, "application/octet-stream"))!;
  await alice.until(() => file.state === "done", "the file");
  deepEqual(sink.content, content);
  bob.notes.offered = (file) => file.refuse();
  const refused = alice.client.sendFile(bob.uri, memoryFile("b.bin", content, "application/octet-stream"))!;
  await alice.until(() => refused.state === "failed", "the refusal");
  alice.client.openChat("sip:nobody@example.test")!.send("?");
  await alice.until(() => [...alice.notes.states.values()].some((s) => s.join().includes("failed")), "nobody");
  await alice.close();
  await bob.close();
}

/** Each error that a peer can provoke. */
async function errors(parley: ParleyProcess): Promise<void> {
  const callers = await MsrpCallers.open(parley, ["alice", "bob"]);
  const pair = await openPair(callers, { tcp: parley.msrpPort }, ["alice", "bob"], { b: { types: "text/plain" } });
  const { a, b, toB } = pair;
  const said = async (parts: Parameters<typeof a.ask>[0]) => (await a.ask(parts)).status;
  equal(await said({ to: toB, body: "fine" }), 200);
  equal(await said({ to: toB, body: "x".repeat(3000) }), 413);
  equal(await said({ to: toB, body: "x", type: "image/png" }), 415);
  equal(await said({ to: toB, method: "FOO" }), 501);
  // What the other end says of a message comes as a REPORT.
  b.answer = () => 403;
  equal(await said({ to: toB, body: "not wanted", messageId: "unwanted1" }), 200);
  await a.arrived(({ method, headers }) => method === "REPORT" && headers.get("message-id") === "unwanted1");
  const stranger = await MsrpPeer.open({ port: parley.msrpPort });
  equal((await stranger.bind(toB)).status, 506);
  equal((await stranger.ask({ to: toB.replace(/\/[^/]+;/, "/nobody;"), body: "x" })).status, 481);
  stranger.close();
  const broken = await MsrpPeer.open({ port: parley.msrpPort });
  equal((await broken.ask({ to: toB, body: "x", range: "5-1/2" })).status, 400);
  broken.close();
  pair.close();
  await callers.close();
}

/** AUTH right and wrong, and a session through the relay. `bob` has a door that the box connects to. */
async function relaying(parley: ParleyProcess, bobEnd: MsrpEnd): Promise<void> {
  await using aliceEnd = await MsrpEnd.open("alice");
  const relay = `msrp://127.0.0.1:${parley.msrpPort};tcp`;
  await rejects(aliceEnd.behind([relay], "guess"), /^Error: 401 /);
  const [use] = await aliceEnd.behind([relay], undefined, 5);
  const [alice, bob] = [aliceEnd.session(), bobEnd.session()];
  bob.start("passive", { path: alice.path });
  alice.start("active", { path: bob.path });
  await alice.opened;
  const body = new Uint8Array(100_000).map((_, i) => i % 256);
  deepEqual(
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => [alice.say(`out ${i} 🌍`), bob.say(`in ${i}`)]).flat(),
      alice.send({ contentType: "application/octet-stream", body }),
      bob.send({ contentType: "application/octet-stream", body }),
      alice.say("refuse 403 not today"),
    ]),
    [...Array(42).fill("delivered"), "403 not today"],
  );
  const stranger = await MsrpPeer.open({ port: parley.msrpPort });
  equal((await stranger.ask({ to: `${use} ${bob.uri}`, body: "no open relay" })).status, 403);
  stranger.close();
  bob.close();
  equal(await alice.say("anybody there?"), "481 Session Does Not Exist");
  alice.close();
}

interopTest(
  "tshark reads every SIP message and MSRP frame of chats, files, a relay and errors: none malformed [IOP-3]",
  [
    "tshark",
    "text2pcap",
  ],
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: `${TRUSTING}[relay]\nplain = true\n[session]\nmax_message = 2000\n`,
    });
    await using bob = await MsrpEnd.open("bob");
    const { port, msrpPort } = parley;
    const capture = await Capture.start(`${parley.dir}/capture.pcap`, port, [msrpPort, bob.port]);
    await chats(parley);
    await errors(parley);
    await relaying(parley, bob);
    await capture.stop();

    const flows = await capture.flows();
    const startLines = flows.filter(({ from }) => from === port).flatMap(({ octets }) => sipStartLines(octets));
    const sip = await capture.sip(port, SIP);
    const values = (name: string) => sip.flatMap(({ fields }) => fields.get(name)!.split(",")).filter((v) => v !== "");
    const read = [...values("sip.Method"), ...values("sip.Status-Code")];
    equal(read.length, startLines.length, "SIP messages that tshark found");
    for (const wanted of ["INVITE", "ACK", "BYE", "200", "404", "603"]) {
      ok(read.includes(wanted), `no ${wanted} among ${[...new Set(read)]}`);
    }
    ok(values("sdp.version").length >= 6, "descriptions");
    const wrongSip = sip.filter(({ fields }) =>
      fields.get("_ws.malformed") !== "" ||
      /malformed|undecoded|unknown|illegal|missing|invalid|unrecogni/i.test(fields.get("_ws.expert.message")!)
    );
    deepEqual(wrongSip.map(({ fields }) => [...fields.values()].join(" ")), []);

    const frames = flows.filter(({ from, to }) => from === msrpPort || to === bob.port)
      .flatMap(({ octets }) => msrpFrames(octets));
    const broken = new TextEncoder().encode("MSRP abcd 200 OK\r\nTo-Path: x\r\n-------abcd$\r\n");
    const msrp = await capture.msrp([...frames, broken], MSRP);
    equal(msrp.length, frames.length + 1, "MSRP frames that tshark found");
    equal(problem(msrp.pop()!), "no paths", "what is broken is seen to be");
    const kinds = new Map<string, number>();
    for (const { fields } of msrp) {
      const kind = fields.get("msrp.method") || fields.get("msrp.status.code")!;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    for (const wanted of ["SEND", "REPORT", "200", "400", "401", "403", "413", "415", "423", "481", "501", "506"]) {
      ok(kinds.has(wanted), `no ${wanted} among ${[...kinds.keys()]}`);
    }
    ok(kinds.get("SEND")! >= 100 && kinds.get("200")! >= 100, `few frames: ${[...kinds]}`);
    const wrong = msrp.map((frame, i) => [problem(frame), i] as const).filter(([what]) => what !== "");
    deepEqual(wrong.map(([what, i]) => `${what}: ${new TextDecoder("latin1").decode(frames[i]).slice(0, 300)}`), []);
  },
);
