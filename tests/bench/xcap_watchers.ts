/** Subscribers of one document for the XCAP bench: what a change costs when 100 are told of it. */
import { randomUUID } from "node:crypto";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { cpuOf, type ParleyProcess } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";

const SUBSCRIPTIONS = 100;
/** A box tells a subscriber at most this often, ms (roles/xdm/events). */
const PACE_MS = 5_000;

const GROUP = (owner: string, members: readonly string[], name: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<group xmlns="urn:oma:xml:poc:list-service" xmlns:rl="urn:ietf:params:xml:ns:resource-lists" xmlns:cr="urn:ietf:params:xml:ns:common-policy">
  <list-service uri="sip:team-of-${owner}@example.test">
    <display-name>${name}</display-name>
    <list>
${members.map((user) => `      <entry uri="sip:${user}@example.test"/>`).join("\n")}
    </list>
    <max-participant-count>10</max-participant-count>
    <cr:ruleset>
      <cr:rule id="members"><cr:conditions><is-list-member/></cr:conditions><cr:actions><join-handling>true</join-handling></cr:actions></cr:rule>
    </cr:ruleset>
  </list-service>
</group>
`;

/**
 * CPU of the box in µs for one change with `SUBSCRIPTIONS` subscribers who are all told, and with none, `changes` times each. The
 * members hold the subscriptions.
 */
export async function measureWatchers(
  parley: ParleyProcess,
  owner: string,
  members: readonly string[],
  changes: number,
): Promise<{ alone: number; told: number }> {
  const xcap = new XcapClient({ user: owner, domain: parley.domain, port: parley.webPort });
  const target = xcap.own("org.openmobilealliance.groups", "team");
  const change = async (text: string): Promise<void> => {
    const name = `${target}/~~/group/list-service/display-name`;
    const answer = await xcap.put(name, `<display-name>${text}</display-name>`);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  };
  const created = await xcap.put(target, GROUP(owner, members, "The team"));
  if (created.status !== 201) throw new Error(`${created.status} ${created.body}`);
  for (let n = 0; n < 20; n++) await change(`warm ${n}`);
  let before = cpuOf(parley.pid);
  for (let n = 0; n < 100; n++) await change(`alone ${n}`);
  const alone = (cpuOf(parley.pid) - before) / 100;

  const clients = await Promise.all(members.map(async (user) => {
    const client = await SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
    if (statusOf(await client.register()) !== 200) throw new Error(`${user} is not registered`);
    return client;
  }));
  const notified = ({ requests }: SipClient): number =>
    requests.filter(({ start }) => start.startsWith("NOTIFY ")).length;
  const each = SUBSCRIPTIONS / clients.length;
  /** Every subscription has had that many NOTIFYs. */
  const allNotified = async (times: number): Promise<void> => {
    await Promise.all(clients.map((client) => client.requestArrived(() => notified(client) >= times * each, 30_000)));
  };
  const path = target.slice("/xcap/".length);
  for (let n = 0; n < SUBSCRIPTIONS; n++) await subscribe(clients[n % clients.length], path);
  await allNotified(1);
  let told = 0;
  for (let n = 0; n < changes; n++) {
    // Their turn comes again after that.
    await new Promise((resolve) => setTimeout(resolve, 2 * PACE_MS));
    before = cpuOf(parley.pid);
    await change(`told ${n}`);
    await allNotified(n + 2);
    told += cpuOf(parley.pid) - before;
  }
  xcap.close();
  await leave(clients);
  return { alone, told: told / changes };
}

async function subscribe(client: SipClient, path: string): Promise<void> {
  const body =
    `<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="${path}"/></list></resource-lists>`;
  const answer = await client.request({
    method: "SUBSCRIBE",
    uri: client.aor,
    to: `<${client.aor}>`,
    callId: randomUUID(),
    headers: [
      "Event: xcap-diff",
      "Accept: application/xcap-diff+xml",
      `Contact: ${client.contact}`,
      "Expires: 3600",
      "Content-Type: application/resource-lists+xml",
    ],
    body,
  });
  if (statusOf(answer) >= 300) throw new Error(`${answer.start} ${header(answer, "warning")}`);
}
