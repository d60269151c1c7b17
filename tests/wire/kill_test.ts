/**
 * `kill -9` at random moments under load. What had its 202 is delivered once, or once more where the 2xx of its delivery was
 * cut off; every binding whose change had its 200 is there. PARLEY_FULL=1 runs the 50 rounds of the issue.
 */
import { equal, ok } from "node:assert/strict";
import { header, NoAnswer, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const ROUNDS = Deno.env.get("PARLEY_FULL") === "1" ? 50 : 4;
const SENDERS = 4;
const RECIPIENTS = 6;
const MOVERS = 4;

/** Everything one round's users did and were told. */
interface Round {
  /** Texts that had a 202, by recipient. */
  readonly deferred: Map<string, string>;
  /** When a text came to its recipient: milliseconds of this process. */
  readonly arrivals: Map<string, number[]>;
  /** Contact last acknowledged for a mover; null after an acknowledged removal; undefined while a change is open. */
  readonly bindings: Map<string, string | null | undefined>;
  over: boolean;
}

function noteArrivals(client: SipClient, round: Round): void {
  client.answer = (request) => {
    if (request.start.startsWith("MESSAGE ")) {
      round.arrivals.set(request.body, [...(round.arrivals.get(request.body) ?? []), performance.now()]);
    }
    return 200;
  };
}

/** Sends without pause, each message after the answer to the one before; ends when the server is gone. */
async function send(client: SipClient, recipients: readonly string[], round: Round): Promise<void> {
  for (let n = 0; !round.over; n++) {
    const recipient = recipients[n % recipients.length];
    const text = `${client.user} ${n} to ${recipient}`;
    const answer = await client.message(`sip:${recipient}@${client.domain}`, text);
    if (statusOf(answer) === 202) round.deferred.set(text, recipient);
    else equal(statusOf(answer), 200, answer.raw);
  }
}

/** Registers and unregisters without pause. */
async function move(client: SipClient, round: Round): Promise<void> {
  for (let n = 0; !round.over; n++) {
    const expires = n % 3 === 2 ? 0 : 600;
    round.bindings.set(client.user, undefined);
    const answer = await client.register(expires, "", [`X-Round: ${n}`]);
    equal(statusOf(answer), 200, answer.raw);
    round.bindings.set(client.user, expires === 0 ? null : client.contact);
  }
}

/** The end of a load loop: the server was killed under it, which is no failure. */
async function untilKilled(work: Promise<void>, round: Round): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!round.over || !(error instanceof NoAnswer)) throw error;
  }
}

async function playRound(parley: ParleyProcess, number: number): Promise<{ deferred: number; doubled: number }> {
  const round: Round = { deferred: new Map(), arrivals: new Map(), bindings: new Map(), over: false };
  const open = (user: string): Promise<SipClient> => SipClient.open({ user, domain: parley.domain, port: parley.port });
  const name = (kind: string, i: number): string => `${kind}${number}x${i}`;
  const senders = await Promise.all(Array.from({ length: SENDERS }, (_, i) => open(name("s", i))));
  const movers = await Promise.all(Array.from({ length: MOVERS }, (_, i) => open(name("m", i))));
  const recipients = await Promise.all(Array.from({ length: RECIPIENTS }, (_, i) => open(name("r", i))));
  for (const client of recipients) noteArrivals(client, round);
  // Who waits for an answer when the server is killed need not wait long.
  for (const client of [...senders, ...movers, ...recipients]) client.patience_ms = 3_000;
  for (const sender of senders) equal(statusOf(await sender.register()), 200);

  const names = recipients.map((client) => client.user);
  const work = [
    ...senders.map((client) => untilKilled(send(client, names, round), round)),
    ...movers.map((client) => untilKilled(move(client, round), round)),
  ];
  const killed = Promise.withResolvers<number>();
  // Half of the recipients come online while the load runs, so that the kill also falls into deliveries.
  const moment = 150 + Math.random() * 1_200;
  const online = recipients.slice(0, RECIPIENTS / 2).map(async (client, i) => {
    await new Promise((resolve) => setTimeout(resolve, (moment * (i + 1)) / (RECIPIENTS / 2 + 0.5)));
    if (!round.over) await untilKilled(client.register().then(() => {}), round);
  });
  setTimeout(() => {
    round.over = true;
    parley.kill().then(() => killed.resolve(performance.now()), killed.reject);
  }, moment);
  const killedAt = await killed.promise;
  await Promise.all([...work, ...online]);
  await parley.run();
  for (const client of [...movers, ...recipients]) client.patience_ms = 12_000;

  for (const client of recipients) equal(statusOf(await client.register()), 200);
  for (const client of movers) {
    const expected = round.bindings.get(client.user);
    if (expected === undefined) continue; // its last change had no answer: either state is right
    const answer = await client.request({ method: "REGISTER", uri: `sip:${parley.domain}`, to: `<${client.aor}>` });
    equal(statusOf(answer), 200, answer.raw);
    const contacts = (answer.headers.get("contact") ?? []).join(",");
    if (expected === null) equal(contacts, "", `${client.user} had its removal acknowledged`);
    else {ok(
        contacts.includes(expected.slice(1, -1)),
        `${client.user} lost ${expected}: "${contacts}" ${header(answer, "via")}`,
      );}
  }
  for (const [text, recipient] of round.deferred) {
    await recipients.find((client) => client.user === recipient)!.requestArrived(
      (request) => request.body === text,
      20_000,
    );
  }
  let doubled = 0;
  for (const [text, times] of round.arrivals) {
    if (times.length === 1) continue;
    doubled++;
    equal(times.length, 2, `${text} came ${times.length} times`);
    ok(times[0] < killedAt + 100 && times[0] > killedAt - 2_500, `${text} was doubled without its 2xx being cut off`);
  }
  for (const client of [...senders, ...movers, ...recipients]) client.close();
  return { deferred: round.deferred.size, doubled };
}

Deno.test({
  name:
    `${ROUNDS} times kill -9 under load: no acknowledged message and no acknowledged binding is lost [SND-3] [RCV-3]`,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const names: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < SENDERS; i++) names.push(`s${round}x${i}`);
      for (let i = 0; i < MOVERS; i++) names.push(`m${round}x${i}`);
      for (let i = 0; i < RECIPIENTS; i++) names.push(`r${round}x${i}`);
    }
    await using parley = await ParleyProcess.start({ users: users(...names) });
    let deferred = 0;
    let doubled = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const result = await playRound(parley, round);
      deferred += result.deferred;
      doubled += result.doubled;
    }
    console.log(`${ROUNDS} kills: ${deferred} acknowledged messages all delivered, ${doubled} of them twice`);
    ok(deferred > ROUNDS * 5, "too little load to say anything");
  },
});
