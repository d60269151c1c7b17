/** A user at a host: the scheme before it stays, a password behind the name goes. */
const USER_AT =
  /((?:sips?|im|pres|mailto|xmpp):)?([\p{L}\p{N}\-_.!~*%+&$?]+)(?::[^\s@:"<>/]*)?@((?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+|\[[0-9a-fA-F:.]+\])/gu;
const NUMBER = /(?<![\w.+@-])\+[0-9][0-9().-]{5,18}[0-9](?![\w@])/g;
/** Fields of log lines and members of JSON whose whole value is a name. */
const NAME_FIELDS = /^(?:user|username|aor|display_?name|who|actor|by|made_by|changed_by)$/i;
const MAX_NAMES = 100_000;

/**
 * Takes the names of users out of text: `alice@example.test` becomes `user-1@example.test`, a number `number-1`, the same one
 * the same each time within one bundle, so that a story can still be followed. Which one is which leaves the box with nobody.
 */
export class Pseudonyms {
  readonly #users = new Map<string, string>();
  readonly #numbers = new Map<string, string>();

  text(text: string): string {
    return text
      .replace(
        USER_AT,
        (_whole, scheme: string | undefined, user: string, host: string) =>
          `${scheme ?? ""}${this.#user(user)}@${host}`,
      )
      .replace(NUMBER, (number) => named(this.#numbers, "number", number.replace(/[().-]/g, "")));
  }

  /** A copy of plain JSON data; members that are names as a whole go, too. */
  data(value: unknown, name = ""): unknown {
    if (typeof value === "string") return NAME_FIELDS.test(name) ? this.#name(value) : this.text(value);
    if (Array.isArray(value)) return value.map((each) => this.data(each, name));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [this.text(key), this.data(each, key)]),
    );
  }

  #name(value: string): string {
    if (value === "") return "";
    const changed = this.text(value);
    if (changed !== value) return changed;
    // Actors that are no people.
    return /^(?:system|cli)$/.test(value) ? value : this.#user(value.replace(/^[a-z]+:/, ""));
  }

  #user(user: string): string {
    return named(this.#users, "user", user.toLowerCase());
  }
}

function named(names: Map<string, string>, kind: string, value: string): string {
  let name = names.get(value);
  if (name === undefined) {
    if (names.size >= MAX_NAMES) return `${kind}-many`;
    names.set(value, name = `${kind}-${names.size + 1}`);
  }
  return name;
}
