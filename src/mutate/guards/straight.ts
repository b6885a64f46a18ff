/** Guards of the statement that writes a batch in which no turn fails: without one of them it writes what the other one refuses. */
import type { Mutation } from '../mutation.ts'

const STRAIGHT = 'src/store/straight-commit.ts'

export const STRAIGHT_GUARDS: readonly Mutation[] = [
  {
    id: 'straight-count',
    guard: 'one row fewer undoes a straight commit',
    file: STRAIGHT,
    find: '(select count(*) from orders_set), (select count(*) from drivers_set), (select count(*) from ended)) = $36',
    replace:
      '(select count(*) from orders_set), (select count(*) from drivers_set), (select count(*) from ended)) <> $36 || $36',
    why: 'what could not be written is called committed',
  },
  {
    id: 'straight-shard-epoch',
    guard: 'shard epoch, straight commit',
    file: STRAIGHT,
    find: 'where s.shard = t.shard and s.epoch = t.epoch and s.shard',
    replace: 'where s.shard = t.shard and s.shard',
    why: 'an owner that was replaced goes on writing',
  },
  {
    id: 'straight-order-version',
    guard: 'order version, straight commit',
    file: STRAIGHT,
    find: 'where o.order_id = t.id and o.version = t.version and o.order_id = any($5',
    replace: 'where o.order_id = t.id and o.order_id = any($5',
    why: 'a turn is written over another that it has not seen',
  },
  {
    id: 'straight-answer-version',
    guard: 'order version of an answer, straight commit',
    file: STRAIGHT,
    find: 'where o.version = ($4::int[])[i] and o.order_id = any($3',
    replace: 'where o.order_id = any($3',
    why: 'an order answers from before its own last commit',
  },
  {
    id: 'straight-driver-version',
    guard: 'driver version, straight commit',
    file: STRAIGHT,
    find: '(t.n = 0 or d.version = t.version and d.epoch = t.epoch_before)',
    replace: '(t.n = 0 or d.epoch = t.epoch_before)',
    why: 'a turn of a driver is written over another that it has not seen',
  },
  {
    id: 'straight-driver-own-epoch',
    guard: 'driver epoch in its own turn, straight commit',
    file: STRAIGHT,
    find: '(t.n = 0 or d.version = t.version and d.epoch = t.epoch_before)',
    replace: '(t.n = 0 or d.version = t.version)',
    why: 'a driver that was activated elsewhere writes from its former life',
  },
  {
    id: 'straight-claim-epoch',
    guard: 'driver epoch in the claim, straight commit',
    file: STRAIGHT,
    find: '(t.claims = 0 or d.epoch = t.epoch_then and d.load_version',
    replace: '(t.claims = 0 or d.load_version',
    why: 'a promise from before a crash wins',
  },
  {
    id: 'straight-claim-load-version',
    guard: 'load version in the claim, straight commit',
    file: STRAIGHT,
    find: 'd.load_version = t.load_version and d.load + t.need',
    replace: 'd.load + t.need',
    why: 'one promise is good for two orders',
  },
  {
    id: 'straight-capacity',
    guard: 'load + size ≤ capacity, straight commit',
    file: STRAIGHT,
    find: ' and d.load + t.need <= d.capacity)',
    replace: ')',
    why: 'a driver has more than it can carry',
  },
  {
    id: 'straight-one-claim-a-batch',
    guard: 'of several claims on one driver in a batch one wins, straight commit',
    file: 'src/store/straight-batch.ts',
    find: '  if (driver.claim !== null) return false\n',
    replace: '',
    why: 'one promise is good for two orders of one batch',
  },
  {
    id: 'straight-release',
    guard: 'what is given back is had, straight commit',
    file: STRAIGHT,
    find: 'where a.order_id = t.id and a.driver_id = t.driver and a.size = t.size and',
    replace: 'where a.order_id = t.id and a.driver_id = t.driver and',
    why: 'a load is not the sum of its assignments',
  },
  {
    id: 'straight-sequence',
    guard: 'contiguous numbers of the journal, straight commit',
    file: STRAIGHT,
    find: 'returning s.shard, s.seq - t.n as seq_before',
    replace: 'returning s.shard, s.seq as seq_before',
    why: 'a reader of the feed waits for a number that never comes',
  },
]
