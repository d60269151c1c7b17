/** What the readable page of a conversation says besides what was said. */
export interface ExportWords {
  readonly language: string;
  readonly conversation: string;
  readonly owner: string;
  readonly with: string;
  readonly room: string;
  readonly subject: string;
  readonly from: string;
  readonly until: string;
  readonly messages: string;
  readonly zone: string;
  readonly file: string;
  readonly notText: string;
  readonly to: string;
}

const EN: ExportWords = {
  language: "en",
  conversation: "Conversation",
  owner: "Recorded by",
  with: "With",
  room: "Room",
  subject: "Subject",
  from: "From",
  until: "Until",
  messages: "Messages",
  zone: "Times",
  file: "File",
  notText: "Not text; it is in the export as JSON",
  to: "to",
};

const DE: ExportWords = {
  language: "de",
  conversation: "Unterhaltung",
  owner: "Aufgezeichnet von",
  with: "Mit",
  room: "Raum",
  subject: "Betreff",
  from: "Von",
  until: "Bis",
  messages: "Nachrichten",
  zone: "Zeiten",
  file: "Datei",
  notText: "Kein Text; steht im Export als JSON",
  to: "an",
};

export function exportWords(language: string): ExportWords {
  return /^de\b/i.test(language) ? DE : EN;
}
