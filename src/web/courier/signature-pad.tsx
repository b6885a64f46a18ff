import { useRef, useState } from 'preact/hooks'
import type { Reference } from './core/state.ts'
import { keepPicture } from './picture.ts'

interface SignaturePadProps {
  readonly orderId: string
  /** Null: it was wiped off. */
  readonly onSigned: (signature: Reference | null) => void
}

const [WIDTH, HEIGHT] = [600, 240]
const INK = '#1c2329'
const PAPER = '#ffffff'

/** With a finger; whoever cannot draw writes the name, which is drawn. */
export function SignaturePad({ orderId, onSigned }: SignaturePadProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [isDone, setDone] = useState(false)
  const [name, setName] = useState('')
  const pen = () => canvas.current?.getContext('2d') ?? null
  const at = (event: PointerEvent): [number, number] => {
    const { left, top, width, height } = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect()
    return [((event.clientX - left) / width) * WIDTH, ((event.clientY - top) / height) * HEIGHT]
  }
  const begin = (event: PointerEvent) => {
    canvas.current?.setPointerCapture(event.pointerId)
    const context = pen()
    if (context === null) return
    context.strokeStyle = INK
    context.lineWidth = 4
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(...at(event))
  }
  const draw = (event: PointerEvent) => {
    if (event.buttons === 0) return
    const context = pen()
    context?.lineTo(...at(event))
    context?.stroke()
  }
  const write = () => {
    const context = pen()
    if (context === null || name.trim() === '') return
    context.fillStyle = INK
    context.font = 'italic 64px serif'
    context.fillText(name.trim(), 24, HEIGHT / 2 + 20, WIDTH - 48)
  }
  const clear = () => {
    canvas.current?.getContext('2d')?.reset()
    setDone(false)
    onSigned(null)
  }
  const keep = () => {
    write()
    const context = pen()
    if (context === null) return
    // Behind what was drawn: a picture without a ground is black on black elsewhere.
    context.globalCompositeOperation = 'destination-over'
    context.fillStyle = PAPER
    context.fillRect(0, 0, WIDTH, HEIGHT)
    canvas.current?.toBlob(blob => {
      if (blob === null) return
      void keepPicture(blob, 'signature', orderId).then(signature => {
        setDone(true)
        onSigned(signature)
      })
    }, 'image/png')
  }
  return (
    <div class="field">
      <p id="sign-here">Signature</p>
      <canvas
        ref={canvas}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-labelledby="sign-here"
        onPointerDown={begin}
        onPointerMove={draw}
      />
      <label for="signer">Or the name in letters</label>
      <input id="signer" autocomplete="off" value={name} onInput={event => setName(event.currentTarget.value)} />
      <div class="pair">
        <button type="button" onClick={clear}>
          Clear
        </button>
        <button type="button" disabled={isDone} onClick={keep}>
          {isDone ? 'Signed and saved' : 'Sign'}
        </button>
      </div>
    </div>
  )
}
