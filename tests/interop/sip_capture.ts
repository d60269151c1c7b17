import { equal, ok } from "node:assert/strict";
import { Child } from "../support/process.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import type { ParleyProcess } from "../support/parley.ts";

/** One packet as tshark dissects it. */
interface Dissected {
  /** Methods and status codes. */
  readonly seen: readonly string[];
  readonly malformed: string;
  readonly expert: string;
  /** Layers that it saw, `sip:mime_multipart:xml` say, and the media types of bodies and parts. */
  readonly layers: string;
  readonly types: string;
}

const FIELDS = [
  "sip.Method",
  "sip.Status-Code",
  "_ws.malformed",
  "_ws.expert.message",
  "frame.protocols",
  "sip.Content-Type",
  "mime_multipart.header.content-type",
];

/** What goes over the SIP door of a box, as tshark sees it. */
export class SipCapture {
  readonly #capture: Child;
  readonly #file: string;
  readonly #decode: string;
  readonly #probe: SipClient;

  private constructor(capture: Child, file: string, decode: string, probe: SipClient) {
    this.#capture = capture;
    this.#file = file;
    this.#decode = decode;
    this.#probe = probe;
  }

  /** Begins, and waits until it sees what comes. */
  static async start({ dir, port, domain }: ParleyProcess, transport: "udp" | "tcp"): Promise<SipCapture> {
    const file = `${dir}/capture.pcap`, decode = `${transport}.port==${port},sip`;
    const filter = `${transport} port ${port}`;
    const capture = new Child("tshark", "tshark", {
      args: ["-i", "lo", "-f", filter, "-d", decode, "-w", file, "-P", "-l", "-a", "duration:60"],
    });
    await capture.printed(/Capturing on/);
    const probe = await SipClient.open({ user: "probe", domain, port, transport });
    // The capture runs when it has reported a packet: there is one every 100 ms until then.
    const probes = setInterval(() => {
      probe.request({ method: "OPTIONS", uri: `sip:${domain}`, authenticate: false }).catch((error) =>
        console.error(error)
      );
    }, 100);
    try {
      await capture.printed(/OPTIONS/);
    } finally {
      clearInterval(probes);
    }
    return new SipCapture(capture, file, decode, probe);
  }

  /** Ends, and gives what it saw. Fails where anything in it is malformed. */
  async end(): Promise<readonly Dissected[]> {
    // It has seen all when it has reported the last one.
    const uri = `sip:the-end@${this.#probe.domain}`;
    ok(statusOf(await this.#probe.request({ method: "OPTIONS", uri, authenticate: false })) >= 200);
    await this.#capture.printed(/the-end/);
    this.#probe.close();
    await this.#capture.stop("SIGINT");
    const fields = FIELDS.flatMap((field) => ["-e", field]);
    const reader = new Child("tshark", "tshark", {
      args: ["-r", this.#file, "-d", this.#decode, "-T", "fields", ...fields, "-E", "separator=|"],
    });
    equal((await reader.finished(30_000)).code, 0);
    const packets = reader.output.split("\n").filter((line) => /^[A-Z,]*\|[0-9,]*\|/.test(line)).map((line) => {
      const [methods, statuses, malformed, expert, layers, body, parts] = line.split("|");
      const seen = [...methods.split(","), ...statuses.split(",")].filter((one) => one !== "");
      return { seen, malformed, expert, layers, types: `${body} ${parts}` };
    });
    // Closing connections is TCP's own matter, and repeats are the sender's.
    const wrong = packets.filter(({ malformed, expert }) =>
      malformed !== "" || /malformed|undecoded|unknown|illegal|missing/i.test(expert)
    );
    equal(wrong.length, 0, wrong.map((packet) => JSON.stringify(packet)).join("\n"));
    return packets;
  }
}
