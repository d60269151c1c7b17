/**
 * Gives the memory of octets back that nobody looks at any more. The collector would, but only once some forty MB of them have come
 * together: it sees the small objects that hold them.
 */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === 0) return;
  // Small ones share their memory with others.
  if (buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
