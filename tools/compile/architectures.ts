/** The machines a file is made for, and what each is called by whom. */
export interface Architecture {
  /** In the file's name, and by Node.js. */
  readonly name: "x64" | "arm64";
  /** By GCC and the C library's folders. */
  readonly triplet: string;
  /** By Debian. */
  readonly debian: string;
  /** By Deno. */
  readonly target: string;
  /** The npm package of the runtime. */
  readonly runtime: string;
}

export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "x64",
    triplet: "x86_64-linux-gnu",
    debian: "amd64",
    target: "x86_64-unknown-linux-gnu",
    runtime: "@deno/linux-x64-glibc",
  },
  {
    name: "arm64",
    triplet: "aarch64-linux-gnu",
    debian: "arm64",
    target: "aarch64-unknown-linux-gnu",
    runtime: "@deno/linux-arm64-glibc",
  },
];

/** Whether the file is for the machine that makes it. */
export function isNative({ target }: Architecture): boolean {
  return target === Deno.build.target;
}
