const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `12.3 MB`; "?" for what is not known. */
export function sizeText(octets: number): string {
  if (octets < 0) return "?";
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Whole percent, 100 only when all is there; -1 where the size is not known. */
export function percent(moved: number, size: number): number {
  if (size < 0) return -1;
  return size === 0 ? 100 : Math.floor(Math.min(moved, size) * 100 / size);
}

/** One line of `width` columns at most: `holiday.png [#####-----]  50 % 2.5 MB of 5.0 MB`. */
export function progressLine(name: string, moved: number, size: number, width: number): string {
  const done = percent(moved, size);
  const end = done < 0
    ? ` ${sizeText(moved)}`
    : ` ${String(done).padStart(3)} % ${sizeText(moved)} of ${sizeText(size)}`;
  const room = Math.max(0, width - end.length);
  const shown = shortened(name, Math.max(8, Math.min(32, Math.floor(room / 2))));
  const cells = room - [...shown].length - 3;
  if (done < 0 || cells < 4) return `${shown}${end}`.slice(0, Math.max(width, 0));
  const filled = Math.floor(done * cells / 100);
  return `${shown} [${"#".repeat(filled)}${"-".repeat(cells - filled)}]${end}`;
}

/** At most so many characters, the middle left out. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (most - 1 - head)).join("")}`;
}
