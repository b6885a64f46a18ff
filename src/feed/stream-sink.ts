import { feedMessageOf } from './cloud-event.ts'
import type { FeedSink, FeedStream } from './ports.ts'

/** The feed into a stream: each entry as a message of its own. */
export function streamSink(stream: FeedStream): FeedSink {
  return {
    get isUp() {
      return stream.isUp
    },
    put: entries => stream.publish(entries.map(feedMessageOf)),
  }
}
