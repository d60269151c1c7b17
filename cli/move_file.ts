/** Moves a file; copies and then removes it where the target is on another file system. The target must not exist. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
    await copyFile(from, to);
    await Deno.remove(from);
  }
}

/** Copies a file, synced, for its owner only; what was begun is removed where that fails. */
export async function copyFile(from: string, to: string): Promise<void> {
  using source = await Deno.open(from, { read: true });
  const target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  try {
    await source.readable.pipeTo(target.writable, { preventClose: true });
    await target.sync();
  } catch (error) {
    await Deno.remove(to);
    throw error;
  } finally {
    target.close();
  }
}
