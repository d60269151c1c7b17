/** What Parley put on the wire in a test, as tshark reads it: an independent dissector of SIP, SDP and MSRP. */
import { Child } from "../support/process.ts";
import { SipClient } from "../support/sip_client.ts";

/** Separates fields; in nothing that we send. */
const BAR = "\x1f";

/** One direction of one TCP connection. */
export interface Flow {
  readonly from: number;
  readonly to: number;
  readonly octets: Uint8Array;
}

/** A SIP message or MSRP frame, dissected. */
export interface Dissected {
  /** By tshark's field name; "" where the field is not there, several values with commas. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A capture of TCP on these loopback ports, running. */
export class Capture {
  readonly #file: string;
  readonly #child: Child;
  readonly #probe: SipClient;

  private constructor(file: string, child: Child, probe: SipClient) {
    this.#file = file;
    this.#child = child;
    this.#probe = probe;
  }

  /** Runs when it resolves. `sip`: the TCP port of a box among them, which is asked so that there is something to see. */
  static async start(file: string, sip: number, ports: readonly number[]): Promise<Capture> {
    const filter = `tcp and (${[sip, ...ports].map((port) => `port ${port}`).join(" or ")})`;
    const child = new Child("tshark", "tshark", {
      args: ["-i", "lo", "-f", filter, "-d", `tcp.port==${sip},sip`, "-w", file, "-P", "-l", "-a", "duration:90"],
    });
    await child.printed(/Capturing on/);
    const probe = await SipClient.open({ user: "probe", domain: "example.test", port: sip, transport: "tcp" });
    const ask = () => void probe.request({ method: "OPTIONS", uri: "sip:example.test" }).catch(console.error);
    const asking = setInterval(ask, 100);
    try {
      await child.printed(/OPTIONS/);
    } finally {
      clearInterval(asking);
    }
    return new Capture(file, child, probe);
  }

  /** Ends it when it has seen all that went by so far. */
  async stop(): Promise<void> {
    await this.#probe.request({ method: "OPTIONS", uri: "sip:the-end@example.test" });
    await this.#child.printed(/the-end/);
    this.#probe.close();
    await this.#child.stop("SIGINT");
  }

  /** What went from and to each port, connection by connection, in order and once. */
  async flows(): Promise<Flow[]> {
    const rows = await fieldsOf(this.#file, ["-Y", "tcp.len>0"], [
      "tcp.stream",
      "tcp.srcport",
      "tcp.dstport",
      "tcp.seq",
      "tcp.payload",
    ]);
    const flows = new Map<string, { from: number; to: number; parts: { at: number; octets: Uint8Array }[] }>();
    for (const { fields } of rows) {
      const [from, to] = [Number(fields.get("tcp.srcport")), Number(fields.get("tcp.dstport"))];
      const key = `${fields.get("tcp.stream")} ${from}`;
      const flow = flows.get(key) ?? { from, to, parts: [] };
      flows.set(key, flow);
      flow.parts.push({ at: Number(fields.get("tcp.seq")), octets: fromHex(fields.get("tcp.payload")!) });
    }
    return [...flows.values()].map(({ from, to, parts }) => ({ from, to, octets: joined(parts) }));
  }

  /** Everything that came from a port as SIP over TCP: packets, in which may be several messages or a part of one. */
  async sip(port: number, fields: readonly string[]): Promise<Dissected[]> {
    return await fieldsOf(this.#file, ["-d", `tcp.port==${port},sip`, "-Y", `sip and tcp.srcport==${port}`], fields);
  }

  /**
   * MSRP frames, each by itself: the dissector reads only the first one of a packet, and none that takes several packets. In the
   * order given.
   */
  async msrp(frames: readonly Uint8Array[], fields: readonly string[]): Promise<Dissected[]> {
    const [text, pcap] = [`${this.#file}.txt`, `${this.#file}.msrp`];
    await Deno.writeTextFile(text, frames.map(hexDump).join("\n"));
    const writer = new Child("text2pcap", "text2pcap", { args: ["-q", "-P", "msrp", text, pcap] });
    const { code } = await writer.finished(30_000);
    if (code !== 0) throw new Error(`text2pcap: ${writer.output}`);
    return await fieldsOf(pcap, [], fields);
  }
}

/** The MSRP frames of a flow, found by transaction id and end-line alone. Throws where there is anything else in it. */
export function msrpFrames(octets: Uint8Array): Uint8Array[] {
  const text = new TextDecoder("latin1").decode(octets);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const start = /^MSRP ([^ \r\n]+) /.exec(text.slice(at, at + 100));
    if (start === null) throw new Error(`no MSRP frame: ${JSON.stringify(text.slice(at, at + 100))}`);
    const line = text.indexOf(`\r\n-------${start[1]}`, at);
    const end = line < 0 ? -1 : text.indexOf("\r\n", line + 2);
    if (end < 0) throw new Error(`a frame without end: ${JSON.stringify(text.slice(at, at + 100))}`);
    frames.push(octets.subarray(at, end + 2));
    at = end + 2;
  }
  return frames;
}

/** The SIP messages of a flow, by Content-Length: their start lines. */
export function sipStartLines(octets: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(octets);
  const lines: string[] = [];
  for (let at = 0; at < text.length;) {
    if (text.startsWith("\r\n", at)) {
      at += 2;
      continue;
    }
    const end = text.indexOf("\r\n\r\n", at);
    if (end < 0) throw new Error(`a SIP head without end: ${JSON.stringify(text.slice(at, at + 100))}`);
    const head = text.slice(at, end);
    lines.push(head.slice(0, head.indexOf("\r\n")));
    at = end + 4 + Number(/\r\n(?:content-length|l)[ \t]*:[ \t]*([0-9]+)/i.exec(head)?.[1] ?? 0);
  }
  return lines;
}

async function fieldsOf(file: string, args: readonly string[], names: readonly string[]): Promise<Dissected[]> {
  const fields = names.flatMap((name) => ["-e", name]);
  const reader = new Child("tshark", "tshark", {
    args: ["-r", file, ...args, "-T", "fields", ...fields, "-E", `separator=${BAR}`],
  });
  const { code } = await reader.finished(60_000);
  if (code !== 0) throw new Error(`tshark: ${reader.output.slice(-2000)}`);
  return reader.output.split("\n").filter((line) => line.includes(BAR)).map((line) => {
    const values = line.split(BAR);
    return { fields: new Map(names.map((name, i) => [name, values[i] ?? ""])) };
  });
}

function fromHex(text: string): Uint8Array {
  const octets = new Uint8Array(text.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return octets;
}

/** What was sent twice counts once. */
function joined(parts: readonly { readonly at: number; readonly octets: Uint8Array }[]): Uint8Array {
  const sorted = parts.toSorted((a, b) => a.at - b.at);
  const first = sorted[0].at;
  const octets = new Uint8Array(Math.max(...sorted.map(({ at, octets }) => at - first + octets.length)));
  for (const { at, octets: part } of sorted) octets.set(part, at - first);
  return octets;
}

function hexDump(octets: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += 16) {
    const hex = [...octets.subarray(at, at + 16)].map((octet) => octet.toString(16).padStart(2, "0"));
    lines.push(`${at.toString(16).padStart(6, "0")} ${hex.join(" ")}`);
  }
  return `${lines.join("\n")}\n`;
}
