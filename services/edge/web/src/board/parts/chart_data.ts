/** Charts as the pages describe them, and what ECharts makes of it; apart from drawing, so that it can be tested. */

import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { EChartsOption } from './echarts'

export interface Line {
  name: string
  /** One for each category; null where there is none. */
  values: (number | null)[]
}

export interface ChartData {
  kind: 'line' | 'bars' | 'stacked' | 'lying'
  categories: string[]
  lines: Line[]
  /** Drawn over all categories: what the value should be. */
  target?: { value: number; name: string }
  /** Something that began on a category. */
  marks?: { at: string; name: string }[]
}

export interface Inks {
  ink: string
  soft: string
  line: string
  ground: string
  series: string[]
}

/** What ECharts draws. */
export function optionOf(data: ChartData, inks: Inks): EChartsOption {
  const lying = data.kind === 'lying'
  const names = {
    type: 'category' as const,
    data: data.categories,
    inverse: lying,
    axisLabel: { color: inks.soft, hideOverlap: true },
    axisLine: { lineStyle: { color: inks.line } }
  }
  const amounts = {
    type: 'value' as const,
    axisLabel: { color: inks.soft },
    splitLine: { lineStyle: { color: inks.line } }
  }
  return {
    animation: false,
    color: inks.series,
    textStyle: { color: inks.ink, fontFamily: 'inherit' },
    grid: { left: 8, right: 24, top: 40, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: { show: data.lines.length > 1, textStyle: { color: inks.ink } },
    // As text in the canvas: as HTML it would bring styles that the page's policy refuses.
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: inks.ground,
      borderColor: inks.line,
      textStyle: { color: inks.ink }
    },
    xAxis: lying ? amounts : names,
    yAxis: lying ? names : amounts,
    series: data.lines.map((line, index) => seriesOf(data, line, index === 0, inks))
  }
}

function seriesOf(data: ChartData, line: Line, first: boolean, inks: Inks): LineSeriesOption | BarSeriesOption {
  const base = { name: line.name, data: line.values.map((value) => value ?? '-') }
  if (data.kind !== 'line') return { ...base, type: 'bar', stack: data.kind === 'stacked' ? 'all' : undefined }
  const target = data.target ? [{ yAxis: data.target.value, name: data.target.name }] : []
  const marks = (data.marks ?? []).map((mark) => ({ xAxis: mark.at, name: mark.name }))
  const label = { formatter: '{b}', color: inks.ink, position: 'insideEndTop' as const }
  return {
    ...base,
    type: 'line',
    connectNulls: false,
    symbolSize: 6,
    markLine: first
      ? { symbol: 'none', silent: true, label, lineStyle: { color: inks.soft, type: 'dashed' }, data: [...target, ...marks] }
      : undefined
  }
}
