/** What tests of certificates share: what a door shows to openssl, files put in place as certificate tools do. */
import { Child } from "./process.ts";

const HOST = "127.0.0.1";

/** SHA-256 fingerprint of what the door shows; with a server name, or with none as clients do that know an address only. */
export async function shown(port: number, serverName: string | null): Promise<string> {
  const script = `openssl s_client -connect ${HOST}:${port} ${
    serverName === null ? "-noservername" : `-servername ${serverName}`
  } </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`;
  const child = new Child("openssl", "sh", { args: ["-c", script] });
  await child.finished(15_000);
  return /Fingerprint=(\S+)/i.exec(child.output)?.[1] ?? child.output;
}

/** Puts both files in the place of the old ones, as certificate tools do. */
export async function install(dir: string, pair: { certificate: string; key: string }): Promise<void> {
  for (const [name, text] of [["own.key", pair.key], ["own.pem", pair.certificate]]) {
    await Deno.writeTextFile(`${dir}/${name}.new`, text);
    await Deno.rename(`${dir}/${name}.new`, `${dir}/${name}`);
  }
}

/** Waits until `holds`; the box looks at the files half a second after they changed. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
