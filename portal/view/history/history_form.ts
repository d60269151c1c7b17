import type { HistoryQuery } from "../../model/mod.ts";

/** What stands in the form: dates as `<input type=date>` gives them, `2027-01-31` or "". */
export interface HistoryForm {
  readonly words: string;
  readonly with: string;
  readonly from: string;
  readonly until: string;
  readonly folder: string | null;
}

export const EMPTY_FORM: HistoryForm = { words: "", with: "", from: "", until: "", folder: null };

/** From the beginning of the first day to the end of the last, in local time. */
export function queryOf(form: HistoryForm): HistoryQuery {
  const until = dayOf(form.until, 1);
  return {
    words: form.words.trim(),
    with: form.with.trim(),
    from: dayOf(form.from, 0) ?? 0,
    until: until === null ? Infinity : until - 1,
    folder: form.folder,
  };
}

/** Midnight of a day, or of one that comes `later` days behind it: days of a change of clocks are not 24 hours long. */
function dayOf(date: string, later: number): number | null {
  const [, year, month, day] = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  if (year === undefined) return null;
  return new Date(Number(year), Number(month) - 1, Number(day) + later).getTime();
}

/** Whether the last day comes before the first. */
export function isBackwards({ from, until }: HistoryForm): boolean {
  return from !== "" && until !== "" && until < from;
}

/** A folder's name as it is kept: no empty parts, none around. "" for none. */
export function folderTyped(text: string): string {
  return text.split("/").map((part) => part.trim()).filter((part) => part !== "").join("/");
}
