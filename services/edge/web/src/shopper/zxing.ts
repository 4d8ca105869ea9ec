/** The reader of browsers that have none: zxing as WebAssembly, served by ourselves. */

import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'
import type { Read } from './scanning'

/** Fetches zxing and returns its reader. */
export async function zxingReader(): Promise<Read> {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  return async (video) => {
    if (video.videoWidth === 0) return null
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    context.drawImage(video, 0, 0)
    const picture = context.getImageData(0, 0, canvas.width, canvas.height)
    const [found] = await readBarcodes(picture, { formats: ['EAN-13', 'EAN-8', 'UPC-A'], maxNumberOfSymbols: 1 })
    return found?.text ?? null
  }
}
