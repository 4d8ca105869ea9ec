/** Barcodes in a picture: by the browser itself where it can, else by zxing, which is fetched only then. */

const FORMATS = ['ean_13', 'ean_8', 'upc_a']

/** Reads the first barcode in what a video shows, or null. */
export type Read = (video: HTMLVideoElement) => Promise<string | null>

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

/** The reader that this browser has. */
export async function reader(): Promise<Read> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (native && (await native.getSupportedFormats()).includes('ean_13')) {
    const detector = new native({ formats: FORMATS })
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null
  }
  return (await import('./zxing')).zxingReader()
}
