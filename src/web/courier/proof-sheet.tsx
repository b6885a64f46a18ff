import { useEffect, useRef, useState } from 'preact/hooks'
import type { Job, Proof, Reference } from './core/state.ts'
import type { Courier } from './courier.ts'
import { PicturePicker } from './picture-picker.tsx'
import { Sheet } from './sheet.tsx'
import { SignaturePad } from './signature-pad.tsx'

const PIN_DIGITS_MAX = 8

interface ProofSheetProps {
  readonly courier: Courier
  readonly job: Job
  readonly onClose: () => void
}

/** What the order is delivered with. It counts when the node has taken it; a wrong PIN comes back here. */
export function ProofSheet({ courier, job: { order }, onClose }: ProofSheetProps) {
  const [proof, setProof] = useState<Proof>({})
  const pin = useRef<HTMLInputElement>(null)
  useEffect(() => pin.current?.focus(), [])
  const required = order.proof?.required ?? []
  const isMissing = required.some(kind => !isGiven(proof, kind))
  const deliver = (event: Event) => {
    event.preventDefault()
    courier.tap({ kind: 'step', orderId: order.order_id, step: 'delivered', proof })
    onClose()
  }
  return (
    <Sheet title="Proof of delivery" onClose={onClose}>
      <form onSubmit={deliver}>
        {required.includes('pin') && (
          <>
            <label for="pin">PIN that the customer tells you</label>
            <input
              ref={pin}
              id="pin"
              class="pin"
              inputMode="numeric"
              autocomplete="off"
              pattern="[0-9]*"
              maxLength={PIN_DIGITS_MAX}
              value={proof.pin ?? ''}
              onInput={event => setProof({ ...proof, pin: event.currentTarget.value.replaceAll(/\D/g, '') })}
            />
          </>
        )}
        {required.includes('photo') && (
          <PicturePicker orderId={order.order_id} onPicked={photo => setProof(known => ({ ...known, photo }))} />
        )}
        {required.includes('signature') && (
          <SignaturePad
            orderId={order.order_id}
            onSigned={signature => setProof(known => withSignature(known, signature))}
          />
        )}
        <button type="submit" class="big primary" disabled={isMissing}>
          Delivered
        </button>
      </form>
    </Sheet>
  )
}

function withSignature({ signature: _, ...proof }: Proof, signature: Reference | null): Proof {
  return signature === null ? proof : { ...proof, signature }
}

function isGiven(proof: Proof, kind: string): boolean {
  if (kind === 'pin') return (proof.pin ?? '') !== ''
  return kind === 'photo' ? proof.photo !== undefined : proof.signature !== undefined
}
