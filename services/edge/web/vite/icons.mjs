import { deflateSync, crc32 } from 'node:zlib'
import { writeFileSync } from 'node:fs'

/** Writes the PNG icons that phones want beside `icon.svg`: `node vite/icons.mjs` after a change of it. */

const SIZES = [192, 512]
const COLOURS = { shopper: [0x0b, 0x5c, 0xad], staff: [0x14, 0x69, 0x2f] }
const RINGS = [196, 316]
const RADIUS = 88
const HALF_STROKE = 20
const BOX = 512

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** How much of a pixel is ring, 0 to 1: its distance to the nearer ring's line, softened over one pixel. */
function coverage(x, y, pixel) {
  const off = Math.min(...RINGS.map((cx) => Math.abs(Math.hypot(x - cx, y - BOX / 2) - RADIUS)))
  return Math.min(1, Math.max(0, (HALF_STROKE - off) / pixel + 0.5))
}

function png(size, [r, g, b]) {
  const pixel = BOX / size
  const rows = Buffer.alloc(size * (1 + size * 3))
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const white = coverage((x + 0.5) * pixel, (y + 0.5) * pixel, pixel)
      const at = y * (1 + size * 3) + 1 + x * 3
      ;[r, g, b].forEach((colour, i) => (rows[at + i] = Math.round(colour + (255 - colour) * white)))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

for (const [app, colour] of Object.entries(COLOURS)) {
  for (const size of SIZES) {
    writeFileSync(new URL(`../src/${app}/public/icon-${size}.png`, import.meta.url), png(size, colour))
  }
}
