import { Child } from "../support/process.ts";
import { SipClient } from "../support/sip_client.ts";

/** What it is to be: a file in `kamailio/`. */
export type KamailioConfig = "next_hop" | "edge" | "presence";

/** Tables that modules look for, though they keep everything in memory. */
const TABLES = "/usr/share/kamailio/dbtext/kamailio";

/** Starts kamailio on a port of its own in front of, behind or beside the server on the port `parley`. */
export async function startKamailio(
  config: KamailioConfig,
  port: number,
  parley: number,
  transport: string,
): Promise<Child> {
  const template = await Deno.readTextFile(new URL(`./kamailio/${config}.cfg`, import.meta.url));
  const dir = await Deno.makeTempDir({ prefix: "parley-kamailio-" });
  if (config === "presence") {
    for (const table of ["version", "presentity", "active_watchers", "watchers", "xcap"]) {
      await Deno.copyFile(`${TABLES}/${table}`, `${dir}/${table}`);
    }
  }
  const file = `${dir}/kamailio.cfg`;
  await Deno.writeTextFile(
    file,
    template.replace("PARLEY", String(parley)).replace("TRANSPORT", transport).replaceAll("text://DB", `text://${dir}`),
  );
  const args = ["-f", file, "-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`, "-m", "64", "-DD", "-E"];
  const child = new Child("kamailio", "kamailio", { args: [...args, "-Y", dir, "-w", dir] });
  // It says nothing when it is ready: it is when it answers.
  const probe = await SipClient.open({ user: "probe", domain: "probe.test", port });
  try {
    await probe.request({
      method: "OPTIONS",
      uri: `sip:nobody@127.0.0.1:${port}`,
      headers: ["Max-Forwards: 0"],
      within_ms: 10_000,
    });
  } finally {
    probe.close();
  }
  return child;
}
