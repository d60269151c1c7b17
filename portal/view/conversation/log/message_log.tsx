import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { language } from "../../../texts/kit.ts";
import { Button, moveFocus, Notice, plainName } from "../../kit/mod.ts";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";
import { Announcer } from "./announcer.tsx";
import { type LogRow, logRows } from "./log_rows.ts";
import { LogScroll } from "./log_scroll.ts";
import { DayRow, EventRow, NewRow } from "./mark_rows.tsx";
import { MessageRow } from "./message_row.tsx";
import { Older } from "./older.tsx";
import { useSeen } from "./use_seen.ts";

export interface MessageLogProps {
  readonly talk: Talk;
  /** The message to begin at; "" for where one was. */
  readonly message: string;
}

/** What was said, in its order: it stays in its place while something comes before or behind it. */
export function MessageLog({ talk, message }: MessageLogProps) {
  const { conversation } = talk, { messages, firstUnread, older, unread } = conversation;
  const view = useRef<HTMLDivElement>(null), drawn = useRef(new Map<string, Drawn>()).current;
  const scroll = useMemo(() => new LogScroll(conversation.key), [conversation]);
  const missing = useSignal(false);
  const rows = useMemo(() => logRows(messages.value, firstUnread.value), [messages.value, firstUnread.value]);

  useLayoutEffect(() => {
    const release = scroll.attach(view.current!);
    scroll.onNearTop = () => {
      if (older.peek() === "some") void conversation.loadOlder();
    };
    const first = conversation.unread.peek() > 0 ? conversation.firstUnread.peek() : "";
    scroll.begin(first === "" ? "" : "new");
    return release;
  }, [conversation]);
  useLayoutEffect(() => scroll.drawn(), [rows]);
  useLayoutEffect(() => {
    if (talk.said.value > 0) scroll.toEnd();
  }, [talk.said.value]);
  useEffect(() => {
    missing.value = false;
    if (message !== "") void goTo();
  }, [message]);
  useSeen(conversation, scroll);

  async function goTo(): Promise<void> {
    const there = messages.peek().some(({ id }) => id === message) || await conversation.show(message, 0);
    // Its row is drawn with the next frame.
    requestAnimationFrame(() => {
      const key = `message ${message}`;
      missing.value = !there || !scroll.to(key);
      if (!missing.value) rowOf(key)?.focus({ preventScroll: true });
    });
  }

  function rowOf(key: string): HTMLElement | null {
    return view.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null;
  }

  return (
    <div class="log-frame">
      {missing.value && (
        <Notice tone="info" live>
          <p>{t("not-found")}</p>
        </Notice>
      )}
      <div
        ref={view}
        class="log"
        role="log"
        aria-live="off"
        aria-label={t("messages")}
        tabIndex={0}
        onKeyDown={(event) => onKey(event, view.current!)}
      >
        <Older conversation={conversation} />
        <div data-rows="">{rows.map((row) => drawnRow(drawn, talk, row))}</div>
        {rows.length === 0 && older.value !== "loading" && <p class="hint middle">{t("no-messages")}</p>}
        <Writing talk={talk} />
      </div>
      {!scroll.atEnd.value && (
        <div class="newest">
          <Button
            icon="down"
            label={unread.value > 0 ? t("newest.n", { n: unread.value }) : t("newest")}
            hideLabel={unread.value === 0}
            onPress={() => scroll.toEnd()}
          />
        </div>
      )}
      <Announcer messages={messages} />
    </div>
  );
}

interface Drawn {
  readonly row: LogRow;
  readonly node: VNode;
}

/** The same node for the same row: of a thousand rows only those that changed are looked at. */
function drawnRow(drawn: Map<string, Drawn>, talk: Talk, row: LogRow): VNode {
  const before = drawn.get(row.key);
  if (before !== undefined && same(before.row, row)) return before.node;
  const node = newNode(talk, row);
  drawn.set(row.key, { row, node });
  return node;
}

function newNode(talk: Talk, row: LogRow): VNode {
  if (row.kind === "day") return <DayRow key={row.key} row={row} />;
  if (row.kind === "new") return <NewRow key={row.key} row={row} />;
  if (row.kind === "event") return <EventRow key={row.key} row={row} />;
  return <MessageRow key={row.key} talk={talk} row={row} />;
}

function same(a: LogRow, b: LogRow): boolean {
  if (a.kind === "message") {
    return b.kind === a.kind && a.message === b.message && a.first === b.first && a.last === b.last;
  }
  if (a.kind === "event") return b.kind === a.kind && a.message === b.message;
  return a.kind === b.kind;
}

/** Arrow keys go from message to message; enter opens what can be done with it. */
function onKey(event: KeyboardEvent, view: HTMLElement): void {
  const target = event.target as HTMLElement;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const message = target.closest<HTMLElement>(".message");
  if (message === null && target !== view) return;
  if (event.key === "Enter" && target === message || event.key === "ContextMenu" && message !== null) {
    event.preventDefault();
    message.querySelector<HTMLElement>(".message-menu button")?.click();
    return;
  }
  const all = [...view.querySelectorAll<HTMLElement>(".message")];
  if (message === null) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const bottom = view.getBoundingClientRect().bottom;
    const seen = all.findLast((one) => one.getBoundingClientRect().top < bottom);
    seen?.focus();
    return;
  }
  if (target !== message && event.key.length === 1) return;
  if (["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
    event.preventDefault();
    message.focus({ preventScroll: true });
    if (event.key === "ArrowDown" && message === all.at(-1) || event.key === "ArrowUp" && message === all[0]) return;
    moveFocus(all, event.key);
  }
}

function Writing({ talk }: { talk: Talk }) {
  const names = talk.conversation.writing.value;
  const text = new Intl.ListFormat(language.value.intl).format(names.slice(0, 3).map(plainName));
  return (
    <p class="writing" role="status" dir="auto">
      {names.length > 0 && t(names.length === 1 ? "writing" : "writing.many", { names: text })}
    </p>
  );
}
