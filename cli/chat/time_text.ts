/** `15:04:05`, in the zone of whoever reads it. */
export function clockText(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}

/** `2026-05-01`, in UTC. */
export function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `2026-05-01 15:04:05`, in the zone of whoever reads it. */
export function dayAndTime(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits);
  return `${day.join("-")} ${clockText(time)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}
