/** Runs a program to its end. Throws an Error with the end of what it said when it fails, or is not there. */
export async function run(
  program: string,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args: [...args], stdin: "null", ...options }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`there is no program "${program}"`, { cause: error });
    throw error;
  }
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!output.success) {
    const said = `${text(output.stderr)}${text(output.stdout)}`.trim().slice(-2000);
    const how = output.signal === null ? `code ${output.code}` : output.signal;
    throw new Error(`${program} ${args[0] ?? ""} failed (${how}): ${said}`);
  }
  return text(output.stdout);
}

export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** What `make` puts at the path it is given stands at `path` afterwards, whole or not at all. */
export async function madeWhole(path: string, make: (unfinished: string) => Promise<void>): Promise<string> {
  if (exists(path)) return path;
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  const work = await Deno.makeTempDir({ dir: folder, prefix: ".new-" });
  try {
    await make(`${work}/made`);
    await Deno.rename(`${work}/made`, path);
  } catch (error) {
    // Another build was faster with a folder of the same content.
    if (!exists(path)) throw error;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return path;
}
