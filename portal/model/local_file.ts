/** A file of this machine, such as a browser's `File`. */
export interface LocalFile {
  readonly name: string;
  readonly size: number;
  /** Media type; "" where it is not known. */
  readonly type: string;
  slice(from: number, to: number): Blob;
}
