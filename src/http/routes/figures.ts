/** How the deployment does: the last hour by minutes. */
import { LATENCY_BOUNDS_S } from '../../actors/runtime/histogram.ts'
import type { Http } from '../context.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { Hour } from '../figures/hour.ts'
import { renderFigures } from '../render/figures.ts'
import { FiguresView } from '../schemas/figures.ts'

export function figureRoutes({ sql, clock }: Pick<Http, 'sql' | 'clock'>): Endpoint[] {
  const hour = new Hour({ sql, clock, places: LATENCY_BOUNDS_S.length + 1 })
  return [
    {
      method: 'GET',
      path: '/v1/figures',
      access: 'key',
      operation: {
        tag: 'Operations',
        summary: 'Figures of the last hour, by minutes.',
        description:
          'Of all nodes together, out of the record, so a restart takes nothing from them. Test orders and test drivers are not in them, but for their positions, which are acknowledged like any. The answer is at most four seconds old.',
        answers: { 200: { description: 'Sixty minutes.', schema: FiguresView } },
        problems: ['record_unavailable'],
      },
      handle: async () => json(200, renderFigures(await hour.minutes())),
    },
  ]
}
