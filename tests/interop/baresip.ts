import { Child, freePort } from "../support/process.ts";
import { passwordOf } from "../support/parley.ts";

/** baresip, driven over its TCP control module (netstrings of JSON). Its contacts list names one peer. */
export class Baresip {
  readonly #child: Child;
  readonly #dir: string;
  readonly #control: number;

  private constructor(child: Child, dir: string, control: number) {
    this.#child = child;
    this.#dir = dir;
    this.#control = control;
  }

  /** Starts it as `name`, registered at the server on `port`, and waits for the registration. */
  static async start(
    options: { name: string; peer: string; domain: string; port: number; transport: "udp" | "tcp" },
  ): Promise<Baresip> {
    const { name, peer, domain, port, transport } = options;
    const dir = await Deno.makeTempDir({ prefix: "parley-baresip-" });
    const control = freePort();
    await Deno.writeTextFile(`${dir}/config`, CONFIG.replace("CONTROL", String(control)));
    await Deno.writeTextFile(
      `${dir}/accounts`,
      `<sip:${name}@${domain};transport=${transport}>;auth_user=${name};auth_pass=${passwordOf(name)};` +
        `outbound="sip:127.0.0.1:${port};transport=${transport}";regint=120\n`,
    );
    await Deno.writeTextFile(`${dir}/contacts`, `"Peer" <sip:${peer}@${domain}>\n`);
    // It wants a terminal: `script` gives it one.
    const child = new Child("baresip", "script", {
      args: ["-qfc", `baresip -4 -s -f ${dir}`, "/dev/null"],
      stdin: "piped",
    });
    const baresip = new Baresip(child, dir, control);
    try {
      await child.printed(/All 1 useragent registered successfully/);
    } catch (error) {
      await baresip.stop();
      throw error;
    }
    return baresip;
  }

  /** Sends a text to the peer. */
  async send(text: string): Promise<void> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#control });
    const json = new TextEncoder().encode(JSON.stringify({ command: "message", params: text }));
    const netstring = new Uint8Array([...new TextEncoder().encode(`${json.length}:`), ...json, 44]);
    await connection.write(netstring);
    await connection.read(new Uint8Array(4096));
    connection.close();
  }

  /** Waits until it shows a text from `sender`. */
  async received(sender: string, text: string): Promise<void> {
    const quoted = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    await this.#child.printed(new RegExp(`${quoted(sender)}: "${quoted(text)}"`));
  }

  /** Waits until its SIP trace holds the pattern. */
  async traced(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#child.printed(pattern);
  }

  /** Ends it; it unregisters on its way out. */
  async stop(): Promise<void> {
    if (!this.#child.ended) {
      await this.#child.write("/quit\n").catch(() => {}); // it may be on its way out already
      await this.#child.finished(4_000).catch(() => {}); // stop() below is the second means
    }
    await this.#child.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

const CONFIG = `poll_method epoll
sip_listen 127.0.0.1:0
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module_app account.so
module_app contact.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:CONTROL
`;
