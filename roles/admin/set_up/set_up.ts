import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { randomToken } from "../../../foundation/mod.ts";
import { type DnsAnswer, type DnsRecords, type DnsType, type Resolver } from "../../../transport/net/mod.ts";
import type { SetUpService, SetUpState } from "../services/mod.ts";

/** A door that somebody would like to open. */
export interface WantedDoor {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

/** What the first boot stands on. */
export interface SetUpParts {
  /** True while there is no admin. */
  readonly isOpen: () => boolean;
  readonly version: string;
  readonly domain: string;
  /** Addresses of this machine. */
  readonly addresses: () => readonly string[];
  /** Reads `udp://0.0.0.0:5060`; throws SyntaxError or RangeError. */
  readonly readEntry: (text: string) => WantedDoor;
  /** Whether an address can be bound: null, or why not. */
  readonly tryListen: (kind: "udp" | "tcp", at: { host: string; port: number }) => string | null;
  /** Doors that are open: they need not be bound again. */
  readonly doors: () => readonly string[];
  readonly resolver: Resolver;
}

type Probe = Awaited<ReturnType<SetUpService["tryDomain"]>>[number];

/** The first boot: a one-time code that the console prints, and the wizard's tests. */
export class SetUp implements SetUpService {
  readonly #parts: SetUpParts;
  /** 190 random bits; "" once it has been used. */
  #code = randomToken(32);

  constructor(parts: SetUpParts) {
    this.#parts = parts;
  }

  /** For the link that the console prints; "" when there is nothing to set up. */
  get code(): string {
    return this.#parts.isOpen() ? this.#code : "";
  }

  state(): SetUpState {
    const { isOpen, version, addresses, domain } = this.#parts;
    return { open: isOpen(), version, addresses: [...addresses()], domain };
  }

  admits(code: string): boolean {
    if (this.code === "") return false;
    const [given, wanted] = [Buffer.from(code), Buffer.from(this.#code)];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  close(): void {
    this.#code = "";
  }

  tryListen(entries: readonly string[]): ReturnType<SetUpService["tryListen"]> {
    return Promise.resolve(entries.map((entry) => ({ entry, problem: this.#problemOf(entry) })));
  }

  async tryDomain(domain: string): Promise<readonly Probe[]> {
    const ours = new Set(this.#parts.addresses());
    const probes: Probe[] = [];
    for (const service of ["_sips._tcp", "_sip._tcp", "_sip._udp"]) {
      const question = `${service}.${domain} SRV`;
      const found = await this.#ask(`${service}.${domain}`, "SRV");
      if (found.status !== "found") {
        probes.push({ question, answer: said(found.status), ok: false });
        continue;
      }
      for (const { target, port } of found.records) {
        const { addresses, ok } = await this.#addressesOf(target, ours);
        probes.push({ question, answer: `${target}:${port} (${addresses})`, ok });
      }
    }
    const { addresses, ok } = await this.#addressesOf(domain, ours);
    probes.push({ question: `${domain} A, AAAA`, answer: addresses, ok });
    return probes;
  }

  #problemOf(text: string): string | null {
    const { readEntry, tryListen, doors } = this.#parts;
    let entry: WantedDoor;
    try {
      entry = readEntry(text);
    } catch (error) {
      return `"${text.slice(0, 80)}" is not an address to listen on: ${(error as Error).message}`;
    }
    const { transport, host, port } = entry;
    const kind = kindOf(transport);
    // A port that the box holds itself is free when it restarts, on whatever address.
    const held = doors().some((door) => {
      const [, scheme, heldPort] = /^([a-z]+):\/\/.*:([0-9]+)$/.exec(door) ?? [];
      return scheme !== undefined && kindOf(scheme) === kind && Number(heldPort) === port;
    });
    return held ? null : tryListen(kind, { host: host === "localhost" ? "127.0.0.1" : host, port });
  }

  async #addressesOf(name: string, ours: ReadonlySet<string>): Promise<{ addresses: string; ok: boolean }> {
    const answers = await Promise.all([this.#ask(name, "A"), this.#ask(name, "AAAA")]);
    const found = answers.flatMap((answer) => answer.status === "found" ? [...answer.records] : []);
    if (found.length === 0) return { addresses: said(answers[0].status === "failed" ? "failed" : "none"), ok: false };
    return { addresses: found.join(", "), ok: found.some((address) => ours.has(address)) };
  }

  #ask<T extends DnsType>(name: string, type: T): Promise<DnsAnswer<DnsRecords[T]>> {
    return new Promise((resolve) => this.#parts.resolver.resolve(name, type, resolve));
  }
}

function kindOf(transport: string): "udp" | "tcp" {
  return transport === "udp" ? "udp" : "tcp";
}

function said(status: "found" | "none" | "failed"): string {
  return status === "none" ? "no such record" : "the name server gave no answer";
}
