import type { Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const INSTALLABLE = ['shopper', 'staff']

/**
 * The service worker: it keeps the app itself, so that it opens without a network, and never an answer of the API.
 * zxing is not kept: it is large, and fetched where a camera is opened in a browser that needs it.
 */
export function shellCache(app: string): Plugin[] {
  if (!INSTALLABLE.includes(app)) return []
  return VitePWA({
    strategies: 'generateSW',
    // A new version waits until the reader says so: a reload in the middle of a scan would lose it.
    registerType: 'prompt',
    injectRegister: false,
    manifest: false,
    workbox: {
      globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'],
      globIgnores: ['**/zxing*'],
      navigateFallback: '/app/index.html',
      cleanupOutdatedCaches: true,
      inlineWorkboxRuntime: true,
      sourcemap: false
    }
  })
}
