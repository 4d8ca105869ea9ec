import { expect, it } from 'vitest'
import { firstFiles } from './first_load_limit'

const chunk = (fileName: string, imports: string[], isEntry = false, css: string[] = []) => ({
  type: 'chunk',
  fileName,
  imports,
  dynamicImports: ['later.js'],
  isEntry,
  code: '',
  viteMetadata: { importedCss: new Set(css) }
})

it('counts the entry, all that it imports at once and their styles, and nothing that is loaded later', () => {
  const bundle = {
    'main.js': chunk('main.js', ['shared.js'], true, ['main.css']),
    'shared.js': chunk('shared.js', ['main.js'], false, ['shared.css']),
    'later.js': chunk('later.js', ['shared.js'], false, ['later.css'])
  }
  expect(firstFiles(bundle as never).sort()).toEqual(['main.css', 'main.js', 'shared.css', 'shared.js'])
})
