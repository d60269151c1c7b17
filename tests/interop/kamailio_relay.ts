import { passwordOf } from "../support/parley.ts";
import { Child, freePort } from "../support/process.ts";
import { SipClient } from "../support/sip_client.ts";

/** kamailio as a relay on a loopback port, with the passwords of the test's users. */
export class KamailioRelay {
  readonly uri: string;
  readonly port: number;
  readonly #child: Child;
  readonly #dir: string;

  private constructor(port: number, child: Child, dir: string) {
    this.port = port;
    this.uri = `msrp://127.0.0.1:${port};tcp`;
    this.#child = child;
    this.#dir = dir;
  }

  static async start(): Promise<KamailioRelay> {
    const port = freePort();
    const template = await Deno.readTextFile(new URL("./kamailio/msrp_relay.cfg", import.meta.url));
    const dir = await Deno.makeTempDir({ prefix: "parley-kamailio-" });
    const file = `${dir}/kamailio.cfg`;
    await Deno.writeTextFile(file, template.replaceAll("LISTEN", String(port)).replace("PASSWORD_OF_", passwordOf("")));
    const doors = ["-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`];
    const child = new Child("kamailio", "kamailio", {
      args: ["-f", file, ...doors, "-m", "64", "-DD", "-E", "-Y", dir, "-w", dir],
    });
    // It says nothing when it is ready: it is when it answers.
    const probe = await SipClient.open({ user: "probe", domain: "probe.test", port });
    try {
      await probe.request({ method: "OPTIONS", uri: `sip:x@127.0.0.1:${port}`, within_ms: 10_000 });
    } finally {
      probe.close();
    }
    return new KamailioRelay(port, child, dir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}
