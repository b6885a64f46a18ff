import { useState } from 'preact/hooks'
import type { Reference } from './core/state.ts'
import { keepPicture } from './picture.ts'

interface PicturePickerProps {
  readonly orderId: string
  readonly onPicked: (photo: Reference) => void
}

export function PicturePicker({ orderId, onPicked }: PicturePickerProps) {
  const [name, setName] = useState<string | null>(null)
  const picked = async (file: File | undefined) => {
    if (file === undefined) return
    const photo = await keepPicture(file, 'photo', orderId)
    setName(photo.ref)
    onPicked(photo)
  }
  return (
    <div class="field">
      <label for="photo">Photo of the delivery</label>
      <input
        id="photo"
        type="file"
        accept="image/*"
        capture="environment"
        onChange={event => void picked(event.currentTarget.files?.[0])}
      />
      <p class="quiet" role="status">
        {name === null ? 'It stays on this phone; its fingerprint goes to the node.' : 'Saved in your downloads.'}
      </p>
    </div>
  )
}
