import type { AgeRestrictions } from "../../xdm/mod.ts";

/** What is known of people's ages: the public profile, and the one that the operator vouches for (oma-reference §5.7). */
export interface BirthDates {
  /** Resolves once all of them are known. Rejects where a document cannot be read. */
  ready(): Promise<void>;
  /** `YYYY-MM-DD`, of a folded address-of-record; empty for somebody who gives none, or is of another domain. */
  of(aor: string): readonly string[];
}

/** Whole years, in UTC; negative for a day to come. Who was born on the 29th of February is a year older on the 1st of March. */
export function ageOn(now: number, birthDate: string): number {
  const today = new Date(now).toISOString();
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5, 10) < birthDate.slice(5, 10) ? years - 1 : years;
}

/**
 * Whether somebody is of an age that the group allows (UPROF-10, UPROF-11) and the operator asks for (PRI-5, PRI-15). Every birth
 * date that is known counts; who gives none is of no age that is asked for. We understand restrictions, so they hold whether or not
 * the group says that they must be understood.
 *
 * @param least 0: any
 */
export function isOfAge(
  dates: readonly string[],
  now: number,
  restrictions: AgeRestrictions | null,
  least: number,
): boolean {
  const spans = restrictions?.ages ?? [];
  if (spans.length === 0 && least === 0) return true;
  return dates.length > 0 && dates.every((date) => {
    const age = ageOn(now, date);
    return age >= least &&
      (spans.length === 0 || spans.some(({ from, until }) => age >= (from ?? 0) && age <= (until ?? Infinity)));
  });
}
