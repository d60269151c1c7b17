/** What the MSRP bench has sessions do. */
import type { LoadSession } from "./msrp_load.ts";

const WINDOW = 4;

/** `count` messages of `size` octets over the sessions, `WINDOW` under way in each. */
export async function messages(sessions: readonly LoadSession[], size: number, count: number): Promise<void> {
  const body = new Uint8Array(size).fill(97);
  let sent = 0, arrived = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stuck = setTimeout(() => reject(new Error(`${arrived} of ${count} arrived after 60 s`)), 60_000);
  for (const { inviter, invitee } of sessions) {
    const seen = invitee.messages;
    let mine = 0, got = 0;
    const fill = (): void => {
      while (sent < count && mine - got < WINDOW) {
        mine++;
        sent++;
        inviter.send(body, 1, size);
      }
    };
    invitee.onTraffic = () => {
      const now = invitee.messages - seen;
      arrived += now - got;
      got = now;
      if (arrived >= count) resolve();
      else fill();
    };
    fill();
  }
  await promise;
  clearTimeout(stuck);
  for (const { invitee } of sessions) invitee.onTraffic = null;
}

/** One message of `octets` in chunks of `chunk`, one megabyte of them under way. */
export async function transfer({ inviter, invitee }: LoadSession, octets: number, chunk: number): Promise<void> {
  const body = new Uint8Array(chunk).fill(98);
  const before = invitee.octets;
  let start = 1, outstanding = 0;
  let answered = inviter.answered;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stuck = setTimeout(() => reject(new Error(`${invitee.octets - before} octets after 120 s`)), 120_000);
  const total = Math.floor(octets / chunk) * chunk;
  const id = `big${start}${Math.random().toString(36).slice(2, 10)}`;
  const fill = (): void => {
    outstanding -= inviter.answered - answered;
    answered = inviter.answered;
    while (start < total && outstanding * chunk < 1_000_000) {
      if (inviter.connection!.full) return inviter.connection!.whenRoom(inviter);
      inviter.send(body, start, total, id);
      start += chunk;
      outstanding++;
    }
  };
  inviter.onTraffic = fill;
  invitee.onTraffic = () => {
    if (invitee.octets - before >= total) resolve();
  };
  fill();
  await promise;
  clearTimeout(stuck);
  inviter.onTraffic = invitee.onTraffic = null;
}

/** Ten lines of 200 octets a second in each session, until the function it gives is called. */
export function chatter(sessions: readonly LoadSession[]): () => void {
  const body = new Uint8Array(200).fill(99);
  const ticks = setInterval(() => {
    for (const { inviter } of sessions) inviter.send(body, 1, body.length);
  }, 100);
  return () => clearInterval(ticks);
}
