/** Ours: a cell, and the way a bee dances. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-cell" d="M16 2l12 7v14l-12 7-12-7V9z" />
      <path class="mark-way" d="M9 12l3.5 9L16 13l3.5 8L23 12" />
    </svg>
  )
}
