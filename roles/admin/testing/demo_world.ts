import { FakeTime } from "../../../foundation/testing.ts";
import type { AdminServices, HealthItem, HistoryService, Series } from "../services/mod.ts";
import { DOMAIN, type FakeWorld, withEverybody } from "./fake_services.ts";

const NAMES = [
  "Ada Adler",
  "Bruno Baptiste",
  "Chiara Conti",
  "Dmitri Dolgov",
  "Élodie Étienne",
  "Fatima Farouk",
  "Grace Guðmundsdóttir",
  "Hiroshi Hara",
  "Inês Iglesias",
  "Jonas Jæger",
  "Kateřina Kovářová",
  "Liam Lindqvist",
];

/** A box that looks like one in use: a dozen users, figures of months, health that is not perfect. For looking at pages. */
export async function demoWorld(now: number): Promise<FakeWorld> {
  const time = new FakeTime();
  time.jump(now - 40 * 3_600_000 - time.now());
  const world = await withEverybody(time);
  for (const [i, name] of NAMES.entries()) {
    const user = name.split(" ")[0].normalize("NFD").replace(/[^a-zA-Z]/g, "").toLowerCase();
    const aor = await world.addUser(user);
    const stored = world.subscribers.get(aor)!;
    await world.subscribers.put([{
      ...stored,
      displayName: name,
      e164: `+4930123${String(4500 + i * 7)}`,
      state: i === 4 ? "suspended" : i === 9 ? "barred" : "active",
    }]);
    if (i % 3 !== 2) {
      world.users.registered.set(aor, [{
        id: `device-${i}`,
        contact: `sip:${user}@192.0.2.${20 + i}:5061;transport=tls`,
        instance: `urn:uuid:00000000-0000-4000-8000-0000000000${String(10 + i)}`,
        user_agent: i % 2 === 0 ? "Linphone Desktop/5.2.6" : "LinphoneAndroid/5.4",
        transport: i % 2 === 0 ? "tls" : "wss",
        source: `192.0.2.${20 + i}:4${100 + i}`,
        registered_at: now - i * 3_700_000,
        expires_at: now + 3_000_000,
        live: i !== 3,
      }]);
    }
  }
  time.jump(now - time.now());
  world.health.items = HEALTH(now);
  await world.provisioning.invite({ uri: `sip:ada@${DOMAIN}`, days: 7, max_uses: 5 }, "admin:owner");
  const aor = (user: string) => `sip:${user}@${DOMAIN}`;
  world.chatSessions.open({ from: aor("ada"), to: aor("grace"), messages: 41, octets: 52_300 });
  world.chatSessions.open({ from: aor("hiroshi"), to: aor("ines"), mode: "file", octets: 73_400_000 });
  world.chatSessions.open({ from: "sip:zoe@other.test", to: aor("bruno"), mode: "large", octets: 18_200, messages: 1 });
  demoRooms(world, aor);
  const services: AdminServices = {
    ...world.services,
    history: new DemoHistory(() => time.now()),
    box: {
      ...world.services.box,
      status: () => ({
        ...world.services.box.status(),
        registered: 9,
        deferred_messages: 148,
        deferred_octets: 61_240,
      }),
    },
  };
  return { ...world, services };
}

function demoRooms({ rooms, time }: FakeWorld, aor: (user: string) => string): void {
  rooms.group(aor("lobby"), { displayName: "The Lobby", subject: "Anything, as long as it is kind", minimumAge: 16 });
  rooms.group(aor("chess"), { owner: aor("hiroshi"), displayName: "Chess for everybody", maxParticipants: 40 });
  rooms.open({
    subject: "Lunch on Friday",
    creator: aor("ada"),
    kept: 2,
    saidAt: time.now() - 120_000,
    recorders: 1,
    people: [
      [aor("ada"), { devices: 2 }],
      [aor("bruno"), { standing: "absent", devices: 0, waiting: 2 }],
      [aor("chiara")],
      ["sip:zoe@other.test", { standing: "alerting", devices: 0 }],
      [aor("jonas"), { standing: "disconnected", leftBy: "departed", devices: 0 }],
    ],
  });
  rooms.open({
    group: aor("lobby"),
    creator: aor("grace"),
    kept: 41,
    saidAt: time.now() - 9_000,
    recorders: 3,
    terms: {
      isPublic: true,
      hidesIdentity: true,
      displayName: "The Lobby",
      subject: "Anything, as long as it is kind",
      minParticipants: 0,
      maxParticipants: 500,
      history: 20,
    },
    people: ["grace", "hiroshi", "ines", "liam", "katerina"].map((user, i) => [
      aor(user),
      i === 1 ? { nickname: "Queen’s Gambit" } : i === 3 ? { standing: "absent", devices: 0, waiting: 17 } : {},
    ]),
  });
}

const HEALTH = (now: number): HealthItem[] => [
  {
    code: "peer.down/other.test",
    severity: "critical",
    text: "The core of other.test has not answered for 14 minutes.",
    since: now - 14 * 60_000,
    repair: {
      text: "Messages to it are refused with 503 until it does.",
      page: "/admin/network",
      action: "Try again now",
    },
    snoozed_until: 0,
  },
  {
    code: "certificate.expires",
    severity: "warning",
    text: "The certificate in use expires in 12 days.",
    since: now - 2 * 86_400_000,
    repair: { text: "Upload a new one, or issue one by the box's own CA.", page: "/admin/certificates", action: "" },
    snoozed_until: 0,
  },
  {
    code: "backup.untested",
    severity: "info",
    text: "The newest backup was never test-restored.",
    since: now - 5 * 3_600_000,
    repair: { text: "It takes a few seconds and changes nothing.", page: "/admin/backups", action: "Test it" },
    snoozed_until: 0,
  },
  {
    code: "disk.low",
    severity: "warning",
    text: "The disk is 82 % full.",
    since: now - 30 * 86_400_000,
    repair: { text: "Remove old backups.", page: "/admin/backups", action: "" },
    snoozed_until: now + 3 * 86_400_000,
  },
];

const STEPS = { hour: 60_000, day: 60_000, month: 3_600_000, quarter: 3_600_000 };
const LENGTHS = { hour: 60, day: 1440, month: 720, quarter: 2160 };

/** Figures that rise by day and fall by night, with a gap where the box did not run. */
class DemoHistory implements HistoryService {
  readonly #now: () => number;
  constructor(now: () => number) {
    this.#now = now;
  }
  read(range: keyof typeof STEPS): Series[] {
    const step_ms = STEPS[range], length = LENGTHS[range];
    const from = this.#now() - step_ms * (length - 1);
    const wave = (most: number, rough: number) =>
      Array.from({ length }, (_, i) => {
        if (i > length * 0.36 && i < length * 0.4) return null;
        const hour = new Date(from + i * step_ms).getUTCHours() + new Date(from + i * step_ms).getUTCMinutes() / 60;
        const day = Math.max(0, Math.sin((hour - 6) / 24 * 2 * Math.PI));
        return Math.round(most * (0.12 + 0.8 * day) + rough * (Math.sin(i * 1.7) + Math.sin(i * 0.37)));
      });
    const series = (name: string, title: string, unit: string, points: (number | null)[]) => ({
      name,
      title,
      unit,
      from,
      step_ms,
      points: points.map((one) => one === null ? null : Math.max(0, one)),
    });
    return [
      series("registered", "Registered users", "users", wave(9400, 60)),
      series("relayed", "Messages delivered at once", "/s", wave(640, 22)),
      series("waiting", "Messages waiting", "messages", wave(260, 18)),
      series("sip_in", "SIP messages in", "/s", wave(2400, 40)),
      series("cpu", "Processor", "% of a core", wave(34, 2)),
      series("memory", "Memory", "MB", wave(180, 4)),
    ];
  }
  live(): Readonly<Record<string, number>> {
    return { messages: 412, registered: 9 };
  }
  onSample(): () => void {
    return () => {};
  }
}
