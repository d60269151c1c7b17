import { signal } from "@preact/signals-core";
import type { FolderModel, HistoryHit, HistoryItem, HistoryModel, HistoryQuery, Problem } from "../../model/mod.ts";
import type { Failing } from "./fake_people.ts";

const DAY = 86_400_000;
const PAGE = 12;

/** Recordings of a stage that can be renamed, moved and deleted. */
export interface LivelyHistory extends HistoryModel, Failing {
  readonly items: HistoryItem[];
}

export function fakeHistory(now: number): LivelyHistory {
  const folders = signal<readonly FolderModel[]>([]);
  const items = Array.from({ length: 30 }, (_, n): HistoryItem => itemOf(n, now));
  const fits = ({ folder, withName, with: uri, from, until }: HistoryItem, query: HistoryQuery) =>
    (query.folder === null || folder === query.folder) &&
    `${withName} ${uri}`.toLowerCase().includes(query.with.toLowerCase()) &&
    until >= query.from && from <= query.until;
  const count = () => {
    folders.value = [...new Set(history.items.map(({ folder }) => folder))].sort().map((folder) => {
      const inside = history.items.filter((item) => item.folder === folder);
      return { folder, conversations: inside.length, octets: inside.reduce((sum, { octets }) => sum + octets, 0) };
    });
  };
  const failed = (): Problem | null => {
    const { fail } = history;
    history.fail = null;
    return fail;
  };
  const change = (reference: string, to: Partial<HistoryItem>) => {
    const problem = failed();
    const at = history.items.findIndex((item) => item.reference === reference);
    if (problem === null) history.items[at] = { ...history.items[at], ...to };
    return Promise.resolve(problem);
  };
  const history: LivelyHistory = {
    fail: null,
    items,
    folders,
    refresh() {
      count();
      return Promise.resolve(null);
    },
    list(query, after) {
      const found = history.items.filter((item) => fits(item, query));
      const from = after === "" ? 0 : found.findIndex(({ reference }) => reference === after) + 1;
      const shown = found.slice(from, from + PAGE);
      const next = from + PAGE < found.length ? shown[shown.length - 1].reference : "";
      return Promise.resolve(failed() ?? { items: shown, next });
    },
    search(query) {
      const hits = history.items.filter((item) => fits(item, query)).slice(0, 6).map((item, n): HistoryHit => ({
        item,
        messageId: `b${n + 1}`,
        at: item.from,
        fromName: item.withName,
        snippet: `… and then I said “${query.words}”, which nobody had expected of me on such a day …`,
      }));
      return Promise.resolve(
        failed() ?? { hits: query.words === "nothing" ? [] : hits, bounded: true, more: query.words !== "nothing" },
      );
    },
    rename: (reference, name) => change(reference, { name }),
    move: (reference, folder) => change(reference, { folder }),
    remove(references) {
      const problem = failed();
      const left = history.items.filter(({ reference }) => !references.includes(reference));
      if (problem === null) history.items.splice(0, history.items.length, ...left);
      return Promise.resolve(problem);
    },
    exportPath: (reference, format) => `/portal/api/v1/me/history/${reference}/export?format=${format}`,
  };
  return history;
}

function itemOf(n: number, now: number): HistoryItem {
  const people = ["Bob Ross", "Carol Danvers", "Garden party", "Grace Hopper", "Dan Brown"];
  const withName = people[n % people.length];
  const [user] = withName.toLowerCase().split(" ");
  const room = withName === "Garden party";
  return {
    reference: `h${n}`,
    with: `sip:${user}@${room ? "rooms." : ""}example.test`,
    withName,
    name: n === 1 ? "The contract, first talks" : "",
    folder: ["", "", "Work", "Work/Projects", "Family"][n % 5],
    subject: room ? "Who brings what on Saturday" : "",
    from: now - n * DAY - 3_600_000,
    until: now - n * DAY,
    messages: 1 + n * 7 % 40,
    octets: 800 + n * 13_579 % 90_000,
    expiresAt: n % 4 === 3 ? now + (n + 1) * DAY : 0,
    open: n === 0,
  };
}
