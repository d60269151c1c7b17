import type { Talk } from "../talk.ts";

/** Why nothing can be written here now; "" where it can. */
export function closedBecause(
  { conversation, model }: Talk,
): "" | "service" | "question" | "alias" | "joining" | "lost" | "out" {
  const { kind, room } = conversation;
  if (kind === "service") return "service";
  if (model.asks.questions.value.some(({ blocking }) => blocking)) return "question";
  if (room === null) return "";
  const state = room.state.value;
  if (state !== "in") return state;
  return room.isPublic && room.alias.value === "" ? "alias" : "";
}
