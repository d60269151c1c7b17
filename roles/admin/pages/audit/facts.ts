/** One fact of an entry as a reader wants it. `before` null: nothing is said of what was there before. */
export interface Fact {
  readonly name: string;
  readonly before: string | null;
  readonly value: string;
}

type Facts = Readonly<Record<string, string | number>>;

const MOMENT = /(?:_at|until|^not_after|^confirm_before|^createdAt)$/;
const BEFORE = "_before";

/**
 * The facts of an entry, with what was there before beside what came in its place: `role` has its `role_before`, a setting
 * says both itself (`1300 -> 2000`). Times are written by `moment`.
 */
export function readFacts(event: string, facts: Facts, moment: (at: number) => string): Fact[] {
  const write = (name: string, value: string | number): string =>
    typeof value === "number" && value > 1e11 && MOMENT.test(name) ? moment(value) : String(value);
  return Object.entries(facts)
    .filter(([name]) => !(name.endsWith(BEFORE) && Object.hasOwn(facts, name.slice(0, -BEFORE.length))))
    .map(([name, value]) => {
      const before = facts[`${name}${BEFORE}`];
      if (before !== undefined) return { name, before: write(name, before), value: write(name, value) };
      const both = event.startsWith("settings.") ? /^(.*?) -> (.*)$/s.exec(String(value)) : null;
      if (both !== null) return { name, before: both[1], value: both[2] };
      return { name, before: null, value: write(name, value) };
    });
}
