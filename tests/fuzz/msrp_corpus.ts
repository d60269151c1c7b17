import {
  concatBytes,
  fromLatin1,
  Metrics,
  silentLog,
  systemClock,
  TimerQueues,
  toLatin1,
} from "../../foundation/mod.ts";
import {
  type Connection,
  MemoryDuplex,
  ParsedRequest,
  type RequestHead,
  Switchboard,
  tryParseMsrpUri,
} from "../../transport/msrp/mod.ts";
import examples from "../../transport/msrp/testdata/rfc_examples.json" with { type: "json" };
import type { Random } from "./mutations.ts";

/** What trips readers of frames, beside what trips those of SIP. */
export const MSRP_PIECES: readonly Uint8Array[] = [
  "\r\n",
  "\r",
  "\n",
  "\r\n\r\n",
  "\r\n ",
  "\0",
  "\xff",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "=",
  "/",
  "*",
  "-",
  "--",
  "------",
  "-------",
  "\r\n-------",
  "\r\n------",
  "\r\n-------d93kswow",
  "\r\n-------d93kswow$\r\n",
  "\r\n-------d93kswow+\r\n",
  "\r\n-------d93kswow#\r\n",
  "\r\n-------d93kswow!\r\n",
  "\r\n-------d93kswowx$\r\n",
  "$",
  "+",
  "#",
  "$\r\n",
  "MSRP ",
  "MSRP d93kswow SEND\r\n",
  "MSRP d93kswow 200 OK\r\n",
  "MSRP d93kswow 999\r\n",
  "msrp://",
  "msrps://[::1]:2855/",
  "msrp://a:99999/b;tcp",
  ";tcp",
  ";ws",
  ";sctp",
  "%00",
  "SEND",
  "REPORT",
  "AUTH",
  "NICKNAME",
  "To-Path: ",
  "\r\nTo-Path: msrp://x:1/y;tcp",
  "\r\nFrom-Path: msrp://x:1/y;tcp msrp://z:2/w;tcp",
  "\r\nMessage-ID: 12",
  "\r\nByte-Range: 1-*/*",
  "\r\nByte-Range: 0-0/0",
  "\r\nByte-Range: 5-1/3",
  "\r\nByte-Range: 1-99999999999999999999/99999999999999999999",
  "\r\nSuccess-Report: yes",
  "\r\nFailure-Report: partial",
  "\r\nFailure-Report: no",
  "\r\nStatus: 000 413 No",
  "\r\nStatus: 001 200",
  "\r\nContent-Type: message/cpim",
  '\r\nContent-Disposition: attachment;filename="a',
  "\r\nExpires: 99999999999",
  "\r\nUse-Path: msrps://a:1/b;tcp",
  '\r\nAuthorization: Digest username="a",realm="',
  "\r\nWWW-Authenticate: Digest ",
  "99999999999999999999",
  "-1",
].map(fromLatin1);

/** The examples of RFC 4975, 4976 and 7977, each a frame. */
export function exampleFrames(): Uint8Array[] {
  return examples.map(({ lines }) => fromLatin1(`${lines.join("\r\n")}\r\n`));
}

const TO = "msrp://bob.example.com:8888/9di4eae923wzd;tcp";
const FROM = "msrp://alicepc.example.com:7777/iau39soe2843z;tcp";

const TIDS = ["d93kswow", "dkei38sd", "k4d2n3j8", "a786hjs2"];

function head(fields: Partial<RequestHead>): RequestHead {
  return {
    method: "SEND",
    toPath: TO,
    fromPath: FROM,
    messageId: "12339sdqwer",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "text/plain",
    others: "",
    ...fields,
  };
}

/** Frames as our own code writes them: requests, chunks, interruptions, responses. Each element is one turn's output. */
export async function ownFrames(): Promise<Uint8Array[]> {
  const written: Uint8Array[] = [];
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  const write = async (act: (connection: Connection) => void): Promise<void> => {
    const pieces: Uint8Array[] = [];
    const node = new Switchboard({
      clock: systemClock,
      timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial(_transport, to) {
          const [near, far] = MemoryDuplex.pair({ host: "here.test", port: 1 }, to, { transport: "tcp" });
          far.start({
            onConnected() {},
            onOctets: (octets) => void pieces.push(octets.slice()),
            onWritten() {},
            onClosed() {},
          });
          return near;
        },
      },
    });
    const options = { share: false, fingerprints: [], address: null };
    const connection = node.connect(tryParseMsrpUri(TO)!, options)!;
    act(connection);
    connection.close("written");
    await new Promise((resolve) => setTimeout(resolve, 0));
    // The same transaction id in every run: a seed gives the same octets.
    const text = toLatin1(concatBytes(pieces));
    const tids = new Set([...text.matchAll(/^MSRP (\S+) /gm)].map(([, tid]) => tid));
    written.push(fromLatin1([...tids].reduce((rest, tid, i) => rest.replaceAll(tid, TIDS[i]), text)));
  };
  const dashes = (length: number) => new Uint8Array(length).fill(0x2d);
  const user = { onResponse() {} };
  await write((on) => on.send(head({ end: 5, total: 5 }), fromLatin1("Hello"), "$", user));
  await write((on) => on.send(head({ start: 6, total: 4000 }), dashes(3000), "+", user));
  await write((on) => on.send(head({ contentType: "", end: 0, total: 0 }), dashes(0), "$", user));
  await write((on) => {
    const chunk = on.begin(head({ total: 900, successReport: true, failureReport: "partial" }), user);
    chunk?.write(dashes(400));
    on.send(head({ messageId: "inbetween" }), fromLatin1("now"), "$", user);
    chunk?.write(dashes(500));
    chunk?.finish("$");
  });
  await write((on) => {
    const chunk = on.begin(head({ failureReport: "no" }), user);
    chunk?.write(dashes(20));
    chunk?.finish("#");
  });
  const report = { method: "REPORT", contentType: "", end: 5, total: 5, status: 413, statusText: "Too large" };
  await write((on) => on.send(head(report), dashes(0), "$", null));
  const asked = new ParsedRequest({ ...head({}), tid: "d93kswow" });
  for (const status of [200, 400, 401, 413, 481, 506]) {
    await write((on) => on.respond(asked, status, "As it is", status === 401 ? CHALLENGE : ""));
  }
  return written;
}

const CHALLENGE = 'WWW-Authenticate: Digest realm="example.test", qop="auth", nonce="a1", algorithm=MD5\r\n';

/** Frames as good clients send them, to one place: what mutations leave whole goes far. */
export function goodFrames(to: string, from: string): Uint8Array[] {
  const heads = (tid: string, method: string) => `MSRP ${tid} ${method}\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n`;
  const send = (lines: string, body: string, flag = "$") =>
    `${
      heads("d93kswow", "SEND")
    }Message-ID: 12339sdqwer\r\n${lines}Content-Type: text/plain\r\n\r\n${body}\r\n-------d93kswow${flag}\r\n`;
  return [
    send("Byte-Range: 1-5/5\r\n", "Hello"),
    send("Byte-Range: 1-*/12\r\nSuccess-Report: yes\r\n", "Hello ", "+") +
    send("Byte-Range: 7-12/12\r\nSuccess-Report: yes\r\n", "world!"),
    send("Byte-Range: 1-*/*\r\nFailure-Report: partial\r\n", "-------".repeat(300)),
    send("Byte-Range: 1-*/90000\r\nFailure-Report: no\r\n", "x".repeat(3_000), "#"),
    send('Content-Disposition: attachment; filename="a b.txt"\r\nByte-Range: 1-2/2\r\n', "\r\n"),
    `${heads("d93kswow", "SEND")}Message-ID: 1233\r\nByte-Range: 1-27/27\r\nContent-Type: message/cpim\r\n\r\n` +
    "From: <im:a@b>\r\nTo: <im:c@d>\r\n\r\nContent-Type: text/plain\r\n\r\nhi\r\n-------d93kswow$\r\n",
    `${heads("d93kswow", "SEND")}Message-ID: 12339sd\r\nByte-Range: 1-0/0\r\n-------d93kswow$\r\n`,
    `${
      heads("d93kswow", "REPORT")
    }Message-ID: 12339sdqwer\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n-------d93kswow$\r\n`,
    `${
      heads("d93kswow", "REPORT")
    }Message-ID: 12339sdqwer\r\nByte-Range: 1-5/5\r\nStatus: 000 413\r\n-------d93kswow$\r\n`,
    `${heads("d93kswow", "NICKNAME")}Use-Nickname: "Al"\r\n-------d93kswow$\r\n`,
    `${
      heads("d93kswow", "AUTH")
    }Expires: 60\r\nAuthorization: Digest username="alice", realm="example.test", nonce="1", ` +
    'uri="msrp://x", response="00000000000000000000000000000000", qop=auth, nc=00000001, cnonce="a"\r\n-------d93kswow$\r\n',
    `MSRP d93kswow 200 OK\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n-------d93kswow$\r\n`,
    `MSRP d93kswow 413 Too large\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n-------d93kswow$\r\n`,
  ].map(fromLatin1);
}

/** One to three frames, one behind the other. */
export function someOf(frames: readonly Uint8Array[], random: Random): Uint8Array {
  const chosen = Array.from({ length: 1 + random.below(3) }, () => random.pick(frames));
  const octets = new Uint8Array(chosen.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of chosen) {
    octets.set(frame, at);
    at += frame.length;
  }
  return octets;
}
