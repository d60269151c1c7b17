import { type Architecture, isNative } from "./architectures.ts";
import { exists, madeWhole, run } from "./process.ts";

/** Where zstd's header and static library are. */
export interface ZstdLibrary {
  readonly include: string;
  readonly archive: string;
}

/**
 * The system's static zstd; for a foreign architecture, where that is not installed, Debian's package of it, unpacked into
 * `cache`. apt gets and verifies it with lists of its own there, so that the machine's architectures stay as they are.
 */
export async function zstdLibrary(architecture: Architecture, cache: string): Promise<ZstdLibrary> {
  const installed = `/usr/lib/${architecture.triplet}/libzstd.a`;
  if (isNative(architecture) || exists(installed)) return { include: "/usr/include", archive: installed };
  const made = await madeWhole(`${cache}/zstd/${architecture.debian}`, async (unfinished) => {
    const work = `${unfinished}.apt`;
    await Deno.mkdir(`${work}/lists/partial`, { recursive: true });
    await Deno.mkdir(`${work}/archives/partial`, { recursive: true });
    await Deno.writeTextFile(`${work}/status`, "");
    await Deno.writeTextFile(`${work}/apt.conf`, aptSettings(work, architecture.debian));
    const options = { cwd: work, env: { APT_CONFIG: `${work}/apt.conf` } };
    await run("apt-get", ["--quiet", "update"], options);
    await run("apt-get", ["--quiet", "download", "libzstd-dev"], options);
    const [archive] = [...Deno.readDirSync(work)].filter(({ name }) => name.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", `${work}/${archive.name}`, unfinished]);
  });
  return { include: `${made}/usr/include`, archive: `${made}/usr/lib/${architecture.triplet}/libzstd.a` };
}

function aptSettings(folder: string, architecture: string): string {
  return `APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Sandbox::User "root";
Dir::State::Lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}";
Acquire::Languages "none";
`;
}
