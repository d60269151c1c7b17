import type { Posted } from "../../../../web/ui/mod.ts";

/** A sheet's key, as the form that asks for it carries it along. */
export const SHEET = "sheet", ASKED = "asked";

const HOW_MANY = 3;

export function groupsOf(text: string): string[] {
  return text.split("-");
}

/** The numbers (from 1) of the groups to be typed back, in order. `random`: 0 to below 1. */
export function chooseGroups(text: string, random: () => number): number[] {
  const numbers = groupsOf(text).map((_, at) => at + 1);
  const chosen: number[] = [];
  while (chosen.length < HOW_MANY && numbers.length > 0) {
    chosen.push(...numbers.splice(Math.floor(random() * numbers.length), 1));
  }
  return chosen.sort((a, b) => a - b);
}

export function groupField(n: number): string {
  return `group_${n}`;
}

/** What the form carried: the key and the numbers asked for. Null where it is none of ours. */
export function askedOf(posted: Posted): { readonly text: string; readonly asked: readonly number[] } | null {
  const text = posted.text(SHEET);
  const asked = posted.text(ASKED).split(",").map(Number);
  const count = groupsOf(text).length;
  const fits = asked.length > 0 && asked.every((n) => Number.isInteger(n) && n >= 1 && n <= count);
  return /^[0-9A-Z]{1,8}(?:-[0-9A-Z]{1,8}){0,19}$/.test(text) && fits ? { text, asked } : null;
}

/** The numbers of those groups that were typed wrongly: case, spaces, O for 0 and I or L for 1 do not matter. */
export function wrongGroups(posted: Posted, text: string, asked: readonly number[]): number[] {
  const groups = groupsOf(text);
  return asked.filter((n) => plain(posted.text(groupField(n))) !== plain(groups[n - 1]));
}

function plain(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}
