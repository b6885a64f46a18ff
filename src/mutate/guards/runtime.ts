/** Guards of the runtime: the output gate, what follows from an outcome of the record, epochs, deadlines, positions. */
import type { Mutation } from '../mutation.ts'

const TURNS = 'src/actors/runtime/turns.ts'
const HOST = 'src/actors/runtime/host.ts'
const GATE = 'src/actors/runtime/gate.ts'
const SLOTS = 'src/actors/runtime/slots.ts'
const INTAKE = 'src/actors/runtime/intake.ts'
const ACTIVATION = 'src/actors/runtime/activation.ts'
const SUBMIT = '      this.#parts.gate.submit(pending, journalTurn)\n'
const PUT =
  "    if (slot.mailbox.put(envelope)) this.#slots.enqueue(slot)\n    else this.#router.refuse(envelope, { kind: 'busy' })\n"

/** A message to an actor whose last turn is with the record, answered at once where it changes nothing. */
function ungated(condition: string): string {
  return `    if (slot.phase === 'committing' && message.replyTo) {
      const early = slot.kind.decide(slot.state, message, this.#parts.clock.nowMs())
      const replies = early.effects.filter(e => e.kind === 'reply')
      if (early.events.length === 0 && replies.length > 0 && replies.every(e => ${condition})) {
        for (const e of replies) this.#parts.bus.reply(e.to, e.body)
        this.#armPump()
        return
      }
    }
${PUT}`
}

export const RUNTIME_GUARDS: readonly Mutation[] = [
  {
    id: 'gate-replies',
    guard: 'gate for replies',
    file: TURNS,
    find: SUBMIT,
    replace:
      "    this.#parts.effects.perform(slot, effects.filter(e => e.kind === 'reply'))\n    this.#parts.gate.submit({ slot, envelope, before, effects: effects.filter(e => e.kind !== 'reply') }, journalTurn)\n",
    why: 'an answer goes out before the record has what it says',
  },
  {
    id: 'gate-sends',
    guard: 'gate for messages to other actors',
    file: TURNS,
    find: SUBMIT,
    replace:
      "    this.#parts.effects.perform(slot, effects.filter(e => e.kind === 'send'))\n    this.#parts.gate.submit({ slot, envelope, before, effects: effects.filter(e => e.kind !== 'send') }, journalTurn)\n",
    why: 'a driver hears of an assignment that the record then refuses',
  },
  {
    id: 'gate-publish',
    guard: 'gate for what watchers and phones see',
    file: TURNS,
    find: SUBMIT,
    replace:
      "    this.#parts.effects.perform(slot, effects.filter(e => e.kind === 'publish'))\n    this.#parts.gate.submit({ slot, envelope, before, effects: effects.filter(e => e.kind !== 'publish') }, journalTurn)\n",
    why: 'an event is published that was never committed',
  },
  {
    id: 'behind-hastens',
    guard: 'what waits behind a turn that collects hastens it',
    file: SLOTS,
    find: "    if (slot.phase === 'committing' && slot.hasMail && !slot.mailbox.hasNoQueue) this.#onBehind()\n",
    replace: '',
    why: 'an offer to a driver that has just crossed a fence waits for other crossings',
  },
  {
    id: 'asked-collects-not',
    guard: 'a turn that is asked for waits for no company, whatever its actor says',
    file: TURNS,
    find: 'const isUnhurried = taken.isUnhurried === true && envelope.message.replyTo === undefined',
    replace: 'const isUnhurried = taken.isUnhurried === true',
    why: 'an answer comes a tenth of a second later than it could',
  },
  {
    id: 'company-bounded',
    guard: 'turns collect from the first of them',
    file: GATE,
    find: ': [this.#waiting[0]?.sinceMs ?? nowMs, COMPANY_MS]',
    replace: ': [nowMs, COMPANY_MS]',
    why: 'a crossing is never committed where nothing else is',
  },
  {
    id: 'drain-hastens',
    guard: 'a drain waits for no company',
    file: GATE,
    find: '    this.#awaiting.push({ submitted: this.#submitted, run })\n    this.hasten()\n',
    replace: '    this.#awaiting.push({ submitted: this.#submitted, run })\n',
    why: 'a planned hand-off takes a tenth of a second longer',
  },
  {
    id: 'old-page-ignored',
    guard: 'an order that has ended since a page of open orders was read is not made from it',
    file: 'src/actors/runtime/resumption.ts',
    find: 'if (isOurs && !gone.has(stored.orderId)) this.#load(stored)',
    replace: 'if (isOurs) this.#load(stored)',
    why: 'an order that is over is in memory again, and says so to whoever watches',
  },
  {
    id: 'late-placing-loaded',
    guard: 'behind a placing that came too late the order is loaded',
    file: TURNS,
    find: '    if (mustBeLoaded(slot, envelope.message)) {\n',
    replace: '    if (false as boolean) {\n',
    why: 'whoever asks about an order that is there is told that there is none',
  },
  {
    id: 'move-before-history',
    guard: 'a driver leaves for another shard once its positions are in the history',
    file: TURNS,
    find: '    intake.whenSettled({\n      run: () => {\n',
    replace:
      '    const now = (wait: { run: () => void; stalled: () => void }) => wait.run()\n    now({\n      run: () => {\n',
    why: 'it is loaded without its position, and nobody offers it anything until the next one',
  },
  {
    id: 'absorb-behind-mail',
    guard: 'a position is not absorbed past one that waits',
    file: TURNS,
    find: "if (slot.phase !== 'ready' || slot.hasMail || slot.state === null) return false",
    replace: "if (slot.phase !== 'ready' || slot.state === null) return false",
    why: 'a driver is put back to where it was before',
  },
  {
    id: 'gate-refusals',
    guard: 'gate for refusals',
    file: HOST,
    find: PUT,
    replace: ungated("!('order' in e.body || 'driver' in e.body || 'added' in e.body)"),
    why: 'refused on the strength of a turn that is not committed yet',
  },
  {
    id: 'gate-reads',
    guard: 'gate for reads',
    file: HOST,
    find: PUT,
    replace: ungated("'order' in e.body || 'driver' in e.body || 'added' in e.body"),
    why: 'read is a state that the record then refuses',
  },
  {
    id: 'unknown-taken-for-landed',
    guard: 'resume after an unknown commit: not taken for landed',
    file: TURNS,
    find: "      case 'unknown':\n        this.#again(slot, envelope, outcome)\n        return\n",
    replace: "      case 'unknown':\n        this.#parts.effects.perform(slot, effects)\n        break\n",
    why: 'acknowledged is what was lost on its way to the record',
  },
  {
    id: 'unknown-taken-for-lost',
    guard: 'resume after an unknown commit: not taken for lost',
    file: TURNS,
    find: "      case 'unknown':\n        this.#again(slot, envelope, outcome)\n        return\n",
    replace:
      "      case 'unknown':\n        slot.state = before\n        router.refuse(envelope, { kind: 'unavailable' })\n        break\n",
    why: 'the actor goes on from a state that the record has left',
  },
  {
    id: 'resume-outputs',
    guard: 'outputs derived again after loading',
    file: ACTIVATION,
    find: '    if (state !== null) effects.perform(slot, slot.kind.resume(state, clock.nowMs()))\n',
    replace: '    if (state === undefined) effects.perform(slot, slot.kind.resume(state, clock.nowMs()))\n',
    why: 'what a crash has swallowed is never told',
  },
  {
    id: 'conflict-again',
    guard: 're-run after a conflict',
    file: TURNS,
    find: '        this.stats.conflicts++\n        this.#again(slot, envelope, outcome)\n        return\n',
    replace: '        this.stats.conflicts++\n        this.#parts.reload(slot)\n        return\n',
    why: 'a message whose turn was outdated is forgotten',
  },
  {
    id: 'conflict-reload',
    guard: 'an outdated actor is loaded anew',
    file: TURNS,
    find: '        this.stats.conflicts++\n        this.#again(slot, envelope, outcome)\n        return\n',
    replace:
      "        this.stats.conflicts++\n        slot.state = before\n        router.refuse(envelope, { kind: 'busy' })\n        break\n",
    why: 'an actor whose state is old is refused by the record for ever',
  },
  {
    id: 'refused-undone',
    guard: 'a refused turn is undone',
    file: TURNS,
    find: '        this.stats.writesRefused++\n        slot.state = before\n',
    replace: '        this.stats.writesRefused++\n',
    why: 'the order believes in an assignment that the record has refused',
  },
  {
    id: 'unavailable-undone',
    guard: 'a turn that the record did not take is undone',
    file: TURNS,
    find: "      case 'unavailable':\n        slot.state = before\n",
    replace: "      case 'unavailable':\n",
    why: 'memory runs ahead of the record, and its next turn is acknowledged on top',
  },
  {
    id: 'fenced-dropped',
    guard: 'a fenced shard is dropped',
    file: TURNS,
    find: "        router.refuse(envelope, { kind: 'moved', shard: slot.shard, epoch: 0 })\n        shardLost(slot.shard, 'fenced')\n        break\n",
    replace: "        router.refuse(envelope, { kind: 'moved', shard: slot.shard, epoch: 0 })\n        break\n",
    why: 'an owner that was replaced goes on answering',
  },
  {
    id: 'envelope-epoch',
    guard: 'stale epoch of an envelope → moved',
    file: HOST,
    find: 'if (epoch === undefined || (envelope.epoch !== 0 && envelope.epoch !== epoch)) {',
    replace: 'if (epoch === undefined) {',
    why: 'an owner that was replaced answers from its old memory',
  },
  {
    id: 'open-forgets',
    guard: 'opening a shard again forgets what was in memory',
    file: HOST,
    find: '      this.drop(shard)\n      this.#slots.serve(shard, epoch)\n',
    replace: '      this.#slots.serve(shard, epoch)\n',
    why: 'between two epochs another owner may have served it',
  },
  {
    id: 'deadline',
    guard: 'deadline drop',
    file: TURNS,
    find: '      if (envelope.deadlineMs > 0 && clock.nowMs() > envelope.deadlineMs) this.stats.late++\n      else this.#take(slot, envelope)\n',
    replace: '      this.#take(slot, envelope)\n',
    why: 'work is done that nobody waits for any more, and piles up under load',
  },
  {
    id: 'mailbox-bound',
    guard: 'bounded mailbox',
    file: 'src/actors/runtime/mailbox.ts',
    find: '      if (this.#commands >= COMMANDS_MAX) return false\n',
    replace: '',
    why: 'one actor takes in commands until the memory is full',
  },
  {
    id: 'intake-duplicate-order',
    guard: 'intake answers duplicates behind the original',
    file: INTAKE,
    find: '    this.#waiting.push({ gateway, token, index, result, recordedAtMs, row, repeated: false })\n',
    replace:
      '    if (row) this.#waiting.push({ gateway, token, index, result, recordedAtMs, row, repeated: false })\n    else bus.settleFix(gateway, token, index, result, recordedAtMs)\n',
    why: 'the repeat is answered, and the original is lost in a crash',
  },
  {
    id: 'intake-ack-committed',
    guard: 'an acknowledged position is a committed one',
    file: INTAKE,
    find: '    for (const entry of batch.entries) entry.repeated = true\n',
    replace: "    batch.outcomes = batch.rows.map(() => 'stored' as const)\n    this.#settleAnswered()\n",
    why: 'a batch that the history did not take is acknowledged',
  },
  {
    id: 'intake-repeat-own',
    guard: 'a batch that is appended again meets its own rows',
    file: INTAKE,
    find: "      return entry.repeated ? entry.result : 'duplicate'\n",
    replace: "      return 'duplicate'\n",
    why: 'a late position that was stored is reported as ignored',
  },
  {
    id: 'guard-from-history',
    guard: 'position guard reloaded from the history',
    file: ACTIVATION,
    find: 'slot.guard ??= fix ? guardFrom(fix, fix.recordedAtMs) : null',
    replace: 'slot.guard ??= fix && fix.recordedAtMs < 0 ? guardFrom(fix, fix.recordedAtMs) : null',
    why: 'after a crash an old position counts as the newest',
  },
  {
    id: 'resumed-shard-lost',
    guard: 'orders of a shard that was lost while they were read',
    file: 'src/actors/runtime/resumption.ts',
    find: 'const isOurs = slots.epochOf(stored.shard) === epochs.get(stored.shard)',
    replace: 'const isOurs = epochs.size > 0',
    why: 'an order is in memory on a shard that is not served here',
  },
]
