import type { Courier } from './courier.ts'

export function Notices({ courier }: { courier: Courier }) {
  return (
    <div class="notices" role="alert">
      {courier.state.value.notices.map(({ id, tone, text }) => (
        <div key={id} class={tone === 'lost' ? 'card card-lost' : 'card'}>
          <p>{text}</p>
          <button type="button" onClick={() => courier.tap({ kind: 'seen', noticeId: id })}>
            OK
          </button>
        </div>
      ))}
    </div>
  )
}
