/** One source file of the program. */
export interface Source {
  /** From the root of the repository: `transport/sip/uri.ts`. */
  readonly file: string;
  readonly text: string;
}

/**
 * Rooms and what they may import, their own files aside. A room is a folder with a door, `mod.ts`; folders inside it may have
 * doors of their own. `*` stands for each folder at that place.
 */
const ROOMS: readonly { readonly room: string; readonly may: readonly string[] }[] = [
  { room: "foundation", may: [] },
  { room: "transport/*", may: ["foundation", "transport/*"] },
  { room: "storage", may: ["foundation"] },
  {
    room: "roles/*",
    may: ["foundation", "config", "transport/*", "storage", "certificates", "operations", "web", "roles/*"],
  },
  { room: "config", may: ["foundation", "transport/net", "operations"] },
  { room: "web", may: ["foundation", "transport/net", "transport/msrp"] },
  { room: "client", may: ["foundation", "transport/*"] },
  { room: "portal", may: ["foundation", "transport/*", "client"] },
  { room: "operations", may: ["foundation", "storage", "roles/sip_core"] },
  { room: "certificates", may: ["foundation", "config", "transport/net", "storage", "operations"] },
  { room: "cli", may: ["foundation", "config", "transport/*", "storage", "operations", "client", "roles/sip_core"] },
];

/** Files of no room: they compose. These know the roles; the others know none. */
const ROOT_MAY_KNOW_ROLES = new Set([
  "appliance.ts",
  "administration.ts",
  "core.ts",
  "deferral.ts",
  "live_settings.ts",
  "history.ts",
  "media.ts",
  "people.ts",
  "portal_pages.ts",
  "presence.ts",
  "rooms.ts",
  "routes.ts",
  "web_console.ts",
  "xdm.ts",
]);

/** Doors that are not called `mod.ts`, each with its reason. */
const OTHER_DOORS: Readonly<Record<string, string>> = {
  "config.ts": "the door of config/: DESIGN.md names it so",
  "transport/sip/digest/node_hash.ts":
    "the hash that a Deno program passes to the pure digest; the browser passes another",
};

/** Where pure rooms touch the machine. Everything else in foundation/ and transport/ runs in a browser too. */
const IMPURE = [/^transport\/net\/machine\//, /^transport\/[a-z]+\/flows\//, /^transport\/sip\/digest\/node_hash\.ts$/];

/** True for tests and what only tests use. */
export function isTest(file: string): boolean {
  return /(?:^|\/)(?:tests|testing(?:_\w+)?|testdata)\//.test(file) ||
    /(?:_test|_suite|_bench|(?:^|\/)testing(?:_\w+)?)\.tsx?$/.test(file);
}

/** What a file imports: paths from the root for its own program, specifiers for packages. */
export function importsOf({ file, text }: Source): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found =
    /(?:^|[\s;}])(?:import|export)\s(?:[^"'`;]*?\sfrom\s*)?"([^"\n]+)"|\bimport\(\s*"([^"\n]+)"\s*\)|new URL\("(\.[^"\n]+\.ts)", import\.meta\.url\)/g;
  return [...code.matchAll(found)].map(([, a, b, c]) => resolved(file, a ?? b ?? c));
}

function resolved(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

/** The room of a file: `transport/sip`, `storage`, …; "" for the files at the root. */
export function roomOf(file: string): string {
  const [first, second] = file.split("/");
  if (!file.includes("/")) return file === "config.ts" ? "config" : "";
  return first === "transport" || first === "roles" ? `${first}/${second}` : first;
}

function matches(room: string, pattern: string): boolean {
  return pattern.endsWith("/*") ? room.startsWith(pattern.slice(0, -1)) : room === pattern;
}

/** All breaches of the walls, each naming file and rule. Empty when the house is as it should be. */
export function breaches(sources: readonly Source[]): string[] {
  const found: string[] = [];
  const product = sources.filter(({ file }) => !isTest(file));
  const links = new Map<string, Set<string>>();
  for (const source of product) {
    const { file, text } = source;
    const room = roomOf(file);
    const imports = importsOf(source);
    found.push(...imports.flatMap((target) => breachOf(file, room, target, links)));
    if (file !== "main.ts" && /\bDeno\.args\b/.test(text)) found.push(`${file}: only main.ts reads Deno.args`);
    if (pure(file)) {
      if (imports.some((target) => target.startsWith("node:"))) {
        found.push(`${file}: a pure room imports no node: module`);
      }
      if (/(?<![\w.`])Deno\./.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""))) {
        found.push(`${file}: a pure room uses no Deno API`);
      }
    }
  }
  found.push(...doorless(product));
  const cycle = cycleOf(links);
  if (cycle !== null) found.push(`${cycle.join(" -> ")}: rooms import each other in no cycle`);
  return found;
}

function pure(file: string): boolean {
  return /^(?:foundation|transport|client|portal)\//.test(file) && !IMPURE.some((pattern) => pattern.test(file));
}

function breachOf(file: string, room: string, target: string, links: Map<string, Set<string>>): string[] {
  if (!/\.tsx?$/.test(target) || target.startsWith("node:")) return [];
  if (isTest(target)) return [`${file}: the program imports nothing of tests (${target})`];
  const other = roomOf(target);
  if (other === room) return [];
  if (other === "") {
    // The root composes; nobody but the root imports it.
    return room === "" ? [] : [`${file}: ${room} does not import the root (${target})`];
  }
  const problems: string[] = [];
  const isDoor = target.endsWith("/mod.ts") || Object.hasOwn(OTHER_DOORS, target);
  if (!isDoor) problems.push(`${file}: imports ${target}; another room is entered through its door, mod.ts`);
  if (room === "") {
    if (other.startsWith("roles/") && !ROOT_MAY_KNOW_ROLES.has(file)) {
      problems.push(`${file}: only the composition roots know the roles (${target})`);
    }
    return problems;
  }
  const rule = ROOMS.find((entry) => matches(room, entry.room));
  if (rule === undefined) return [...problems, `${file}: ${room} is a room without a rule`];
  if (!rule.may.some((pattern) => matches(other, pattern))) {
    problems.push(`${file}: ${room} may import ${rule.may.join(", ") || "nothing"}; not ${other} (${target})`);
  }
  const known = links.get(room) ?? new Set();
  links.set(room, known.add(other));
  return problems;
}

/** Every room has a door, and the door says what the room is for. */
function doorless(product: readonly Source[]): string[] {
  const texts = new Map(product.map(({ file, text }) => [file, text]));
  const rooms = new Set(product.map(({ file }) => roomOf(file)).filter((room) => room !== ""));
  const found: string[] = [];
  for (const room of rooms) {
    const door = room === "config" ? "config.ts" : `${room}/mod.ts`;
    const text = texts.get(door);
    if (text === undefined) found.push(`${door}: missing; every room has a door`);
    else if (!text.startsWith("/**")) found.push(`${door}: a door begins with what its room is for`);
  }
  return found;
}

/** A cycle as a list of rooms, the first one again at its end; null when there is none. */
function cycleOf(links: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>();
  const visit = (room: string, path: string[]): string[] | null => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return null;
    for (const next of links.get(room) ?? []) {
      const cycle = visit(next, [...path, room]);
      if (cycle !== null) return cycle;
    }
    done.add(room);
    return null;
  };
  for (const room of links.keys()) {
    const cycle = visit(room, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
