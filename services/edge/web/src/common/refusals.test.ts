import { describe, expect, it } from 'vitest'
import { refusalText } from './refusals'
import { choose } from './texts'
import en from './texts/en.json'
import ja from './texts/ja.json'

describe('a refusal', () => {
  it.each([
    ['ja', ja],
    ['en', en]
  ] as const)('is read in %s', (language, texts) => {
    globalThis.document = { documentElement: {} } as Document
    globalThis.localStorage = { setItem: () => undefined } as unknown as Storage
    choose(language)
    const said = { code: 'id-taken', title: 'This id is taken', detail: 'This id came with another request first.' }
    expect(refusalText(said)).toBe(texts['refusal.id-taken'])
  })

  it('that nobody has written a sentence for is told in the words of the server', () => {
    expect(refusalText({ code: 'as_yet_unheard_of', title: 'T', detail: 'D' })).toBe('D')
    expect(refusalText({ code: 'as_yet_unheard_of', title: 'T', detail: '' })).toBe('T')
  })
})
