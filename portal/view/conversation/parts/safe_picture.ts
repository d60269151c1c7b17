/** Types that are shown as pictures: what they hold cannot act. An SVG can, and is a file. */
const SAFE = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

export function isSafePicture(type: string): boolean {
  return SAFE.includes(type.toLowerCase().split(";")[0].trim());
}

/** An address of content for a picture; its type is one of the safe ones whatever it was called. To be revoked. Null for other types. */
export function pictureAddress(content: Blob, type: string): string | null {
  const plain = type.toLowerCase().split(";")[0].trim();
  return isSafePicture(plain) ? URL.createObjectURL(content.slice(0, content.size, plain)) : null;
}

/** Lets the browser keep content under a name. Whatever it is, it is not opened in the page. */
export function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content.slice(0, content.size, "application/octet-stream"));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it over by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
