/**
 * Positions as they come in: to the intake and the mailbox of their driver, which may have to be loaded first, or to
 * the shard where it lives.
 */
import type { ShardId } from '../../domain/ids.ts'
import type { Activation } from './activation.ts'
import type { Message } from './envelope.ts'
import type { FenceLane } from './fence-lane.ts'
import { INTAKE_MAX, type Intake } from './intake.ts'
import type { Bus, FixRow, IntakeItem } from './ports.ts'
import { envelopeTo } from './router.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'

export interface PositionsParts {
  readonly bus: Bus
  readonly slots: Slots
  readonly intake: Intake
  readonly activation: Pick<Activation, 'load'>
  /** @returns false where the actor takes a turn for it. */
  readonly absorb: (slot: Slot, message: Message) => boolean
  /** Somebody is to be told. */
  readonly onTaken: () => void
  /** Null: there are no zones here. */
  readonly fences: FenceLane | null
}

interface HeldFix {
  readonly gateway: string
  readonly item: IntakeItem
}

const NONE: readonly HeldFix[] = []

export class Positions {
  readonly #parts: PositionsParts
  /** Fixes that wait until their driver is loaded, or has moved: bounded together with those that wait for the history. */
  readonly #held = new Map<Slot, HeldFix[]>()
  #waiting = 0
  /** Whose positions were taken and are not known to the actors yet; by place, what each is told. */
  readonly #taken: Slot[] = []
  readonly #untold: Message[] = []

  constructor(parts: PositionsParts) {
    this.#parts = parts
  }

  get waiting(): number {
    return this.#waiting
  }

  receive(gateway: string, item: IntakeItem): void {
    const { slots, intake } = this.#parts
    const slot = slots.find('driver', item.driverId)
    if (slot && slot.state !== null && (slot.phase === 'ready' || slot.phase === 'committing'))
      this.#take(slot, gateway, item)
    else if (this.#waiting + intake.size >= INTAKE_MAX) intake.refuse(gateway, item, 'overloaded')
    else if (slot) this.#wait(slot, gateway, item)
    else if (slots.serves(item.shard)) {
      this.#wait(slots.add('driver', item.driverId, item.shard, 'ready'), gateway, item)
    } else intake.refuse(gateway, item, 'moved')
  }

  /** Their driver is here, and stays; or there is none. */
  ready(slot: Slot): void {
    if (slot.phase !== 'ready' && slot.phase !== 'committing') return
    for (const { gateway, item } of this.#takeHeld(slot)) {
      if (slot.state === null) this.#parts.intake.refuse(gateway, item, 'unknown_driver')
      else this.#take(slot, gateway, item)
    }
  }

  /** Their driver lives on that shard. */
  moved(slot: Slot, shard: ShardId): void {
    for (const { gateway, item } of this.#takeHeld(slot)) {
      const sent = { ...item, shard }
      if (this.#parts.slots.serves(shard)) this.receive(gateway, sent)
      else this.#parts.bus.forwardFix(gateway, sent)
    }
  }

  /** Their shard is not served here any more: nothing of them was kept, so they may be sent again. */
  refuse(slot: Slot): void {
    for (const { gateway, item } of this.#takeHeld(slot)) this.#parts.intake.refuse(gateway, item, 'moved')
  }

  #takeHeld(slot: Slot): readonly HeldFix[] {
    const held = this.#held.get(slot)
    if (!held) return NONE
    this.#held.delete(slot)
    this.#waiting -= held.length
    return held
  }

  #wait(slot: Slot, gateway: string, item: IntakeItem): void {
    this.#waiting++
    const held = this.#held.get(slot)
    if (held) held.push({ gateway, item })
    else this.#held.set(slot, [{ gateway, item }])
    slot.create ||= item.create
    if (slot.phase !== 'loading' && slot.phase !== 'leaving') this.#parts.activation.load(slot)
  }

  #take(slot: Slot, gateway: string, item: IntakeItem): void {
    const row = this.#parts.intake.take(slot, gateway, item)
    if (!row) return
    const seen = this.#parts.fences?.look(slot, row)
    // Never coalesced: of a driver's positions only the latest waits, of what they crossed all does.
    if (seen?.crossings) {
      slot.mailbox.put(envelopeTo(slot.address, seen.crossings, 'vital'))
      this.#parts.slots.enqueue(slot)
    }
    this.#taken.push(slot)
    this.#untold.push(fixMessage(row, seen?.isOutside === true))
    this.#parts.onTaken()
  }

  get hasUntold(): boolean {
    return this.#taken.length > 0
  }

  /** Tells actors of what was taken. Most absorb it; of the others each finds the latest in its mailbox. */
  tell(): void {
    const { slots, absorb } = this.#parts
    const [taken, untold] = [this.#taken, this.#untold]
    try {
      for (let i = 0; i < taken.length; i++) {
        const slot = taken[i] as Slot
        const message = untold[i] as Message
        if (slot.phase === 'gone' || absorb(slot, message)) continue
        slot.mailbox.put(envelopeTo(slot.address, message, 'live'))
        slots.enqueue(slot)
      }
    } finally {
      // Also where one of them broke: told again, they would put others back to where those were.
      taken.length = 0
      untold.length = 0
    }
  }
}

/** Whoever keeps the position takes what it wants of the row. */
function fixMessage(position: FixRow, isOutside: boolean): Message {
  const message = isOutside ? { kind: 'driver.fix', position, isOutside } : { kind: 'driver.fix', position }
  return message as Message
}
