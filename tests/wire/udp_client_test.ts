/** Clients that have UDP only, and somebody in a page who writes to them: that no TCP leads there, the box learns only by trying. */
import { equal, match } from "node:assert/strict";
import { openPortalUser, seen } from "../../portal/testing/portal_user.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { header, SipClient, statusOf } from "../support/sip_client.ts";

/** Octets of text; with what a page puts around it, from about 850 to about 2,100 octets: well below and above what UDP is for. */
const SIZES = [1, 100, 200, 300, 400, 500, 600, 900, 1_250];

/** Where nobody else listens, whatever runs beside: each TCP connection to there is refused. */
const HOST = "127.0.33.1";

Deno.test(
  "the first message from a page to a client that has UDP only arrives at once, whatever its size [RCV-1] [DM-1]",
  {
    sanitizeOps: false,
    sanitizeResources: false,
  },
  async () => {
    const names = SIZES.map((size) => `udp${size}`);
    await using box = await ParleyProcess.start({
      users: users("ada", ...names),
      // The longest, with its wrapper, is above the usual limit.
      config: '[pager]\nmax_body = 4000\n[history]\nrecord = "nothing"\n',
    });
    const ada = await openPortalUser({
      origin: `http://127.0.0.1:${box.webPort}`,
      uri: "sip:ada@example.test",
      password: passwordOf("ada"),
      limits: { message: 1_048_576, file: 1_048_576, file_types: [] },
    });
    const clients: SipClient[] = [];
    try {
      for (const [i, size] of SIZES.entries()) {
        // Each a place of its own, of which nothing is known yet.
        const { domain, port } = box;
        const client = await SipClient.open({ user: names[i], domain, port, host: HOST, server: "127.0.0.1" });
        clients.push(client);
        equal(statusOf(await client.register()), 200);
        const chat = ada.conversations.open(client.aor)!;
        equal(chat.send("z".repeat(size)), null);
        const arrived = await client.requestArrived(({ start }) => start.startsWith("MESSAGE "), 30_000);
        match(header(arrived, "via"), /^SIP\/2\.0\/UDP /);
        equal(/z+$/.exec(arrived.body.trimEnd())?.[0].length, size);
        const { queued } = ada.conversations;
        await seen(() => queued.value === 0, queued, "answered");
      }
      // A repetition on the way is none: it has the same name.
      for (const { requests, user } of clients) {
        equal(new Set(requests.map((one) => header(one, "call-id"))).size, 1, user);
      }
    } finally {
      for (const client of clients) client.close();
      await ada.close();
    }
  },
);
