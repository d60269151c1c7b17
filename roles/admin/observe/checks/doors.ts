import { isLoopback } from "../../../../transport/net/mod.ts";
import { advice, type HealthCheck, type Issue, issue, MINUTES, SECONDS } from "../health_check.ts";

/** A door that the settings ask for. */
export interface DoorFact {
  readonly area: "sip" | "msrp" | "web";
  /** `udp`, `tcp`, `tls`, `http`, `https`, `ws`, … */
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
}

type Doors = () => readonly DoorFact[];

const SECURE = new Set(["tls", "https", "wss"]);
/** What goes over a plain door of each area, and what to open beside it. */
const AREAS = [
  ["web", "The console and the sign-in pages go", "an https"],
  ["sip", "Messages go", "a tls"],
  ["msrp", "Chats and files go", "a tls"],
] as const;

function text({ scheme, host, port }: DoorFact): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Open to other machines. */
export function isPublic({ host, open }: DoorFact): boolean {
  return open && host !== "localhost" && !isLoopback(host);
}

/** A door of the settings is not open. */
export function doorsMissingCheck(doors: Doors): HealthCheck {
  return {
    code: "doors.missing",
    every_ms: 30 * SECONDS,
    behind: [],
    run(): Issue[] {
      return doors().filter(({ open }) => !open).map((door) => ({
        subject: text(door),
        severity: "critical",
        text: `The door ${text(door)} is not open.`,
        repair: advice(
          "Is the address one of this machine, and the port free? Then restart the service.",
          "/admin/network",
        ),
      }));
    },
  };
}

/** Passwords and messages can go over the network in the clear, and there is no door with TLS beside it. */
export function plainDoorCheck(doors: Doors): HealthCheck {
  return {
    code: "doors.plain",
    every_ms: MINUTES,
    behind: ["doors.missing"],
    run(): Issue[] {
      const open = doors().filter(isPublic);
      return AREAS.flatMap(([area, what, secure]) => {
        const own = open.filter((door) => door.area === area);
        const plain = own.filter(({ scheme }) => !SECURE.has(scheme));
        if (plain.length === 0 || own.some(({ scheme }) => SECURE.has(scheme))) return [];
        return [{
          subject: area,
          severity: "warning" as const,
          text: `${what} over the network in the clear: ${plain.map(text).join(", ")} without a TLS door beside it.`,
          repair: advice(`Open ${secure} door.`, "/admin/network"),
        }];
      });
    },
  };
}

/** The box serves "localhost" to the network: no client elsewhere can have an address there. */
export function defaultDomainCheck(doors: Doors, domains: () => readonly string[]): HealthCheck {
  return {
    code: "domain.default",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      if (domains()[0] !== "localhost" || !doors().some(isPublic)) return [];
      return [issue(
        "warning",
        'The domain is still "localhost", while doors are open to the network: addresses of users end in it.',
        advice("Set the domain before users are added.", "/admin/network"),
      )];
    },
  };
}
