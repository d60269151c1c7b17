/**
 * What an admin can do to a box, whoever asks: the command line through the control door, REST, or a command alone on the
 * store. `stored/` carries it out. Sources: DESIGN "The outside of the box".
 */
export * from "./operations.ts";
export { csvLine, type CsvRecord, parseCsv } from "./csv.ts";
export { COLUMNS, type ImportFile, readImport } from "./user_import.ts";
