#include "stub.h"

#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9,
                      P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

static uint64_t rotated(uint64_t x, int by) { return x << by | x >> (64 - by); }

/* Both architectures are little-endian, as the hash is. */
static uint64_t read64(const unsigned char *p) {
  uint64_t x;
  memcpy(&x, p, sizeof x);
  return x;
}

static uint32_t read32(const unsigned char *p) {
  uint32_t x;
  memcpy(&x, p, sizeof x);
  return x;
}

static uint64_t round64(uint64_t lane, uint64_t input) { return rotated(lane + input * P2, 31) * P1; }

static uint64_t merged(uint64_t hash, uint64_t lane) { return (hash ^ round64(0, lane)) * P1 + P4; }

void xxh64_begin(struct xxh64 *state) {
  *state = (struct xxh64){.lane = {P1 + P2, P2, 0, 0 - P1}, .length = 0};
}

void xxh64_stripes(struct xxh64 *state, const unsigned char *data, size_t length) {
  uint64_t a = state->lane[0], b = state->lane[1], c = state->lane[2], d = state->lane[3];
  for (size_t at = 0; at + 32 <= length; at += 32) {
    a = round64(a, read64(data + at));
    b = round64(b, read64(data + at + 8));
    c = round64(c, read64(data + at + 16));
    d = round64(d, read64(data + at + 24));
  }
  state->lane[0] = a, state->lane[1] = b, state->lane[2] = c, state->lane[3] = d;
  state->length += length;
}

uint64_t xxh64_end(struct xxh64 *state, const unsigned char *rest, size_t length) {
  size_t stripes = length - length % 32;
  xxh64_stripes(state, rest, stripes);
  rest += stripes, length -= stripes;
  uint64_t hash = P5;
  if (state->length >= 32) {
    const uint64_t *lane = state->lane;
    hash = rotated(lane[0], 1) + rotated(lane[1], 7) + rotated(lane[2], 12) + rotated(lane[3], 18);
    for (int i = 0; i < 4; i++) hash = merged(hash, lane[i]);
  }
  hash += state->length + length;
  for (; length >= 8; rest += 8, length -= 8) hash = rotated(hash ^ round64(0, read64(rest)), 27) * P1 + P4;
  if (length >= 4) {
    hash = rotated(hash ^ read32(rest) * P1, 23) * P2 + P3;
    rest += 4, length -= 4;
  }
  for (; length > 0; rest++, length--) hash = rotated(hash ^ *rest * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}
