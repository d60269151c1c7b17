import { Child, freePort } from "../../support/process.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/**
 * A box as it comes: no data, nothing set but free ports for its web and MSRP doors. Its SIP doors are the standard ones of this
 * machine; where another program has those, the file sets them too.
 */
export class NewBox implements AsyncDisposable {
  readonly dir: string;
  /** The SIP doors may be set by the console. */
  readonly ownDoors: boolean;
  readonly origin: string;
  readonly #child: Child;

  private constructor(dir: string, origin: string, ownDoors: boolean, child: Child) {
    this.ownDoors = ownDoors;
    this.dir = dir;
    this.origin = origin;
    this.#child = child;
  }

  static async start(): Promise<NewBox> {
    const dir = await Deno.makeTempDir({ prefix: "parley-new-" });
    const origin = `http://127.0.0.1:${freePort()}`;
    const ownDoors = standardDoorsAreFree();
    if (!ownDoors) {
      console.log("127.0.0.1:5060 or 5061 is taken: the doors are set by a file, their change is not tried");
    }
    const msrp = `msrp = ["tcp://127.0.0.1:${freePort()}", "tls://127.0.0.1:${freePort()}"]\n`;
    const sip = ownDoors ? "" : `sip = ${JSON.stringify(sipDoors())}\n`;
    await Deno.writeTextFile(`${dir}/parley.toml`, `[listen]\nweb = ["${origin}"]\n${msrp}${sip}`);
    const args = ["tools/run.mjs", "serve", "--config", `${dir}/parley.toml`, "--data", `${dir}/data`];
    return new NewBox(dir, origin, ownDoors, new Child("parley", "node", { args, cwd: ROOT }));
  }

  /** The set-up link, as it is printed for whoever stands before the box. */
  async setUpLink(): Promise<string> {
    return (await this.#child.printed(/set-up +(http:\/\/\S+\/admin\/set-up\/[\w-]+)/, 30_000))[1];
  }

  get output(): string {
    return this.#child.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Doors on ports that are free. */
export function sipDoors(): string[] {
  const [sip, sips] = [freePort(), freePort()];
  return [`udp://127.0.0.1:${sip}`, `tcp://127.0.0.1:${sip}`, `tls://127.0.0.1:${sips}`];
}

function standardDoorsAreFree(): boolean {
  const hostname = "127.0.0.1";
  try {
    Deno.listenDatagram({ transport: "udp", hostname, port: 5060 }).close();
    for (const port of [5060, 5061]) Deno.listen({ hostname, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
