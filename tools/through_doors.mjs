// Lets the bundler look through the doors (mod.ts) of the rooms below: what a file imports from one comes straight from the file that
// declares it. The bundler parts scripts by whole files, and a door leads to all of its room: without this, one small function
// taken from the client's door would bring the whole client into the first script.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const ROOMS = /[/\\](?:foundation|transport|client)[/\\].*\bmod\.ts$/;
const OURS = /[/\\](?:foundation|transport|client|portal)[/\\].*\.tsx?$/;
const IMPORT = /^import \{([^{}]*)\} from "(\.[^"\n]*\/mod\.ts)";/gm;
const EXPORT = /^export (type )?(\*|\{[^{}]*\}) from "(\.[^"\n]+)";/gm;

/** Plugin of esbuild. What it does not understand stays as it is: the script is larger then, and the same. */
export function throughDoors() {
  const texts = new Map();
  const read = (path) => {
    if (!texts.has(path)) texts.set(path, readFileSync(path, "utf8"));
    return texts.get(path);
  };
  return {
    name: "through-doors",
    setup(build) {
      build.onLoad({ filter: OURS }, ({ path }) => ({
        contents: straight(path, read),
        loader: path.endsWith("x") ? "tsx" : "ts",
      }));
    },
  };
}

function straight(path, read) {
  return read(path).replace(IMPORT, (whole, names, from) => {
    const door = resolve(dirname(path), from);
    if (!ROOMS.test(door)) return whole;
    const values = names.split(",").map((name) => name.trim()).filter((name) =>
      name !== "" && !name.startsWith("type ")
    );
    // All in one line, so that lines keep their numbers but for those of the import itself.
    return values.map((name) => {
      const file = declaring(door, name.split(" as ")[0], read, new Set()) ?? door;
      return `import { ${name} } from ${JSON.stringify(file)};`;
    }).join(" ");
  });
}

/** The file that declares what the door gives under that name; null where it cannot be told, or goes by another name there. */
function declaring(file, name, read, seen) {
  if (seen.has(file)) return null;
  seen.add(file);
  const text = read(file);
  const declared = new RegExp(`^export (?:abstract |async )*(?:const|let|function\\*?|class|enum) ${name}\\b`, "m");
  if (declared.test(text)) return file;
  for (const [, type, what, from] of text.matchAll(EXPORT)) {
    if (type !== undefined) continue;
    const given = what.slice(1, -1).split(",").map((one) => one.trim());
    if (what !== "*" && !given.includes(name)) continue;
    const found = declaring(resolve(dirname(file), from), name, read, seen);
    if (found !== null) return found;
  }
  return null;
}
