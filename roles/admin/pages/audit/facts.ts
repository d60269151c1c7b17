/** One fact of an entry as a reader wants it. `before` null: nothing is said of what was there before. */
export interface Fact {
  readonly name: string;
  readonly before: string | null;
  readonly value: string;
}

type Facts = Readonly<Record<string, string | number>>;

const MOMENT = /(?:_at|_until|^until|^not_after|^confirm_before)$/;

/**
 * The facts of an entry: what belongs together (`role` and `role_before`, `from` and `to`, `before` and `after`) is one, times
 * are written by `moment`.
 */
export function readFacts(facts: Facts, moment: (at: number) => string): Fact[] {
  const write = (name: string, value: string | number): string =>
    typeof value === "number" && value > 1e11 && MOMENT.test(name) ? moment(value) : String(value);
  const read: Fact[] = [];
  const key = facts.key ?? facts.setting;
  for (const [name, value] of Object.entries(facts)) {
    if (name.endsWith("_before") && Object.hasOwn(facts, name.slice(0, -7))) continue;
    if ((name === "from" && Object.hasOwn(facts, "to")) || (name === "before" && Object.hasOwn(facts, "after"))) continue;
    const other = beforeOf(name, facts);
    const before = other === undefined ? null : write(name, other);
    const pair = name === "to" || name === "after";
    read.push({
      name: pair && other !== undefined ? String(key ?? "value") : name,
      before,
      value: write(name, value),
    });
  }
  return pairOf(facts) && key !== undefined ? read.filter(({ name }) => name !== "key" && name !== "setting") : read;
}

function beforeOf(name: string, facts: Facts): string | number | undefined {
  if (name === "to") return facts.from;
  if (name === "after") return facts.before;
  return facts[`${name}_before`];
}

/** Something changed from one value to another. */
function pairOf(facts: Facts): boolean {
  return (Object.hasOwn(facts, "from") && Object.hasOwn(facts, "to")) ||
    (Object.hasOwn(facts, "before") && Object.hasOwn(facts, "after"));
}
