/**
 * The floor of `room_bench.ts`: what comes on one connection of a room is written to all others by the runtime alone, octet for octet, and
 * what they answer is read. Frames have the lengths of `room_frames.ts`; which room it is, the path of the first one says.
 *
 *   deno run -A --unstable-net tests/bench/room_floor.ts PORT
 */
import { answerText, bindFrame, bodyOf, sendFrame, TID } from "./room_frames.ts";

const TID_AT = 5;
const METHOD_AT = TID_AT + TID + 1;
const decoder = new TextDecoder();
const encoder = new TextEncoder();
const rooms = new Map<string, Deno.TcpConn[]>();

async function write(connection: Deno.TcpConn, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length;) at += await connection.write(octets.subarray(at));
}

async function serve(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(65_536);
  let filled = 0;
  let room: Deno.TcpConn[] | null = null;
  let [send, answer] = [0, 0];
  for (;;) {
    const n = await connection.read(buffer.subarray(filled)).catch(() => null);
    if (n === null) return connection.close();
    filled += n;
    let at = 0;
    for (; filled - at > METHOD_AT;) {
      const isSend = buffer[at + METHOD_AT] === 0x53;
      const tid = decoder.decode(buffer.subarray(at + TID_AT, at + TID_AT + TID));
      if (room === null) {
        const [, toPath, fromPath] = /To-Path: (\S+)\r\nFrom-Path: (\S+)\r\n/.exec(decoder.decode(buffer))!;
        const [, name] = /\/(room\d+)/.exec(toPath)!;
        rooms.set(name, room = rooms.get(name) ?? []);
        room.push(connection);
        send = sendFrame(toPath, fromPath, bodyOf("", "", "stored"), 0).length;
        answer = answerText(tid, toPath, fromPath).length;
        at += bindFrame(toPath, fromPath).length;
        await write(connection, encoder.encode(answerText(tid, fromPath, toPath)));
        continue;
      }
      const length = isSend ? send : answer;
      if (filled - at < length) break;
      if (isSend) {
        const frame = buffer.slice(at, at + send);
        for (const other of room) if (other !== connection) void write(other, frame);
        void write(connection, encoder.encode(answerText(tid, "msrp://127.0.0.1:9/sender;tcp", "msrp://floor;tcp")));
      }
      at += length;
    }
    buffer.copyWithin(0, at, filled);
    filled -= at;
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
console.log("floor ready");
for await (const connection of listener) void serve(connection);
