/**
 * What a delivery costs in a room: CPU time of the process of the switch for each message that one leg gets and answers, over TCP, beside
 * the same octets written (and as many answered) by the runtime alone.
 *
 *   deno run -A --unstable-net tests/bench/room_switch_bench.ts [--legs 10,100,500] [--size 1024] [--deliveries 50000]
 *     [--depths 1,8] [--rounds 5] [--kinds room,written,answered]
 *
 * Depth: messages under way at once. The clients share the machine; only the switch is measured. Medians of the rounds.
 */
import { Child } from "../support/process.ts";
import { V8_FLAGS } from "../../tools/v8_flags.mjs";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const LEGS = option("legs", "10,100,500").split(",").map(Number);
const SIZE = option("size", "1024");
const DELIVERIES = option("deliveries", "50000");
const DEPTHS = option("depths", "1,8");
const ROUNDS = option("rounds", "5");
const KINDS = option("kinds", "room,written,answered").split(",");
const PATIENCE_MS = 600_000;

const TID_AT = 5;
const TID = 12;
const encoder = new TextEncoder();

/**
 * The devices in the room: one socket each. What comes are frames of one length, and each is answered with its transaction id put into a
 * ready text: so clients cost as little as can be, and the same beside the floor.
 */
async function devices(
  port: number,
  legs: number,
  frame: number,
  binds: boolean,
  answers: boolean,
): Promise<() => Promise<void>> {
  const serve = async (connection: Deno.TcpConn, number: number): Promise<void> => {
    const client = `msrp://127.0.0.1:9/client${padded(number, 4)};tcp`,
      leg = `msrp://127.0.0.1:${port}/leg${padded(number, 4)};tcp`;
    const paths = `To-Path: ${leg}\r\nFrom-Path: ${client}\r\n`;
    const answer = encoder.encode(`MSRP 0123456789ab 200 OK\r\n${paths}-------0123456789ab$\r\n`);
    const tidsAt = [TID_AT, answer.length - TID - 3];
    // The answer to what binds is as long as ours.
    let at = 0;
    if (binds) {
      await connection.write(encoder.encode(
        `MSRP 0123456789ab SEND\r\n${paths}Message-ID: bind${
          padded(number, 4)
        }\r\nByte-Range: 1-0/0\r\n-------0123456789ab$\r\n`,
      ));
      at = -answer.length;
    }
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const n = await connection.read(buffer).catch(() => null);
      if (n === null) return connection.close();
      for (let i = 0; i < n;) {
        const tid = at - TID_AT;
        if (tid >= 0 && tid < TID) {
          for (const from of tidsAt) answer[from + tid] = buffer[i];
          i++;
          at++;
        } else {
          const step = Math.min(n - i, tid < 0 ? -tid : frame - at);
          i += step;
          at += step;
        }
        if (at < frame) continue;
        at = 0;
        if (answers) await connection.write(answer);
      }
    }
  };
  const ends: Promise<void>[] = [];
  for (let i = 0; i < legs; i++) ends.push(serve(await Deno.connect({ hostname: "127.0.0.1", port }), i));
  return async () => void await Promise.all(ends);
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(
  `kind | legs | messages under way | µs CPU a delivery of ${SIZE} octets (median, least, most) | deliveries a second`,
);
for (const legs of LEGS) {
  for (const kind of KINDS) {
    const program = new URL("./room_switch_server.ts", import.meta.url).pathname;
    const server = new Child(kind, Deno.execPath(), {
      args: ["run", "-A", "--unstable-net", V8_FLAGS, program, kind, String(legs), SIZE, DELIVERIES, DEPTHS, ROUNDS],
    });
    const port = Number((await server.printed(/port (\d+)\n/))[1]);
    const frame = Number(/frame (\d+)/.exec(server.output)![1]);
    const leave = await devices(port, legs, frame, kind === "room", kind !== "written");
    await server.printed(/done\n/, PATIENCE_MS);
    await server.status;
    await leave();
    for (const depth of DEPTHS.split(",")) {
      const runs = [...server.output.matchAll(new RegExp(`^${depth} ([\\d.]+) (\\d+)$`, "gm"))];
      const us = runs.map((run) => Number(run[1]));
      const rate = median(runs.map((run) => Number(run[2])));
      console.log(
        `${kind} | ${legs} | ${depth} | ${median(us)} (${Math.min(...us)}, ${Math.max(...us)}) | ${rate}`,
      );
    }
  }
}
Deno.exit(0);
