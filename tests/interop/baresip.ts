import { Child, freePort } from "../support/process.ts";
import { passwordOf } from "../support/parley.ts";

/** What baresip says of a contact. */
export type BaresipStatus = "Online" | "Offline" | "Busy" | "Unknown";

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

  /**
   * Starts it as `name`, registered at the server on `port`, and waits for the registration. `presence`: it publishes, and watches
   * its peer.
   */
  static async start(
    options: { name: string; peer: string; domain: string; port: number; transport: "udp" | "tcp"; presence?: boolean },
  ): Promise<Baresip> {
    const { name, peer, domain, port, transport, presence = false } = options;
    const dir = await Deno.makeTempDir({ prefix: "parley-baresip-" });
    const control = freePort();
    const config = presence ? `${CONFIG}module_app presence.so\n` : CONFIG;
    await Deno.writeTextFile(`${dir}/config`, config.replace("CONTROL", String(control)));
    await Deno.writeTextFile(
      `${dir}/accounts`,
      `<sip:${name}@${domain};transport=${transport}>;auth_user=${name};auth_pass=${passwordOf(name)};` +
        `outbound="sip:127.0.0.1:${port};transport=${transport}";regint=120${presence ? ";pubint=120" : ""}\n`,
    );
    await Deno.writeTextFile(`${dir}/contacts`, `"Peer" <sip:${peer}@${domain}>${presence ? ";presence=p2p" : ""}\n`);
    // It wants a terminal: `script` gives it one.
    const child = new Child("baresip", "script", {
      args: ["-qfc", `baresip -4 -s -f ${dir}`, "/dev/null"],
      stdin: "piped",
      // Where it leaves its core, should it end so.
      cwd: dir,
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
    await this.#command("message", text);
  }

  /** Says that its user is there, or is not. */
  async setOnline(online: boolean): Promise<void> {
    await this.#command(online ? "presence_online" : "presence_offline");
  }

  /** Waits until it shows its peer so: it is asked again whenever it was told something. */
  async shows(status: BaresipStatus, within_ms = 20_000): Promise<void> {
    const deadline = performance.now() + within_ms;
    for (;;) {
      const told = this.output.match(/^NOTIFY sip:/gm)?.length ?? 0;
      const shown = await this.status();
      if (shown === status) return;
      try {
        await this.#child.printed(new RegExp(`(?:^NOTIFY sip:[^]*?){${told + 1}}`, "m"), deadline - performance.now());
      } catch (cause) {
        throw new Error(`baresip shows ${shown}, and not ${status} within ${within_ms} ms`, { cause });
      }
    }
  }

  /** What it says of its peer now. */
  async status(): Promise<BaresipStatus> {
    const text = (await this.#command("contacts")).replaceAll(/\u001b\[[0-9;]*m/g, "");
    return />\s*(Online|Offline|Busy|Unknown) Peer/.exec(text)![1] as BaresipStatus;
  }

  /** What it printed, with a trace of all its messages. */
  get output(): string {
    return this.#child.output;
  }

  /** Gives what it answers. */
  async #command(command: string, params = ""): Promise<string> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#control });
    const json = new TextEncoder().encode(JSON.stringify({ command, params }));
    await connection.write(new Uint8Array([...new TextEncoder().encode(`${json.length}:`), ...json, 44]));
    const decoder = new TextDecoder(), chunk = new Uint8Array(4096);
    let text = "";
    // What happens meanwhile comes the same way.
    for (;;) {
      const answer = netstrings(text).find((one) => one.includes('"response":true'));
      if (answer !== undefined) {
        connection.close();
        return (JSON.parse(answer) as { data: string }).data;
      }
      const read = await connection.read(chunk);
      if (read === null) throw new Error(`baresip closed its control connection before it answered ${command}`);
      text += decoder.decode(chunk.subarray(0, read), { stream: true });
    }
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

  /** Lets it quit: it takes back what it published, and unregisters. `stop` is still to be called. */
  async quit(): Promise<void> {
    await this.#child.write("/quit\n").catch(() => {}); // it may be on its way out already
    await this.#child.finished(4_000).catch(() => {}); // stop() is the second means
  }

  /** Ends it; it unregisters on its way out. */
  async stop(): Promise<void> {
    if (!this.#child.ended) await this.quit();
    await this.#child.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

/** Those that are whole. baresip counts octets, all of them ASCII. */
function netstrings(text: string): string[] {
  const found: string[] = [];
  for (let at = 0;;) {
    const colon = text.indexOf(":", at);
    const end = colon + 1 + Number(text.slice(at, colon));
    if (colon < 0 || end >= text.length) return found;
    found.push(text.slice(colon + 1, end));
    at = end + 1;
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
