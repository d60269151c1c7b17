import type { MsrpListen } from "./readers.ts";

/** The doors of each media thread: those of `[listen] msrp`, at ports of their own in a row from `first` on; 0: free ones. */
export function mediaDoors(msrp: readonly MsrpListen[], first: number, threads: number): MsrpListen[][] {
  const port = (thread: number, door: number) => first === 0 ? 0 : first + thread * msrp.length + door;
  return Array.from({ length: threads }, (_, thread) => msrp.map((door, i) => ({ ...door, port: port(thread, i) })));
}
