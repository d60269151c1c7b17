/** What is left, as `1:05` or `2:00:09`; "0:00" when it is over. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds that are left when it is said aloud; 0: not now. Said seldom: a countdown that talks each second drowns the text. */
export function secondsToSay(until: number, now: number): number {
  const seconds = Math.ceil((until - now) / 1000);
  return [60, 30, 10].find((one) => seconds <= one && seconds > one - 5) ?? 0;
}
