import type { DnsAnswer, DnsRecords, DnsType, NaptrRecord, Resolver, SrvRecord } from "../../net/mod.ts";

/** A zone in memory; answers at once, or when told to. For tests only. */
export class FakeResolver implements Resolver {
  /** `TYPE name` to records. */
  readonly zone = new Map<string, readonly unknown[]>();
  /** Questions that no server answers. */
  readonly broken = new Set<string>();
  readonly asked: string[] = [];
  /** Answers wait for `release`. */
  held = false;
  #waiting: (() => void)[] = [];

  resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void {
    const key = `${type} ${name}`;
    this.asked.push(key);
    const records = this.zone.get(key) as readonly DnsRecords[T][] | undefined;
    const answer: DnsAnswer<DnsRecords[T]> = this.broken.has(key)
      ? { status: "failed" }
      : records === undefined
      ? { status: "none" }
      : { status: "found", records };
    if (this.held) this.#waiting.push(() => done(answer));
    else done(answer);
  }

  /** Answers what is held, and what is asked on the way. */
  release(): void {
    this.held = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const answer of waiting) answer();
  }

  a(name: string, ...addresses: string[]): this {
    this.zone.set(`A ${name}`, addresses);
    return this;
  }
  aaaa(name: string, ...addresses: string[]): this {
    this.zone.set(`AAAA ${name}`, addresses);
    return this;
  }
  /** Each as `priority weight port target`, as zone files have them. */
  srv(name: string, ...records: string[]): this {
    this.zone.set(
      `SRV ${name}`,
      records.map((text): SrvRecord => {
        const [priority, weight, port, target] = text.split(" ");
        return { priority: Number(priority), weight: Number(weight), port: Number(port), target };
      }),
    );
    return this;
  }
  /** Each as `order preference flags service replacement`. */
  naptr(name: string, ...records: string[]): this {
    this.zone.set(
      `NAPTR ${name}`,
      records.map((text): NaptrRecord => {
        const [order, preference, flags, service, replacement] = text.split(" ");
        return { order: Number(order), preference: Number(preference), flags, service, regexp: "", replacement };
      }),
    );
    return this;
  }
}
