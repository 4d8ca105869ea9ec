import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { shellCache } from './vite/shell_cache.ts'
import { firstLoadLimit } from './vite/first_load_limit.ts'

const APPS = ['shopper', 'staff', 'board']
/** What is loaded before anything is shown, compressed: about three seconds of a slow 4G with all round trips. */
const FIRST_LOAD_BYTES_MAX = 150_000

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** One app for each mode: `vite build --mode shopper`. In any other mode there is nothing but the unit tests. */
export default defineConfig(({ mode }) => ({
  root: APPS.includes(mode) ? at(`src/${mode}`) : at('.'),
  base: '/app/',
  resolve: {
    alias: { '@common': at('src/common') },
    // Tests render in a browser's way, without a server's.
    conditions: mode === 'test' ? ['browser'] : undefined
  },
  plugins: [svelte({ configFile: at('svelte.config.js') }), ...(APPS.includes(mode) ? [shellCache(mode), firstLoadLimit(FIRST_LOAD_BYTES_MAX)] : [])],
  build: {
    outDir: at(`../src/edge/${mode}/web`),
    emptyOutDir: true,
    target: 'es2022',
    // A picture as a data: address would be loaded again with each change of the code around it.
    assetsInlineLimit: 0
  },
  server: {
    // The process to develop against, such as the address of edge-shopper that `tsunagu status` shows.
    proxy: { '/v1': { target: process.env.EDGE_URL ?? 'http://127.0.0.1:8080' } }
  },
  test: { include: ['src/**/*.test.ts', 'vite/**/*.test.ts'], environment: 'node' }
}))
