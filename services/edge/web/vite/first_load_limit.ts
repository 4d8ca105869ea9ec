import { gzipSync } from 'node:zlib'
import type { Plugin, Rollup } from 'vite'

type Bundle = Rollup.OutputBundle

/** The files that a browser fetches before the first page is shown: the entry, what it imports at once, and styles. */
export function firstFiles(bundle: Bundle): string[] {
  const wanted = Object.values(bundle).filter((file) => file.type === 'chunk' && file.isEntry)
  const names = new Set<string>()
  while (wanted.length > 0) {
    const file = wanted.pop()!
    if (file.type !== 'chunk' || names.has(file.fileName)) continue
    names.add(file.fileName)
    file.viteMetadata?.importedCss.forEach((css) => names.add(css))
    wanted.push(...file.imports.map((name) => bundle[name]!).filter(Boolean))
  }
  return [...names]
}

/** Fails the build of an app whose first load is larger than `bytesMax`, compressed as the server does. */
export function firstLoadLimit(bytesMax: number): Plugin {
  return {
    name: 'first-load-limit',
    writeBundle(_, bundle) {
      const files = [...firstFiles(bundle), 'index.html']
      const bytes = files.reduce((sum, name) => sum + gzipSync(contentOf(bundle, name)).length, 0)
      this.info(`first load: ${(bytes / 1000).toFixed(1)} kB compressed, ${bytesMax / 1000} kB allowed`)
      if (bytes > bytesMax) {
        this.error(`The first load is ${bytes} bytes compressed, above ${bytesMax}: load what is not needed at once later.`)
      }
    }
  }
}

function contentOf(bundle: Bundle, name: string): string | Uint8Array {
  const file = bundle[name]
  if (!file) return ''
  return file.type === 'chunk' ? file.code : file.source
}
