import { describe, expect, it } from 'vitest'
import { optionOf, type Inks } from './chart_data'

const INKS: Inks = { ink: '#000', soft: '#333', line: '#ccc', ground: '#fff', series: ['#00f', '#0a0'] }

describe('optionOf', () => {
  it('a line has its target and what began, once', () => {
    const option = optionOf(
      {
        kind: 'line',
        categories: ['2026-04-01', '2026-04-02'],
        lines: [
          { name: 'here', values: [1, null] },
          { name: 'others', values: [2, 2] }
        ],
        target: { value: 3, name: 'target' },
        marks: [{ at: '2026-04-02', name: 'counts each morning' }]
      },
      INKS
    )
    const [here, others] = option.series as { data: unknown[]; markLine?: { data: unknown[] } }[]
    expect(here?.data).toEqual([1, '-'])
    expect(here?.markLine?.data).toEqual([
      { yAxis: 3, name: 'target' },
      { xAxis: '2026-04-02', name: 'counts each morning' }
    ])
    expect(others?.markLine).toBeUndefined()
  })

  it('lying bars have their names at the side, the first at the top', () => {
    const option = optionOf({ kind: 'lying', categories: ['a'], lines: [{ name: 'x', values: [1] }] }, INKS)
    expect(option.yAxis).toMatchObject({ type: 'category', inverse: true, data: ['a'] })
    expect(option.legend).toMatchObject({ show: false })
  })

  it('nothing is drawn as HTML, since the page takes no styles from it', () => {
    const option = optionOf({ kind: 'bars', categories: [], lines: [] }, INKS)
    expect(option.tooltip).toMatchObject({ renderMode: 'richText' })
  })
})
