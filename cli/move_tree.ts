import { join } from "node:path";

/** Moves a file or a folder; copies and then removes it where the target is on another file system. */
export async function moveTree(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
    await copyTree(from, to);
    await Deno.remove(from, { recursive: true });
  }
}

/** Copies a file or a folder with all that is in it; what is made is for its owner only. */
export async function copyTree(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) {
    await Deno.copyFile(from, to);
    await Deno.chmod(to, 0o600);
    return;
  }
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name } of Deno.readDir(from)) await copyTree(join(from, name), join(to, name));
}
