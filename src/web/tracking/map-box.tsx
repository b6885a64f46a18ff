/** The map, which comes when everything else is there; on a slow line, and where none can be drawn, only when it is asked for. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { beginMap, type ShownMap } from './begin-map.ts'
import { canDrawMap, isSlow } from './frugal.ts'
import * as state from './state.ts'

const { texts } = state

export function MapBox() {
  const container = useRef<HTMLDivElement>(null)
  const [isAsked, setAsked] = useState(!isSlow() && canDrawMap())
  const [hasFailed, setFailed] = useState(false)
  const [shown, setShown] = useState<ShownMap | null>(null)
  useEffect(() => {
    const element = container.current
    if (!isAsked || element === null) return
    const begun = beginMap(element).then(
      map => {
        setShown(map)
        return map
      },
      (error: unknown) => {
        if (!(error instanceof Error)) throw error
        // Its files do not come, or the device cannot draw: the words of the page are all there without it.
        setFailed(true)
        setAsked(false)
        return null
      },
    )
    return () => void begun.then(map => map?.end())
  }, [isAsked])
  return (
    <div class={isAsked ? 'map-box' : 'map-box map-closed'}>
      <div ref={container} class="map" />
      {!isAsked && (
        <div class="map-say">
          {hasFailed && <p>{texts.mapFailed}</p>}
          <button type="button" onClick={() => setAsked(true)}>
            {texts.showMap}
          </button>
        </div>
      )}
      {isAsked && shown === null && <p class="map-say">{texts.mapLoading}</p>}
      {shown !== null && (
        <button type="button" class="map-centre" onClick={() => shown.centre()}>
          {texts.recentre}
        </button>
      )}
    </div>
  )
}
