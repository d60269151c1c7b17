/** The folder in which a recording of that name is; "" for none. Folders are parted by "/" (oma-reference §5.8, HST-2). */
export function folderOf(name: string): string {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? "" : name.slice(0, slash);
}

/** The name without its folders. */
export function ownName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** In this folder, or in one inside of it; "": in none. */
export function isIn(name: string, folder: string): boolean {
  const own = folderOf(name);
  if (folder === "") return own === "";
  return own === folder || own.startsWith(`${folder}/`);
}

/** A name as it is kept: no blanks around its parts, no empty folders. `work/` is a place in a folder without a name of its own. */
export function tidyName(name: string): string {
  const parts = name.split("/").map((part) => part.trim());
  const own = parts.pop()!;
  return [...parts.filter((part) => part !== ""), own].join("/");
}

/** A folder as it is asked for: without slashes around. */
export function tidyFolder(folder: string): string {
  return folder.split("/").map((part) => part.trim()).filter((part) => part !== "").join("/");
}
