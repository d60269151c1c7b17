/** Which threads of a process are busy, from the kernel's own figures. */

/** Its share of one core; 1 is all of it. */
export interface ThreadShare {
  readonly name: string;
  readonly share: number;
}

/** Begins to count; the function it gives tells, for so many ms, the threads that used more than 3 % of a core. */
export function busyThreads(pid: number): (ms: number) => ThreadShare[] {
  const before = times(pid);
  return (ms) =>
    [...times(pid)].map(([tid, { name, cpu_ms }]) => ({
      name: tid === pid ? "main" : name,
      share: (cpu_ms - (before.get(tid)?.cpu_ms ?? 0)) / ms,
    })).filter(({ share }) => share > 0.03).sort((a, b) => b.share - a.share);
}

function times(pid: number): Map<number, { readonly name: string; readonly cpu_ms: number }> {
  const found = new Map<number, { name: string; cpu_ms: number }>();
  for (const { name: tid } of Deno.readDirSync(`/proc/${pid}/task`)) {
    let stat: string;
    try {
      stat = Deno.readTextFileSync(`/proc/${pid}/task/${tid}/stat`);
    } catch (error) {
      // It has ended meanwhile.
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, end);
    found.set(Number(tid), { name, cpu_ms: (Number(fields[11]) + Number(fields[12])) * 10 });
  }
  return found;
}
