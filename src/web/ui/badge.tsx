export type Tone = 'well' | 'busy' | 'calm' | 'alert' | 'warn'

/** A status in a word; its colour says nothing that the word does not. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`badge badge-${tone}`}>{children}</span>
}
