// The icons of the users' page: Parley's mark, as SVG and drawn as PNG for systems that put pages beside programs.
import { deflateSync } from "node:zlib";

const GROUND = [10, 106, 102], BUBBLE = [255, 255, 255], DOT = [255, 157, 128];

/** White on a full ground, with room around it: systems cut icons into shapes of their own (the inner 80 % stay). */
export const MARK_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0a6a66" d="M0 0h32v32H0z"/>' +
  '<g transform="translate(16 16) scale(.58) translate(-16 -16)"><path fill="#fff" ' +
  'd="M4 29V13.5A10.5 10.5 0 0 1 14.5 3h3a10.5 10.5 0 0 1 0 21H12z"/><g fill="#ff9d80"><circle cx="11" cy="13.5" r="1.9"/>' +
  '<circle cx="16" cy="13.5" r="1.9"/><circle cx="21" cy="13.5" r="1.9"/></g></g></svg>';
const SCALE = 0.58;
/** Looks at each pixel so often in either direction. */
const FINE = 4;

/** A square PNG of the mark. */
export function iconPng(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sum = [0, 0, 0];
      for (let i = 0; i < FINE * FINE; i++) {
        const colour = colourAt(
          place(x + (i % FINE + 0.5) / FINE, size),
          place(y + (Math.floor(i / FINE) + 0.5) / FINE, size),
        );
        for (let c = 0; c < 3; c++) sum[c] += colour[c];
      }
      const at = y * (size * 3 + 1) + 1 + x * 3;
      for (let c = 0; c < 3; c++) rows[at + c] = Math.round(sum[c] / (FINE * FINE));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A pixel's place in the drawing of 32 by 32. */
function place(pixel, size) {
  return (pixel / size * 32 - 16) / SCALE + 16;
}

/** The same shapes as in the SVG. */
function colourAt(x, y) {
  for (const dot of [11, 16, 21]) if (within(x - dot, y - 13.5, 1.9)) return DOT;
  const round = within(x - 14.5, y - 13.5, 10.5) || within(x - 17.5, y - 13.5, 10.5) ||
    (x >= 14.5 && x <= 17.5 && y >= 3 && y <= 24);
  const corner = x >= 4 && x <= 14.5 && y >= 13.5 && y <= 24;
  const tail = x >= 4 && y >= 24 && (x - 4) / 8 + (y - 24) / 5 <= 1;
  return round || corner || tail ? BUBBLE : GROUND;
}

function within(dx, dy, radius) {
  return dx * dx + dy * dy <= radius * radius;
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** As PNG has it (ISO 3309). */
function crc32(octets) {
  let crc = ~0;
  for (const octet of octets) {
    crc ^= octet;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
